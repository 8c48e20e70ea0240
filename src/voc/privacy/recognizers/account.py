"""Numbers and names of accounts that mean something beside their cue only."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.cued import END, NO_UNIT, beside_cue, gate_of, span_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["AccountFinder"]

_END: Final = END + NO_UNIT
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_DECIMAL: Final = re.compile(r"[0-9]+\.[0-9]+")
_OTHER_KINDS: Final = re.compile("(?:im[se]i|qq?[0-9])", re.IGNORECASE)
"""Beginnings of values that say of themselves what they are."""
_UNIT: Final = re.compile(r"\s?[元块年月日天个万亿条件次秒分折倍期位岁%]")
_NUMBER: Final = r"[A-Za-z]{0,6}[\-_]?[0-9](?:[\-_ ]?[0-9]){2,21}[A-Za-z]?"
_LONG_NUMBER: Final = r"[A-Za-z]{0,6}[\-_]?[0-9](?:[\-_]?[0-9]){4,21}[A-Za-z]?"
_MIXED: Final = r"(?=(?:[A-Za-z\-_]{0,8}[0-9]){5})(?=[0-9\-_]{0,30}[A-Za-z])[A-Za-z0-9][A-Za-z0-9\-_]{6,29}"
"""Letters among the digits: AHAZ711CTP12B571672A."""
_SERIAL: Final = r"(?=[A-Z\-]{0,24}[0-9])(?=[0-9\-]{0,24}[A-Z])[A-Z0-9][A-Z0-9\-]{7,23}|[0-9]{10,22}"
"""A device's own number."""
_KEYED: Final = r"(?=[A-Za-z\-_]{0,40}[0-9])[A-Za-z0-9][A-Za-z0-9_\-]{11,63}"
"""The value of a key that a program gives to a device or a person: device_id, openid."""
_SPACED_NUMBER: Final = (
    r"(?:[0-9]{3,4}(?:[ \-][0-9]{3,4}){2,5}(?:[ \-][0-9]{1,3})?|(?!(?:19|20)[0-9]{2} )[0-9]{4}[ \-][0-9]{4})"
    r"(?![ \-][0-9])"
)
"""A number in groups: 账号 1234 5678 9012."""
_ANY_NUMBERED: Final = (
    r"[（(【]?(?:编号|号码|编码|代号|代码|ID|证号)(?:[是为:：=（(\s]|填的?|写的?){0,3}"
    r"(?P<value>VALUE)(?P<value2>(?!)x)?"
)
"""A number of anything but things: 学员编号20231234."""
_LETTERED: Final = (
    r"(?:合同|保单|协议|借据|保函|会员)[是为:：\s]{0,2}"
    r"(?P<value>[A-Za-z]{1,6}[\-_]?[0-9]{5,20}(?:-[0-9]{2,6})?)(?P<value2>(?!)x)?"
)
"""A number with letters before it, directly behind what it numbers: 合同HT20231101001."""
_UNLETTERED: Final = (
    r"(?:合同|保险?单|协议|借据|保函|批单|赔案|案件)[是为:：\s]{0,2}"
    r"(?P<value>(?!(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?![0-9]))[0-9]{8,22})(?P<value2>(?!)x)?"
)
"""The same without letters, long enough for no amount and no count: 保单681078875977."""
_CARD: Final = r"(?<=[\u4e00-\u9fff])(?<!显)卡号[是为:：\s]{0,2}(?P<value>[0-9]{6,20})(?P<value2>(?!)x)?"
"""Any card's number: 学生卡号6098191167."""
_MEMBER: Final = r"会员[:：\s]?(?P<value>[0-9]{7,12})(?P<value2>(?!)x)?(?![人名位多余])"
_MARKED_HANDLE: Final = r"(?=[A-Za-z0-9_.\-]{0,28}[0-9_])[A-Za-z][A-Za-z0-9_.\-]{3,28}[A-Za-z0-9_]"
_ADDRESSED: Final = (
    r"1[3-9][0-9]{9}|[A-Za-z0-9][A-Za-z0-9_.\-]{1,28}@[A-Za-z0-9\-]{1,20}\.[A-Za-z.]{2,8}[A-Za-z]"
)
"""A phone or an e-mail address, under which one is paid."""
_TELEPHONE: Final = re.compile("电话|(?<!支付宝是)(?<!支付宝就是)手机|短信|联系|客服|来电")
"""Words between a cue and a number that make it one to be called."""
_ALIPAY: Final = r"[A-Za-z0-9][A-Za-z0-9_@.\-]{4,28}[A-Za-z0-9]"
_HANDLE: Final = r"@?[A-Za-z0-9_][A-Za-z0-9_.\-]{2,28}[A-Za-z0-9_]"
_LETTERS: Final = (
    r"(?:用户名|登录名|登[录陆]账号|账户名|账号|帐号|username)\s?[:：=]\s?"
    r"(?P<value>[A-Za-z][A-Za-z.]{1,24}@[A-Za-z.]{2,20}|[A-Za-z][A-Za-z.]{4,24})(?![A-Za-z0-9_@\-的]|\s[A-Za-z])"
)
"""Letters that are said to be a login: 登录名：zhangsan."""
_SOCIAL_LETTERS: Final = (
    r"(?:号|账号|ID)?\s?[:：]\s?(?P<value>[a-z][a-z.]{4,24})(?![A-Za-z0-9_@\-的]|\s[A-Za-z])"
)
"""The same of a social account: 抖音：linxiaoyu."""
_NUMBERED_HANDLE: Final = (
    r"(?<![A-Za-z0-9_.])(?P<value>@[\u4e00-\u9fff]{1,8}_?[A-Za-z0-9]{0,12}_?[0-9]{2,10})"
)
"""A name and a number behind @, which needs no cue: @张伟_1988."""
_LATIN_HANDLE: Final = (
    r"(?<![A-Za-z0-9_.\-/])(?P<value2>@(?=[A-Za-z.]{1,24}[0-9_])[A-Za-z][A-Za-z0-9_.]{3,28}[A-Za-z0-9_])"
)
"""Letters with a digit or an underscore behind @, which needs no cue either: @lin_chen."""
_HAN_HANDLE: Final = (
    r"@(?!一下|我|客服|官方|所有|全体|大家|你)"
    r"(?:(?!已经?[发有在]|发了|[都也]发|评论|转发|说[的了过]|私信|了|的(?:粉|评|微|视|号))[\u4e00-\u9fffA-Za-z0-9_\-]){2,20}"
)
"""A name behind @, as far as no word of the sentence goes on: @爱吃糖的猫 已经发了长文."""


class AccountFinder(Finder):
    """Member, contract, policy and staff numbers, Alipay and social accounts, all beside a cue."""

    name = "account.v8"
    entities = ("ACCOUNT_NO", "ALIPAY_ID", "SOCIAL_ACCOUNT")
    group = GateGroup.CUED

    def __init__(self) -> None:
        kinds = (
            ("ACCOUNT_NO", 0.9, beside_cue(["account"], f"(?:{_NUMBER}|{_MIXED})", end=_END)),
            ("ACCOUNT_NO", 0.85, beside_cue(["account"], _LONG_NUMBER, end=_END, back=False, free=True)),
            ("ACCOUNT_NO", 0.8, beside_cue(["device"], f"(?:{_KEYED}|{_SERIAL})", end=_END, back=False)),
            ("ACCOUNT_NO", 0.55, _numbered()),
            ("ACCOUNT_NO", 0.8, re.compile(_LETTERED + _END)),
            ("ACCOUNT_NO", 0.75, re.compile(_UNLETTERED + _END)),
            ("ACCOUNT_NO", 0.55, re.compile(_CARD + _END)),
            ("ACCOUNT_NO", 0.75, re.compile(_MEMBER + _END)),
            ("ACCOUNT_NO", 0.7, beside_cue(["login"], _HANDLE, end=END, back=False)),
            ("ACCOUNT_NO", 0.85, beside_cue(["login"], _SPACED_NUMBER, end=_END, back=False)),
            ("ALIPAY_ID", 0.9, re.compile(f"(?<![0-9])(?P<value>2088[0-9]{{12}}){_END}")),
            ("ALIPAY_ID", 0.995, beside_cue(["alipay"], _ALIPAY, end=END, back=False)),
            ("ALIPAY_ID", 0.995, beside_cue(["alipay"], _ADDRESSED, end=END, back=False, free=True)),
            ("SOCIAL_ACCOUNT", 0.92, beside_cue(["social"], _HANDLE, end=END, back=False)),
            ("SOCIAL_ACCOUNT", 0.8, beside_cue(["social"], _MARKED_HANDLE, end=END, back=False, free=True)),
            ("SOCIAL_ACCOUNT", 0.9, beside_cue(["social"], _HAN_HANDLE, end="", back=False)),
            ("SOCIAL_ACCOUNT", 0.75, re.compile(f"{_NUMBERED_HANDLE}{END}|{_LATIN_HANDLE}{END}")),
        )
        self._kinds = tuple(
            (pattern, partial(self._check, entity=entity, score=score)) for entity, score, pattern in kinds
        )
        self._letters_of = (
            re.compile(_LETTERS, re.IGNORECASE),
            re.compile(any_of(cue_words("social")) + _SOCIAL_LETTERS, re.IGNORECASE),
        )
        self._words = frozenset(word.lower() for word in cue_words("no_secret"))
        numbered = (
            "保险单|编号|号码|编码|代号|代码|证号|合同|保单|协议|借据|保函|批单|赔案|卡号|会员"
            "|(?i:ID)[:：是\\s]"
        )
        words = gate_of("account", "login", "alipay", "social", "device")
        self.gate = f"{words}|{numbered}|2088[0-9]{{12}}|@[\u4e00-\u9fffA-Za-z]"

    def find(self, text: str) -> list[Candidate]:
        """Return account numbers and ids; the cue is not part of the span."""
        found: list[Candidate] = []
        for pattern, check in self._kinds:
            found += overlapping(pattern, text, check)
        for pattern, entity in zip(self._letters_of, ("ACCOUNT_NO", "SOCIAL_ACCOUNT"), strict=True):
            found += overlapping(pattern, text, partial(self._letters, entity=entity))
        return found

    def _letters(self, match: re.Match[str], *, entity: str) -> Candidate | None:
        if not self._words.isdisjoint(re.split("[^a-z]+", match["value"].lower())):
            return None
        return self.candidate(*match.span("value"), 0.7, "letters that are said to be a login", entity=entity)

    def _check(self, match: re.Match[str], *, entity: str, score: float) -> Candidate | None:
        start, end = span_of(match)
        value = match.string[start:end]
        if _is_other(value) or (value.isdigit() and _UNIT.match(match.string, end)):
            return None
        if entity == "ALIPAY_ID":
            told = _TELEPHONE.search(match.string, match.start(), start) is None and _is_marked(value, "@_")
        else:
            told = value.startswith("@") or _is_marked(value, "_")
            told = told and not _MOBILE.fullmatch(re.sub("[ \\-]", "", value))
        if not told or (entity != "ACCOUNT_NO" and value.isdigit() and len(value) < 6):
            return None
        if match["value"] is None and len(value) < 6:
            return None  # a short number before the cue is an amount or a year
        return self.candidate(start, end, score, "beside the cue of an account", entity=entity)


def _numbered() -> re.Pattern[str]:
    """Compile: what is numbered, unless it is a thing, and its number."""
    no_thing = "".join(f"(?<!{word})" for word in cue_words("thing"))
    return re.compile(
        r"(?=[（(【编号代证I])(?<=[\u4e00-\u9fff]{2})"
        + no_thing
        + _ANY_NUMBERED.replace("VALUE", _LONG_NUMBER)
        + _END,
        re.IGNORECASE,
    )


def _is_marked(value: str, marks: str) -> bool:
    """Whether a digit or a mark tells a value from a word."""
    return any(char.isdigit() or char in marks for char in value)


def _is_other(value: str) -> bool:
    """Whether a value says that it is of another kind, or is a share, or one character again and again."""
    same = len(set(re.sub("[^0-9A-Za-z]", "", value))) == 1
    return same or _OTHER_KINDS.match(value) is not None or _DECIMAL.fullmatch(value) is not None
