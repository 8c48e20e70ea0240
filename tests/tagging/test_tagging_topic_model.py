"""A clause's margins do not hang on its neighbours, and weights survive being written."""

from __future__ import annotations

import numpy as np
import pytest

from voc.tagging.lexicon.cues import compile_cues
from voc.tagging.lexicon.topics import LexiconTagger
from voc.tagging.models.topic_model import ClauseMargins, TopicModel, load_topic_model
from voc.tagging.reader import read_batch
from voc.tagging.taxonomy import load_taxonomy

TEXTS = [
    "快递等了5天，打电话没人接，客服态度也很差",
    "味道不错，价格实惠，下次还来",
    "",
    "质量太差了。用了一天就坏了！退货还要自己出运费",
    "<手机号>",
]


@pytest.fixture(scope="module")
def tagger() -> LexiconTagger:
    return LexiconTagger(compile_cues(load_taxonomy()))


@pytest.mark.parametrize("repeats", [1, 7, 300])
def test_margins_are_the_same_alone_and_among_thousands(tagger: LexiconTagger, repeats: int):
    model = load_topic_model()
    together = read_batch(TEXTS * repeats)
    values = model.margins(together, together.findings(tagger)).values
    at = 0
    for text in TEXTS * min(repeats, 7):
        alone = read_batch([text])
        expected = model.margins(alone, alone.findings(tagger)).values
        assert values[at : at + len(expected)].tobytes() == expected.tobytes()
        at += len(expected)


def test_weights_survive_being_written(tagger: LexiconTagger):
    model = load_topic_model()
    again = TopicModel.from_arrays(model.arrays())
    reading = read_batch(TEXTS)
    found = reading.findings(tagger)
    told = [one.predict(reading, one.margins(reading, found)) for one in (model, again)]
    assert told[0].by_row(len(TEXTS)) == told[1].by_row(len(TEXTS))
    assert again.labels == model.labels


def test_the_clause_of_a_tag_is_the_one_that_bears_it(tagger: LexiconTagger):
    model = load_topic_model()
    reading = read_batch(["包装很漂亮，颜色也喜欢，就是快递太慢了等了一个星期"])
    predictions = model.predict(reading, model.margins(reading, reading.findings(tagger))).by_row(1)[0]
    (late,) = [one for one in predictions if (one.tag, one.polarity) == ("logistics.delay", -1)]
    begin, end = reading.units.starts[late.unit], reading.units.ends[late.unit]
    assert "快递太慢" in reading.joined[begin:end]
    assert np.isclose(late.score, 1, atol=0.5)


def test_of_a_group_that_is_likely_as_a_whole_the_likeliest_label_is_told(tagger: LexiconTagger):
    model = load_topic_model()
    reading = read_batch(["一般吧", "一般吧"])
    count, quality = len(reading.units.ends), ("quality.defect", "quality.workmanship", "quality.performance")
    values = np.full((count, len(model.labels)), -9.0, dtype=np.float32)
    below = model.threshold - np.array([0.3, 0.2, 0.4])  # none of them reaches the threshold
    for tag, margin in zip(quality, below, strict=True):
        values[0, model.labels.index((tag, -1))] = margin
    values[1, model.labels.index((quality[1], -1))] = below[1]
    calibration = model.threshold, model.slope, model.offset
    told = model.predict(reading, ClauseMargins.of(values, 2, calibration)).by_row(2)
    assert [(one.tag, one.polarity) for one in told[0]] == [("quality.workmanship", -1)]
    assert told[0][0].score < 0.5
    assert told[1] == []  # alone it is too unlikely
