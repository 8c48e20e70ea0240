"""How customers write of themselves in forms, chats, letters, by voice and in traditional characters."""

from __future__ import annotations

import pytest

NAMES = [
    ("受益人写的是卢倩，请核对", "卢倩"),
    ("监护人是贺敏芝", "贺敏芝"),
    ("就诊人柏若兰，挂的是皮肤科", "柏若兰"),
    ('{"name":"汪雅","age":30}', "汪雅"),
    ("怎么称呼？用户：单明礼", "单明礼"),
    ("请问您贵姓？苗晓兰", "苗晓兰"),
    ("韩梅/310115199003070024/已核", "韩梅"),
    ("退款打到李静怡支付宝", "李静怡"),
    ("我叫黄山，系统说是地名", "黄山"),
    ("俺叫黄河", "黄河"),
    ("多杰才让的补贴没发", "多杰才让"),
    ("LIU/XIAOYU的票改签了", "LIU/XIAOYU"),
    ("护照上是ZHAO, MINGYU", "ZHAO, MINGYU"),
    ("面试官HR Vivian没来", "Vivian"),
    ("店里的Cindy服务特别好", "Cindy"),
    ("幼儿园朵朵妈妈问几点放学", "朵朵妈妈"),
    ("請聯繫張雅婷小姐", "張雅婷小姐"),
    ("选课被退了，我是郁可心", "郁可心"),
    ("您好！我是都兰，上月邮寄了合同", "都兰"),
    ("出生日期2012.11.03，监护人步向东电话16637894883", "步向东"),
    ("替关奶奶问一下能领补贴不", "关奶奶"),
    ("冷师傅昨天没来", "冷师傅"),
    ("芳姐要退两件", "芳姐"),
    ("请转告强哥", "强哥"),
    ("导购瑶瑶给我挑的", "瑶瑶"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_people(found, text, name):
    assert ("PERSON", name) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "此致\n敬礼",
        "此致敬礼！",
        "对非紧急联系人“公司老板”催收",
        "户名是公司的",
        "天天妈妈叫我起床",
        "看了蔡先生的書和文章已經超過十年了",
        "型号LONG/SHORT两种",
        "监护人要签字吗",
        "小熊妈妈这本绘本很好看",
        "班主任不管",
        "和先生一起去的",
        "祝老师节日快乐",
        "所有人都说好",
        "我是学生，买不起",
    ],
)
def test_no_people(found, text):
    assert [value for entity, value in found(text) if entity == "PERSON"] == []


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("保单681078875977拒赔", "ACCOUNT_NO", "681078875977"),
        ("邮寄了合同（编号XS-2024-5127），没有回执", "ACCOUNT_NO", "XS-2024-5127"),
        ("用户uid=291474399提示异地登录", "ACCOUNT_NO", "291474399"),
        ("登录名：lisi@corp，进不去", "ACCOUNT_NO", "lisi@corp"),
        ("燃气卡号19826023插卡没反应", "ACCOUNT_NO", "19826023"),
        ("京东的单619511759854没动", "ORDER_NO", "619511759854"),
        ("查下30383278266531这个单子", "ORDER_NO", "30383278266531"),
        ("请提供订单号和手机号 用户：769682299166633910", "ORDER_NO", "769682299166633910"),
        ("企业微信说能办，号是dk_zhouli88", "WECHAT_ID", "dk_zhouli88"),
        ("让我加8546040293这个Q也不通过", "QQ_ID", "8546040293"),
        ("微博@爱吃糖的猫咪 已经发了长文", "SOCIAL_ACCOUNT", "@爱吃糖的猫咪"),
        ("微博@爱吃糖的猫咪已经发了长文", "SOCIAL_ACCOUNT", "@爱吃糖的猫咪"),
        ("公网IP36.131.104.215老变", "IP_ADDRESS", "36.131.104.215"),
        ("光猫MAC3c:73:8c:12:a2:57掉线", "MAC_ADDRESS", "3c:73:8c:12:a2:57"),
        ("唐丽/女/1985-02-28/申请退款", "DATE_OF_BIRTH", "1985-02-28"),
        ("没到账，流水820887021911271936", "ORDER_NO", "820887021911271936"),
        ("A：单号发一下 B：2573125504300397", "ORDER_NO", "2573125504300397"),
        ("帮我看看135169050784迭个单子", "ORDER_NO", "135169050784"),
        ("骗我走微信付款，Vfanxian686a", "WECHAT_ID", "fanxian686a"),
        ("预约码847658", "SECRET", "847658"),
        ("验证码是四七二九零三你快输", "SECRET", "四七二九零三"),
        ("API key sk-test-9f8a7b6c5d4e3f2a1b0c泄漏了", "SECRET", "sk-test-9f8a7b6c5d4e3f2a1b0c"),
        ("产检建档卡号76396300", "CN_MEDICAL_NO", "76396300"),
        ("宗奶奶，1948年冬月初八生", "DATE_OF_BIRTH", "1948年冬月初八"),
        ("出生12 MAR 1990", "DATE_OF_BIRTH", "12 MAR 1990"),
        ("出生证上写的2019年9月9日", "DATE_OF_BIRTH", "2019年9月9日"),
        ("过户，VINLVSFK1235KB577876", "VIN", "LVSFK1235KB577876"),
        ("2.手机135921689453.问题退款慢", "CN_MOBILE", "13592168945"),
        ("学生卡号6098191167充了没到账", "ACCOUNT_NO", "6098191167"),
        ("车牌京AF三八七二五", "CN_PLATE", "京AF三八七二五"),
        ("临牌鲁U·1594临过期了", "CN_PLATE", "鲁U·1594临"),
        ("我的物联网卡1440058881709停机了", "CN_MOBILE", "1440058881709"),
        ("手机号幺八八，五九五幺，幺八七六", "CN_MOBILE", "幺八八，五九五幺，幺八七六"),
        ("來往大陸通行證T85520416過期", "CN_TW_PERMIT", "T85520416"),
        ("我家3栋2单元901，钥匙在鞋柜", "CN_ADDRESS", "3栋2单元901"),
        ("我家3栋2单元的电梯停了", "CN_ADDRESS", "3栋2单元"),
        ("住在幸福路二十三号院四号楼三单元五零二", "CN_ADDRESS", "幸福路二十三号院四号楼三单元五零二"),
        (
            "ship to Room 502, Building 3, No. 88 Century Avenue, Pudong",
            "CN_ADDRESS",
            "Room 502, Building 3, No. 88 Century Avenue, Pudong",
        ),
        ("改到海口市美兰区海甸五西路28号那家店", "CN_ADDRESS", "海口市美兰区海甸五西路28号"),
        ("去年查出甲状腺癌，你们拒赔", "HEALTH", "甲状腺癌"),
        ("我老婆乳腺癌术后在家休养", "HEALTH", "乳腺癌"),
    ],
)
def test_identifiers(found, text, entity, value):
    assert (entity, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "验证码一二三四次都收不到",
        "账号：apple id登不上",
        "账号：无法登录",
        "京东的单价199元",
        "淋浴喷头就是得了前列腺炎，出水超级小",
        "Next Street的衣服",
        "token过期了",
        "旺旺雪饼送的贴纸",
        "微信上看的Vlog拍得好",
        "赠送确诊新冠津贴",
        "男/175/70公斤穿L码",
        "流水线作业，质量一般",
        "合同20231001到期",
    ],
)
def test_words_of_the_sentence(found, text):
    assert found(text) == []


def test_a_minor_with_a_pet_name(found):
    assert ("MINOR", "彤彤5岁上金色摇篮幼儿园中班") in found("二宝彤彤5岁上金色摇篮幼儿园中班，李老师推了她")
