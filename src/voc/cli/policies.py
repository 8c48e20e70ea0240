"""What `voc policy` prints."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from voc.cli.session import Session, Summary
from voc.cli.summaries import aligned
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.privacy.policy import Policy
    from voc.privacy.policy_diff import Difference
    from voc.privacy.weak_rules import WeakRule

__all__ = ["check_summary", "diff_summary", "show_summary"]


def check_summary(
    session: Session, policy: Policy, weak: Sequence[WeakRule], source: str, *, fail_weaker: bool
) -> Summary:
    """Say that a policy has no fault, what stays in clear, and where it protects less than the packed one."""
    for one in weak:
        session.warn(_told(one))
    kept = [entity for entity, rule in policy.rules.items() if rule.text == "keep"]
    columns = [entity for entity, rule in policy.rules.items() if rule.column == "keep"]
    facts = {
        "policy": policy.name,
        "fingerprint": policy.fingerprint(),
        "kept": kept,
        "kept_columns": columns,
        "weaker": [one._asdict() for one in weak],
    }
    lines = [
        f"{source}: no fault, {how_many(len(policy.rules), 'entity', 'entities')}",
        f"in clear in texts: {', '.join(kept) or 'none'}",
        f"in clear in columns: {', '.join(columns) or 'none'}",
    ]
    if weak:
        entities = how_many(len(weak), "entity is", "entities are")
        lines.append(f"{entities} protected less than by the packed policy; see the warnings")
    return Summary(facts, tuple(lines), 1 if fail_weaker and weak else 0)


def _told(weak: WeakRule) -> str:
    what = [f"stays in clear in {' and '.join(weak.clear)}"] if weak.clear else []
    if weak.lowered_to is not None:
        what.insert(0, f"tier lowered from {weak.tier} to {weak.lowered_to}")
    facts = f"tier {weak.tier} {weak.tier.zh}, legal class {weak.legal}, {weak.clause}"
    return f"{weak.entity} {weak.zh} ({facts}): {'; '.join(what)}"


def show_summary(policy: Policy) -> Summary:
    """List the rules of a policy."""
    table = [("entity", "name", "tier", "legal", "level", "text", "column", "clause")]
    table += [
        (
            entity,
            rule.zh,
            str(rule.tier),
            str(rule.legal),
            str(rule.level),
            str(rule.text),
            str(rule.column),
            rule.clause,
        )
        for entity, rule in policy.rules.items()
    ]
    lines = [f"policy {policy.name}, version {policy.version}", *aligned(table)]
    lines += [
        f"together in one record {' + '.join(rule.all_of)}: {rule.tier} ({rule.clause})"
        for rule in policy.aggregation
    ]
    return Summary(policy.model_dump(mode="json"), tuple(lines))


def diff_summary(found: Sequence[Difference], *, fail_weaker: bool) -> Summary:
    """List what two policies say differently."""
    weaker = sum(one.weaker for one in found)
    facts = {"differences": [one._asdict() for one in found], "weaker": weaker}
    table = [("where", "before", "after", "")]
    alike = groupby(found, key=lambda one: (one.where, bool(one.before), bool(one.after), one.weaker))
    for (where, _, _, less), several in alike:
        before, after = zip(*((one.before, one.after) for one in several), strict=True)
        table.append((where, _some(before), _some(after), "weaker" if less else ""))
    lines = aligned(table) if found else ["no difference"]
    return Summary(facts, tuple(lines), 1 if fail_weaker and weaker else 0)


def _some(words: Sequence[str], most: int = 3) -> str:
    """The first of several words, and how many more there are."""
    told = ", ".join(filter(None, words[:most]))
    return f"{told} … {len(words) - most} more" if told and len(words) > most else told
