"""What `voc view` does: a masked table in, what a role may see of it out; recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voc.errors import GateError
from voc.pipeline.files import FileResult, FileRun, run_stages
from voc.pipeline.protection.recorded import recorded
from voc.types import MASKED_KEY

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.pipeline.files import Sample
    from voc.types import Stage

__all__ = ["view_file"]


def view_file(job: FileRun, *, role: str, policy: str) -> FileResult:
    """Write what a role may see of a masked table.

    Raises
    ------
    GateError
        When no text of the table is known to be masked: a view takes away tokens, it looks for no values.
    """
    from voc.privacy.access.views import ViewStage, role_view
    from voc.privacy.audit.entry import Entry
    from voc.privacy.audit.log import system_actor
    from voc.privacy.policy import load_policy

    rules = load_policy(policy)
    role_view(rules, role)

    def stages(schema: pa.Schema, _: Sample) -> list[Stage]:
        if not any(MASKED_KEY in (field.metadata or {}) for field in schema):
            raise GateError(
                "no column of this table says that voc masked it: only texts in Parquet files can",
                where=job.input,
                hint=f"mask its source for them: voc mask SOURCE -o OUTPUT --policy {policy} --view {role}",
            )
        return [ViewStage(rules, role)]

    entry = Entry(system_actor(), "view", role=role, policy=rules.fingerprint())
    return recorded(
        entry,
        lambda: run_stages(job, stages),
        after=lambda result: replace(entry, rows=result.rows_out),
    )
