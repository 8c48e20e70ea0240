"""Cox regression against published coefficients, where lifelines is installed."""

from __future__ import annotations

import numpy as np
import pytest

from voc.customers.cox import complaint_spans, cox, cox_time_varying, events_under
from voc.errors import InputError


def test_complaints_cut_the_time_of_a_customer():
    spans = complaint_spans([200, 50], [True, False], {"delay": [(0, 30), (0, 100), (1, 50)]}, acting_days=40)
    rows = spans[["customer", "start", "stop", "left", "delay"]].to_numpy().tolist()
    assert rows == [
        [0, 0.0, 30.0, False, 0], [0, 30.0, 70.0, False, 1], [0, 70.0, 100.0, False, 0],
        [0, 100.0, 140.0, False, 1], [0, 140.0, 200.0, True, 0], [1, 0.0, 50.0, False, 0],
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_rossi_coefficients_are_the_published_ones():
    pytest.importorskip("lifelines")
    from lifelines.datasets import load_rossi

    rows = {row.covariate: row for row in cox(load_rossi(), "week", "arrest")}
    # Fox and Weisberg (2011), Cox proportional-hazards regression for survival data, first model
    published = {
        "fin": -0.379,
        "age": -0.057,
        "race": 0.314,
        "wexp": -0.150,
        "mar": -0.434,
        "paro": -0.085,
        "prio": 0.092,
    }
    assert {name: row.coefficient for name, row in rows.items()} == pytest.approx(published, abs=1e-3)
    assert rows["fin"].standard_error == pytest.approx(0.191, abs=1e-3)
    assert rows["prio"].hazard_ratio == pytest.approx(1.096, abs=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_planted_hazard_is_found_and_the_naive_reading_is_not():
    pytest.importorskip("lifelines")
    rng = np.random.default_rng(2)
    n, base, factor = 2000, 1 / 300, 2.5
    said = rng.uniform(0, 300, n)
    duration, left = np.empty(n), np.empty(n, bool)
    for i in range(n):
        at = rng.exponential(1 / base)
        if at > said[i]:
            inside = rng.exponential(1 / (base * factor))
            at = said[i] + inside if inside < 90 else said[i] + 90 + rng.exponential(1 / base)
        duration[i], left[i] = min(at, 365.0), at <= 365
    heard = [(i, day) for i, day in enumerate(said) if day < duration[i]]
    spans = complaint_spans(duration.tolist(), left.tolist(), {"delay": heard})
    (row,) = cox_time_varying(spans)
    assert row.ci_lower < factor < row.ci_upper
    assert row.ci_lower > 1.5


def _some_leave(rng: np.random.Generator, **more):
    duration, left = rng.uniform(50, 300, 300), rng.random(300) < 0.5
    heard = [(i, float(rng.uniform(0, duration[i]))) for i in range(0, 300, 2)]
    return complaint_spans(duration.tolist(), left.tolist(), {"delay": heard, **more})


def test_complaint_under_which_nobody_left_has_no_row_and_leaves_the_others_as_at_the_limit(recwarn):
    pytest.importorskip("lifelines")
    never = [(i, 0.0) for i in range(1, 300, 7)]
    spans = _some_leave(np.random.default_rng(4), never=never)
    spans.loc[spans["never"] == 1, "left"] = False
    assert events_under(spans)["never"] == 0
    (row,) = cox_time_varying(spans)
    (alone,) = cox_time_varying(spans[spans["never"] == 0].drop(columns="never"))
    assert row == alone
    assert not recwarn.list


def test_nobody_left_while_a_complaint_acted_is_told():
    spans = complaint_spans([50, 60], [True, True], {"delay": [(0, 1.0)]}, acting_days=10)
    with pytest.raises(InputError, match="nobody left while a complaint acted"):
        cox_time_varying(spans)


def test_nobody_left_is_told():
    with pytest.raises(InputError, match="nobody left"):
        cox_time_varying(complaint_spans([5, 6], [False, False], {}))
