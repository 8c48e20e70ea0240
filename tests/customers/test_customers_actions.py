"""Suggestions by segment and cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.customers.actions import ActionRule, SegmentFacts, load_actions, suggest_actions
from voc.errors import ConfigError

RULES = (
    ActionRule(segment="vip", action="顾问", owner="甲", cost=10, prevents=(0.2, 0.4)),
    ActionRule(segment="vip", cause="logistics", action="跟单", owner="乙", cost=5, prevents=(0.2, 0.4)),
    ActionRule(segment="*", cause="logistics.delay", action="赔付", owner="丙", cost=2, prevents=(0.3, 0.3)),
)
SEGMENTS = (SegmentFacts("vip", 400, 1000.0), SegmentFacts("general", 900, None))


def effect(tag: str, segment: str | None, lower: float, n: int = 100) -> dict[str, object]:
    return {
        "tag": tag, "segment": segment, "customers_exposed": n, "rate_exposed": 0.3, "adjusted_rr": 2.0,
        "adjusted_rr_ci_lower": lower, "adjusted_rr_ci_upper": 4.0 / lower, "q_value": 0.01,
        "evidence_level": "adjusted",
    }  # fmt: skip


def test_saving_is_the_arithmetic_it_says():
    rows = suggest_actions(RULES, SEGMENTS[:1], [effect("logistics.lost", "vip", 1.4)])
    row = rows[0]
    assert (row.action, row.tag, row.basis, row.evidence_level) == (
        "跟单",
        "logistics.lost",
        "segment",
        "adjusted",
    )
    # 100 customers, 0.3 of whom leave, half of that with the complaint, 0.3 of that prevented
    assert row.customers_kept == pytest.approx(100 * 0.3 * 0.5 * 0.3)
    assert row.saving == pytest.approx(4.5 * 1000 - 500)
    assert row.saving_ci_lower < row.saving < row.saving_ci_upper
    assert rows[-1].tag is None
    assert rows[-1].evidence_level == "none"


def test_most_specific_rule_is_taken():
    rows = suggest_actions(
        RULES, SEGMENTS[:1], [effect("logistics.delay", "vip", 1.4), effect("price.high", "vip", 1.4)]
    )
    assert {row.tag: row.action for row in rows} == {
        "logistics.delay": "赔付",
        "price.high": "顾问",
        None: "顾问",
    }


def test_effect_of_all_stands_in_where_the_segment_is_unclear():
    effects = [effect("logistics.delay", "vip", 0.8), effect("logistics.delay", None, 1.5, n=900)]
    (row, _) = suggest_actions(RULES, SEGMENTS[:1], effects)
    assert (row.basis, row.customers) == ("overall", 100)
    unclear = [effect("logistics.delay", "vip", 0.8), effect("logistics.delay", None, 0.9)]
    assert [row.tag for row in suggest_actions(RULES, SEGMENTS[:1], unclear)] == [None]


def test_effect_of_all_does_not_stand_in_where_segments_differ():
    whole = {**effect("logistics.delay", None, 1.5, n=900), "differs_by_segment": True}
    effects = [effect("logistics.delay", "vip", 0.8), whole]
    assert [row.tag for row in suggest_actions(RULES, SEGMENTS[:1], effects)] == [None]


def test_a_share_seen_among_few_customers_widens_the_interval():
    def width(n: int) -> float:
        row = suggest_actions(RULES, SEGMENTS[:1], [effect("logistics.delay", "vip", 1.9, n=n)])[0]
        return (row.saving_ci_upper - row.saving_ci_lower) / row.customers

    assert width(20) > 1.3 * width(2000)


def test_no_value_gives_no_saving():
    (row,) = suggest_actions(RULES, SEGMENTS[1:], [effect("logistics.delay", "general", 1.4)])
    assert row.customers_kept is not None
    assert row.saving is None


def test_packed_rules_cover_every_segment():
    rules = load_actions()
    general = {rule.segment for rule in rules if rule.cause == "*"}
    assert general == {"vip", "growth", "general", "churn_risk"}


def test_faults_of_a_file_of_rules_are_told_together(tmp_path: Path):
    path = tmp_path / "actions.yaml"
    path.write_text(
        "version: 1\nactions:\n  - {segment: vips, action: a, owner: b, cost: -1, prevents: [0.5, 0.1]}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_actions(path)
    assert len(caught.value.faults) >= 2
