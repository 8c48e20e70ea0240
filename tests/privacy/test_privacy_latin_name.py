"""Names in Latin letters behind a role, a field or a phrase, with a title or a family name; brands stay."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is John Smith", "John Smith"),
        ("my name is John Smith, order late", "John Smith"),
        ("I'm Linda, please call", "Linda"),
        ("收货人：David Zhang", "David Zhang"),
        ("收件人David Zhang，电话没写", "David Zhang"),
        ("经办人 Wang Xiaoming", "Wang Xiaoming"),
        ("Linda Wang给我打电话说退款", "Linda Wang"),
        ("Jessica Chen服务好", "Jessica Chen"),
        ("客服Cindy态度很差", "Cindy"),
        ("客服叫Jessica", "Jessica"),
        ("客服：Amy", "Amy"),
        ("Amy姐服务很好", "Amy姐"),
        ("Tony老师剪得好", "Tony老师"),
        ("Mr. Zhang回复了", "Mr. Zhang"),
        ("李Sir很专业", "李Sir"),
        ("谢谢陈sir", "陈sir"),
        ("英文名Kevin", "Kevin"),
    ],
)
def test_names_in_latin_letters(found, text, name):
    assert found(text) == [("PERSON", name)]


@pytest.mark.parametrize(
    "text",
    [
        "客服APP",
        "客服Apple",
        "客服Siri",
        "客服QQ",
        "客服Windows系统",
        "联系iPhone",
        "联系人iPhone",
        "导购Nike专柜",
        "前台Wifi密码",
        "司机Didi",
        "经理Air机型",
        "老板Plus会员",
        "用户Mini版",
        "同学Office三件套",
        "女儿Elsa裙子",
        "This is Apple",
        "This is a good Phone",
        "I am Happy",
        "I'm Fine",
        "My name is on the list",
        "Vera Wang婚纱",
        "Jimmy Choo香水",
        "Jack Jones的衣服",
        "Anna Sui香水",
        "Miss Dior香水",
        "Mr Bean咖啡",
        "Ms Office",
        "Amy家的衣服",
        "Lily店里",
        "Leo家",
        "Max版本",
        "Emily in Paris",
        "Jack Ma先生",
        "阿sir",
        "用户Sir",
        "Rose Gold手机",
        "Harry Potter全集",
        "May Day活动",
    ],
)
def test_brands_and_words_in_latin_letters_stay(found, text):
    assert found(text) == []
