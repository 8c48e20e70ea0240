"""The sentiment of `fast`: stances, texts that take none, and weights that come back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from voc.tagging.models.sentiment import SentimentModel, load_sentiment

QUESTIONS = [
    "请问你们周末几点开门？",
    "存款利率下个月会调整吗",
    "信用卡怎么办理提前还款",
    "想问下这款有没有黑色的",
    "央行今天公布了新的贷款利率",
]
COMPLAINTS = ["质量很差，用了两天就坏了", "客服态度恶劣，问什么都不理", "为什么三天了还不发货，太慢了吧？"]
PRAISES = ["物流很快，很满意", "味道不错，还会再来", "性价比很高，推荐大家买"]


@pytest.mark.parametrize(("texts", "label"), [(QUESTIONS, 0), (COMPLAINTS, -1), (PRAISES, 1)])
def test_a_question_takes_no_stance_and_a_complaint_does(texts: list[str], label: int):
    assert load_sentiment().score(texts).labels.tolist() == [label] * len(texts)


def test_neutral_texts_are_likelier_without_a_stance():
    model = load_sentiment()
    asked, told = model.score(QUESTIONS).neutral, model.score(COMPLAINTS + PRAISES).neutral
    assert asked is not None
    assert told is not None
    assert asked.min() > told.max()


def test_weights_come_back_as_they_were_written():
    model = load_sentiment()
    again = SentimentModel.from_arrays(model.arrays()).score(QUESTIONS + PRAISES)
    once = model.score(QUESTIONS + PRAISES)
    assert again.labels.tolist() == once.labels.tolist()
    assert again.scores.tolist() == once.scores.tolist()


def test_a_text_scores_the_same_alone_and_among_others():
    model, texts = load_sentiment(), [*QUESTIONS, "", *PRAISES]
    together = model.score(texts)
    alone = [model.score([text]) for text in texts]
    assert together.labels.tolist() == [one.labels[0] for one in alone]
    assert np.array_equal(together.scores, [one.scores[0] for one in alone])
