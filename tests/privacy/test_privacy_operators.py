"""What stands in the place of a value."""

from __future__ import annotations

import pytest

from voc.errors import UsageError
from voc.privacy.engine import Engine
from voc.privacy.operators import Operators, Place, Value, partial, placeholder_pattern
from voc.privacy.policy import Operator


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
        Engine(with_text_operator(policy, Operator.ENCRYPT))


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
