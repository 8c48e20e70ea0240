"""What differs between two policies, entity by entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from voc.privacy.policy import Operator, Policy, Rule

__all__ = ["Difference", "differences"]

_FIELDS = ("tier", "legal", "level", "text", "column", "label", "clause")
_SETTINGS = ("min_score", "max_characters", "as_of")

_IN_PART: Final = frozenset({Operator.PARTIAL, Operator.GENERALISE})
_LINKED: Final = frozenset({Operator.PSEUDONYM, Operator.SURROGATE})
"""Equal values stay equal."""


class Difference(NamedTuple):
    """One thing that two policies say differently."""

    where: str
    """Entity and field, or the name of a setting."""
    before: str
    after: str
    weaker: bool
    """The second policy protects less here: a lower tier, or more of a value to be seen."""


def differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Tell what the second policy changes, in the order of the catalogue."""
    return (*_of_rules(before, after), *_of_settings(before, after), *_of_columns(before, after))


def _of_rules(before: Policy, after: Policy) -> Iterator[Difference]:
    for entity in dict.fromkeys([*before.rules, *after.rules]):
        old, new = before.rules.get(entity), after.rules.get(entity)
        for name in _FIELDS:
            was, becomes = _text(old, name), _text(new, name)
            if was != becomes:
                yield Difference(f"{entity}.{name}", was, becomes, _weaker(old, new, name))


def _text(rule: Rule | None, name: str) -> str:
    return "" if rule is None else str(getattr(rule, name))


def _weaker(old: Rule | None, new: Rule | None, name: str) -> bool:
    if old is None or new is None:
        return new is None
    if name == "tier":
        return new.tier.rank < old.tier.rank
    if name == "level":
        return new.level < old.level
    if name == "text":
        return _shown(new.text) > _shown(old.text)
    return name == "column" and _shows_more(old.column, new.column)


def _shown(operator: Operator) -> int:
    """How much of a value is to be seen: nothing, a part, all."""
    return 2 if operator is Operator.KEEP else int(operator in _IN_PART)


def _shows_more(old: Operator, new: Operator) -> bool:
    """Whether more is to be seen of a whole column.

    There a pseudonym tells more than a label. In a text it does not: the column `pii` beside it has the
    pseudonym anyway.
    """
    if _shown(new) != _shown(old):
        return _shown(new) > _shown(old)
    return new in _LINKED and old in (Operator.LABEL, Operator.REDACT)


def _of_settings(before: Policy, after: Policy) -> Iterator[Difference]:
    for name in _SETTINGS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Difference(name, str(old), str(new), name == "min_score" and new > old)
    old_rules, new_rules = set(before.aggregation), set(after.aggregation)
    for rule in sorted(old_rules - new_rules, key=str):
        yield Difference("aggregation", f"{'+'.join(rule.all_of)} → {rule.tier}", "", weaker=True)
    for rule in sorted(new_rules - old_rules, key=str):
        yield Difference("aggregation", "", f"{'+'.join(rule.all_of)} → {rule.tier}", weaker=False)


def _of_columns(before: Policy, after: Policy) -> Iterator[Difference]:
    for entity in sorted(before.columns.keys() | after.columns.keys()):
        old, new = set(before.columns.get(entity, ())), set(after.columns.get(entity, ()))
        for word in sorted(old - new):
            yield Difference(f"columns.{entity}", word, "", weaker=True)
        for word in sorted(new - old):
            yield Difference(f"columns.{entity}", "", word, weaker=False)
