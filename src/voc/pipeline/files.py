"""One table in, one table out: what `voc mask`, `voc tag` and `voc scan` do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import UnmaskedTextError, UsageError
from voc.pipeline.known_names import customer_column, known_text_column, require_column, text_columns
from voc.types import MASKED_KEY, ROW_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.flow import OpenPool
    from voc.engine.progress import Progress
    from voc.io import Quarantine, TableReader
    from voc.privacy.policy import Policy
    from voc.privacy.scan import ScanRow
    from voc.privacy.stage import MaskStage
    from voc.privacy.vault.sealing import VaultSpec
    from voc.types import Stage

__all__ = [
    "Explanation",
    "FileResult",
    "FileRun",
    "Sample",
    "ScanResult",
    "TagChoice",
    "explain_row",
    "first_rows",
    "first_stage",
    "mask_file",
    "mask_stage",
    "open_quarantine",
    "require_masked",
    "scan_file",
    "tag_file",
    "tag_stages",
]

Observer = Callable[["pa.RecordBatch"], None]
Sample = Callable[[], "pa.RecordBatch | None"]
"""Gives the first rows of a table, None when there are none."""


@dataclass(frozen=True)
class FileRun:
    """How a table is read, worked on and written."""

    input: str
    output: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """voc's column name to the input's."""
    quarantine: Path | None = None
    """Where bad rows are set aside; beside the output when not given."""
    workers: int | None = None
    force: bool = False
    progress: Progress | None = None
    open_pool: OpenPool | None = None
    """Where chunks are worked on; processes of this machine when not given."""
    by_month: str | None = None
    """Column of times: the output is a folder of Parquet files by month, and rows are appended to it."""
    resume: bool = True
    """Go on where an interrupted run stopped."""
    incremental: bool = False
    """Take the results of rows that are as they were in the last run from there."""

    @property
    def quarantine_file(self) -> Path:
        """Where bad rows are set aside: where the user wants, else beside the output; in the working folder
        when that is no file.
        """
        return _quarantine_file(self.output, self.quarantine)

    @property
    def checkpoint(self) -> Path | None:
        """Folder of finished chunks, from which a stopped run goes on; none for streams and databases."""
        if self.input == "-":
            return None
        place = _beside(self.output, "checkpoint")
        return place.with_name(f".{place.name}") if place else None

    def rows_kept(self) -> Path:
        """Folder of the results that the next incremental run takes from.

        Raises
        ------
        UsageError
            When the output has no place beside it, or rows are appended to it.
        """
        if self.by_month is not None and not self.force:
            hint = "add --force: all rows then take the place of those that are there"
            raise UsageError(
                "a table that rows are appended to is not remade", where="--incremental", hint=hint
            )
        place = _beside(self.output, "rows")
        if place is None:
            hint = "give an output file with -o"
            raise UsageError("no place to keep results at", where="--incremental", hint=hint)
        return place.with_name(f".{place.name}")


@dataclass(frozen=True)
class TagChoice:
    """With what texts are tagged."""

    model: str = "fast"
    lexicon: Path | None = None
    """Terms of the user's own."""
    taxonomy: Path | None = None
    custom: str | None = None
    """A model of `voc train`, or `transformers:PATH`, whose labels are added."""


@dataclass(frozen=True)
class FileResult:
    """What became of a table."""

    rows_in: int
    rows_out: int
    quarantined: int
    quarantine: Path
    notes: tuple[str, ...]
    counts: Mapping[str, int]
    """Findings by kind: masked entities, or complaint tags."""
    rows_reused: int = 0
    """Rows whose results the last run had made."""
    rows_resumed: int = 0
    """Rows that an interrupted run had finished."""


@dataclass(frozen=True)
class ScanResult:
    """What personal information a table holds."""

    rows: int
    quarantined: int
    found: tuple[ScanRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """Why one row has its tags."""

    facts: Mapping[str, Any]
    lines: tuple[str, ...]


def mask_file(
    job: FileRun,
    *,
    text: Sequence[str] = (),
    policy: str = "default",
    ner: Sequence[str] = (),
    spans: Path | None = None,
    view: str | None = None,
    vault: VaultSpec | None = None,
) -> FileResult:
    """Mask one table.

    Parameters
    ----------
    spans
        The JSON Lines file of what was found where.
    view
        The role for whose eyes the table is.
    vault
        Takes the values that the policy encrypts; the usual vault when not given.
    """
    from voc.pipeline.protection.recorded import record_sealing, vault_for
    from voc.privacy.access.views import ViewStage, policy_for
    from voc.privacy.policy import load_policy
    from voc.privacy.spans_file import SpansFile

    whole_policy = load_policy(policy, ner=ner)
    rules = policy_for(whole_policy, view) if view else whole_policy
    keeper = vault or vault_for(rules, job.input)
    found: Counter[str] = Counter()
    notes: list[str] = []
    with ExitStack() as stack:
        observers: list[Observer] = [lambda batch: _count_entities(batch, found)]
        if spans is not None:
            observers.append(stack.enter_context(SpansFile(spans, force=job.force)))

        def stages(schema: pa.Schema, sample: Sample) -> list[Stage]:
            stage = mask_stage(schema, sample, text, rules, vault=keeper)
            notes.extend(_without_text(stage, schema) or _told_by_cells(stage))
            return [stage, ViewStage(whole_policy, view)] if view else [stage]

        result = _run(job, stages, observers, found)
    record_sealing(rules, keeper, result.rows_out)
    return replace(result, notes=(*result.notes, *notes, *_left_in_clear(rules, found)))


def _left_in_clear(policy: Policy, found: Counter[str]) -> list[str]:
    """Tell which kinds were found in texts and not masked."""
    kept = sorted(policy.kept_in_texts & found.keys())
    return [f"found and left in clear in texts, as the policy says: {', '.join(kept)}"] if kept else []


def mask_stage(
    schema: pa.Schema,
    sample: Sample,
    text: Sequence[str],
    policy: Policy,
    *,
    vault: VaultSpec | None = None,
) -> MaskStage:
    """Build the stage behind `voc mask` for a table; a sample tells what its other columns hold.

    A table without a column of text, of orders for example, is masked by what its columns hold.
    """
    from voc.privacy.stage import MaskStage

    columns = text_columns(schema, text) if text or known_text_column(schema) else ()
    whole, free = _other_columns(sample(), policy, columns)
    customer = customer_column(schema, policy)
    return MaskStage(
        columns, policy, customer_column=customer, whole_columns=whole, free_columns=free, vault=vault
    )


def _without_text(stage: MaskStage, schema: pa.Schema) -> list[str]:
    """Say what becomes of a table in which no column of text is known."""
    if stage.text_columns:
        return []
    from voc.privacy.policy import Operator
    from voc.privacy.stage import CUSTOMER_KEY

    told = [f"{name} → {CUSTOMER_KEY}" for name in schema.names if name == stage.customer_column]
    told += [
        f"{name} ({entity})"
        for name, entity in (stage.whole_columns or {}).items()
        if name != stage.customer_column and stage.policy.rule(entity).column is not Operator.KEEP
    ]
    masked = f"masked by column: {', '.join(told)}" if told else "no column is masked whole"
    notes = [f"no column of text: {masked}; the others are searched for identifiers"]
    if stage.free_columns:
        names = ", ".join(stage.free_columns)
        notes.append(f"read as free text: {names}; name one with --text COL to have its findings listed")
    return notes


def _told_by_cells(stage: MaskStage) -> list[str]:
    """Say which columns are masked whole though their names tell nothing."""
    from voc.privacy.policy import Operator

    policy = stage.policy
    told = {
        name: entity
        for name, entity in (stage.whole_columns or {}).items()
        if policy.entity_of_column(name) is None and policy.rule(entity).column is not Operator.KEEP
    }
    if not told:
        return []
    listed = ", ".join(f"{name} ({entity})" for name, entity in told.items())
    key = next((name for name, entity in told.items() if entity == "ORDER_NO"), None)
    hint = f"; the key of the table stays with --map {key}=feedback_id" if key else ""
    return [f"masked whole, after their cells: {listed}{hint}"]


def tag_file(
    job: FileRun,
    choice: TagChoice | None = None,
    *,
    text: str | None = None,
    policy: str = "default",
    masked: bool = False,
) -> FileResult:
    """Tag one table; the text is masked in memory first unless `masked` says that it is masked already."""
    chosen = choice or TagChoice()
    found: Counter[str] = Counter()

    def stages(schema: pa.Schema, sample: Sample) -> list[Stage]:
        return tag_stages(schema, sample, chosen, text, policy, masked=masked)

    return _run(job, stages, [lambda batch: _count_tags(batch, found)], found)


def scan_file(
    source: str,
    *,
    text: Sequence[str] = (),
    policy: str = "default",
    ner: Sequence[str] = (),
    sample: int | None = None,
) -> ScanResult:
    """Find what personal information is in which column. `sample` bounds the rows looked at."""
    from voc.io import Quarantine, open_table
    from voc.privacy.policy import load_policy
    from voc.privacy.scan import scan

    quarantine = Quarantine()
    with open_table(source, quarantine=quarantine) as reader:
        for name in text:
            require_column(reader.schema, name)
        rules = load_policy(policy, ner=ner)
        known = known_text_column(reader.schema)
        found = scan(
            reader.batches(),
            rules,
            text_columns=tuple(text),
            max_rows=sample,
            known_text=(known,) if known and not text else (),
        )
        return ScanResult(found.rows, quarantine.count, tuple(found.columns), tuple(reader.notes))


def explain_row(
    job: FileRun,
    row: int,
    choice: TagChoice | None = None,
    *,
    text: str | None = None,
    policy: str = "default",
    masked: bool = False,
) -> Explanation:
    """Say which words and rules led to the tags of one row, counted from 0.

    Labels of a custom model are left out.

    Raises
    ------
    UsageError
        When the table has no such row.
    """
    from voc.engine.local import run_in_process
    from voc.io import Quarantine, open_table
    from voc.privacy.masked import masked_text
    from voc.tagging.explain import explain_text
    from voc.tagging.tagger import Tagger

    chosen = choice or TagChoice()
    with open_table(job.input, columns=job.columns, quarantine=Quarantine()) as reader:
        columns = text_columns(reader.schema, [text] if text else [])
        stage = first_stage(reader.schema, columns, policy, lambda: first_rows(reader), masked=masked)
        column = _masked_columns(stage.output_schema(reader.schema))[0]
        for batch in run_in_process([stage], (_only(batch, row) for batch in reader.batches())):
            if batch.num_rows:
                cell = masked_text(batch.column(column)[0].as_py() or "", ())
                tagger = Tagger(model=chosen.model, taxonomy=chosen.taxonomy, user_lexicon=chosen.lexicon)
                found = explain_text(tagger, cell)
                facts = {"row": row, "text": cell, **found.facts()}
                return Explanation(facts, (f"row {row}: {cell}", *found.lines()))
    raise UsageError(
        f"no row {row}", where="--explain", hint="rows are counted from 0; bad rows have no tags"
    )


def _only(batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
    """Return the one row of that number, or none."""
    import pyarrow.compute as pc

    return batch.filter(pc.equal(batch.column(ROW_COLUMN), row))


def run_stages(job: FileRun, make_stages: Callable[[pa.Schema, Sample], list[Stage]]) -> FileResult:
    """Run stages over one table, and write the other."""
    return _run(job, make_stages, [], Counter())


def _run(
    job: FileRun,
    make_stages: Callable[[pa.Schema, Sample], list[Stage]],
    observers: Sequence[Observer],
    found: Counter[str],
) -> FileResult:
    from voc.engine.local import run
    from voc.io import Quarantine, open_sink, open_table
    from voc.pipeline.incremental import row_reuse

    quarantine = Quarantine(job.quarantine_file)
    with open_table(job.input, columns=job.columns, quarantine=quarantine) as reader:
        stages = make_stages(reader.schema, lambda: first_rows(reader))
        schema = reader.schema
        for stage in stages:
            schema = stage.output_schema(schema)
        reuse = row_reuse(job.rows_kept(), stages) if job.incremental else None
        look = _FirstLook(_masked_columns(schema))
        with open_sink(job.output, schema, force=job.force, by_month=job.by_month) as sink:
            stats = run(
                reader,
                stages,
                sink,
                workers=job.workers,
                checkpoint=job.checkpoint,
                resume=job.resume,
                reuse=reuse,
                progress=job.progress,
                open_pool=job.open_pool,
                observers=[look, *observers],
            )
        quarantine.close()
        return FileResult(
            rows_in=stats.rows + quarantine.count,
            rows_out=stats.rows,
            quarantined=quarantine.count,
            quarantine=job.quarantine_file,
            notes=(*reader.notes, *look.notes, *sink.notes),
            counts=dict(found),
            rows_reused=stats.rows_reused,
            rows_resumed=stats.rows_resumed,
        )


class _FirstLook:
    """Observer that notices, on the first batch, a text column that holds numbers only."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._done = False
        self.notes: list[str] = []

    def __call__(self, batch: pa.RecordBatch) -> None:
        from voc.io import numeric_text_note

        if not self._done:
            self._done = True
            found = [numeric_text_note(batch, name) for name in self._columns]
            self.notes = [note for note in found if note]


def _masked_columns(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if MASKED_KEY in (field.metadata or {})]


def tag_stages(
    schema: pa.Schema, sample: Sample, choice: TagChoice, text: str | None, policy: str, *, masked: bool
) -> list[Stage]:
    """Build the stages behind `voc tag` for a table of these columns."""
    from voc.tagging.stage import TagStage

    columns = text_columns(schema, [text] if text else [])
    stage = TagStage(
        columns[0],
        model=choice.model,
        user_lexicon=choice.lexicon,
        taxonomy=choice.taxonomy,
        custom=choice.custom,
    )
    return [first_stage(schema, columns, policy, sample, masked=masked), stage]


def first_rows(reader: TableReader) -> pa.RecordBatch | None:
    """Return the first batch of a table, None when it has no rows."""
    return next(iter(reader.batches()), None)


def first_stage(
    schema: pa.Schema, columns: tuple[str, ...], policy: str, sample: Sample, *, masked: bool
) -> Stage:
    """Mask the columns, or take the user's word that they are masked where the first rows do not belie it.

    Raises
    ------
    GateError
        When the first rows hold identifiers.
    """
    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage, TrustStage
    from voc.privacy.unmasked import refuse_identifiers

    rules = load_policy(policy)
    if not masked:
        customer = customer_column(schema, rules)
        return MaskStage(columns, policy=rules, customer_column=customer, make_ids=True)
    rows = sample()
    if rows is not None:
        hint = "leave --masked out, and the text is masked in memory first; or mask the table with voc mask"
        refuse_identifiers(rows, columns, rules, hint=hint)
    return TrustStage(columns)


def require_masked(reader: TableReader, column: str, *, said: bool) -> None:
    """Let a tagged table pass whose text is masked: voc says so, or the user does and is not belied.

    Raises
    ------
    UnmaskedTextError
        When nobody says that the text is masked.
    GateError
        When the user does, and the first rows hold identifiers.
    """
    from voc.privacy.policy import load_policy
    from voc.privacy.unmasked import refuse_identifiers

    if not said:
        if MASKED_KEY not in (reader.schema.field(column).metadata or {}):
            raise UnmaskedTextError(
                f"column {column!r} is not known to be masked",
                hint="give the table of voc tag, or say --masked",
            )
        return
    rows = first_rows(reader)
    if rows is not None:
        hint = "tag the table again without --masked, so that its text is masked first"
        refuse_identifiers(rows, (column,), load_policy("default"), hint=hint)


def _other_columns(
    sample: pa.RecordBatch | None, policy: Policy, texts: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Columns of one entity and columns of free text beside the text, by their names and the first batch."""
    from voc.privacy.classify import OWN_KEYS, classify
    from voc.privacy.engine import Engine

    if sample is None:
        return {}, ()
    kinds = classify(Engine(policy), sample, exempt={*texts, *OWN_KEYS}, text_known=bool(texts))
    return {name: kind.entity for name, kind in kinds.whole.items()}, kinds.free


def open_quarantine(output: str, wanted: Path | None) -> Quarantine:
    """Open the file that bad rows of all inputs of a command go to, see `FileRun.quarantine_file`."""
    from voc.io import Quarantine

    return Quarantine(_quarantine_file(output, wanted))


def _quarantine_file(output: str, wanted: Path | None) -> Path:
    return wanted or _beside(output, "quarantine.jsonl") or Path("voc-quarantine.jsonl")


def _beside(output: str, suffix: str) -> Path | None:
    """`OUTPUT.suffix`, or None when the output is no file."""
    if output == "-" or "://" in output:
        return None
    path = Path(output)
    return path.with_name(f"{path.name}.{suffix}")


def _count_entities(batch: pa.RecordBatch, found: Counter[str]) -> None:
    names = [name for name in batch.schema.names if name == "pii" or name.startswith("pii_")]
    for name in names:
        found.update(_values(batch.column(name), "entity"))


def _count_tags(batch: pa.RecordBatch, found: Counter[str]) -> None:
    import pyarrow.compute as pc

    tags = batch.column("tags").flatten()
    complaints = tags.filter(pc.equal(tags.field("polarity"), -1))
    for item in complaints.field("tag").value_counts().to_pylist():
        found[item["values"]] += item["counts"]


def _values(spans: pa.ListArray, name: str) -> Counter[str]:
    counted = spans.flatten().field(name).value_counts()
    return Counter({item["values"]: item["counts"] for item in counted.to_pylist()})
