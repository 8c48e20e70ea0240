"""Ids, numbers and children as people write them to be read by people only."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("微❤️信 lucky-2020", "WECHAT_ID", "lucky-2020"),
        ("微.信：lucky2020", "WECHAT_ID", "lucky2020"),
        ("138，中间0013，后四位8000", "CN_MOBILE", "138，中间0013，后四位8000"),
        ("我手机138中间是0013最后8000", "CN_MOBILE", "138中间是0013最后8000"),
        ("https://x.cn/reset/a8f93kd02mfk29dk3k2ld 打不开", "URL_TOKEN", "a8f93kd02mfk29dk3k2ld"),
        (
            "看https://x.cn/v/eyJhbGciOiJI.eyJzdWIiOiIx.dozjgNryP4J 好",
            "URL_TOKEN",
            "eyJhbGciOiJI.eyJzdWIiOiIx.dozjgNryP4J",
        ),
        ("微博@小小鱼儿", "SOCIAL_ACCOUNT", "@小小鱼儿"),
        ("@张伟_1988", "SOCIAL_ACCOUNT", "@张伟_1988"),
        ("粤B12345挂", "CN_PLATE", "粤B12345挂"),
        ("5岁的乐乐在阳光幼儿园", "MINOR", "5岁的乐乐在阳光幼儿园"),
        ("三岁半的朵朵，读东湖幼儿园小班", "MINOR", "三岁半的朵朵，读东湖幼儿园小班"),
        ("学生姓名：李小明 学校：阳光小学", "MINOR", "李小明 学校：阳光小学"),
        ("女儿名叫陈雨桐，上东湖幼儿园", "MINOR", "陈雨桐，上东湖幼儿园"),
    ],
)
def test_found(found, text, entity, value):
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "微-信任",
        "微信用卡",
        "138元，中间0013",
        "138，中间隔了0013",
        "然后138最后再0013",
        "看https://x.cn/goods/abcdefghijklmnopqrstuvwxyz 好",
        "https://x.cn/reset/password 打不开",
        "https://x.cn/verify/how-to-change-my-password",
        "https://x.cn/share/123456",
        "微博@",
        "微博上@客服也没用",
        "抖音 @一下",
        "@所有人",
        "100@50",
        "@2楼",
        "@老板快点",
        "5岁的孩子在幼儿园",
        "5岁的宝宝在幼儿园",
        "30岁的明明在中学教书",
        "3岁的小狗在实验小学门口",
        "孩子叫我去小学接他",
        "儿子在阳光小学",
        "学生姓名没写，学校也没写",
        "女儿叫苦，小学作业多",
        "小孩叫好，附近有幼儿园",
    ],
)
def test_nothing(found, text):
    assert found(text) == []


def test_a_verb_behind_a_plate_is_none_of_it(found):
    assert found("粤B12345挂了") == [("CN_PLATE", "粤B12345")]
