"""Early warning: features never look ahead, and planted reasons of leaving are found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import average_precision_score

from voc.customers.risk import RISK_SCHEMA, RiskInputs, RiskSettings, early_warning
from voc.customers.risk_features import FEATURES, Events, KnownEvents, KnownValues, features_at
from voc.customers.risk_model import average_precision_by_weight
from voc.errors import InputError, UsageError

START, DAYS = 19_000, 540


def events(rows: list[tuple[int, int, float]]) -> Events:
    customer, day, value = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return Events(np.asarray(customer, np.int32), np.asarray(day, np.int32), np.asarray(value, np.float64))


def world(n: int = 1500, seed: int = 1, effect: float = 15.0) -> RiskInputs:
    """Customers who leave more often within the 60 days after an unresolved complaint."""
    rng = np.random.default_rng(seed)
    orders, complaints, tone = [], [], []
    left = np.full(n, np.nan)
    for who in range(n):
        gap, begin = rng.gamma(2.0, 10.0) + 3, int(rng.integers(0, 200))
        said = [int(day) for day in rng.integers(begin, DAYS, rng.poisson(1.0))]
        for week in range(begin // 7 + 4, DAYS // 7):
            acting = any(0 < week * 7 - day <= 60 for day in said)
            if rng.random() < 0.004 * (effect if acting else 1.0):
                left[who] = START + week * 7
                break
        end = left[who] if np.isfinite(left[who]) else START + DAYS
        day = float(START + begin)
        while day < end:
            orders.append((who, int(day), 50.0))
            day += rng.exponential(gap)
        for when in said:
            if START + when < end:
                complaints.append((who, START + when, 1.0))
                tone.append((who, START + when, -1.0))
    keys = pa.array([f"c{i:04}" for i in range(n)])
    return RiskInputs(
        keys, events(orders), events(complaints), events(complaints), events(tone), left, START + DAYS
    )


@pytest.fixture(scope="module")
def found():
    return early_warning(world())


def test_list_beats_the_days_since_the_last_order_out_of_time(found):
    judged = found.evaluation
    assert judged.pr_auc > 1.3 * judged.base_rate
    assert judged.pr_auc_ci_lower > judged.base_rate
    assert judged.pr_auc > judged.baseline_pr_auc
    assert judged.lifts[1].lift > judged.baseline_lifts[1].lift
    assert judged.lifts[0].share == 0.05
    assert judged.calibration_error < 0.05
    assert judged.lead_time_days is not None
    assert judged.lead_time_days > 0


def test_complaints_are_named_as_reasons(found):
    assert (
        max(found.weights["recent_complaints"], found.weights["complaints"], found.weights["unresolved"]) > 0
    )
    table = found.table.to_pylist()
    assert found.table.schema == RISK_SCHEMA
    assert [row["rank"] for row in table] == list(range(1, len(table) + 1))
    assert [row["risk"] for row in table] == sorted((row["risk"] for row in table), reverse=True)
    top = [reason for row in table[:30] for reason in row["reasons"]]
    assert {"recent_complaints", "complaints", "unresolved", "worse_tone"} & set(top)
    assert set(top) <= set(FEATURES)


def test_nothing_later_than_the_day_changes_a_feature():
    inputs = world(200)
    day = START + 300

    def upto(e: Events, *, more: bool) -> Events:
        keep = e.day <= day
        return e if more else Events(e.customer[keep], e.day[keep], e.value[keep])

    customer = np.unique(inputs.orders.customer[inputs.orders.day <= day])
    first, second = (
        features_at(
            day,
            customer,
            orders=KnownValues(upto(inputs.orders, more=more)),
            complaints=KnownEvents(upto(inputs.complaints, more=more)),
            unresolved=KnownEvents(upto(inputs.unresolved, more=more)),
            tone=KnownValues(upto(inputs.tone, more=more)),
        )
        for more in (True, False)
    )
    assert np.array_equal(first, second)
    assert np.isfinite(first).all()


def test_a_day_for_each_customer_gives_what_the_same_day_for_all_gives():
    inputs = world(200)
    events = [KnownValues(part) for part in inputs[1:5]]
    streams = dict(zip(("orders", "complaints", "unresolved", "tone"), events, strict=True))
    days = np.array([START + 300, START + 310, START + 420], np.int32)
    customer = np.unique(inputs.orders.customer[inputs.orders.day <= days[0]])
    together = features_at(np.repeat(days, len(customer)), np.tile(customer, len(days)), **streams)
    apart = np.concatenate([features_at(int(day), customer, **streams) for day in days])
    assert np.array_equal(together, apart)


def test_blocks_change_nothing(found, monkeypatch):
    monkeypatch.setattr("voc.customers.risk._BLOCK_ROWS", 64)
    again = early_warning(world())
    assert again.evaluation == found.evaluation
    assert again.table.equals(found.table)


def test_silence_may_stand_for_leaving():
    inputs = world(600)._replace(churn_day=None)
    judged = early_warning(inputs, RiskSettings(horizon_days=30)).evaluation
    assert judged.pr_auc > judged.base_rate
    assert judged.lead_time_days is None


def test_too_short_a_time_is_told():
    inputs = world(100)
    with pytest.raises(InputError, match=r"the orders cover \d+ days, looking 200 days ahead needs 656"):
        early_warning(inputs, RiskSettings(horizon_days=200))
    with pytest.raises(UsageError, match="1 or more"):
        early_warning(inputs, RiskSettings(horizon_days=0))


def test_nobody_left_is_told():
    inputs = world(100)
    with pytest.raises(InputError, match="nobody left in the days of training"):
        early_warning(inputs._replace(churn_day=np.full(100, np.nan)))


@pytest.mark.parametrize("seed", range(20))
def test_average_precision_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, rng.integers(2, 60), 80) / 60  # many equal scores
    outcome = rng.random(80) < 0.3
    who = rng.integers(0, 30, 80).astype(np.int32)
    weight = rng.integers(0, 4, 30).astype(np.int32)
    weight[who[outcome.argmax()]] = 1
    expected = average_precision_score(outcome, score, sample_weight=weight[who])
    assert average_precision_by_weight(score, outcome, who)(weight) == pytest.approx(expected, abs=1e-12)
