"""What a plan for a complaint would bring, from a folder of effects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voc.errors import InputError
from voc.pipeline.causes.decisions import Plan, what_if_file
from voc.pipeline.causes.output import EFFECTS_SCHEMA
from voc.rootcause.effect import Effect, EvidenceLevel, Reason, empty_effect


def folder_of(tmp_path: Path, effect: Effect) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    published = {name: getattr(effect, name) for name in EFFECTS_SCHEMA.names}
    pq.write_table(pa.Table.from_pylist([published], schema=EFFECTS_SCHEMA), tmp_path / "effects.parquet")
    design = {"every_days": 30, "exposure_days": 30, "studied_days": 360}
    details = {**effect._asdict(), "differs_by_segment": effect.differs_by_segment}
    behind = {"design": design, "effects": [details]}
    (tmp_path / "causes.json").write_text(json.dumps(behind), encoding="utf-8")
    return tmp_path


def known(lower: float, upper: float) -> Effect:
    return empty_effect("logistics.delay", None, Reason.FEW_EXPOSED)._replace(
        reason=None, n_exposed=400, n_unexposed=4000, churn_exposed=60, churn_unexposed=240,
        adjusted_rr=2.0, adjusted_rr_ci_lower=lower, adjusted_rr_ci_upper=upper, mean_value=500.0,
        evidence_level=EvidenceLevel.ADJUSTED.value,
    )  # fmt: skip


def plan() -> Plan:
    return Plan("logistics.delay", None, mended=(0.5, 0.5), cost=(1000.0, 1000.0))


@pytest.mark.parametrize(("lower", "upper", "is_told"), [(1.4, 2.9, False), (0.7, 5.7, True)])
def test_a_ratio_whose_interval_holds_one_is_told_to_be_unclear(tmp_path, lower, upper, is_told):
    found = what_if_file(
        folder_of(tmp_path, known(lower, upper)), plan(), None, draws=500, seed=0, force=False
    )
    assert any("holds 1" in note for note in found.notes) is is_told


@pytest.mark.parametrize("reason", list(Reason))
def test_why_there_is_no_effect_is_said_in_words(tmp_path, reason):
    effect = empty_effect("logistics.delay", None, reason)
    with pytest.raises(InputError) as caught:
        what_if_file(folder_of(tmp_path, effect), plan(), None, draws=500, seed=0, force=False)
    assert caught.value.message.startswith("no effect is known: ")
    assert reason.value not in caught.value.message
