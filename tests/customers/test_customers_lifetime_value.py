"""Lifetime value: Gamma-Gamma against the published CDNOW figures, and the table that others build on."""

from __future__ import annotations

from datetime import date, datetime

import ibis
import numpy as np
import pyarrow as pa
import pytest

from voc.customers.calibration import calibrate
from voc.customers.gamma_gamma import expected_value, fit_gamma_gamma
from voc.customers.lifetime_value import LIFETIME_VALUE_SCHEMA, lifetime_value
from voc.customers.purchase_history import purchase_history, read_history
from voc.errors import UsageError

CALIBRATION = date(1997, 9, 30)


def test_cdnow_gamma_gamma_is_the_published_one(cdnow_orders):
    history = read_history(purchase_history(ibis.memtable(cdnow_orders), CALIBRATION))
    fit = fit_gamma_gamma(history.frequency, history.mean_value)
    assert (fit.p, fit.q, fit.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert fit.customers == 946
    # an average customer of whom nothing is known: p * gamma / (q - 1)
    assert fit.mean == pytest.approx(6.25 * 15.44 / 2.74, abs=0.1)


def test_single_purchases_are_drawn_towards_the_mean():
    rng = np.random.default_rng(1)
    rate = rng.gamma(4.0, 1 / 30.0, 3000)
    x = rng.integers(1, 9, 3000).astype(float)
    mean = np.array([rng.gamma(5.0 * n, 1 / r) / n for n, r in zip(x, rate, strict=True)])
    fit = fit_gamma_gamma(x, mean)
    away = np.abs(np.log([fit.p, fit.q, fit.gamma]) - np.log([5.0, 4.0, 30.0]))
    assert np.all(away < 3.5 * np.sqrt(np.diag(fit.covariance)))
    assert np.all(away < 0.3)
    dear = expected_value(fit, np.array([1.0, 50.0]), np.array([400.0, 400.0]))
    assert fit.mean < dear[0] < dear[1] < 400.0
    assert expected_value(fit, np.array([0.0]), np.array([0.0])) == pytest.approx([fit.mean])


def test_table_has_every_customer_and_adds_up(cdnow_orders):
    found = lifetime_value(cdnow_orders, as_of=CALIBRATION, months=12)
    assert found.table.schema == LIFETIME_VALUE_SCHEMA
    frame = found.table.to_pandas()
    bought = cdnow_orders.to_pandas().query("amount > 0 and ts <= '1997-09-30'")
    assert frame["customer_key"].tolist() == sorted(bought["customer_key"].unique())
    assert frame["p_alive"].between(0, 1).all()
    assert frame["expected_value"].to_numpy() == pytest.approx(
        (frame["expected_orders"] * frame["expected_order_value"]).to_numpy()
    )
    assert found.frequency_value_correlation == pytest.approx(0.11, abs=0.01)  # note 25: 0.11
    longer = lifetime_value(cdnow_orders, as_of=CALIBRATION, months=36).table
    assert all(
        a < b for a, b in zip(frame["expected_orders"], longer["expected_orders"].to_pylist(), strict=True)
    )


def test_discount_and_margin_lower_the_value(cdnow_orders):
    plain, less = (
        np.sum(lifetime_value(cdnow_orders, as_of=CALIBRATION, **settings).table["expected_value"].to_numpy())
        for settings in ({}, {"margin": 0.4, "annual_discount": 0.1})
    )
    assert 0.4 * plain * 0.93 < less < 0.4 * plain * 0.97


def test_history_agrees_with_pandas(cdnow_orders):
    frame = cdnow_orders.to_pandas().query("amount > 0 and ts <= '1997-09-30'")
    found = purchase_history(ibis.memtable(cdnow_orders), CALIBRATION).to_pyarrow().to_pandas()
    daily = frame.groupby(["customer_key", "ts"])["amount"].sum().reset_index()
    groups = daily.groupby("customer_key")
    first, last, count = groups["ts"].min(), groups["ts"].max(), groups.size()
    assert found["frequency"].tolist() == (count - 1).tolist()
    assert found["recency_days"].tolist() == (last - first).dt.days.tolist()
    assert found["age_days"].tolist() == (datetime(1997, 9, 30) - first).dt.days.tolist()
    repeat = daily[daily["ts"] > daily["customer_key"].map(first)].groupby("customer_key")["amount"].mean()
    known = found.set_index("customer_key").loc[repeat.index, "mean_value"]
    assert known.to_numpy() == pytest.approx(repeat.to_numpy())


def orders(*rows: tuple[str, str, float]) -> ibis.Table:
    return ibis.memtable(
        pa.table(
            {
                "customer_key": [row[0] for row in rows],
                "ts": pa.array([datetime.fromisoformat(row[1]) for row in rows], pa.timestamp("us")),
                "amount": [row[2] for row in rows],
            }
        )
    )


def test_refund_lowers_the_value_of_purchases_but_not_their_number():
    table = orders(
        ("a", "2024-01-01", 100.0), ("a", "2024-02-01", 80.0), ("a", "2024-03-01", 120.0),
        ("a", "2024-03-05", -150.0), ("b", "2024-02-01", 10.0),
    )  # fmt: skip
    history = read_history(purchase_history(table, date(2024, 3, 31)))
    assert history.frequency.tolist() == [2.0, 0.0]
    assert history.mean_value.tolist() == pytest.approx([50.0, 0.0])
    assert history.age.tolist() == pytest.approx([90 / 7, 59 / 7])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"months": 0}, "months must be 1 to 60, not 0"),
        ({"margin": 0.0}, "margin must be above 0 and at most 1, not 0"),
        ({"annual_discount": 1.0}, "annual_discount must be 0 or more and below 1, not 1"),
    ],
)
def test_settings_out_of_bounds_are_told(setting, message):
    with pytest.raises(UsageError, match=message):
        lifetime_value(orders(("a", "2024-01-01", 1.0)), **setting)


def test_holdout_of_cdnow_is_foretold(cdnow_orders):
    found = calibrate(cdnow_orders, CALIBRATION, as_of=date(1998, 6, 30))
    # holds today's result: the model falls 12 % short of weeks 40 to 78, and is better than the past rate
    assert (found.days, found.customers) == (273, 2349)
    assert found.actual_total == 1882
    assert -0.13 < found.total_error < 0
    assert found.mean_absolute_error < 0.8 * found.naive_mean_absolute_error
    assert found.correlation > 0.6
    assert [row.frequency for row in found.rows] == list(range(8))
    assert sum(row.customers for row in found.rows) == found.customers
    assert [row.expected for row in found.rows] == sorted(row.expected for row in found.rows)


def test_calibration_needs_time_after_the_cut(cdnow_orders):
    with pytest.raises(UsageError, match="no day is left after 1998-06-30"):
        calibrate(cdnow_orders, date(1998, 6, 30), as_of=date(1998, 6, 30))
