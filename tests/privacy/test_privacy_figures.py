"""Authors, stars and heroes of novels stay in clear; whoever a customer deals with does not."""

from __future__ import annotations

import pytest

from voc.privacy.engine import Engine
from voc.privacy.policy import load_policy


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_policy())


def people(engine: Engine, text: str) -> list[str]:
    return [text[span.start : span.end] for span in engine.find_in(text) if span.entity == "PERSON"]


@pytest.mark.parametrize(
    "text",
    [
        "这部小说的主人公崔明远写得很真实，情节也紧凑",
        "作者段思齐的文字一向冷静，读完还想再读一遍",
        "很喜欢女主角邵晚晴，故事的结尾让人难过",
        "听过孟老师的讲座，这本书和他的思想一脉相承",
    ],
)
def test_a_name_among_words_of_books_stays_in_clear(engine: Engine, text: str) -> None:
    assert people(engine, text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("书的故事不错，作者也有名，可是客服崔明远态度恶劣", "崔明远"),
        ("小说读完了，文字优美。送货的段师傅很有礼貌", "段师傅"),
        ("这套漫画人物好看，收件人邵晚晴，请再寄一次", "邵晚晴"),
        ("作品和翻译都好，我是孟思齐，电话13800138000", "孟思齐"),
        ("买的书缺页，崔明远昨天来过，没有解决", "崔明远"),
    ],
)
def test_whom_a_customer_deals_with_is_masked_in_reviews_of_books(
    engine: Engine, text: str, name: str
) -> None:
    assert name in people(engine, text)
