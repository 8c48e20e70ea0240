"""How well personal information is found: what `voc evaluate pii` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voc.pipeline.known_names import text_columns

if TYPE_CHECKING:
    from voc.io import Quarantine
    from voc.privacy.evaluation.evaluate import CleanRow, PartScore

__all__ = ["PiiEvaluation", "evaluate_pii"]


@dataclass(frozen=True)
class PiiEvaluation:
    """Scores on the labelled cases, and what is found in clean texts."""

    seed: int
    size: int
    split: str
    scores: tuple[PartScore, ...]
    clean: tuple[CleanRow, ...]


def evaluate_pii(
    *,
    seed: int = 1,
    size: int = 25,
    split: str = "test",
    policy: str = "default",
    clean: Sequence[str] = (),
    text: str | None = None,
    quarantine: Quarantine,
) -> PiiEvaluation:
    """Score identifiers on generated cases and clean tables, names and addresses on tickets written by hand.

    Parameters
    ----------
    seed
        Same seed, same cases.
    size
        Values of each entity beside each kind of neighbour.
    split
        Sentences of `dev`, which the recognisers were written with, or of `test`.
    clean
        Tables of reviews; `text` names their column where it cannot be guessed.
    quarantine
        Takes rows of these tables that cannot be read.
    """
    from voc.privacy.engine import Engine
    from voc.privacy.evaluation.cases import cases
    from voc.privacy.evaluation.evaluate import NAMES_AND_PLACES, clean_rate, score_cases
    from voc.privacy.evaluation.name_tickets import name_tickets
    from voc.privacy.policy import load_policy

    engine = Engine(load_policy(policy))
    ignored = NAMES_AND_PLACES | {"HEALTH"}
    scores = score_cases(engine, cases(seed, size, split=split), ignored=ignored)
    others = frozenset(engine.policy.rules) - NAMES_AND_PLACES
    scores += score_cases(engine, name_tickets(), ignored=others)
    tickets = [
        case
        for which in ("kinds", "later_kinds", "number", "people", "trades")
        for case in name_tickets(which)
    ]
    scores += score_cases(engine, tickets, ignored=frozenset({"HEALTH"}))
    scores += score_cases(engine, name_tickets("unread"), ignored=frozenset({"HEALTH", "MINOR"}))
    rates = tuple(clean_rate(engine, source, _texts(source, text, quarantine), ignored) for source in clean)
    return PiiEvaluation(seed, size, split, scores, rates)


def _texts(source: str, text: str | None, quarantine: Quarantine) -> list[str | None]:
    from voc.io import open_table

    with open_table(source, quarantine=quarantine) as reader:
        [name] = text_columns(reader.schema, [text] if text else [])
        return [cell for batch in reader.batches() for cell in batch.column(name).to_pylist()]
