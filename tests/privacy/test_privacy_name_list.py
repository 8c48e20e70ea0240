"""Names in a list with a titled one; things, places, brands and figures that look like names."""

from __future__ import annotations

import pytest

from voc.privacy.context.listed import listed
from voc.privacy.recognizers.person import PersonFinder
from voc.privacy.resolve import resolve


@pytest.fixture(scope="module")
def by_rules():
    """Names that the rules find by themselves, without the tagger, and those in lists with them."""
    finder = PersonFinder()

    def names(text):
        found = resolve(finder.find(text), {})
        return sorted({text[one.start : one.end] for one in (*found, *listed(text, found))})

    return names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("感谢张伟强、李建国和王芳女士", ["张伟强", "李建国", "王芳女士"]),
        ("王芳女士和李强都在", ["李强", "王芳女士"]),
        ("找陈先生、小李和阿强", ["小李", "阿强", "陈先生"]),
        ("王经理及刘洋都说可以", ["刘洋", "王经理"]),
        ("客服小王、赵敏慧", ["小王", "赵敏慧"]),
        ("老李头来修的", ["老李头"]),
        ("报告人：楚天阔", ["楚天阔"]),
    ],
)
def test_names_in_a_list(by_rules, text, names):
    assert by_rules(text) == sorted(names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("服务和王女士说的一样", ["王女士"]),
        ("安装、王师傅都好", ["王师傅"]),
        ("质量、李经理态度", ["李经理"]),
        ("高洁和王女士", ["王女士"]),
        ("王经理和高兴的客人", ["王经理"]),
        ("李老师与成功人士", ["李老师"]),
        ("张师傅和金额不符", ["张师傅"]),
        ("陈先生和平时一样", ["陈先生"]),
        ("王女士跟方便面", ["王女士"]),
        ("刘主任及时处理", ["刘主任"]),
        ("周老师和温柔的", ["周老师"]),
        ("吴师傅、水果都好", ["吴师傅"]),
        ("王师傅和小区保安", ["王师傅"]),
        ("王师傅和小米电视", ["王师傅"]),
        ("李老师、白雪公主", ["李老师"]),
        ("张医生和马上", ["张医生"]),
        ("老石头房子", []),
        ("老马头", []),
        ("一老陈头皮屑", []),
        ("车费司机乱收", []),
        ("华润顾问说", []),
    ],
)
def test_what_a_list_joins_to_a_name_may_be_no_name(by_rules, text, names):
    assert by_rules(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "去了曾家岩，很方便",
        "阳澄湖的大闸蟹",
        "说到雷峰塔，大家都知道",
        "这次买的范思哲，质量一般",
        "本田雅阁不错",
        "门口的易拉宝",
        "贺知章的诗",
        "里面的曾小贤很搞笑",
        "小爱同学听不懂",
    ],
)
def test_places_brands_and_figures_stay(found, text):
    assert found(text) == []
