"""The text steps of a pipeline: every input is shaped and masked, every feedback table is tagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voc.config.pipeline import InputConfig, PipelineConfig, Role
from voc.errors import ColumnError
from voc.how_many import how_many
from voc.io.contracts import CHURN, CUSTOMERS, FEEDBACK, ORDERS, Contract
from voc.pipeline.shape import ShapeStage
from voc.pipeline.steps import StepResult

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.engine.flow import OpenPool
    from voc.engine.local import RunStats
    from voc.engine.progress import Progress
    from voc.io import TableReader
    from voc.privacy.policy import Policy
    from voc.privacy.stage import MaskStage
    from voc.tagging.stage import TagStage
    from voc.types import Stage

__all__ = ["CONTRACTS", "TextRunner", "mask_stage", "tag_stage"]

CONTRACTS: Mapping[Role, Contract] = {
    Role.FEEDBACK: FEEDBACK,
    Role.ORDERS: ORDERS,
    Role.CUSTOMERS: CUSTOMERS,
    Role.CHURN: CHURN,
}


def mask_policy(config: PipelineConfig) -> Policy:
    """Load the policy that the inputs are masked by."""
    from voc.privacy.access.views import policy_for
    from voc.privacy.policy import load_policy

    policy = load_policy(config.mask.policy, ner=config.mask.ner)
    return policy_for(policy, config.mask.view) if config.mask.view else policy


def mask_stage(config: PipelineConfig, role: Role, table: str = "table") -> MaskStage:
    """Build the masking stage for inputs of one role; `table` names the input in a vault."""
    from voc.pipeline.protection.recorded import vault_for
    from voc.privacy.stage import MaskStage

    feedback = role is Role.FEEDBACK
    rules = mask_policy(config)
    return MaskStage(
        text_columns=("text",) if feedback else (),
        policy=rules,
        key_columns={"order_id": "ORDER_NO"},
        make_ids=feedback,
        vault=vault_for(rules, table),
    )


def tag_stage(config: PipelineConfig) -> TagStage:
    """Build the tagging stage."""
    from voc.tagging.stage import TagStage

    assert config.tag is not None
    lexicon = Path(config.tag.lexicon) if config.tag.lexicon else None
    return TagStage(text_column="text", model=config.tag.model, user_lexicon=lexicon)


@dataclass(frozen=True)
class TextRunner:
    """Runs text stages of one pipeline into a run folder."""

    folder: Path
    workers: int | None
    progress: Progress | None
    open_pool: OpenPool | None = None
    """Where chunks are worked on; processes of this machine when not given."""
    resume: bool = True
    """Go on where an interrupted run stopped."""
    incremental: bool = False
    """Take the results of rows that are as they were in the last run from there."""

    def mask(self, name: str, config: InputConfig, stage: MaskStage) -> StepResult:
        """Read, shape and mask one input into `masked/<name>.parquet`; set bad rows aside."""
        from voc.io import Quarantine, open_table
        from voc.pipeline.protection.recorded import record_sealing

        contract = CONTRACTS[config.role]
        quarantine = Quarantine(self.folder / "quarantine" / f"{name}.jsonl")
        known = [column.name for column in contract]
        wanted = tuple(dict.fromkeys([*known, *config.columns, *config.keep]))
        stages: list[Stage] = [ShapeStage(columns=wanted, constants=config.constants), stage]
        try:
            reader = open_table(config.path, columns=config.columns, contract=contract, quarantine=quarantine)
        except ColumnError as error:
            setting = f"inputs.{name}.columns.{error.column}"
            raise error.with_remedy(f"name yours: --set {setting}=YOURS") from None
        with reader:
            stats = self._run(reader, stages, self.folder / "masked" / f"{name}.parquet", f"mask {name}")
            quarantine.close()
            record_sealing(stage.policy, stage.vault, stats.rows)
            rows_in = stats.rows + quarantine.count
            notes = (*reader.notes, *_reused(stats))
            return StepResult(rows_in, stats.rows, quarantine.count, notes)

    def tag(self, name: str, stage: TagStage) -> StepResult:
        """Tag one masked table into `tagged/<name>.parquet`."""
        from voc.io import open_table

        with open_table(self.folder / "masked" / f"{name}.parquet") as reader:
            output = self.folder / "tagged" / f"{name}.parquet"
            stats = self._run(reader, [stage], output, f"tag {name}")
            return StepResult(stats.rows, stats.rows, notes=_reused(stats))

    def _run(self, reader: TableReader, stages: Sequence[Stage], output: Path, label: str) -> RunStats:
        from voc.engine.local import run
        from voc.io import open_sink
        from voc.pipeline.incremental import row_reuse

        output.parent.mkdir(parents=True, exist_ok=True)
        schema: pa.Schema = reader.schema
        for stage in stages:
            schema = stage.output_schema(schema)
        name = label.replace(" ", "-")
        kept = self.folder / ".voc" / "rows" / name
        with open_sink(output, schema, force=True) as sink:
            return run(
                reader,
                stages,
                sink,
                workers=self.workers,
                checkpoint=self.folder / ".voc" / "checkpoints" / name,
                resume=self.resume,
                reuse=row_reuse(kept, stages) if self.incremental else None,
                progress=self.progress,
                label=label,
                open_pool=self.open_pool,
            )


def _reused(stats: RunStats) -> tuple[str, ...]:
    return (f"{how_many(stats.rows_reused, 'row')} as in the last run",) if stats.rows_reused else ()
