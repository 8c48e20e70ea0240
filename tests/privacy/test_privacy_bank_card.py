"""Bank cards: Luhn and issuer, or Luhn and cue; near misses by cue."""

from __future__ import annotations

import pytest
from made_values import bank_card

from voc.privacy.recognizers.bank_card import issuer_of, luhn_holds


def test_luhn_of_published_examples():
    # ISO/IEC 7812-1 annex B: 49927398716; card schemes' published test numbers
    assert luhn_holds("49927398716")
    assert luhn_holds("4111111111111111")
    assert luhn_holds("3530111333300000")
    assert not luhn_holds("49927398717")


def test_issuers():
    assert issuer_of("6217001234567890123").scheme == "UnionPay"
    assert issuer_of("5555555555554444").scheme == "Mastercard"
    assert issuer_of("1217001234567890123") is None


@pytest.mark.parametrize("length", [16, 17, 18, 19])
@pytest.mark.parametrize("sides", [("", ""), ("退到", "这张卡"), ("x", "y"), ("，", "😀")])
def test_found_without_a_cue(found, length, sides):
    for seed in range(10):
        value = bank_card(seed, length)
        assert dict(found(sides[0] + value + sides[1])).get("CN_BANK_CARD") == value


@pytest.mark.parametrize("separator", [" ", "-", "  ", "·"])
def test_spaced_groups_are_one(found, separator):
    value = bank_card(3)
    written = separator.join(value[i : i + 4] for i in range(0, len(value), 4))
    assert found(f"卡号{written}，工行") == [("CN_BANK_CARD", written)]


def test_a_number_behind_the_card_is_not_part_of_it(found):
    value = bank_card(4, 16)
    assert found(f"银行卡 {value} 20元") == [("CN_BANK_CARD", value)]


def test_wrong_luhn_is_a_near_miss_with_a_cue_only(engine):
    value = bank_card(5)
    wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
    [span] = engine.find([f"我的银行卡号{wrong}打不开"])[0]
    assert span.recognizer == "bank_card.v4/near_miss"
    assert engine.find([f"货品{wrong}缺货"])[0] == []


def test_an_order_number_that_passes_luhn_is_an_order_number(found):
    value = bank_card(6)
    assert found(f"订单号：{value}") == [("ORDER_NO", value)]


@pytest.mark.parametrize("text", ["卡尾号1234", "卡号6222****1234", "信用卡额度50000"])
def test_what_tells_no_number_stays(found, text):
    assert found(text) == []


def test_a_share_is_no_card(found):
    assert found("0.4221165755827173") == []
    assert found("得分0.5564543226524334") == []
    assert [entity for entity, *_ in found("10.6222021234567894")] != []  # a number in a list
