"""Looks whether text that is said to be masked still holds identifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from voc.errors import ColumnError, GateError
from voc.how_many import how_many
from voc.privacy.columns import as_strings, find_spans
from voc.privacy.policy import Operator, Policy
from voc.privacy.recognizers.registry import identifier_finders
from voc.types import MASKED_KEY

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.privacy.engine import Engine

__all__ = ["TRUSTED", "refuse_identifiers"]

TRUSTED: Final = b"trusted"
"""What stands under `voc:masked` for a column that is masked on the user's word."""


def refuse_identifiers(sample: pa.RecordBatch, columns: Sequence[str], policy: Policy, *, hint: str) -> None:
    """Refuse text that the user says is masked, and that is not.

    A column that voc masked itself is not looked at: a policy may put stand-ins in place of values, which
    look like them. Kinds that the policy keeps in clear do not count.

    Parameters
    ----------
    sample
        The first rows of the table.
    hint
        How to mend it.

    Raises
    ------
    ColumnError
        When a column is not there.
    GateError
        When a cell holds an identifier; the message tells how many do, and of which kinds.
    """
    from voc.privacy.engine import Engine

    engine = Engine(policy, finders=identifier_finders())
    for name in columns:
        if name not in sample.schema.names:
            raise ColumnError.missing(name, sample.schema.names)
        field = sample.schema.field(name)
        if (field.metadata or {}).get(MASKED_KEY, TRUSTED) != TRUSTED:
            continue
        rows, kinds = _identifiers(engine, policy, as_strings(sample.column(name)))
        if rows:
            told = ", ".join(f"{entity} in {count:,}" for entity, count in kinds.most_common())
            raise GateError(
                f"said to be masked, but identifiers stand in {rows:,} of the first "
                f"{how_many(sample.num_rows, 'row')} ({told})",
                where=f"column {name!r}",
                hint=hint,
            )


def _identifiers(engine: Engine, policy: Policy, column: pa.Array) -> tuple[int, Counter[str]]:
    """Rows that hold an identifier, and rows of each kind."""
    rows = 0
    kinds: Counter[str] = Counter()
    for _, _, spans in find_spans(engine, column):
        found = {span.entity for span in spans if policy.rule(span.entity).text is not Operator.KEEP}
        rows += bool(found)
        kinds.update(sorted(found))
    return rows, kinds
