"""In chats only the customer counts: in one cell, and turn by turn."""

from __future__ import annotations

import pyarrow as pa
import pytest

from voc.io import Quarantine
from voc.pipeline.conversations import conversations_table
from voc.privacy.masked import masked_text
from voc.tagging.conversation import Turn, summarise
from voc.tagging.tagger import Tagger
from voc.tagging.transcript import BLANK, customer_part, own_words

TRANSCRIPT = "客户：等了五天才到货\n客服小李：亲，非常抱歉，质量很好的哦\n客户：好的谢谢"


def test_the_agents_lines_are_not_the_customers_opinion():
    (told,) = Tagger().tag([masked_text(TRANSCRIPT, ())])
    found = {(tag.tag, tag.polarity): tag for tag in told.tags}
    assert ("logistics.delay", -1) in found
    assert not [tag for tag, polarity in found if tag.startswith("quality") and polarity > 0]
    tag = found["logistics.delay", -1]
    assert "五天" in TRANSCRIPT[tag.start : tag.end]


@pytest.mark.parametrize("text", ["客服：态度很差", "物流：慢\n质量：差", "没有名字\n两行"])
def test_a_text_that_does_not_name_both_sides_stays(text: str):
    assert customer_part(text) == text


def test_offsets_stay():
    part = customer_part(TRANSCRIPT)
    assert len(part) == len(TRANSCRIPT)
    assert [line.strip("\ue000") for line in part.split("\n")] == ["等了五天才到货", "", "好的谢谢"]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("热水不热。宾馆反馈 2008年4月17日 ： 热水可能白天客人洗澡的较少", "热水不热。"),
        ("酒店回复：非常感谢您的光临，早餐已经改善", ""),
        ("房间小。商家回复：亲，抱歉给您带来不便 补充点评：下次不来", "房间小。补充点评：下次不来"),
        ("坏了\n卖家回复：您好，可以换新", "坏了\n"),
        ("菜太咸 店家答复2023-05-01 10:20：口味可备注", "菜太咸 "),
        ("床很硬！民宿回应：尊敬的客人，我们会换", "床很硬！"),
        ("我问了，卖家回复：不退", None),
        ("要求退款，商家回复：亲，不行", None),
        ("酒店答复晚9：30分餐厅就休息", None),
        ("商家回复很慢", None),
    ],
)
def test_a_reply_of_the_merchant_is_not_the_customers(text: str, own: str | None):
    part = own_words(text)
    assert len(part) == len(text)
    assert part.replace(BLANK, "") == (text if own is None else own)


def test_a_reply_is_no_evidence():
    text = "热水不热。宾馆反馈 2008年4月17日 ： 尊敬的客人，房间隔音差、早餐不好，我们会改进"
    (told,) = Tagger().tag([masked_text(text, ())])
    assert {(tag.tag, text[tag.start : tag.end]) for tag in told.tags} == {("venue.facility", "热水不热")}


def turn(text: str, mood: int = 0, *, own: bool = True) -> Turn:
    return Turn(text, own, mood if own else None, [])


@pytest.mark.parametrize(
    ("turns", "first", "last", "solved"),
    [
        ([turn("东西坏了", -1), turn("已为您退款", own=False), turn("收到退款，谢谢", 1)], -1, 1, True),
        (
            [turn("东西坏了", -1), turn("请稍等", own=False), turn("还是不行，要投诉", -1)],
            -1,
            -1,
            False,
        ),
        ([turn("谢谢", 1), turn("到底什么时候能到", 0)], 1, 0, False),
        ([turn("你好"), turn("在吗")], 0, 0, None),
        ([turn("您好", own=False)], None, None, None),
    ],
)
def test_moods_and_whether_it_was_solved(turns: list[Turn], first, last, solved):
    told = summarise(turns)
    assert (told.first_mood, told.last_mood, told.solved) == (first, last, solved)


def test_a_table_of_turns_becomes_a_table_of_chats(tmp_path):
    import pyarrow.parquet as pq

    tag = {"tag": "logistics.delay", "polarity": -1}
    pq.write_table(
        pa.table(
            {
                "chat_id": ["a", "b", "a", "a"],
                "speaker": ["客户", "客户", "客服", "客户"],
                "text": ["太慢了", "你好", "抱歉", "好的谢谢"],
                "sentiment": pa.array([-1, 0, None, 1], pa.int8()),
                "tags": [[tag], [], [], []],
            }
        ),
        tmp_path / "tagged.parquet",
    )
    output = str(tmp_path / "chats.parquet")
    told = conversations_table(
        str(tmp_path / "tagged.parquet"), output, by=None, text=None, speaker="speaker",
        quarantine=Quarantine(), force=False,
    )  # fmt: skip
    assert told == {"conversations": 2, "solved": 1, "unsolved": 0, "untold": 1}
    first = pq.read_table(output).to_pylist()[0]
    assert first == {
        "conversation": "a", "turns": 3, "customer_turns": 2, "first_mood": -1, "last_mood": 1, "solved":
        True, "complaints": ["logistics.delay"],
    }  # fmt: skip
