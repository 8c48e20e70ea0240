"""WeChat ids: a cue in one of its many spellings, and an id that follows WeChat's rule."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, Cues, any_of
from voc.privacy.recognizers.cued import BEFORE_CUE, NOT_OF_NEXT, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["WechatFinder", "id_holds"]

_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{5,19}")
_NOT_IDS: Final = frozenset(
    [
        "wechat",
        "weixin",
        "iphone",
        "ipad",
        "ios",
        "mate",
        "redmi",
        "galaxy",
        "vivo",
        "honor",
        "note",
        "plus",
        "windows",
        "win",
        "usb",
        "type",
        "wifi",
        "android",
        "official",
        "windows",
        "xiaomi",
        "huawei",
        "samsung",
        "oppo",
        "lenovo",
        "macbook",
        "internet",
        "service",
        "taobao",
        "tmall",
        "alipay",
        "douyin",
        "kuaishou",
        "jingdong",
        "please",
        "thanks",
        "version",
        "number",
        "contact",
        "account",
        "follow",
        "scan",
        "customer",
        "payment",
    ]
)
_WORD_OF: Final = re.compile("[0-9_\\-].*$", re.DOTALL)
"""What follows the word of a product: iphone13, android_12."""
_SPACED: Final = re.compile(r"[vw][ .\-]x", re.IGNORECASE)
_LETTERS: Final = re.compile("[a-z]{6}")
_ADD: Final = re.compile("[加➕+]")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


_Q_NUMBER: Final = re.compile("qq?[1-9][0-9]{5,11}", re.IGNORECASE)
"""A QQ number that touches its cue behind 加我."""


def id_holds(value: str) -> bool:
    """Whether `value` can be a WeChat id.

    Source: WeChat Help Centre, rules for setting a WeChat id: 6 to 20 letters, digits, underscores or
    hyphens, a letter first. Accounts from QQ or a phone may still be reached under those numbers.
    """
    return _ID.fullmatch(value) is not None and _WORD_OF.sub("", value.lower()) not in _NOT_IDS


class WechatFinder(Finder):
    """Ids before or behind a cue; `wxid_…` anywhere."""

    name = "wechat.v7"
    entities = ("WECHAT_ID",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        words = rf"(?:{any_of(cue_words('wechat'))}|(?<![A-Za-z0-9])[vw][ .\-]x(?![A-Za-z]))"
        short = any_of(cue_words("wechat_short"))
        end = r"(?![A-Za-z0-9_\-])"
        value = rf"(?P<value>[A-Za-z][A-Za-z0-9_\-]{{5,19}}|[1-9][0-9]{{4,11}}){end}"
        self._before = re.compile(
            rf"(?P<cue>{words}|{short})(?P<link>(?:同号|联系|客服|咨询|加我|加|的|我|[吧呗呢哦啊]|{LINK_PART}){{0,5}}){value}",
            re.IGNORECASE,
        )
        self._glued = re.compile(
            rf"(?:(?:加我?|➕|\+)\s?(?:(?:vx|wx|v|微|薇|威)[聊信]?|[你您她他]|(?=[A-Za-z][A-Za-z0-9\-]{{0,18}}_))|(?<=[\u4e00-\u9fff])[vw]x)\s?{value}",
            re.IGNORECASE,
        )
        self._after_words = re.compile(
            rf"{words}(?:[\u4e00-\u9fff]{{1,8}}|[\u4e00-\u9fff]{{1,6}}[，,](?![Vv]))(?P<value>(?=[A-Za-z0-9_\-]{{0,19}}[0-9_\-])[A-Za-z][A-Za-z0-9_\-]{{5,19}}){end}",
            re.IGNORECASE,
        )
        self._further = re.compile(
            rf"{words}[\u4e00-\u9fff，,]{{1,12}}(?:号码?|账号|帐号)[是为叫:：\s]{{1,3}}(?P<value>[A-Za-z][A-Za-z0-9_\-]{{5,19}}){end}",
            re.IGNORECASE,
        )
        # where a text speaks of WeChat, one V and an id may stand without a link
        self._single = re.compile(
            rf"(?<![A-Za-z0-9])[Vv](?P<value>[a-z](?=[a-z_\-]{{0,18}}[0-9])[a-z0-9_\-]{{5,19}}){end}"
        )
        self._behind = re.compile(
            rf"(?<![A-Za-z0-9_\-@.])(?P<value>[A-Za-z][A-Za-z0-9_\-]{{5,19}}){end}"
            rf"{BEFORE_CUE}(?:这?就?是)?(?:我|我的|本人)?(?:的)?{words}{NOT_OF_NEXT}",
            re.IGNORECASE,
        )
        self._spaced = re.compile(
            rf"(?:{words}|{short})(?:{LINK_PART}){{0,4}}(?P<value>[A-Za-z](?: [A-Za-z0-9_\-]){{5,19}}){end}",
            re.IGNORECASE,
        )
        self._lettered = re.compile(
            rf"{words}号?[:：\s]?(?P<value>[a-z]{{6,20}}){end}(?!\s[A-Za-z])(?P<end>[\s，。,;；！!）)/]|$)?",
            re.IGNORECASE,
        )
        self._internal = re.compile(rf"(?<![A-Za-z0-9_])(?P<value>wxid_[a-z0-9]{{6,24}}){end}")
        self._short = frozenset(cue_words("wechat_short"))
        self._words = frozenset(word.lower() for word in cue_words("no_secret"))
        self.gate = f"{gate_of('wechat', 'wechat_short')}|(?i:[vw][ .\\-]?x)"
        self.gate += "|加[你您她他]\\s?[A-Za-z0-9]|加[A-Za-z][A-Za-z0-9\\-]{0,18}[_\\-]"

    def find(self, text: str) -> list[Candidate]:
        """Return WeChat ids; the cue is not part of the span."""
        found = list(overlapping(self._before, text, self._check_before))
        found += overlapping(self._after_words, text, lambda match: self._check_digit(match, 0.75))
        found += overlapping(self._further, text, lambda match: self._check_digit(match, 0.8))
        found += overlapping(self._glued, text, lambda match: self._check_digit(match, 0.8))
        if Cues(text, "wechat").any or _SPACED.search(text):
            found += overlapping(self._behind, text, lambda match: self._check_digit(match, 0.85))
            found += overlapping(self._single, text, lambda match: self._check_digit(match, 0.7))
        if _LETTERS.search(text):
            found += overlapping(self._lettered, text, self._letters)
        found += [
            self.candidate(*match.span("value"), 0.8, "an id with its characters apart, behind the cue")
            for match in self._spaced.finditer(text)
        ]
        found += [
            self.candidate(*match.span("value"), 0.98, "internal id")
            for match in self._internal.finditer(text)
        ]
        return found

    def _check_before(self, match: re.Match[str]) -> Candidate | None:
        value, cue, link = match["value"], match["cue"], match["link"]
        if value.isdigit():
            if _MOBILE.fullmatch(value) or len(value) < 6 or not link.strip():
                return None
            return self.candidate(*match.span("value"), 0.7, "digits behind the cue of an account")
        if not id_holds(value) or (cue in self._short and _Q_NUMBER.fullmatch(value)):
            return None
        marked = _has_mark(value)
        said = re.search(r"[号:：=是为]|id|账号", link, re.IGNORECASE) is not None
        strong = len(cue) > 1 or said
        if not (marked or said) or (len(cue) == 1 and not said):
            return None
        score = 0.95 if marked and strong and said else 0.9 if marked else 0.8
        return self.candidate(*match.span("value"), score, "behind the cue, rule of ids holds")

    def _letters(self, match: re.Match[str]) -> Candidate | None:
        """Small letters without a mark, where one is to add them or they end the clause."""
        value = match["value"]
        added = _ADD.search(match.string, max(0, match.start() - 3), match.start())
        if added is None and match["end"] is None:
            return None
        if not value.islower() or not id_holds(value) or value in self._words:
            return None
        return self.candidate(*match.span("value"), 0.75, "letters behind the cue, said to be added")

    def _check_digit(self, match: re.Match[str], score: float) -> Candidate | None:
        value = match["value"]
        if (
            _MOBILE.fullmatch(value)
            or _Q_NUMBER.fullmatch(value)
            or not _has_mark(value)
            or (not value.isdigit() and not id_holds(value))
        ):
            return None
        return self.candidate(*match.span("value"), score, "beside the cue, rule of ids holds")


def _has_mark(value: str) -> bool:
    """Whether an id holds a digit, an underscore or a hyphen, which words do not."""
    return any(char.isdigit() or char in "_-" for char in value)
