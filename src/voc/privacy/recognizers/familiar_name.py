"""Familiar names behind who somebody is: 服务员小琪, 美容师菲菲, 主播大鹏, 群主老柴."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.names import NameRules

__all__ = ["ALL_TWINS", "TWINS", "FamiliarNameFinder"]

TWINS: Final = (
    "菲丽莎晴琪彤雯倩婷萌朵豆妞露娜敏燕玲芳莉媛薇蕾悦涵瑶璐琳佳欣怡晶莹颖薰萱阳洋晨昊轩宇豪鹏飞磊楠岩娟霞萍"
    "芸蓉冉桐军贝图灿茜妍妮娇娅文秀玉珍珠凤云雪雨霜梅兰菊莲桃杏丹艳玥芬蝶蕊瑞祺诺熙凯迪奇超"
)
"""Characters that make a name when they are written twice, and hardly another word."""
_MORE_TWINS: Final = "甜果毛冰蒙亮强圆糖叶桑苗妙淼森木林贞聪舒岚诗橙柠彬翔帆航威雄"
"""Further ones, behind a role only."""
ALL_TWINS: Final = frozenset(TWINS + _MORE_TWINS)
_BEHIND_LITTLE: Final = (
    "琪雨雪美丽芳娟燕玲婷敏洁倩雯晶莹颖慧琳佳怡欣莉萍霞静梅兰菊莲蓉薇蕾菲悦涵萌瑶璐彤凤娜艳秀波涛强军勇伟刚峰辉斌鹏"
    "飞浩杰磊超亮宇轩晨阳旭凯翔东豪虎鹿糖豆果朵妞桃樱冉玉珍珠甜雅楠溪柔婉娇娅妍妮茜诺六七九"
)
_BEHIND_BIG: Final = "鹏壮勇刚伟军龙虎飞毛林东宝柱强海山"
_GOES_ON: Final = (
    "说的给帮态服手推做发很也在让把来没不和跟端洒打拿送接找到约回处"
    "特轮先又就都还今昨人业专耐讲告介联负当全超非"
    "换修买问订"
)
"""What may follow such a name in a sentence."""
_WORDS: Final = frozenset(
    {"小强", "小雨", "小雪", "小美", "毛毛", "强强", "双双", "大宝", "大海", "大山", "大东"}
)
"""Such that are words or brands as well: only where nothing goes on behind them."""


class FamiliarNameFinder(Finder):
    """A name written twice, or with 小, 大, 老, 阿 before it, directly behind a role."""

    name = "familiar_name.v2"
    entities = ("PERSON",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        words, rules = person_words(), NameRules()
        sure = "".join(sorted(rules.sure))
        roles = sorted({*words.roles, *words.before_names, *words.before_familiar})
        twin = "|".join(f"{char}{char}" for char in sorted(ALL_TWINS))
        shape = f"(?:{twin}|小[{_BEHIND_LITTLE}]|大[{_BEHIND_BIG}{sure}]|老[{sure}]|阿[{_BEHIND_LITTLE}])"
        link = "(?:是|叫|叫做|的|那个|那位|：|:|、|[0-9]{2,6}(?:号)?)?"
        self._rules = rules
        self._pattern = re.compile(
            f"(?:{any_of(roles)}{link}|(?<![\u4e00-\u9fff])[找让叫问跟])(?P<value>{shape})"
        )
        self.gate = f"(?:{'|'.join(roles)}){link}{shape}|[找让叫问跟]{shape}"

    def find(self, text: str) -> list[Candidate]:
        """Return names."""
        return list(overlapping(self._pattern, text, lambda match: self._called(text, match)))

    def _called(self, text: str, match: re.Match[str]) -> Candidate | None:
        value = match["value"]
        start, end = match.span("value")
        after = text[end : end + 1]
        goes_on = "\u4e00" <= after <= "\u9fff" and after not in ("、", "和")
        if self._rules.stays_clear(value) or (goes_on and (value in _WORDS or after not in _GOES_ON)):
            return None
        return self.candidate(start, end, 0.75, "a familiar name behind a role")
