"""The generator, the scores, and the recognisers held by them."""

from __future__ import annotations

import pytest

from voc.config.loader import read_yaml
from voc.config.resources import lexicon
from voc.privacy.evaluation.cases import Label, cases, tickets
from voc.privacy.evaluation.evaluate import NAMES_AND_PLACES, clean_rate, score_cases
from voc.privacy.evaluation.name_tickets import name_tickets
from voc.privacy.evaluation.score import add, count, score, wilson
from voc.types import Span, Tier

IGNORED = NAMES_AND_PLACES | {"HEALTH"}


def span(start: int, end: int, entity: str) -> Span:
    return Span(start, end, entity, Tier.GENERAL, 0.9, "test.v1")


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_the_published_ones(successes, trials, lower, upper):
    found = wilson(successes, trials)
    assert found.lower == pytest.approx(lower, abs=5e-5)
    assert found.upper == pytest.approx(upper, abs=5e-5)


def test_counts_tell_exact_from_overlapping_and_leaked_from_covered():
    labels = [Label(0, 5, "A"), Label(10, 14, "B")]
    told = count(labels, [span(0, 5, "A"), span(12, 16, "B"), span(20, 22, "C")])
    assert (told.found, told.exact, told.right, told.spans) == (2, 1, 2, 3)
    assert (told.characters, told.leaked) == (9, 2)
    result = score(add([told]))
    assert result.recall == 1
    assert result.precision == pytest.approx(2 / 3)
    assert result.leak == pytest.approx(2 / 9)


def test_a_span_of_another_entity_covers_but_is_not_found():
    told = count([Label(0, 5, "A")], [span(0, 5, "B")])
    assert (told.found, told.right, told.leaked) == (0, 0, 0)


def test_cases_are_the_same_for_a_seed_and_their_labels_lie_in_the_text():
    once, again = list(cases(3, 2)), list(cases(3, 2))
    assert once == again
    assert once != list(cases(4, 2))
    for case in [*once, *tickets(3, 50)]:
        for label in case.labels:
            assert 0 <= label.start < label.end <= len(case.text)


def test_sentences_of_test_are_not_those_of_dev():
    document = read_yaml(lexicon("evaluation/pii.yaml"))
    for entity, wordings in document["test"].items():
        assert not set(wordings) & set(document["dev"][entity])


def test_every_part_meets_its_target(engine):
    rows = score_cases(engine, cases(101, 6, split="dev"), ignored=IGNORED)
    assert {row.part for row in rows} >= {"shaped", "links", "disguised", "spelling", "cued", "near_miss"}
    missed = {(row.part, row.group): row.score.recall for row in rows if row.met is False}
    assert missed == {}


def test_near_misses_are_labelled_as_such(engine):
    found = [
        one.recognizer
        for case in cases(7, 3)
        if case.part == "near_miss"
        for one in engine.find_in(case.text)
    ]
    assert sum(name.endswith("/near_miss") for name in found) > 0.9 * len(found)


def test_clean_sentences_stay_clean(engine):
    texts = [case.text for case in cases(1, 1) if case.part == "negative"]
    assert clean_rate(engine, "negatives", texts, IGNORED).hits == 0


@pytest.mark.parametrize(
    ("which", "kinds", "leak"),
    [
        ("kinds", {"PERSON", "CN_ADDRESS", "SECRET"}, 0.015),
        ("later_kinds", {"PERSON", "CN_ADDRESS", "SECRET"}, 0.015),
        ("number", {"ACCOUNT_NO", "CN_MOBILE", "SECRET"}, 0.015),
        ("trades", {"PERSON", "CN_ADDRESS", "CN_FOREIGNER_ID", "GEO_POINT"}, 0.02),
    ],
)
def test_tickets_with_every_kind_of_value(engine, which, kinds, leak):
    listed = name_tickets(which)
    assert {label.entity for case in listed for label in case.labels} >= kinds
    whole = next(
        row for row in score_cases(engine, listed, ignored=frozenset({"HEALTH"})) if row.group == "all"
    )
    assert whole.part == "tickets"
    assert whole.score.recall >= 0.95
    assert whole.score.precision >= 0.97
    assert whole.score.leak <= leak


def test_tickets_of_which_nobody_reads_what_is_missed(engine):
    listed = name_tickets("unread")
    scores = score_cases(engine, listed, ignored=frozenset({"HEALTH", "MINOR"}))
    whole = next(row for row in scores if row.group == "all")
    assert whole.part == "unread"
    assert whole.score.counts.labels == 1180
    assert whole.score.recall >= 0.94
    assert whole.score.precision >= 0.95
    assert whole.score.leak <= 0.04


def test_tickets_of_people_and_places(engine):
    listed = name_tickets("people")
    assert {label.entity for case in listed for label in case.labels} >= {
        "PERSON",
        "CN_ADDRESS",
        "SOCIAL_ACCOUNT",
    }
    whole = next(
        row for row in score_cases(engine, listed, ignored=frozenset({"HEALTH"})) if row.group == "all"
    )
    assert whole.score.recall >= 0.94
    assert whole.score.precision >= 0.97
    assert whole.score.leak <= 0.045
