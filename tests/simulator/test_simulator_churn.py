"""The planted causes of churn can be found again in the truth, and the others do nothing."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest


class Weeks:
    """Person-weeks of the sample company, worked out from truth.json alone."""

    def __init__(self, truth):
        self.hazard = truth["hazard"]
        self.start = datetime.fromisoformat(truth["period"]["start"])
        self.count = truth["period"]["weeks"]
        self.names = list(truth["customers"])
        facts = truth["customers"].values()
        self.activity = np.array([fact["activity"] for fact in facts])
        joined = np.array([fact["first_day"] for fact in facts])
        left = np.array([self.days(f["churned_at"]) if f["churned_at"] else np.inf for f in facts])
        begins = np.arange(self.count) * 7
        self.present = (begins >= joined[:, None]) & (begins < left[:, None])
        self.leaves = self.present & (left[:, None] < begins + 7)
        self.complaints: dict[str, list[tuple[int, float]]] = {}
        place = {name: number for number, name in enumerate(self.names)}
        for entry in truth["feedback"]:
            for mark in entry["tags"]:
                if mark["polarity"] < 0:
                    found = self.complaints.setdefault(mark["tag"], [])
                    found.append((place[entry["customer_id"]], self.days(entry["ts"])))

    def days(self, moment):
        return (datetime.fromisoformat(moment) - self.start) / timedelta(days=1)

    def exposed(self, tag):
        """Weeks that begin after a complaint of `tag` and within the window."""
        marks = np.zeros(self.present.shape, dtype=bool)
        for customer, time in self.complaints.get(tag, []):
            begins = np.arange(self.count) * 7
            marks[customer] |= (begins > time) & (begins <= time + self.hazard["window_days"])
        return marks

    def rate_ratio(self, tag):
        """Mantel–Haenszel rate ratio over strata of activity and other planted complaints, and its error."""
        exposed = self.exposed(tag)
        others = sum(self.exposed(other).astype(int) for other in self.hazard["factors"] if other != tag)
        tenth = np.searchsorted(np.quantile(self.activity, np.arange(0.1, 1, 0.1)), self.activity)
        up = down = variance = 0.0
        for stratum in range(10):
            for count in range(4):
                here = self.present & (tenth == stratum)[:, None] & (others == count)
                weeks1, weeks0 = (here & exposed).sum(), (here & ~exposed).sum()
                left1, left0 = (here & exposed & self.leaves).sum(), (here & ~exposed & self.leaves).sum()
                if weeks1 and weeks0:
                    total = weeks1 + weeks0
                    up += left1 * weeks0 / total
                    down += left0 * weeks1 / total
                    variance += (left1 + left0) * weeks1 * weeks0 / total**2
        return up / down, math.sqrt(variance / (up * down))


@pytest.fixture(scope="module")
def weeks(company):
    return Weeks(company.truth)


def test_each_planted_complaint_raises_the_hazard_by_its_factor(weeks):
    factors = weeks.hazard["factors"]
    assert factors == {
        "logistics.delay": 3.0,
        "quality.defect": 2.5,
        "aftersales.refund": 4.0,
        "service.unresolved": 3.5,
    }
    for tag, factor in factors.items():
        ratio, error = weeks.rate_ratio(tag)
        assert abs(math.log(ratio / factor)) < 2.6 * error, tag
        assert ratio > math.exp(2 * error), tag


def test_other_complaints_do_nothing(weeks):
    outside = 0
    tags = [tag for tag in weeks.hazard["null_tags"] if len(weeks.complaints.get(tag, [])) >= 100]
    assert len(tags) >= 15
    for tag in tags:
        ratio, error = weeks.rate_ratio(tag)
        outside += abs(math.log(ratio)) > 1.96 * error
    assert outside <= 3


def test_planted_complaints_have_enough_customers(company):
    complaining = company.truth["marginals"]["complaining_customers"]
    for tag in company.truth["hazard"]["factors"]:
        assert complaining[tag] >= 150


def test_activity_is_a_common_cause_of_complaints_and_of_staying(weeks, company):
    stayed = np.array([fact["churned_at"] is None for fact in company.truth["customers"].values()])
    assert weeks.activity[stayed].mean() > weeks.activity[~stayed].mean()
    tags = ("packaging.poor", "service.attitude", "price.high")
    means = [np.mean([weeks.activity[customer] for customer, _ in weeks.complaints[tag]]) for tag in tags]
    assert means[0] > means[1] > means[2]
    assert set(company.truth["hazard"]["confounded"]) >= {"packaging.poor", "price.high"}


def test_the_window_covers_exposure_gap_and_most_of_the_horizon(company):
    assert company.truth["hazard"]["window_days"] >= 15 + 14 + 90
