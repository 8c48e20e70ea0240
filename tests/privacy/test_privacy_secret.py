"""Secrets of letters and codes in groups, and account numbers in groups, behind a clear cue only."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("登录密码：iloveyou", "iloveyou"),
        ("密码是woaini", "woaini"),
        ("密码:abcdef", "abcdef"),
        ("密码 zxcvbn", "zxcvbn"),
        ("我的密码改成Abc!xyz了", "Abc!xyz"),
        ("支付密码设置成woaiwojia了还是错", "woaiwojia"),
        ("password is qwerty", "qwerty"),
        ("初始密码iloveyou，登不上", "iloveyou"),
        ("验证码：8 2 3 4 5 6", "8 2 3 4 5 6"),
        ("短信验证码是88 66 21", "88 66 21"),
        ("验证码是123 456，过期了", "123 456"),
    ],
)
def test_letters_and_groups_that_are_said_to_be_the_secret(found, text, value):
    assert found(text) == [("SECRET", value)]


@pytest.mark.parametrize(
    "text",
    [
        "密码忘了",
        "密码错误",
        "密码错误error",
        "密码是什么",
        "密码 reset",
        "password reset",
        "password is incorrect",
        "password: required",
        "password is the problem",
        "密码是wifi密码",
        "密码：请输入",
        "密码是Apple ID的",
        "验证码是SMS发的",
        "忘记密码iphone被锁",
        "密码锁Samsung的",
        "密码锁是kaadas，很好用",
        "密码箱ROMOSS",
        "密码输了3 4 次",
        "达芬奇密码 davinci",
        "人生密码Secret",
        "财富密码YYDS",
        "验证码 10 20 分钟都没来",
        "验证码是 5 6 分钟",
        "验证码：无",
    ],
)
def test_words_of_the_sentence_are_no_secret(found, text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("存折账号0200 0033 0920 1234 567", "0200 0033 0920 1234 567"),
        ("账号 1234 5678 9012", "1234 5678 9012"),
        ("账号：6222-0212-3456", "6222-0212-3456"),
        ("账号 1234 5678", "1234 5678"),
    ],
)
def test_an_account_number_in_groups_is_masked_whole(found, text, value):
    assert found(text) == [("ACCOUNT_NO", value)]


def test_groups_behind_an_account_that_are_something_else(found):
    assert found("账号 138 0013 8000") == [("CN_MOBILE", "138 0013 8000")]
    assert found("账号有 100 200 300 元三档") == []
    assert found("账号等级 100 200 300 400") == []
