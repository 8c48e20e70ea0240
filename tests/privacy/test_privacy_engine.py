"""The engine: spans that never overlap, masking twice like once, whole cells where it cannot tell."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_values import bank_card, mobile, resident_id
from threadpoolctl import threadpool_limits

from voc.errors import OutputError
from voc.privacy.engine import Engine
from voc.privacy.operators import Operators
from voc.privacy.policy import Operator, load_policy
from voc.privacy.pseudonym import Pseudonyms
from voc.privacy.recognizers.finder import Candidate, Finder
from voc.privacy.recognizers.mobile import MobileFinder
from voc.privacy.resolve import resolve
from voc.types import MaskedText, Tier

POLICY = load_policy()
PSEUDONYMS = Pseudonyms(b"k" * 32)
VALUES = [
    resident_id(1), bank_card(1), mobile(1), "010-66668888转802", "li.wei@qq.com", "微信abc_12345",
    "QQ:123456789", "订单号20231101123456", "快递单号7712345678901", "王先生", "***", "<手机号>",
    "京A12345", "建国路88号3号楼1501室", "IP 114.88.12.34", "https://x.cn/a?uid=88", "１３８００138000",
    "138****5678", "身份证11010519491231002", "联系人：赵晓红", "<微信号:abcdefghijklmnop>",
    "验证码889321", "生日1990-07-06", "会员号：C000123",
    "1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣",
]  # fmt: skip
GLUE = [
    "",
    " ",
    "，",
    "。",
    "\n",
    "很好",
    "是",
    "：",
    "微信",
    "电话",
    "-",
    "1",
    "a",
    "😀",
    "\u200b",
    "号",
    "②",
    "\x00",
]
texts = st.lists(st.sampled_from(VALUES + GLUE), max_size=12).map("".join)


def engine_with(operator: Operator) -> Engine:
    rules = {name: rule.model_copy(update={"text": operator}) for name, rule in POLICY.rules.items()}
    return Engine(POLICY.model_copy(update={"rules": rules}), PSEUDONYMS)


BUILT_IN = [operator for operator in Operator if operator is not Operator.ENCRYPT]
ENGINES = {operator: engine_with(operator) for operator in BUILT_IN}


@settings(deadline=None)
@given(texts)
def test_spans_are_ordered_do_not_overlap_and_lie_in_the_text(text):
    previous = 0
    for span in ENGINES[Operator.LABEL].find([text])[0]:
        assert previous <= span.start < span.end <= len(text)
        previous = span.end


@pytest.mark.parametrize(
    "operator", [one for one in BUILT_IN if one not in (Operator.PARTIAL, Operator.SURROGATE)]
)
@settings(max_examples=150, deadline=None)
@given(text=texts)
def test_masking_masked_text_changes_nothing(operator, text):
    engine = ENGINES[operator]
    once = engine.mask([text])[0][0]
    assert engine.mask([once])[0][0] == once


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(VALUES), max_size=6).map("，".join))
def test_partly_masked_values_with_a_mark_between_stay_as_they_are(text):
    engine = ENGINES[Operator.PARTIAL]
    once = engine.mask([text])[0][0]
    assert engine.mask([once])[0][0] == once


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_string_at_all_is_masked_without_an_error(text):
    spans = ENGINES[Operator.LABEL].find([text])[0]
    assert all(span.entity != "UNCHECKED" for span in spans)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), texts), max_size=8))
def test_a_batch_gives_what_its_texts_give_alone(batch):
    engine = ENGINES[Operator.LABEL]
    assert engine.find(batch) == [engine.find([text])[0] for text in batch]


def test_the_gate_never_holds_back_what_the_finders_find():
    engine = ENGINES[Operator.LABEL]
    pick = random.Random(5)
    for _ in range(400):
        text = "".join(pick.choices(VALUES + GLUE, k=8))
        assert engine.find([text])[0] == engine.find_in(text)


def test_masked_text_has_its_own_type_and_the_default_labels(engine):
    masked, spans = engine.mask(["电话13800138000，王先生", None, "很好"])
    assert masked == ["电话<手机号>，<姓名>", None, "很好"]
    assert all(isinstance(text, MaskedText) for text in masked if text is not None)
    assert [len(found) for found in spans] == [2, 0, 0]
    assert spans[0][0].tier is Tier.GENERAL
    assert spans[0][0].token is None


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Operator.LABEL, "找<姓名>，卡号<银行卡号>，电话<手机号>"),
        (Operator.PARTIAL, f"找李*女士，卡号6217{'*' * 11}0123，电话138****8000"),
        (Operator.REDACT, "找***，卡号***，电话***"),
        (Operator.KEEP, "找李明女士，卡号6217001234567890123，电话13800138000"),
    ],
)
def test_operators(operator, expected):
    text = "找李明女士，卡号6217001234567890123，电话13800138000"
    assert ENGINES[operator].mask([text])[0][0] == expected


def test_one_value_has_one_token_however_it_is_written():
    engine = ENGINES[Operator.PSEUDONYM]
    found = engine.find(["13800138000", "+86 138-0013-8000", "１３８００１３８０００", "13900139000"])
    tokens = [spans[0].token for spans in found]
    assert len(set(tokens[:3])) == 1
    assert tokens[3] != tokens[0]
    assert engine.mask(["打13800138000"])[0][0] == f"打<手机号:{tokens[0]}>"


def test_a_phone_inside_an_address_of_mail_is_the_address(found):
    assert found("13800138000@139.com") == [("EMAIL", "13800138000@139.com")]


def test_overlaps_leave_nothing_in_clear():
    long = Candidate(0, 10, "A", 0.9, "a", "")
    partly = Candidate(8, 14, "B", 0.9, "b", "")
    inside = Candidate(2, 4, "C", 1.0, "c", "")
    for order in ([long, partly, inside], [inside, partly, long]):
        chosen = resolve(order, {"A": 1, "B": 2, "C": 2})
        assert [(c.start, c.end, c.entity) for c in chosen] == [(0, 10, "A"), (10, 14, "B")]


def test_equal_spans_go_to_the_more_sensitive_then_to_the_surer():
    general, core = Candidate(0, 5, "G", 0.9, "g", ""), Candidate(0, 5, "C", 0.5, "c", "")
    assert resolve([general, core], {"G": 1, "C": 2}) == [core]
    assert resolve([general, core], {"G": 1, "C": 1}) == [general]


class Broken(Finder):
    name = "broken.v1"
    entities = ("PERSON",)
    gate = "x"

    def find(self, text):
        raise ValueError(text)


def test_a_recogniser_that_fails_masks_the_whole_cell(policy):
    engine = Engine(policy, finders=[Broken()])
    masked, spans = engine.mask(["秘密x", "很好"])
    assert masked == ["<未能检查>", "很好"]
    assert (spans[0][0].entity, spans[0][0].tier) == ("UNCHECKED", Tier.CORE)
    assert (spans[0][0].start, spans[0][0].end) == (0, 3)


def test_an_operator_that_fails_masks_the_whole_cell_and_counts_it(policy):
    def broken(value):
        raise ValueError(value.text)

    engine = Engine(policy, operators=Operators({Operator.LABEL: broken}))
    masked, spans = engine.mask(["打13800138000找我", "很好"])
    assert masked == ["<未能检查>", "很好"]
    assert [(span.entity, span.start, span.end) for span in spans[0]] == [("UNCHECKED", 0, 14)]


def test_errors_of_voc_itself_are_told(policy):
    def full(value):
        raise OutputError("the vault cannot be written", where="vault.db")

    engine = Engine(policy, operators=Operators({Operator.LABEL: full}))
    with pytest.raises(OutputError):
        engine.mask(["打13800138000"])


def test_what_stays_in_clear_never_shields_what_does_not(policy):
    class Wide(Finder):
        name = "wide.v1"
        entities = ("HEALTH",)
        gate = "糖尿病"

        def find(self, text):
            return [self.candidate(0, len(text), 0.9, "everything")]

    engine = Engine(policy, finders=[Wide(), MobileFinder()])
    [masked], [spans] = engine.mask(["我有糖尿病，电话13800138000"])
    assert masked == "我有糖尿病，电话<手机号>"
    assert [span.entity for span in spans] == ["CN_MOBILE"]


def test_a_text_beyond_the_limit_is_masked_whole(policy):
    engine = Engine(policy.model_copy(update={"max_characters": 1000}))
    assert engine.mask(["好" * 1001])[0] == ["<未能检查>"]
    assert engine.mask(["好" * 1000])[0] == ["好" * 1000]


def test_low_scores_stay_in_clear_where_the_policy_says_so(policy):
    strict = Engine(policy.model_copy(update={"min_score": 0.9}))
    assert strict.mask(["电话15400138000或13800138000"])[0] == ["电话15400138000或<手机号>"]


HOSTILE = {
    "digits": "1" * 200_000,
    "spaced digits": "1 " * 50_000,
    "at signs": "a@" * 100_000,
    "a long local part": "a" * 200_000 + "@b.cn",
    "roads": "路1号" * 40_000,
    "titles": "王先生" * 30_000,
    "cues": "微信号：" * 50_000,
    "brackets": "（" * 200_000,
    "links": "http://a.b/?" + "uid=" * 50_000,
    "colons": "1:" * 100_000,
    "labels": "<手机号>" * 40_000,
    "keycaps": "1\ufe0f\u20e3" * 50_000,
    "zero-width": "1\u200b" * 50_000,
    "phones": "13800138000 " * 10_000,
    "numerals": "一1" * 60_000,
    "look-alikes": "0O1l" * 40_000,
    "digits on lines": "1\n" * 30_000,
    "account cues": "会员号是我的" * 20_000,
    "cues behind": "12345678是我的" * 12_000,
    "coordinates": "39.90872,116.39749" * 6_000,
    "half coordinates": "3.1234" * 20_000,
    "hexadecimal": "AB:CD:" * 30_000,
    "letters of vehicles": "L1M8" * 40_000,
    "credit codes": "9135010" * 25_000,
    "permits": "通行证C" * 30_000,
    "children": "女儿王小雨8岁" * 15_000,
    "illness": "我有我有糖尿病" * 12_000,
    "dates": "1990年1月" * 20_000,
    "letters and digits": "A1" * 80_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_take_bounded_time(engine, text):
    with threadpool_limits(1):  # as in a stage; threads that wait for each other would count as work
        began = time.process_time()
        engine.mask([text])
        assert time.process_time() - began < 30


hostile = st.lists(
    st.sampled_from([*VALUES, *GLUE, *(text[:40] for text in HOSTILE.values())]), min_size=1, max_size=4
).flatmap(lambda parts: st.integers(1, 300).map(lambda times: "".join(parts) * times))


@settings(max_examples=30, deadline=None)
@given(hostile)
def test_repeated_fragments_are_masked_in_bounded_time(text):
    began = time.process_time()
    engine = ENGINES[Operator.LABEL]
    masked = engine.mask([text])[0][0]
    assert time.process_time() - began < 5 + len(text) / 5_000
    assert engine.mask([masked])[0][0] == masked


def test_a_million_characters_are_searched(engine):
    text = "东西不错，" * 199_990 + "电话13800138000"
    assert [span.entity for span in engine.find([text])[0]] == ["CN_MOBILE"]


def test_the_digits_of_a_million_character_cell_are_masked_with_the_rest(engine):
    masked = engine.mask(["打13800138000，" * 70_000])[0][0]
    assert "138" not in masked


def test_a_name_found_once_is_masked_wherever_it_stands_again():
    text = "投诉客服李秀娟。昨天又是这样，问到一半李秀娟挂了电话，换人以后说李秀娟下班了"
    people = [span for span in Engine(load_policy()).find_in(text) if span.entity == "PERSON"]
    assert [text[span.start : span.end] for span in people] == ["李秀娟"] * 3
    assert people == sorted(people)
