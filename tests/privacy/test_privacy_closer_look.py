"""What counts in a text in which something private stands, and is nothing elsewhere."""

from __future__ import annotations

import pytest

PHONE = "13912345678"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("回电{phone}，找琳姐，她知道", "琳姐"),
        ("电话{phone}，快递给老覃就行", "老覃"),
        ("{phone}，@梓涵爸爸 报名两位", "梓涵爸爸"),
        ("会员{phone}，入住人 LAU SIU MING，两晚", "LAU SIU MING"),
        ("改签电话{phone}，乘机人 QIAO/RUOXI", "QIAO/RUOXI"),
        ("护照E81234567的客人 Tomasz Wrobel 退房", "Tomasz Wrobel"),
        ("洗衣机窦敏{phone}约明天", "窦敏"),
        ("6栋-不出热水-粟小满-{phone}", "粟小满"),
        ("外教 Natalie Becker 的课，家长电话{phone}", "Natalie Becker"),
    ],
)
def test_names_beside_something_private(found, text, value):
    told = text.format(phone=PHONE)
    assert ("PERSON", value) in found(told)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("接龙 6-1203 鸡蛋一板 {phone}", "CN_ADDRESS", "6-1203"),
        ("放在碧水花园门口吧，{phone}", "CN_ADDRESS", "碧水花园门口"),
        ("{phone}，钥匙留在周家桥村东湾组", "CN_ADDRESS", "周家桥村东湾组"),
        ("{phone}，漏发的是 X55230987123456", "ORDER_NO", "X55230987123456"),
        ("订座编号JT5W8P，{phone}", "ORDER_NO", "JT5W8P"),
        ("小红书上找我，号5820137741，{phone}", "SOCIAL_ACCOUNT", "5820137741"),
        ("保单K4402 0031 2256 18的被保人，{phone}", "ACCOUNT_NO", "K4402 0031 2256 18"),
        ("您的 booking QD5518204 要延迟退房，{phone}", "ORDER_NO", "QD5518204"),
        ("澳门同事 M20493817 刷不出来，{phone}", "CN_HKMO_PERMIT", "M20493817"),
        ("查下 773051298840215 和另一个，{phone}", "ORDER_NO", "773051298840215"),
        ("发票在这，单SO-6610927745，{phone}", "ORDER_NO", "SO-6610927745"),
        ("微信搜不到，是lin-homestay66吗，{phone}", "WECHAT_ID", "lin-homestay66"),
        ("QQ群里那个2037714856是骗子，{phone}", "QQ_ID", "2037714856"),
        ("，编号0041227790没查到，{phone}", "ACCOUNT_NO", "0041227790"),
        ("简历 女|1998.03|汉 {phone}", "DATE_OF_BIRTH", "1998.03"),
        ("{phone}，2004.11.6，对花粉过敏", "DATE_OF_BIRTH", "2004.11.6"),
        ("{phone}，回执 KD0418827 找不到了", "ACCOUNT_NO", "KD0418827"),
        ("燃气表 C1180 2237 5041 没读数，{phone}", "ACCOUNT_NO", "C1180 2237 5041"),
        ("旧合同ZL〔2021〕房字0517，{phone}", "ACCOUNT_NO", "ZL〔2021〕房字0517"),
        ("{phone}，整个给你 WQ5TX81RKP", "ORDER_NO", "WQ5TX81RKP"),
        ("有的，8823 6174，他老婆接，{phone}", "ACCOUNT_NO", "8823 6174"),
        ("定金转她私人maomao_grooming的，{phone}", "WECHAT_ID", "maomao_grooming"),
        ("拍视频的是这个人 lao_song_1988，{phone}", "SOCIAL_ACCOUNT", "lao_song_1988"),
        ("收到的码是738205，{phone}", "SECRET", "738205"),
    ],
)
def test_values_beside_something_private(found, text, entity, value):
    assert (entity, value) in found(text.format(phone=PHONE))
    assert (entity, value) not in found(text.format(phone="谢谢"))


def test_a_date_that_the_identity_number_holds_is_a_birthday(found):
    text = "档案 女 1990-11-25 身份证11010519901125002X 建档2024-11-25"
    births = {value for entity, value in found(text) if entity == "DATE_OF_BIRTH"}
    assert births == {"1990-11-25"}


@pytest.mark.parametrize(
    "text",
    [
        "老样子还是老味道，老方法做的",
        "小金额的订单小程序里看不到，电话13912345678",
        "表姐和空姐都说好，电话13912345678",
        "邓小平文选，电话13912345678",
        "Calvin Klein 的衬衫什么时候到，电话13912345678",
        "请全额退款，麻烦打：13912345678",
        "顾客：13912345678，电话13912345678",
        "条码6901234567892，电话13912345678",
        "比分是 3-1，共 12-15 天，电话13912345678",
        "标准GB18401和ISO13485，报错ERR_CONNECTION_RESET，电话13912345678",
        "感谢社区的照应，快送到对面小区了，电话13912345678",
        "补充点评 2008年7月2日 ： 服务很好，2009-6-13 9:36:00 出库，电话13912345678",
        "2024年3月8日买的，2025.1.6坏了，尺码是180，电话13912345678",
        "95588和4008123123都打不通，花了128000元，电话13912345678",
        "王某某和张某说的，电话13912345678",
    ],
)
def test_words_stay_in_clear_all_the_same(found, text):
    assert {value for _, value in found(text)} <= {PHONE}


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("拼的单251103-402817365920148到哪了", "ORDER_NO", "251103-402817365920148"),
        ("改了密码，试了三遍Qw#73815都提示不对", "SECRET", "Qw#73815"),
        ("微信通不过，linna_0412这个号", "WECHAT_ID", "linna_0412"),
        ("拼音姓名：QIAO RUOXI", "PERSON", "QIAO RUOXI"),
        ("我们6栋2单元停水了", "CN_ADDRESS", "6栋2单元"),
        ("系统：5-2-1604 业主，电话13912345678", "CN_ADDRESS", "5-2-1604"),
        ("她在机床厂宿舍后门等", "CN_ADDRESS", "机床厂宿舍后门"),
        ("猫舍在郊区，加meow_2020看猫", "WECHAT_ID", "meow_2020"),
        ("只收2088123456789012支付宝转", "ALIPAY_ID", "2088123456789012"),
        ("亲加我薇 tangyuan_0815 哈", "WECHAT_ID", "tangyuan_0815"),
        ("Kevin 梁：收到", "PERSON", "Kevin 梁"),
        ("我车浙A·D07K52在店里", "CN_PLATE", "浙A·D07K52"),
        ("收款人应该是覃向北，打错了", "PERSON", "覃向北"),
        ("这几个号实名都是瞿大志", "PERSON", "瞿大志"),
        ("519034，这验证码我填了没用", "SECRET", "519034"),
        ("倩倩导游全程黑脸", "PERSON", "倩倩导游"),
        ("苟木匠做的柜子", "PERSON", "苟木匠"),
        ("抵押的平板，861234567890127", "IMEI", "861234567890127"),
        ("登录提醒：IP2409:8a55:30f1:7e20::1c4", "IP_ADDRESS", "2409:8a55:30f1:7e20::1c4"),
        ("dst 10.20.3.15:3306 超时", "IP_ADDRESS", "10.20.3.15"),
        ("他加了我QQ1847203660天天发早安", "QQ_ID", "1847203660"),
        ("证件南字第0318842号，申请减免", "CN_MILITARY_ID", "南字第0318842号"),
        ("店员加你mei-oral-2020没通过", "WECHAT_ID", "mei-oral-2020"),
        ("军人证上写着兰字第118503号", "CN_MILITARY_ID", "兰字第118503号"),
        ("短信里的数字念给他，我念了770216", "SECRET", "770216"),
        ("看 example-shop.com/s?phone=18841034858&inv=K7Q2", "URL_TOKEN", "phone=18841034858&inv=K7Q2"),
        ("240611-8837-2109这单的发票抬头能不能改", "ORDER_NO", "240611-8837-2109"),
        ("合同ZC-20240619-0073的押金没退", "ACCOUNT_NO", "ZC-20240619-0073"),
    ],
)
def test_shapes_that_need_nothing_beside_them(found, text, entity, value):
    assert (entity, value) in found(text)


def test_rare_characters_of_names_are_han(found):
    assert ("PERSON", "张㛃") in found("收件人：张㛃，电话13912345678")
