"""E-mail addresses touched by Han characters, spaced out, and things with an @ that are none."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "value", ["li.wei_88@qq.com", "a@b.cn", "service+1@mail.example.com.cn", "13800138000@139.com"]
)
@pytest.mark.parametrize("sides", [("", ""), ("发到", "谢谢"), ("邮箱：", "。"), ("（", "）"), ("😀", "😀")])
def test_found_between_any_neighbours(found, value, sides):
    assert found(sides[0] + value + sides[1]) == [("EMAIL", value)]


@pytest.mark.parametrize(
    "value", ["liwei＠ｑｑ．ｃｏｍ", "liwei @ qq.com", "liwei(at)163.com", "liwei@qq。com"]
)
def test_disguised_addresses_of_mail_providers(found, value):
    assert found(f"联系{value}") == [("EMAIL", value)]


def test_the_sentence_goes_on_after_the_full_stop(found):
    assert found("写给a1@b2.com。c3@d4.com也行") == [("EMAIL", "a1@b2.com"), ("EMAIL", "c3@d4.com")]


@pytest.mark.parametrize("text", ["@小红书官方", "3个@5元", "a@b", "@@@", "1@2.3", "加@好友"])
def test_other_uses_of_the_sign(found, text):
    assert found(text) == []
