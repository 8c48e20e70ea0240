"""What `voc whatif` and `voc abtest` do: files in, a decision and a JSON file out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.errors import InputError, UsageError, nearest
from voc.io.atomic import write_bytes

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.experiments.ab_test import AbTest
    from voc.rootcause.whatif import WhatIf

__all__ = ["Plan", "WhatIfResult", "ab_test_file", "what_if_file"]


@dataclass(frozen=True)
class Plan:
    """What is to be mended."""

    tag: str
    segment: str | None
    mended: tuple[float, float]
    """Share of the complaints that the plan prevents, at worst and at best."""
    cost: tuple[float, float]
    days: int = 365
    """Days that the plan is for."""


@dataclass(frozen=True)
class WhatIfResult:
    """What may come of a plan, and what it was worked out from."""

    found: WhatIf
    plan: Plan
    ratio: float
    ratio_kind: str
    """`dr` or `adjusted`."""
    n_exposed: float
    """Customers with the complaint in the days of the plan."""
    evidence_level: str
    notes: tuple[str, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """Everything as plain values."""
        outcome = self.found._asdict()
        for name, value in outcome.items():
            if isinstance(value, tuple):
                outcome[name] = [value[0], value[1]]
        return {
            "tag": self.plan.tag,
            "segment": self.plan.segment,
            "days": self.plan.days,
            "mended": list(self.plan.mended),
            "cost": list(self.plan.cost),
            "ratio": self.ratio,
            "ratio_kind": self.ratio_kind,
            "n_exposed": self.n_exposed,
            "evidence_level": self.evidence_level,
            **outcome,
            "notes": list(self.notes),
        }


def what_if_file(
    folder: Path, plan: Plan, output: Path | None, *, draws: int, seed: int, force: bool
) -> WhatIfResult:
    """Draw what a plan would bring, from the `effects.parquet` and `causes.json` of a folder.

    Raises
    ------
    InputError
        When the folder holds no effects, or those of the complaint are held back.
    UsageError
        When there is no such complaint or segment.
    """
    from voc.rootcause.whatif import Mending, what_if

    effect, design = _effect(folder, plan)
    kind = "dr" if effect["dr_rr"] is not None else "adjusted"
    ratio = tuple(effect[f"{kind}_rr{end}"] for end in ("", "_ci_lower", "_ci_upper"))
    # each complaint counts once, and the studied time is scaled to that of the plan
    scale = design["every_days"] / design["exposure_days"] * plan.days / design["studied_days"]
    value = effect["mean_value"]
    if value is None or value <= 0:
        raise InputError("the value of such a customer is not known", where=str(folder / "causes.json"))
    spread = _relative_spread(effect)
    mending = Mending(
        n_exposed=effect["n_exposed"] * scale,
        churn_exposed=effect["churn_exposed"] * scale,
        ratio=ratio[0],
        ratio_lower=ratio[1],
        ratio_upper=ratio[2],
        value=value,
        value_lower=value / spread,
        value_upper=value * spread,
        mended_lower=plan.mended[0],
        mended_upper=plan.mended[1],
        cost_lower=plan.cost[0],
        cost_upper=plan.cost[1],
    )
    found = what_if(mending, draws=draws, seed=seed)
    notes = [f"the ratio is an {_WORDS[effect['evidence_level']]}; saved customers hold only if it is causal"]
    if ratio[1] <= 1 <= ratio[2]:
        notes.append("the interval of the ratio holds 1: whether mending keeps anybody is not known")
    if effect["differs_by_segment"]:
        notes.append("segments differ for this complaint: plan by segment")
    result = WhatIfResult(
        found,
        plan,
        ratio[0],
        kind,
        effect["n_exposed"] * scale,
        effect["evidence_level"],
        tuple(notes),
    )
    if output is not None:
        _write_json(output, result.facts, force=force)
    return result


_WORDS = {
    "associated": "association",
    "adjusted": "adjusted association",
    "experiment": "effect that an experiment supports",
}


_WHY = {
    "no_exposed": "no customer made it in an exposure window",
    "few_exposed": "too few customers made it",
    "few_unexposed": "nearly every customer made it",
    "no_churn": "nobody left, with it or without",
    "all_churned": "everybody left, with it or without",
    "no_overlap": "nobody without it is like those who made it",
}
"""By `Reason`."""


def _relative_spread(effect: dict[str, Any]) -> float:
    """How far the value of a customer may be off, as a factor: what the revenue's interval has beyond that
    of the churners; a tenth at least."""
    churners, revenue = effect["attributable_churners"], effect["revenue_at_risk"]
    upper, revenue_upper = effect["attributable_churners_ci_upper"], effect["revenue_at_risk_ci_upper"]
    if not (churners and revenue and upper and revenue_upper) or churners <= 0:
        return 1.1
    return max(1.1, float((revenue_upper / revenue) / (upper / churners)))


def _effect(folder: Path, plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    import pyarrow.parquet as pq

    path = folder / "causes.json"
    try:
        rows = pq.read_table(folder / "effects.parquet").to_pylist()
        behind = json.loads(path.read_text(encoding="utf-8"))
        details = {(row["tag"], row["segment"]): row for row in behind["effects"]}
    except Exception as error:
        hint = "give the folder of `voc rootcause` or of a finished run"
        raise InputError(f"holds no effects ({type(error).__name__})", where=str(folder), hint=hint) from None
    known = {(row["tag"], row["segment"]): row for row in rows}
    if (plan.tag, plan.segment) not in known:
        tags = sorted({row["tag"] for row in rows})
        near = nearest(plan.tag, tags)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(tags[:20])}"
        what = f"complaint {plan.tag!r}" if plan.tag not in tags else f"segment {plan.segment!r}"
        raise UsageError(f"no {what} among the effects", hint=hint)
    effect = {**details[plan.tag, plan.segment], **known[plan.tag, plan.segment]}
    if effect["adjusted_rr"] is None:
        raise InputError(
            f"no effect is known: {_WHY[effect['reason']]}",
            where=f"complaint {plan.tag!r}",
            hint="the table of voc rootcause tells the complaints that have one",
        )
    return effect, behind["design"]


def ab_test_file(
    table: str,
    output: Path | None,
    *,
    variant: str,
    outcome: str,
    covariate: str | None,
    control: str | None,
    ratio: float,
    better: str,
    tag: str | None,
    taxonomy: Path | None,
    segment: str | None,
    force: bool,
) -> AbTest:
    """Read an A/B test from a table, and write what it shows, for `voc rootcause --experiment`.

    Raises
    ------
    UsageError
        When the complaint is neither in the taxonomy nor in a column `tag` of the table, or there is no such
        segment.
    """
    from voc.customers.segments import Segment
    from voc.experiments.ab_test import read_ab_test
    from voc.io import read_table
    from voc.tagging.taxonomy import load_taxonomy

    customers = read_table(table)
    if tag is not None and not _has_tag(customers, tag):
        load_taxonomy(taxonomy).require(tag)
    segments = [one.value for one in Segment]
    if segment is not None and segment not in segments:
        near = nearest(segment, segments)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(Segment)}"
        raise UsageError(f"no segment {segment!r}", where="--segment", hint=hint)
    found = read_ab_test(
        customers,
        variant=variant,
        outcome=outcome,
        covariate=covariate,
        control=control,
        ratio=ratio,
        better=better,
    )
    if output is not None:
        facts = {"tag": tag, "segment": segment, "supports_cause": found.supports_cause, **found._asdict()}
        _write_json(output, facts, force=force)
    return found


def _has_tag(table: pa.Table, tag: str) -> bool:
    return "tag" in table.column_names and tag in table["tag"].unique().to_pylist()


def _write_json(path: Path, facts: dict[str, Any], *, force: bool) -> None:
    text = json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False)
    write_bytes(path, (text + "\n").encode(), force=force)
