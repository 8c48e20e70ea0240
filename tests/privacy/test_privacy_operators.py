"""What stands in the place of a value."""

from __future__ import annotations

import re
from datetime import date

import pytest

from voc.errors import UsageError
from voc.privacy.engine import Engine
from voc.privacy.operators import Operators, Place, Value, partial, placeholder_pattern
from voc.privacy.operators.generalise import generalise
from voc.privacy.operators.surrogate import surrogate
from voc.privacy.policy import Operator
from voc.privacy.pseudonym import Pseudonyms
from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.landline import area_code_known
from voc.privacy.recognizers.mobile import segment_assigned
from voc.privacy.recognizers.resident_id import check_character, region_known
from voc.privacy.recognizers.vehicle import vin_holds


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        ("CN_MOBILE", "13800138000", "138****8000"),
        ("CN_MOBILE", "+86 138-0013-8000", "138****8000"),
        ("CN_RESIDENT_ID", "11010519491231002x", "110***********002x"),
        ("CN_BANK_CARD", "6217 0012 3456 7890 123", "6217***********0123"),
        ("PERSON", "王小明", "王*明"),
        ("PERSON", "王明", "王*"),
        ("PERSON", "李明女士", "李*女士"),
        ("PERSON", "王先生", "王*先生"),
        ("PERSON", "欧阳静", "欧阳*"),
        ("EMAIL", "li.wei@qq.com", "l***@qq.com"),
        ("CN_PLATE", "京A12345", "京A***45"),
        ("CN_ADDRESS", "北京市朝阳区建国路88号", "北京市朝阳区****"),
        ("CN_ADDRESS", "广东省深圳市南山区科兴路11号", "广东省深圳市南山区****"),
        ("CN_ADDRESS", "幸福小区8号楼", "****"),
        ("CN_ADDRESS", "建国路88号", "****"),
        ("QQ_ID", "123456", "****"),
        ("WECHAT_ID", "abc_12345", "ab***45"),
        ("IP_ADDRESS", "114.88.12.34", "114.88.*.*"),
        ("DATE_OF_BIRTH", "1990年7月6日", "****"),
    ],
)
def test_partial_masks_in_the_usual_form(entity, value, expected):
    assert partial(entity, value) == expected


@pytest.mark.parametrize(
    ("operator", "token", "expected"),
    [
        (Operator.LABEL, "abcdefghijklmnop", "<手机号>"),
        (Operator.PSEUDONYM, "abcdefghijklmnop", "<手机号:abcdefghijklmnop>"),
        (Operator.PSEUDONYM, None, "<手机号>"),
        (Operator.REDACT, None, "***"),
        (Operator.KEEP, None, "1"),
    ],
)
def test_the_others(policy, operator, token, expected):
    value = Value("CN_MOBILE", "1", policy.rule("CN_MOBILE"), token)
    assert Operators().apply(operator, value) == expected


def with_text_operator(policy, operator):
    rules = {"CN_MOBILE": policy.rule("CN_MOBILE").model_copy(update={"text": operator})}
    return policy.model_copy(update={"rules": {**policy.rules, **rules}})


def test_an_operator_that_is_not_set_up_is_told_before_any_text_is_seen(policy):
    with pytest.raises(UsageError, match="encrypt"):
        Engine(with_text_operator(policy, Operator.ENCRYPT), operators=Operators())


def test_an_engine_that_only_finds_needs_no_operators(policy):
    engine = Engine(with_text_operator(policy, Operator.ENCRYPT))
    assert [span.entity for span in engine.find_in("打13800138000")] == ["CN_MOBILE"]
    assert engine.mask(["打13800138000"])[0] == ["<未能检查>"]


def test_an_operator_of_ones_own_gets_the_value_and_its_place(policy):
    seen = []

    def encrypt(value):
        seen.append((value.entity, value.text, value.place))
        return "<手机号:abcdefghijklmnop>"

    engine = Engine(
        with_text_operator(policy, Operator.ENCRYPT), operators=Operators({Operator.ENCRYPT: encrypt})
    )
    text = "打13800138000"
    assert engine.replace(text, engine.find_in(text), Place("评价", 7)) == "打<手机号:abcdefghijklmnop>"
    assert seen == [("CN_MOBILE", "13800138000", Place("评价", 7))]


def test_what_operators_leave_is_known_again_and_a_marked_phone_is_not():
    pattern = placeholder_pattern(["手机号"])
    assert pattern.sub("#", "打<手机号>或<手机号:abcdefghijklmnop>或138****8000或***") == "打#或#或#或#"
    assert "13800138000" in pattern.sub("#", "***13800138000***")
    assert pattern.sub("#", "<手机> <手机号:短>") == "<手机> <手机号:短>"


@pytest.mark.parametrize(
    ("entity", "value", "expected"),
    [
        ("DATE_OF_BIRTH", "1990年7月6日", "<1990-1999年出生>"),
        ("DATE_OF_BIRTH", "19850102", "<1980-1989年出生>"),
        ("CN_RESIDENT_ID", "11010519491231002X", "<1940-1949年出生>"),
        ("CN_ADDRESS", "北京市朝阳区建国路88号", "北京市朝阳区<地址>"),
        ("GEO_POINT", "39.908722,116.397499", "39.91,116.40"),
        ("IP_ADDRESS", "114.88.12.34", "114.88.12.*"),
        ("PERSON", "欧阳静", "<姓名>"),
        ("CN_MOBILE", "13800138000", "<手机号>"),
    ],
)
def test_generalising_leaves_something_coarser(policy, entity, value, expected):
    assert generalise(entity, value, policy.rule(entity).label) == expected


@pytest.mark.parametrize(
    ("born", "band"), [("1990-07-06", "<30-39岁>"), ("1985-05-01", "<40-49岁>"), ("2020-12-31", "<0-9岁>")]
)
def test_ages_are_counted_at_the_day_of_the_policy(policy, born, band):
    assert generalise("DATE_OF_BIRTH", born, "出生日期", date(2025, 5, 1)) == band


def stand_in(entity, value):
    return surrogate(entity, value, Pseudonyms(b"k" * 32).token(entity, value))


def test_stand_ins_are_the_same_for_a_value_however_it_is_written():
    assert stand_in("CN_MOBILE", "13800138000") == stand_in("CN_MOBILE", "+86 138-0013-8000")
    assert stand_in("CN_MOBILE", "13800138000") != stand_in("CN_MOBILE", "13900139000")
    other = surrogate("CN_MOBILE", "13800138000", Pseudonyms(b"x" * 32).token("CN_MOBILE", "13800138000"))
    assert other != stand_in("CN_MOBILE", "13800138000")


@pytest.mark.parametrize("number", range(40))
def test_stand_ins_have_the_shape_and_belong_to_nobody(number):
    phone = stand_in("CN_MOBILE", f"138{number:08}")
    assert re.fullmatch("1[3-9][0-9]{9}", phone)
    assert not segment_assigned(phone)
    identity = stand_in("CN_RESIDENT_ID", f"1101051949123{number:05}")
    assert check_character(identity[:17]) == identity[17]
    assert not region_known(identity)
    landline = stand_in("CN_LANDLINE", f"010-{number:08}")
    assert not area_code_known(landline[1:4])
    assert stand_in("EMAIL", f"a{number}@qq.com").endswith("@example.com")
    assert stand_in("IP_ADDRESS", f"114.88.12.{number}").startswith("192.0.2.")
    card = stand_in("CN_BANK_CARD", f"62170012345678{number:05}")
    assert luhn_holds(card)
    assert (len(card), card[0]) == (19, "0")
    assert vin_holds(stand_in("VIN", f"LSVAM4187C21{number:05}"))
    assert re.fullmatch("[a-z]{3}_[1-9]{5}", stand_in("WECHAT_ID", f"abc_{number:05}"))
    assert stand_in("PERSON", f"李{'一二三四五六七八九十'[number % 10]}女士").endswith("女士")


def test_what_has_no_shape_gets_a_label(policy):
    value = Value("HEALTH", "糖尿病", policy.rule("HEALTH"), "abcdefghijklmnop")
    assert Operators().apply(Operator.SURROGATE, value) == "<健康信息>"
    keyless = Value("CN_MOBILE", "13800138000", policy.rule("CN_MOBILE"))
    assert Operators().apply(Operator.SURROGATE, keyless) == "<手机号>"
