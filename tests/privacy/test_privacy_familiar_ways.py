"""People by familiar names, in lists and hand-overs, nicknames, and homes without a house number."""

from __future__ import annotations

import pytest

NAMES = [
    ("售后婷婷一直没有回我", "婷婷"),
    ("客服小雅说明天到", "小雅"),
    ("主播大勇推荐的锅", "大勇"),
    ("跑腿老贺把蛋糕送错了，群主老贺", "老贺"),
    ("找大彭换的轮胎", "大彭"),
    ("工单转派给 祁悦，请跟进", "祁悦"),
    ("免贵姓柳，柳成荫，成荫的成荫", "柳成荫"),
    ("同行人：魏然、高兴、彭立军", "高兴"),
    ("值日：孙瑶、于多、周正", "于多"),
    ("被告游家伟未到庭", "游家伟"),
    ("齐秘书让我下周再来", "齐秘书"),
    ("曹董交代过了", "曹董"),
    ("团长苹果妈妈还没到货", "苹果妈妈"),
    ("住客Mr. Schmidt要求换房", "Mr. Schmidt"),
    ("我姓樊，樊登的樊，樊晓，拂晓的晓", "樊晓"),
    ("卓玛大姐给我们献了哈达", "卓玛大姐"),
    ("店里阿Ken帮我挑的", "阿Ken"),
    ('{"user":"花晓峰"}', "花晓峰"),
    ("客户贺贤珍女士催单", "贺贤珍女士"),
    ("审批人：付雅琴", "付雅琴"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_people(found, text, name):
    assert ("PERSON", name) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "客服明明说好的",
        "老板大气，送了赠品",
        "师傅天天加班",
        "芒果、香蕉、苹果都坏了",
        "Mr Right在哪里",
        "员工小小的失误",
        "客服大大方方承认了",
        "姓名，性别，年龄都要填",
    ],
)
def test_no_people(found, text):
    assert all(entity != "PERSON" for entity, _ in found(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("淘宝昵称：爱吃西瓜的鱼，退款没到", "爱吃西瓜的鱼"),
        ("微信昵称是“南风知我意”", "南风知我意"),
        ("网友“半山听雨”留言催进度", "半山听雨"),
        ("会员昵称向阳而生反馈积分没到", "向阳而生"),
    ],
)
def test_nicknames(found, text, name):
    assert ("SOCIAL_ACCOUNT", name) in found(text)


@pytest.mark.parametrize(
    "text", ["昵称改不了", "昵称和头像都没有了", "网友说不好用", "请设置昵称", "旺旺雪饼好吃"]
)
def test_words_of_nicknames(found, text):
    assert all(entity != "SOCIAL_ACCOUNT" for entity, _ in found(text))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("业主冯刚（7-1-602）投诉噪音", "7-1-602"),
        ("1102房客人要加床", "1102房"),
        ("呼吸科12床家属来电", "呼吸科12床"),
        ("我住在滨江花园，水压太低", "滨江花园"),
        ("姓名,房号\n雷蕾,3-1804", "3-1804"),
        ("地址：天水围天耀邨耀泰楼1805室", "天水围天耀邨耀泰楼1805室"),
        ("Flat 8C, Block 2, Riverside Garden, Suzhou", "Flat 8C, Block 2, Riverside Garden, Suzhou"),
        ("桂园5号楼没有热水", "桂园5号楼"),
        ("安吉县递铺街道双河社区的网点", "安吉县递铺街道双河社区"),
    ],
)
def test_homes(found, text, address):
    assert ("CN_ADDRESS", address) in found(text)


@pytest.mark.parametrize(
    "text", ["比分是3-2-101", "住在市中心的酒店，离商场近", "住在这个小区很方便", "房间里两张1.5米床"]
)
def test_no_homes(found, text):
    assert all(entity != "CN_ADDRESS" for entity, _ in found(text))


@pytest.mark.parametrize(("text", "told"), [("我是孕妇能喝吗", "孕妇"), ("我爸有痛风和高血压", "高血压")])
def test_health(found, text, told):
    assert ("HEALTH", told) in found(text)
