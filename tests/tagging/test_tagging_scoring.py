"""Scores agree with scikit-learn's, and their intervals with what is known of a proportion."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score

from voc.tagging.scoring import calibration_error, score_classes, score_tags
from voc.tagging.splits import held_out, text_key, without_repeats


def test_classes_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    truth = rng.choice(["-1", "0", "1"], 400, p=[0.5, 0.1, 0.4]).tolist()
    told = [label if rng.random() < 0.8 else "0" for label in truth]
    found = score_classes(truth, told)
    assert found.accuracy.value == pytest.approx(np.mean(np.array(truth) == np.array(told)))
    assert found.macro_f1.value == pytest.approx(f1_score(truth, told, average="macro"))
    lower, upper, _ = found.accuracy.interval
    half = 1.96 * np.sqrt(found.accuracy.value * (1 - found.accuracy.value) / 400)
    assert lower == pytest.approx(found.accuracy.value - half, abs=0.006)
    assert upper == pytest.approx(found.accuracy.value + half, abs=0.006)


def test_tags_agree_with_scikit_learn():
    rng = np.random.default_rng(2)
    truth = rng.random((300, 6)) < 0.3
    told = truth ^ (rng.random((300, 6)) < 0.1)
    names = np.array(list("abcdef"))
    found = score_tags([frozenset(names[row]) for row in truth], [frozenset(names[row]) for row in told])
    assert found.micro_f1.value == pytest.approx(f1_score(truth, told, average="micro"))
    assert found.macro_f1.value == pytest.approx(f1_score(truth, told, average="macro"))
    assert found.micro_f1.interval.lower < found.micro_f1.value < found.micro_f1.interval.upper


def test_calibration_of_honest_and_of_boastful_probabilities():
    rng = np.random.default_rng(3)
    said = rng.random(20_000)
    happened = rng.random(20_000) < said
    brier, error = calibration_error(said, happened)
    assert brier == pytest.approx(brier_score_loss(happened, said))
    assert error < 0.02
    assert calibration_error(np.where(said > 0.5, 1.0, 0.0), happened)[1] > 0.2


def test_equal_texts_fall_on_one_side():
    assert text_key("质量 很好！ABC") == text_key("质量很好abc。")
    assert without_repeats(["质量很好", "质量，很好！", "不好", "不坏"], {text_key("不坏")}) == [0, 2]
    share = np.mean([held_out(str(number)) for number in range(4000)])
    assert share == pytest.approx(0.1, abs=0.02)
