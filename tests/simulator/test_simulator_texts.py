"""The texts of the sample company: varied, tagged, and with personal information whose places are known."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import date

import pytest

FILES = ("reviews.csv", "tickets.xlsx", "chats.jsonl")
NUMERALS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


def folded(value: str) -> str:
    """Digits as machines write them."""
    return re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", value).translate(NUMERALS))


def passes_luhn(number: str) -> bool:
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def is_resident_id(number: str) -> bool:
    number = number.upper()
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=False)) % 11] == number[17]


def is_uscc(code: str) -> bool:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(alphabet.index(c) * w for c, w in zip(code, weights, strict=False))
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    inner = sum(letters.index(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    organisation = {10: "X", 11: "0"}.get(11 - inner % 11, str(11 - inner % 11))
    return len(code) == 18 and alphabet[(31 - total % 31) % 31] == code[17] and organisation == code[16]


def is_mobile(value: str) -> bool:
    return bool(re.fullmatch(r"1[3-9]\d{9}", re.sub(r"^\+?86", "", folded(value))))


CHECKS = {
    "CN_MOBILE": is_mobile,
    "CN_RESIDENT_ID": is_resident_id,
    "CN_BANK_CARD": lambda value: folded(value).startswith("62") and passes_luhn(folded(value)),
    "CN_USCC": is_uscc,
    "IMEI": lambda value: len(value) == 15 and passes_luhn(value),
    "EMAIL": lambda value: re.fullmatch(r"[a-z0-9._]+@([a-z]+\.)?example\.(com|net|org)", value),
    "CN_LANDLINE": lambda value: re.fullmatch(r"\(?0\d{2,3}\)?[- ]?[2-8]\d{6,7}(转\d{4})?", value),
    "CN_PLATE": lambda value: re.fullmatch(r"[\u4e00-\u9fff][A-Z]·?[A-HJ-NP-Z0-9]{5,6}", value),
    "WECHAT_ID": lambda value: re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{5,19}", value),
    "QQ_ID": lambda value: re.fullmatch(r"[1-9]\d{4,10}", value),
    "SOCIAL_ACCOUNT": lambda value: re.fullmatch(r"dy\w+", value),
    "CN_ADDRESS": lambda value: re.search(r"\d+(号|室|组|栋|幢)", value),
    "PERSON": lambda value: re.fullmatch(r"[\u4e00-\u9fff]{2,5}", value),
    "WAYBILL_NO": lambda value: re.fullmatch(r"[A-Z]{0,4}\d{9,15}(CN)?", value),
    "ACCOUNT_NO": lambda value: re.fullmatch(r"[A-Z]{0,2}\d{4,6}", value),
    "DATE_OF_BIRTH": lambda value: re.search(r"(19|20)\d\d", value),
    "SECRET": lambda value: re.fullmatch(r"\d{6}", value),
    "URL_TOKEN": lambda value: "token=" in value,
}


@pytest.fixture(scope="module")
def readable(company):
    """Pairs of a text that can be read and its truth."""
    texts = company.texts()
    return [
        (texts[entry["file"], entry["row"]], entry)
        for entry in company.truth["feedback"]
        if (entry["file"], entry["row"]) in texts
    ]


@pytest.mark.parametrize("file", FILES)
def test_at_most_two_in_a_hundred_texts_repeat(readable, file):
    texts = [text for text, entry in readable if entry["file"] == file]
    assert len(texts) - len(set(texts)) <= 0.02 * len(texts)
    customers = [t for t, e in readable if e["file"] == file and e.get("speaker", "customer") == "customer"]
    assert len(customers) - len(set(customers)) <= 0.02 * len(customers)


def test_every_text_is_accounted_for(company, readable):
    copies = {("reviews.csv", copy["row"]) for copy in company.truth["duplicates"]}
    assert set(company.texts()) - copies == {(entry["file"], entry["row"]) for _, entry in readable}


def test_every_marked_value_is_valid_where_the_offsets_say(readable):
    seen = Counter()
    for text, entry in readable:
        for mark in entry["pii"]:
            value = text[mark["start"] : mark["end"]]
            seen[mark["entity"]] += 1
            if mark["entity"] == "ORDER_NO":
                assert value == entry["order_id"]
            else:
                assert CHECKS[mark["entity"]](value), (mark["entity"], entry["id"])
    assert set(CHECKS) <= set(seen)
    assert seen["CN_MOBILE"] >= 300
    assert seen["CN_RESIDENT_ID"] >= 30


def test_no_long_number_is_left_unmarked(readable):
    for text, entry in readable:
        for match in re.finditer(r"\d{11,}", text):
            inside = [m for m in entry["pii"] if m["start"] <= match.start() and match.end() <= m["end"]]
            assert inside, entry["id"]


def test_resident_ids_cannot_be_a_persons(company, readable):
    numbers = [row["身份证号"] for row in company.customers() if row["身份证号"]]
    for text, entry in readable:
        numbers += [text[m["start"] : m["end"]] for m in entry["pii"] if m["entity"] == "CN_RESIDENT_ID"]
    assert all(is_resident_id(number) for number in numbers)
    assert {number[14:17] for number in numbers} <= {"996", "997", "998", "999"}


def test_order_numbers_are_no_card_numbers(company, readable):
    assert not [
        e
        for _, e in readable
        if e["order_id"].isdigit() and len(e["order_id"]) > 15 and passes_luhn(e["order_id"])
    ]


def test_personal_information_stands_in_its_usual_places(company):
    share = company.truth["marginals"]["personal_information"]
    assert share["reviews.csv"] == pytest.approx(0.08, abs=0.02)
    assert share["tickets.xlsx"] == pytest.approx(0.60, abs=0.06)
    assert share["chats.jsonl"] == pytest.approx(0.50, abs=0.07)


def test_some_numbers_are_written_to_escape_machines(readable):
    mobiles = [t[m["start"] : m["end"]] for t, e in readable for m in e["pii"] if m["entity"] == "CN_MOBILE"]
    plain = sum(bool(re.fullmatch(r"1\d{10}", value)) for value in mobiles)
    assert 0.7 <= plain / len(mobiles) <= 0.9
    assert any(re.search(r"[０-９]", value) for value in mobiles)
    assert any(re.search(r"[一二三四五六七八九]", value) for value in mobiles)
    assert any(" " in value for value in mobiles)


def test_evidence_is_there_for_every_tag(readable):
    for text, entry in readable:
        for mark in entry["tags"]:
            assert 0 <= mark["start"] < mark["end"] <= len(text)
            assert text[mark["start"] : mark["end"]].strip()
            assert mark["polarity"] in (-1, 1)


def test_every_complaint_of_the_taxonomy_that_fits_a_shop_occurs(company):
    complaints = company.truth["marginals"]["complaints"]
    assert len(complaints) == 53  # all of the taxonomy but dunning, which a shop does not do
    assert "policy.collection" not in complaints
    assert min(complaints.values()) >= 10


def test_complaints_fit_the_goods(company, readable):
    rows = {
        number: line.decode("gb18030", "replace").split(",")
        for number, line in enumerate(company.review_lines())
    }
    goods: dict[str, set[str]] = {}
    for _, entry in readable:
        if entry["file"] == "reviews.csv":
            for mark in entry["tags"]:
                if mark["polarity"] < 0:
                    goods.setdefault(mark["tag"], set()).add(rows[entry["row"]][4])
    clothes = {"轻薄羽绒服", "缓震跑步鞋", "直筒牛仔裤", "纯棉圆领T恤", "羊毛针织开衫"}
    books = {"少儿百科全书", "悬疑小说《雾港来信》", "零基础学编程", "家常菜谱大全"}
    food = {"每日坚果礼盒", "手工牛肉水饺", "原切牛排套餐", "高山苹果5斤装", "鲜牛奶家庭装", "现烤吐司"}
    assert goods["quality.size"] == clothes
    assert goods["quality.content"] == books
    assert goods["safety.food"] == food
    assert not goods["aftersales.repair"] & (food | clothes | books)


def test_sentiment_agrees_with_tags_and_stars(company, readable):
    stars = {
        number: line.decode("gb18030", "replace").split(",")[5]
        for number, line in enumerate(company.review_lines())
    }
    for _, entry in readable:
        polarities = {mark["polarity"] for mark in entry["tags"]}
        if entry["sentiment"] == -1 and entry["file"] != "chats.jsonl":
            assert -1 in polarities
        if polarities == {1}:
            assert entry["sentiment"] == 1
        if entry["file"] == "reviews.csv":
            assert {-1: "123", 0: "234", 1: "45"}[entry["sentiment"]].count(stars[entry["row"]]) == 1


def test_reviews_hold_mixed_opinions_negation_slang_and_emoji(readable):
    reviews = [(text, entry) for text, entry in readable if entry["file"] == "reviews.csv"]
    mixed = sum({mark["polarity"] for mark in entry["tags"]} == {-1, 1} for _, entry in reviews)
    assert mixed > 0.1 * len(reviews)
    joined = "\n".join(text for text, _ in reviews)
    for word in ("yyds", "绝绝子", "踩雷", "种草", "不是很贵", "神速", "👍", "😡", "栓Q"):
        assert word in joined
    assert re.search(r"[０-９]", joined)


def test_only_customers_of_a_chat_have_tags_and_sentiment(company):
    for entry in company.feedback("chats.jsonl"):
        assert (entry["sentiment"] is None) == (entry["speaker"] == "agent")
        assert entry["speaker"] == "customer" or not entry["tags"]


def test_chats_go_back_and_forth_in_time(company):
    sessions: dict[str, list[dict]] = {}
    for entry in company.feedback("chats.jsonl"):
        sessions.setdefault(entry["session_id"], []).append(entry)
    for turns in sessions.values():
        assert turns[0]["speaker"] == "customer"
        assert turns[1]["speaker"] == "agent"
        assert [turn["ts"] for turn in turns] == sorted(turn["ts"] for turn in turns)


def test_tickets_hold_stray_line_breaks_and_tabs(readable):
    tickets = [text for text, entry in readable if entry["file"] == "tickets.xlsx"]
    assert any("\n" in text for text in tickets)
    assert any("\t" in text for text in tickets)
    assert sum("\n" in text or "\t" in text for text in tickets) < 0.2 * len(tickets)
