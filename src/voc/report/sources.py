"""The tables that a report is made of, as ibis tables on DuckDB with one fixed set of columns.

Tagged tables of several inputs may each lack columns; they are brought to the same columns here (absent ones
are null) and numbered by file and row, so that nothing later hangs on ids being unique across inputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError, InputError
from voc.io.spilling import spilling_duckdb
from voc.report.model import NoisyFigures, Versions

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["ReportInputs", "Sources", "open_sources", "rows_of"]

_FEEDBACK_COLUMNS = {
    "feedback_id": "string",
    "customer_key": "string",
    "ts": "timestamp",
    "channel": "string",
    "product": "string",
    "speaker": "string",
    "sentiment": "int8",
}
_MENTION_FIELDS = {"tag": "string", "polarity": "int8", "start": "int32", "end": "int32", "score": "float64"}
_CUSTOMER_SPEAKERS = ("customer", "user", "客户", "用户", "顾客", "买家")
_ROWS_PER_FILE = 1 << 40
"""Row ids are file number times this, plus the row within the file."""


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Where the tables of a finished run are.

    Only `tagged` is needed. Paths are Parquet files. Whatever is absent leaves its section out of the report.
    """

    tagged: Sequence[Path]
    """One file an input: feedback_id, customer_key, ts, channel, product, speaker, sentiment, tags, pii,
    severity and the text; any column may be missing."""
    tags: Path | None = None
    """Exploded tags; read only when a tagged file has no `tags` column of its own."""
    customers: Path | None = None
    """customer_key, segment, revenue; also `churned_at` or `churned` where known."""
    churn: Path | None = None
    """customer_key, churned_at (null while a customer)."""
    effects: Path | Sequence[object] | None = None
    """`effects.parquet`, or its rows as mappings, named tuples or dataclasses."""
    causes: Path | None = None
    """`causes.json`: what stands behind the effects."""
    customer_tables: Mapping[str, Path] = field(default_factory=dict)
    """Further tables of customers by name: customers, clv, satisfaction, risk, actions."""
    customer_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What was found besides those tables: cohorts, survival, value, satisfaction, risk."""
    quality: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Input name to the fields of `voc.report.model.InputQuality`."""
    masked: Sequence[Path] = ()
    """Further tables with a `pii` column, for the section on masking only."""
    kept: Collection[str] = ()
    """Kinds of personal information that the policy leaves in clear in texts."""
    versions: Versions | None = None
    title: str | None = None
    text_column: str = "text"
    taxonomy: Path | None = None
    """Names of tags; the packed taxonomy when not given."""
    noisy: NoisyFigures | None = None
    """Figures with differential privacy, made by the pipeline."""
    min_cell: int = 10
    """Customer counts from 1 up to one below this are suppressed."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Opened tables.

    `feedback` has one row a feedback of a customer (agents left out): row_id, feedback_id, customer_key, day,
    channel, product, sentiment, length (of the text, null without one), complained.
    `mentions` has one row a tag of such feedback: row_id, tag, polarity, start, end, score.
    """

    feedback: ir.Table
    mentions: ir.Table
    rows: int
    """Rows of the tagged tables, agents included."""
    texts: ir.Table | None
    """row_id, text: masked texts; None when no tagged table has the text column."""
    severity: ir.Table | None
    """row_id, severity: one row a signal."""
    spans: ir.Table | None
    """row_id, entity, tier: one row a masked span."""
    rows_scanned: int
    """Rows of the tables that have a pii column."""
    customers: ir.Table | None
    """customer_key, segment, revenue, churned; columns that are not known are absent."""


def rows_of(table: ir.Table) -> list[dict[str, Any]]:
    """Run the expression and return its rows."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return rows


@contextmanager
def open_sources(inputs: ReportInputs) -> Iterator[Sources]:
    """Open the tables of `inputs`; they are closed on leaving the context.

    Raises
    ------
    InputError
        When a file cannot be read as Parquet, or there is no tagged table.
    ColumnError
        When the customer table has no `customer_key`.
    """
    if not inputs.tagged:
        raise InputError("a report needs a tagged table or more", hint="run the stage 'tag' first")
    with warnings.catch_warnings():
        # ibis 12 calls a method that DuckDB 2 renamed; the results are the same.
        warnings.filterwarnings("ignore", message="fetch_arrow_table", category=DeprecationWarning)
        with spilling_duckdb() as connection:
            # where a time carries a zone; as `voc.io` has it
            connection.raw_sql("SET TimeZone = 'Asia/Shanghai'")
            yield _Opener(connection, inputs).open()


class _Opener:
    """Brings the files of one report to `Sources`."""

    def __init__(self, connection: Backend, inputs: ReportInputs) -> None:
        self._connection = connection
        self._inputs = inputs
        self._tagged = [self._read(path, number) for number, path in enumerate(inputs.tagged)]

    def open(self) -> Sources:
        further = [
            self._read(path, len(self._tagged) + number) for number, path in enumerate(self._inputs.masked)
        ]
        feedback = self._feedback()
        mentions = self._mentions(feedback)
        complained = mentions.filter(mentions.polarity == -1).select("row_id").distinct()
        feedback = feedback.mutate(complained=feedback.row_id.isin(complained.row_id))
        spans = [span for table in [*self._tagged, *further] for span in _spans(table)]
        scanned = [table for table in [*self._tagged, *further] if _pii_columns(table)]
        return Sources(
            feedback=self._keep("feedback", feedback),
            mentions=mentions,
            rows=sum(_count(table) for table in self._tagged),
            texts=self._texts(),
            severity=self._severity(),
            spans=_union(spans),
            rows_scanned=sum(_count(table) for table in scanned),
            customers=self._customers(),
        )

    def _read(self, path: Path, number: int) -> ir.Table:
        import ibis

        try:
            table = self._connection.read_parquet(path, table_name=f"file_{number}", file_row_number=True)
        except Exception as error:
            raise InputError(f"cannot be read as Parquet ({type(error).__name__})", where=str(path)) from None
        row_id = table.file_row_number + ibis.literal(number * _ROWS_PER_FILE, "int64")
        return table.mutate(row_id=row_id).drop("file_row_number")

    def _keep(self, name: str, table: ir.Table) -> ir.Table:
        """Compute a slim table once; many aggregates read it."""
        return self._connection.create_table(name, table, temp=True)

    def _feedback(self) -> ir.Table:
        import ibis

        parts = []
        for table in self._tagged:
            columns = {name: _column(table, name, kind) for name, kind in _FEEDBACK_COLUMNS.items()}
            length = _column(table, self._inputs.text_column, "string").length()
            parts.append(table.select("row_id", **columns, length=length))
        table = _union(parts)
        assert table is not None
        speaker = table.speaker.lower()
        table = table.filter(speaker.isnull() | speaker.isin(_CUSTOMER_SPEAKERS))
        named = {name: table[name].strip().nullif("") for name in ("customer_key", "channel", "product")}
        day = ibis.ifelse(table.ts.isnull(), None, table.ts.date())
        return table.mutate(day=day, **named).drop("speaker", "ts")

    def _mentions(self, feedback: ir.Table) -> ir.Table:
        own = [table for table in self._tagged if "tags" in table.columns]
        if len(own) == len(self._tagged):
            mentions = _union([_unnest_tags(table) for table in own])
            assert mentions is not None
        elif self._inputs.tags is not None:
            exploded = self._read(self._inputs.tags, len(self._tagged) + len(self._inputs.masked))
            columns = {name: _column(exploded, name, kind) for name, kind in _MENTION_FIELDS.items()}
            keyed = exploded.select(feedback_id=_column(exploded, "feedback_id", "string"), **columns)
            first = feedback.group_by("feedback_id").agg(row_id=feedback.row_id.min())
            mentions = keyed.join(first, "feedback_id").select("row_id", *_MENTION_FIELDS)
        else:
            raise ColumnError.missing("tags", self._tagged[0].columns, where=str(self._inputs.tagged[0]))
        mentions = mentions.filter(mentions.tag.notnull(), mentions.row_id.isin(feedback.row_id))
        return self._keep("mentions", mentions)

    def _texts(self) -> ir.Table | None:
        name = self._inputs.text_column
        return _union(
            [t.select("row_id", text=t[name].cast("string")) for t in self._tagged if name in t.columns]
        )

    def _severity(self) -> ir.Table | None:
        parts = []
        for table in self._tagged:
            if "severity" in table.columns:
                severity = table["severity"]
                if severity.type().is_array():
                    severity = severity.unnest()
                parts.append(table.select("row_id", severity=severity.cast("string")))
        return _union(parts)

    def _customers(self) -> ir.Table | None:
        if self._inputs.customers is None:
            return None
        number = len(self._tagged) + len(self._inputs.masked) + 1
        table = self._read(self._inputs.customers, number)
        if "customer_key" not in table.columns:
            raise ColumnError.missing("customer_key", table.columns, where=str(self._inputs.customers))
        columns: dict[str, Any] = {"customer_key": table["customer_key"].cast("string")}
        if "segment" in table.columns:
            columns["segment"] = table["segment"].cast("string")
        if "revenue" in table.columns:  # decimal: sums of floats hang on the order of adding
            columns["revenue"] = table["revenue"].try_cast("decimal(38, 4)")
        if "churned_at" in table.columns:
            columns["churned"] = table["churned_at"].notnull()
        elif "churned" in table.columns:
            columns["churned"] = table["churned"].cast("boolean").fill_null(False)
        elif self._inputs.churn is not None:
            churn = self._read(self._inputs.churn, number + 1)
            left = churn.filter(churn["churned_at"].notnull())["customer_key"].cast("string")
            columns["churned"] = columns["customer_key"].isin(left)
        return self._keep("customers", table.select(**columns).distinct(on="customer_key", keep="first"))


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _union(tables: Sequence[ir.Table]) -> ir.Table | None:
    import ibis

    if not tables:
        return None
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _column(table: ir.Table, name: str, kind: str) -> ir.Value:
    """Return the column as `kind`; nulls where it is absent or cannot be read as that."""
    import ibis

    if name not in table.columns:
        return ibis.null(kind)
    column = table[name]
    return column.cast(kind) if kind == "string" else column.try_cast(kind)


def _unnest_tags(table: ir.Table) -> ir.Table:
    element = table.select("row_id", mention=table["tags"].unnest())
    known = element["mention"].type().names
    columns = {
        name: element["mention"][name].cast(kind) for name, kind in _MENTION_FIELDS.items() if name in known
    }
    return element.select("row_id", **columns)


def _pii_columns(table: ir.Table) -> list[str]:
    return [
        name
        for name in table.columns
        if (name == "pii" or name.startswith("pii_")) and table[name].type().is_array()
    ]


def _spans(table: ir.Table) -> list[ir.Table]:
    parts = []
    for name in _pii_columns(table):
        span = table.select("row_id", span=table[name].unnest())
        parts.append(
            span.select(
                "row_id",
                entity=span["span"]["entity"].cast("string"),
                tier=span["span"]["tier"].cast("string"),
            )
        )
    return parts
