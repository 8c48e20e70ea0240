"""Turns that only give details or are polite are neutral and have no tags."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.privacy.masked import masked_text
from voc.tagging.explain import explain_text
from voc.tagging.tagger import Tagger

ROUTINE = [
    "<订单号> 收件人<姓名>",
    "收件人张三丰，<手机号>",
    "手机号<手机号>",
    "寄到<地址>，<姓名>收",
    "好的，谢谢，书的事麻烦你",
    "嗯，风筒的事就拜托了",
    "电话<手机号>，晚上7点后打。",
    "银行卡<银行卡号>，工行，<姓名>",
    "单号是yt8812345678！",
    "<微信号>，加我微信",
    "感谢你，辛苦了",
]
MORE = [
    "<订单号>，太慢了",
    "<订单号>还没发货",
    "好的，差评",
    "收件人<姓名>，包装破了",
    "谢谢，平板的质量太差",
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize("text", ROUTINE)
def test_details_and_courtesies_take_no_stance(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert (told.sentiment, told.sentiment_score, told.intent, told.tags) == (0, 0.5, None, [])


@pytest.mark.parametrize("text", MORE)
def test_a_complaint_beside_them_counts(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == -1
    assert [tag.polarity for tag in told.tags] or "差评" in text


@pytest.mark.parametrize("text", ["好的", "谢谢，很好", "很好，感谢你"])
def test_praise_stays_praise(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == 1


def test_rows_do_not_touch_each_other(tagger: Tagger):
    texts = [masked_text(text, ()) for text in (*ROUTINE, "", *MORE, "😀")]
    together = [(told.sentiment, told.tags) for told in tagger.tag(texts)]
    assert together == [(told.sentiment, told.tags) for text in texts for told in tagger.tag([text])]


def test_a_term_of_ones_own_still_counts(tmp_path: Path):
    own = tmp_path / "own.tsv"
    own.write_text("收件人\tlogistics.courier\t-1\n", encoding="utf-8")
    (told,) = Tagger(user_lexicon=own).tag([masked_text("收件人<姓名>", ())])
    assert [tag.tag for tag in told.tags] == ["logistics.courier"]


def test_explanations_say_so(tagger: Tagger):
    assert explain_text(tagger, masked_text("手机号<手机号>", ())).settled is not None
