"""What `voc explain-change`, `voc whatif` and `voc abtest` print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from voc.cli.session import Session, Summary
from voc.cli.summaries import aligned
from voc.how_many import how_many

if TYPE_CHECKING:
    from voc.experiments.ab_test import AbTest
    from voc.pipeline.causes.decisions import WhatIfResult
    from voc.pipeline.changes.files import ChangeResult
    from voc.rootcause.change import Dimension, Node

__all__ = ["abtest_summary", "change_summary", "whatif_summary"]

_MOST = 6
GATE_FAILED = 1


def change_summary(session: Session, result: ChangeResult, output: Path | None) -> Summary:
    """Summarise what moved a rate."""
    change = result.change
    session.note("contributions are book-keeping of what happened, not effects of complaints")
    if change.ci_lower <= 0 <= change.ci_upper:
        session.note("the change itself may be chance: its interval holds 0")
    lines = [
        f"{result.metric}: {change.before_rate:.1%} ({result.before}) → {change.after_rate:.1%} "
        f"({result.after}), {_points(change.difference)} points "
        f"[{_points(change.ci_lower)}, {_points(change.ci_upper)}]"
    ]
    for found in change.dimensions:
        lines += _dimension_lines(found)
    if any(found.chosen for found in change.dimensions):
        lines.append("* explains most of the change, among those of its kind")
    lines += ["where it comes from:", *_tree_lines(change.tree, 1)]
    return Summary(result.facts, (*lines, *_written(output)))


def _dimension_lines(found: Dimension) -> list[str]:
    table = [("", "share of the change", "points", "95 % interval", "rate", "mix", "q")]
    for one in found.elements[:_MOST]:
        power = "–" if one.explanatory_power is None else f"{one.explanatory_power:.0%}"
        name = _element(found.name, one.element) + (" *" if one.element in found.chosen else "")
        interval = f"{_points(one.ci_lower)} – {_points(one.ci_upper)}"
        effects = (_points(one.rate_effect), _points(one.mix_effect))
        table.append((name, power, _points(one.contribution), interval, *effects, f"{one.q_value:.3f}"))
    return [f"by {found.name} (surprise {found.surprise:.4f}):", *aligned(table)]


def _tree_lines(node: Node, depth: int) -> Iterator[str]:
    for child in node.children:
        name = "the rest"
        if child.dimension is not None and child.element is not None:
            name = f"{child.dimension} = {_element(child.dimension, child.element)}"
        share = "" if child.share is None else f" ({child.share:.0%})"
        yield f"{'  ' * depth}{name}: {_points(child.contribution)}{share}"
        yield from _tree_lines(child, depth + 1)


def _element(dimension: str, element: str) -> str:
    from voc.customers.segments import segment_name

    return segment_name(element) if dimension == "segment" else element


def _points(value: float) -> str:
    return f"{100 * value:+.2f}"


def whatif_summary(session: Session, result: WhatIfResult, output: Path | None) -> Summary:
    """Summarise what a plan would bring."""
    for note in result.notes:
        session.note(note)
    found = result.found
    gain = "–" if found.return_on_cost is None else f"{found.return_on_cost:+.0%}"
    table = [
        ("", "mean", "95 % interval"),
        ("saved customers", f"{found.saved_customers:,.1f}", _range(found.saved_customers_interval, 1)),
        ("saved value", f"{found.saved_value:,.0f}", _range(found.saved_value_interval)),
        ("net of cost", f"{found.net:,.0f}", _range(found.net_interval)),
        ("return on cost", gain, ""),
        ("chance of a loss", f"{found.loss_probability:.1%}", ""),
        ("break-even cost", f"{found.break_even_cost:,.0f}", ""),
    ]
    plan = result.plan
    where = f"{plan.tag} in {_element('segment', plan.segment)}" if plan.segment else plan.tag
    head = f"{where}: {result.n_exposed:,.0f} customers in {plan.days} days, risk ratio {result.ratio:.2f}"
    return Summary(result.facts, (head, *aligned(table), *_written(output)))


def _range(bounds: tuple[float, ...], digits: int = 0) -> str:
    return f"{bounds[0]:,.{digits}f} – {bounds[1]:,.{digits}f}"


def abtest_summary(session: Session, found: AbTest, output: Path | None) -> Summary:
    """Summarise an A/B test; the exit code is 1 when the groups have not the sizes they should have."""
    if found.rows_left_out:
        session.note(f"{how_many(found.rows_left_out, 'row')} without group, outcome or covariate left out")
    if not found.sample_ratio_ok:
        session.warn("sample ratio mismatch: the groups have not the sizes they should have; do not use it")
    adjusted = f", adjusted for {found.covariate}" if found.covariate else ""
    interval = f"[{found.effect_ci_lower:+.4f}, {found.effect_ci_upper:+.4f}]"
    relative = f"[{found.rel_effect_ci_lower:+.1%}, {found.rel_effect_ci_upper:+.1%}]"
    lines = (
        f"{found.control}: {found.control_mean:.4f} of {found.n_control:,}; "
        f"{found.variant}: {found.variant_mean:.4f} of {found.n_variant:,}{adjusted}",
        f"difference {found.effect:+.4f} {interval}, {found.rel_effect:+.1%} {relative}, "
        f"p {found.p_value:.4f}",
        f"sample ratio p {found.sample_ratio_p:.4f}; "
        f"a test of this size would mostly see a difference of {found.detectable:.4f}",
        f"supports the cause: {'yes' if found.supports_cause else 'no'}",
    )
    facts = {**found._asdict(), "supports_cause": found.supports_cause}
    return Summary(facts, (*lines, *_written(output)), 0 if found.sample_ratio_ok else GATE_FAILED)


def _written(output: Path | None) -> tuple[str, ...]:
    return (f"→ {output}",) if output else ()
