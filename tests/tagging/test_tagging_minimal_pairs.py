"""Short texts that differ in a word or two get the tags, and the polarity, that a reader would give them."""

from __future__ import annotations

import pytest

from voc.privacy.masked import masked_text
from voc.tagging.tagger import Tagger

PAIRS = [
    ("物流很快", "logistics.delay", 1),
    ("物流不快", "logistics.delay", -1),
    ("物流不是不快", "logistics.delay", 1),
    ("快递比京东慢", "logistics.delay", -1),
    ("送货比京东快", "logistics.delay", 1),
    ("等了五天才到货", "logistics.delay", -1),
    ("第二天就到了，物流很快", "logistics.delay", 1),
    ("本来担心物流慢，结果第二天就到了", "logistics.delay", 1),
    ("价格很贵", "price.high", -1),
    ("价格不贵", "price.high", 1),
    ("不是很贵", "price.high", 1),
    ("一点都不便宜", "price.high", -1),
    ("性价比很高", "price.high", 1),
    ("性价比不高", "price.high", -1),
    ("质量很好", "quality.defect", 1),
    ("质量不好", "quality.defect", -1),
    ("质量不是不好", "quality.defect", 1),
    ("质量太差了", "quality.defect", -1),
    ("质量没有以前好", "quality.defect", -1),
    ("客服态度很好", "service.attitude", 1),
    ("客服态度不好", "service.attitude", -1),
    ("客服态度不怎么样", "service.attitude", -1),
    ("服务周到", "service.attitude", 1),
    ("服务差", "service.attitude", -1),
    ("客服一直不回复", "service.slow", -1),
    ("客服回复很快", "service.slow", 1),
    ("电话打不通", "service.slow", -1),
    ("问题一直没解决", "service.unresolved", -1),
    ("问题很快解决了", "service.unresolved", 1),
    ("包装破了", "packaging.damage", -1),
    ("包装没有破损", "packaging.damage", 1),
    ("汤洒了一半", "packaging.damage", -1),
    ("包装很简陋", "packaging.poor", -1),
    ("包装很用心", "packaging.poor", 1),
    ("颜色发错了", "fulfilment.wrong", -1),
    ("少发了一件", "fulfilment.missing", -1),
    ("漏发配件", "fulfilment.missing", -1),
    ("赠品没有给", "fulfilment.gift", -1),
    ("没收到货", "logistics.lost", -1),
    ("味道很好", "quality.taste", 1),
    ("味道不好", "quality.taste", -1),
    ("太难吃了", "quality.taste", -1),
    ("不难吃", "quality.taste", 1),
    ("分量很足", "description.short", 1),
    ("分量太少", "description.short", -1),
    ("尺码偏小", "quality.size", -1),
    ("大小合适", "quality.size", 1),
    ("房间很干净", "safety.foreign", 1),
    ("房间不干净", "safety.foreign", -1),
    ("吃出一根头发", "safety.foreign", -1),
    ("水果都烂了", "safety.food", -1),
    ("不给退款", "aftersales.refund", -1),
    ("退款很快", "aftersales.refund", 1),
    ("退货很麻烦", "aftersales.return", -1),
    ("房间隔音很差", "venue.noise", -1),
    ("隔音不错", "venue.noise", 1),
    ("位置很偏", "venue.location", -1),
    ("地理位置很好", "venue.location", 1),
    ("排队等了很久", "venue.wait", -1),
    ("上菜很快", "venue.wait", 1),
    ("早餐品种很少", "venue.dining", -1),
    ("早餐不错", "venue.dining", 1),
    ("怀疑是假货", "description.counterfeit", -1),
    ("是正品", "description.counterfeit", 1),
    ("与图片不符", "description.mismatch", -1),
    ("和描述一致", "description.mismatch", 1),
    ("用了会过敏", "safety.use", -1),
    ("老是死机", "quality.defect", -1),
    ("声音很大噪音大", "quality.performance", -1),
    ("效果很好", "quality.performance", 1),
    ("样子不好看", "quality.appearance", -1),
    ("外观很漂亮", "quality.appearance", 1),
    ("书的内容空洞", "quality.content", -1),
    ("书的纸张很差", "quality.workmanship", -1),
    ("做工精细", "quality.workmanship", 1),
    ("做工粗糙", "quality.workmanship", -1),
    ("乱收费", "price.hidden", -1),
    ("买完就降价了", "price.drop", -1),
    ("优惠券不能用", "price.promo", -1),
    ("自动续费没提醒我", "payment.autorenew", -1),
    ("重复扣款", "payment.charge", -1),
    ("不给开发票", "payment.invoice", -1),
    ("账号被封了", "account.access", -1),
    ("天天打骚扰电话", "account.harassment", -1),
    ("APP老是闪退", "experience.bug", -1),
    ("广告太多", "experience.recommend", -1),
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


@pytest.mark.parametrize(("text", "tag", "polarity"), PAIRS, ids=[text for text, _, _ in PAIRS])
def test_tag_and_polarity(tagger: Tagger, text: str, tag: str, polarity: int):
    (told,) = tagger.tag([masked_text(text, ())])
    found = {(item.tag, item.polarity) for item in told.tags}
    assert (tag, polarity) in found
    assert (tag, -polarity) not in found


@pytest.mark.parametrize("text", ["希望物流能快一点", "今天下雨了", "", "   ", "<手机号>", "😀"])
def test_nothing_to_complain_of(tagger: Tagger, text: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert not [item for item in told.tags if item.polarity < 0]


def test_a_turn_keeps_both_sides(tagger: Tagger):
    (told,) = tagger.tag([masked_text("包装很用心，就是等了五天才到货", ())])
    assert {("packaging.poor", 1), ("logistics.delay", -1)} <= {(tag.tag, tag.polarity) for tag in told.tags}


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("非常满意，质量很好，下次还来", 1),
        ("太差了，质量垃圾，再也不买了", -1),
        ("很喜欢，推荐购买", 1),
        ("客服态度恶劣，退货", -1),
    ],
)
def test_sentiment(tagger: Tagger, text: str, sentiment: int):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.sentiment == sentiment
    assert (told.sentiment_score > 0.5) == (sentiment > 0)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("再不处理我就打12315投诉，质量太差", ["监管"]),
        ("质量太差，我要发微博曝光", ["曝光"]),
        ("漏电了差点触电，太差", ["安全"]),
    ],
)
def test_severity(tagger: Tagger, text: str, signs: list[str]):
    (told,) = tagger.tag([masked_text(text, ())])
    assert set(signs) <= set(told.severity)


@pytest.mark.parametrize(
    ("text", "intent"),
    [("东西坏了，要求退款，太气人了", "投诉"), ("非常好，很满意", "表扬"), ("请问这款有现货吗？", "咨询")],
)
def test_intent(tagger: Tagger, text: str, intent: str):
    (told,) = tagger.tag([masked_text(text, ())])
    assert told.intent == intent
