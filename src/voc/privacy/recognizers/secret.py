"""Passwords, one-time codes and card security codes, by cue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.cued import beside_cue, gate_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["SecretFinder"]

_TELEPHONE: Final = re.compile("1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}")
_DECIMAL: Final = re.compile(r"[0-9]+\.[0-9]+")
_VALUE: Final = r"[A-Za-z0-9][A-Za-z0-9!@#$%^&*_.\-]{2,23}"
_LONG_VALUE: Final = r"[A-Za-z0-9][A-Za-z0-9!@#$%^&*_.\-]{3,23}"
_END: Final = r"(?!\.[0-9]|[A-Za-z0-9*\ufffc]|\s?[位元块年月日天个次遍分秒%折期条])"
_TOLD: Final = (
    r"(?:我?(?:设置?|改|填|写|输入?|用)的?)?(?:[码号]?就?是|为|[改设换]成|[改设]为|设置[成为]"
    r"|[:：=]| is(?= ))[\s:：=\"“'「(（]{0,3}"
)
"""Between a cue and letters, it says that they are the value: 密码是woaini, password = abcdef."""
_LETTERS: Final = r"[A-Za-z][A-Za-z0-9!@#$%^&*_.\-]{2,22}[A-Za-z0-9!@#$%^&*_]"
_WHOLE: Final = r"(?![A-Za-z0-9*\ufffc的]|\s[A-Za-z]|密码|账号|号|登录|支付)"
"""No sentence goes on: 密码是Apple ID的."""
_OF_ACCOUNTS: Final = (
    *("登录", "登陆", "支付", "交易", "账号", "账户", "初始", "开机", "查询", "取款", "银行"),
    *("和", "及", "的"),
)
"""Before 密码 these say that an account has it: no 达芬奇密码."""
_BARE: Final = rf"(?:(?<![\u4e00-\u9fff])|{'|'.join(f'(?<={word})' for word in _OF_ACCOUNTS)})(?:密码|口令)"
_GROUPS: Final = r"[0-9](?:[ \-][0-9]){3,7}|[0-9]{2,4}(?:[ \-][0-9]{2,4}){1,5}"
_MORE_GROUPS: Final = re.compile("(?: [0-9]{2,5}){1,6}(?![0-9])")
_ALOUD: Final = "[零〇一二三四五六七八九幺]{4,8}"
"""A code that is read aloud."""
_ONE_TIME: Final = re.compile(r"(?<![0-9A-Za-z.\-])(?<!邮编)[0-9]{6}(?![0-9A-Za-z元块.\-]|\s?[年月日个位])")
_ASKED_FOR: Final = re.compile("验证码|校验码|短信码|短信里的(?:数字|码)|动态码")
_REACH: Final = 40
"""Characters around six digits in which a code by text message is spoken of."""
_KEY: Final = (
    r"(?:(?<![A-Za-z])(?:api|app|secret|access)[ _\-]?(?:key|token|secret)|密钥|秘钥|令牌)[\s:：=是为\"]{0,4}"
    r"(?P<value>(?=[A-Za-z_\-.]{0,60}[0-9])[A-Za-z0-9_\-.]{12,200})(?![A-Za-z0-9_\-.])"
)
_SHOUTED: Final = (
    r"(?:验证码|校验码|激活码|兑换码|邀请码|提取码)[\s:：是为]{0,3}(?P<value>[A-Z]{4,8})(?![A-Za-z0-9])"
)
"""A code of capitals."""
_BEFORE: Final = (
    r"(?<![0-9])(?P<value>[0-9]{6})[，,\s]{0,2}(?:这个?|就?是|为)(?:你们?|收到|发来?)?的?(?:验证码|校验码)"
)
"""A code before its cue: 480216，这验证码."""
_MIXED: Final = (
    r"(?:密码|口令)(?:[^\n]|\n(?!\n)){1,40}?(?<![A-Za-z0-9_.!@#$%^&*])(?P<value>(?=[A-Za-z0-9_]{0,19}[!@#$%^&*])"
    r"(?=[^0-9\s]{0,19}[0-9])(?=[^A-Za-z\s]{0,19}[A-Za-z])[A-Za-z0-9_!@#$%^&*]{6,20})(?![A-Za-z0-9_!@#$%^&*.])"
)
"""Letters, digits and signs in one word, a few words behind: 输了好几遍Lj@920611都不行."""
_DOOR: Final = (
    r"(?:(?:门禁|开门|楼道|单元门|大门|电梯|进门|密码|按|锁)[^\n0-9A-Za-z*#]{0,8}(?P<value>[*#]?[0-9]{4,8}#)"
    r"|(?:门禁|开门码|电梯码|奶箱锁|挂锁|车库锁|钥匙盒)[码是为按输:：\s]{0,4}(?P<value2>[*#]?[0-9]{4,8}))(?![0-9A-Za-z#])"
)
"""What is keyed in at a door: 门禁2580#, 按*0917#开."""
_BEHIND_CARD: Final = (
    r"(?:背面|后面|卡后)(?:那|的|签名)?[^\n0-9]{0,4}(?:三|3)[位个](?:数字?|码)?"
    r"[\s\S]{0,24}?(?<![0-9.])(?P<value>[0-9]{3})(?![0-9.元块])"
)
"""The three digits on the back of a card: 卡背面那三位数，我说417."""
_TAKEN_OUT: Final = r"提取码[是为:：\s]{0,3}(?P<value>(?=[A-Za-z]{0,3}[0-9])[A-Za-z0-9]{4})(?![A-Za-z0-9])"
"""The four characters that open a shared folder."""
_NEXT: Final = re.compile(
    r"\s?(?:和|、|，|,|/|及|以及|跟|与|还有)\s?(?P<value>[A-Za-z0-9][A-Za-z0-9\-]{2,11})(?![A-Za-z0-9.])"
)
"""A further code in a row."""
_LEAST, _MOST = 4, 8
"""Digits of a code that is read out in groups."""


class SecretFinder(Finder):
    """What stands behind 密码, 验证码, CVV and the like: with digits, or letters that are said to be it.

    Letters alone are words of the sentence as well (password reset), so a word says that they are the value,
    or they end a clause directly behind 密码.
    """

    name = "secret.v7"
    entities = ("SECRET",)
    group = GateGroup.CUED

    def __init__(self) -> None:
        self._directly = beside_cue(["secret"], _VALUE, end=_END, back=False)
        self._after_words = beside_cue(["secret"], _LONG_VALUE, end=_END, back=False, free=True)
        cue = any_of(word for word in cue_words("secret") if not word.endswith("锁"))
        self._lettered = re.compile(
            rf"{cue}\s?{_TOLD}(?P<value>{_LETTERS}){_WHOLE}"
            rf"|{_BARE}[\s,，]?(?P<value2>[A-Za-z]{{6,16}})(?=[\s，。,;；!！）)]|$){_WHOLE}",
            re.IGNORECASE,
        )
        self._grouped = re.compile(rf"{cue}\s?{_TOLD}(?P<value>{_GROUPS}){_END}(?! ?[0-9])", re.IGNORECASE)
        self._aloud = re.compile(
            rf"{cue}\s?(?:{_TOLD})?(?P<value>{_ALOUD})(?![零〇一二三四五六七八九幺十百千万两点位个次遍年月天])",
            re.IGNORECASE,
        )
        self._key = re.compile(_KEY, re.IGNORECASE)
        self._shouted, self._mixed, self._before = map(re.compile, (_SHOUTED, _MIXED, _BEFORE))
        self._door, self._behind_card, self._taken_out = map(re.compile, (_DOOR, _BEHIND_CARD, _TAKEN_OUT))
        self._words = frozenset(word.lower() for word in cue_words("no_secret"))
        self.gate = (
            f"{gate_of('secret')}|短信里的|[0-9]{{4}}#|门禁|开门码|奶箱锁|挂锁|车库锁|钥匙盒"
            "|(?:背面|后面|卡后)[^\\n]{0,7}[三3][位个]"
            "|(?i:(?:api|app|secret|access)[ _\\-]?(?:key|token|secret))|秘钥"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return secrets; the cue is not part of the span."""
        found = list(overlapping(self._directly, text, self._check))
        found += overlapping(self._after_words, text, self._check)
        found += overlapping(self._lettered, text, self._letters)
        found += [
            self.candidate(*match.span("value"), 0.85, reason)
            for pattern, reason in (
                (self._aloud, "numerals behind the cue"),
                (self._key, "a key behind its cue"),
                (self._shouted, "capitals behind the cue of a code"),
                (self._before, "six digits that are said to be a code"),
                (self._mixed, "letters, digits and signs in one word behind the cue"),
                (self._behind_card, "three digits where the back of a card is spoken of"),
                (self._taken_out, "characters that open a shared folder"),
            )
            for match in pattern.finditer(text)
        ]
        found += overlapping(self._grouped, text, self._groups)
        found += [
            self.candidate(*match.span("value" if match["value"] else "value2"), 0.8, "keyed in at a door")
            for match in self._door.finditer(text)
        ]
        found += self._one_time(text)
        return found + [other for one in found for other in self._following(text, one)]

    def _one_time(self, text: str) -> Iterator[Candidate]:
        """Six digits near the words for a code by text message, before or behind them, in other turns too."""
        words = [match.start() for match in _ASKED_FOR.finditer(text)]
        for match in _ONE_TIME.finditer(text) if words else ():
            if any(abs(match.start() - at) < _REACH for at in words):
                yield self.candidate(*match.span(), 0.7, "six digits where a code is spoken of")

    def _following(self, text: str, first: Candidate) -> Iterator[Candidate]:
        """Further codes of the same length and form that stand in a row with the first."""
        end, form = first.end, _form(text[first.start : first.end])
        while (match := _NEXT.match(text, end)) and _form(match["value"]) == form:
            end = match.end("value")
            yield self.candidate(*match.span("value"), 0.8, "in a row with a secret")

    def _check(self, match: re.Match[str]) -> Candidate | None:
        if _TELEPHONE.fullmatch(match["value"]):
            return None
        if sum(char.isdigit() for char in match["value"]) < 2 or _DECIMAL.fullmatch(match["value"]):
            return None
        start, end = match.span("value")
        if match["value"].isdigit() and (groups := _MORE_GROUPS.match(match.string, end)):
            end = groups.end()
        return self.candidate(start, end, 0.85, "directly behind the cue")

    def _letters(self, match: re.Match[str]) -> Candidate | None:
        group = "value" if match["value"] is not None else "value2"
        words = re.split("[^a-z]+", match[group].lower())
        shouted = group == "value2" and match[group].isupper()
        if shouted or any(word in self._words for word in words):
            return None
        return self.candidate(*match.span(group), 0.8, "letters that are said to be the secret")

    def _groups(self, match: re.Match[str]) -> Candidate | None:
        if not _LEAST <= sum(char.isdigit() for char in match["value"]) <= _MOST:
            return None
        return self.candidate(*match.span("value"), 0.85, "digits in groups, said to be the secret")


def _form(value: str) -> str:
    """Digits and letters of a code as one of each."""
    return re.sub("[A-Za-z]", "a", re.sub("[0-9]", "0", value))
