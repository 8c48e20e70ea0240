"""Names that people go by on platforms: 昵称：断舍离的胖丁, 网友“江边钓翁”."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["NicknameFinder"]

_CUE: Final = "昵称|网名|旺旺名|旺旺号|游戏名"
_QUOTES: Final = "“\"「『【‘'"
_CLOSING: Final = "”\"」』】’'"
_ENDS: Final = rf"\s，。,；;、！!？?：:（）()\n{_QUOTES}{_CLOSING}\ufffc"
_WHO: Final = "网友|博主|[Uu][Pp]主|楼主|主播|知乎用户|微博用户|抖音用户|小红书用户|贴吧用户"
_SAYS: Final = "说|留言|反映|评论|发布|发的|爆料|曝光|推荐|的|在|投诉|问|称|表示|晒|分享|回复|举报|拍"
_NO_NAME: Final = (
    "改|修|不|怎|被|违|可以|可不|无|能|要|和|或|就|都|也|显|重|已|里|中|上|太|好|为什|什么|啥|头像|审核|设|换|有|没|个|一栏|栏"
    "|我|你|他|她|是|与|及|客服|发|联系|等|聊|问|说|收|在|账号|信息|保存|提交|更|带|含|包|那|这|填|写|跟|或者|的|后|前|叫什"
)
"""What follows when the word itself is spoken of: 昵称改不了."""
_PLATFORM: Final = "微博|抖音|快手|小红书|[Bb]站|知乎|豆瓣|闲鱼|视频号|西瓜视频|贴吧"
_CALLED: Final = (
    rf"(?:{_PLATFORM})(?:上|里|的|那个|账号|帐号|号|名字?|昵称|用户名?|ID|id|小号){{0,3}}(?<![上里的个])"
    r"(?:就?是|叫做?|名叫|[：:])\s?"
    rf"|(?:{_PLATFORM})(?:上|里)?搜(?:一?下)?\s?"
    r"|(?:账号|帐号)(?:好像|应该)?(?:叫做?|名叫)\s?"
)
"""A platform, and that somebody is called so there: 小红书叫, 微博号是, 抖音名："""
_HANDLE_TOLD: Final = r"(?:(?<![型货款编批单信])号|账号|帐号)(?:就?是|叫做?|名叫|为|[：:])?\s?(?=@)"
_WRITTEN_THERE: Final = rf"(?:{_PLATFORM})[^。！？\n@]{{0,12}}(?=@)"
_NO_HANDLE: Final = (
    "(?![我你您他她它谁哪这那啥没不假真被多几无同本官]|什么|一样|咨询|客服|京东|淘宝|天猫|快递|最|可以|啊|吗"
    "|停|做|打|在|有|好|一下|自己)"
)
"""What begins no handle: 抖音号是我的."""
_NOBODY: Final = "(?!一下|我|你|客服|官方|京东|淘宝|天猫|所有|全体|大家|老板|[0-9]{1,3}楼)"
"""Nor does this behind @."""
_TAIL: Final = re.compile(
    "(?<=[^\\s]{2})(?:反馈|反映|投诉|要求|拍下|下单|购买|想|申请|咨询|来电|表示"
    "|的(?:订单|账号|积分|用户|买家|客户)|被|没|改|无法|的那[个位]|已经|发了|评论|转发|私信|直播|说[的了过])"
)
"""What the one who goes by the name does."""


class NicknameFinder(Finder):
    """What stands behind the word for a nickname, or behind a platform where somebody is called so."""

    name = "nickname.v3"
    entities = ("SOCIAL_ACCOUNT",)
    group = GateGroup.SHAPE
    gate = (
        f"{_CUE}|(?:{_WHO})[：:]?[{_QUOTES}]|(?:{_WHO})[：: ]|{_PLATFORM}"
        "|[账帐]号|号[是叫名为：:就\\s]{0,3}@"
    )

    def __init__(self) -> None:
        quoted = f"[{_QUOTES}](?P<quoted>[^{_CLOSING}\\n]{{1,16}})[{_CLOSING}]"
        self._named = re.compile(
            rf"(?:{_CUE})(?:（[^）]{{0,4}}）)?(?:(?:是|为|叫做?|：|:|=|\s){{0,3}}{quoted}"
            rf"|(?:[：:=]\s?|(?:是|为|叫做?)[：:]?\s?|\s)(?!什么|啥|空|无)(?P<told>[^{_ENDS}]{{2,16}})"
            rf"|(?!{_NO_NAME})(?P<bare>[^{_ENDS}]{{2,14}}))"
        )
        self._called = re.compile(
            rf"(?:{_CALLED}|{_HANDLE_TOLD}|{_WRITTEN_THERE})(?:{quoted}|(?P<bare>(?:@{_NOBODY}|{_NO_HANDLE})[^{_ENDS}@]{{2,14}}))"
        )
        self._writer = re.compile(
            rf"(?:{_WHO})[：:]?\s?{quoted}(?={_SAYS}|[，。,\s]|$)|(?:知乎|微博|抖音|小红书|贴吧)用户\s(?P<told>[^{_ENDS}]{{2,14}})"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return nicknames without their quotes."""
        return [
            *overlapping(self._named, text, self._value),
            *overlapping(self._called, text, self._value),
            *overlapping(self._writer, text, self._value),
        ]

    def _value(self, match: re.Match[str]) -> Candidate | None:
        group = next(name for name in ("quoted", "told", "bare") if match.groupdict().get(name))
        start, end = match.span(group)
        if not any(map(str.isalnum, match[group])):
            return None
        if group == "bare":
            end = start + len(_TAIL.split(match[group], maxsplit=1)[0])
            if end - start < 2:
                return None
        return self.candidate(start, end, 0.96, "behind the word for a nickname")
