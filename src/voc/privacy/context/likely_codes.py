"""Numbers and handles that count where something private stands in the text: KQ3T8M, 0041 227 790."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from voc.privacy.recognizers.finder import Candidate

__all__ = ["NAME", "codes"]

NAME: Final = "likely_code.v2"
"""Stands with what is found here; raised when that changes."""
_SCORE: Final = 0.65
_PLAIN_SCORE: Final = 0.6
"""That of numbers which could be of several kinds: what tells the kind comes first."""
_HAN: Final = "\u4e00-\u9fff"
_END: Final = "(?![0-9A-Za-z])"
_HANDLE: Final = (  # with an underscore and a small letter
    r"(?=[A-Za-z0-9\-.]{0,18}_)(?=[A-Z0-9_\-.]{0,22}[a-z])[A-Za-z][A-Za-z0-9_\-.]{4,22}[A-Za-z0-9_]"
    r"(?![A-Za-z0-9_/@=(]|\.[a-z]{2,4}|[\"”]?\s?[:：=])"
)
_CODES: Final = (
    (rf"(?<![A-Za-z0-9])[A-Z]{{3}}[0-9]{{12}}{_END}", "CN_FOREIGNER_ID", "form of a foreigner's permit"),
    (rf"(?<![A-Za-z0-9])(?!Q)[A-Z]{{1,3}}[0-9]{{10,18}}{_END}", "ORDER_NO", "letters and a long number"),
    (
        rf"(?<![0-9A-Za-z.])(?!69[0-9]{{11}}{_END})[0-9]{{12,22}}(?![0-9A-Za-z.元])",
        "ORDER_NO",
        "a long number",
    ),
    (
        rf"单[子据号]?[:：\s]?(?P<value>[A-Z]{{1,4}}-?[0-9]{{8,18}}){_END}",
        "ORDER_NO",
        "letters and a long number",
    ),
    (
        rf"微信[^\n]{{0,20}}?是(?P<value>[A-Za-z][A-Za-z0-9]{{0,12}}[_\-][A-Za-z0-9_\-]{{3,16}}){_END}",
        "WECHAT_ID",
        "a handle behind the word",
    ),
    (
        rf"[座订定认票录]编?[号码]码?[:：是\s]{{0,3}}(?P<value>(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-Z0-9]{{5,8}}){_END}",
        "ORDER_NO",
        "the record of a booking",
    ),
    (
        rf"(?i:booking|order|reservation|ref)[\s:#.]{{1,3}}(?:(?i:no|id)[\s:#.]{{0,3}})?"
        rf"(?P<value>[A-Z]{{1,4}}[0-9]{{5,12}}(?:[A-Z][0-9]{{0,6}})?){_END}",
        "ORDER_NO",
        "the record of a booking",
    ),
    (
        r"(?:小红书|抖音|快手|微博|[Bb]站|闲鱼)[^\n0-9A-Za-z]{0,12}号[:：是\s]{0,2}(?P<value>[0-9A-Za-z_]{6,16})"
        r"(?![0-9A-Za-z_])",
        "SOCIAL_ACCOUNT",
        "a number behind its platform",
    ),
    (
        rf"(?<![A-Za-z])(?:[Qq]{{2}}[^\n0-9A-Za-z]{{1,8}}|Q[:：]?)(?P<value>[1-9][0-9]{{5,10}}){_END}",
        "QQ_ID",
        "a number behind QQ",
    ),
    (
        rf"(?<![{_HAN}])编号[:：是\s]{{0,2}}(?P<value>(?=[A-Z\-]{{0,6}}[0-9]{{4}})[A-Z0-9\-]{{7,20}}){_END}",
        "ACCOUNT_NO",
        "a number of something not named",
    ),
    (
        r"(?:保单|合同|协议|会员卡?|公积金|社保卡?|客户|档案|学籍|工牌|病历|缴费|户)号?[:：是\s]{0,3}"
        rf"(?P<value>[A-Z]{{0,4}}[ \-]?[0-9]{{3,6}}(?:[ \-][0-9]{{2,6}}){{1,4}}){_END}(?!元|块)",
        "ACCOUNT_NO",
        "digits in groups behind a paper",
    ),
    (
        rf"(?:微信|[Vv][Xx信]|[加转]你?我?[他她]?(?:个?私?人?)?)[^\n0-9A-Za-z]{{0,12}}(?P<value>{_HANDLE})",
        "WECHAT_ID",
        "a handle behind the word",
    ),
    (
        rf"(?<![型货款编批单班牌架位座车税])号(?:是不是|就?是|叫)[:：\s]?(?P<value>(?=[A-Za-z_\-]{{2,14}}[0-9])"
        rf"[A-Za-z][A-Za-z0-9_\-]{{5,19}}){_END}",
        "SOCIAL_ACCOUNT",
        "a handle behind the word",
    ),
    (
        rf"[加搜](?:客服|老师|助理|顾问|群主|店长|好友|个)?[:：\s]?(?P<value>(?=[A-Za-z_\-]{{1,18}}[0-9_\-])[A-Za-z][A-Za-z0-9_\-]{{5,19}}){_END}",
        "WECHAT_ID",
        "a handle behind what is done with it",
    ),
    (
        r"密码[^\n]{1,20}?[是成为](?P<value>[0-9]{4,8})(?![0-9A-Za-z.元块年月日天位])",
        "SECRET",
        "digits that a password is said to be",
    ),
    (
        r"(?:短信|六位数?字?|密码|口令)[^0-9]{0,24}(?P<value>[0-9]{6}(?:[*#]|(?![0-9A-Za-z.\-元块年月日]))|[0-9]{4,8}[*#])",
        "SECRET",
        "digits where a code is spoken of",
    ),
    (
        r"(?:密码|六位数?字?)[^\n。]{0,30}[0-9]{6}[^0-9\n]{1,16}(?P<value>[0-9]{6})(?![0-9A-Za-z.\-元块年月日])",
        "SECRET",
        "a further code that was tried",
    ),
    (r"验证码[^\n0-9]{0,10}?(?P<value>[零〇一二三四五六七八九幺]{6})", "SECRET", "a code that is read aloud"),
    (r"(?<![0-9A-Za-z])[0-9]{6}-[0-9]{9,15}(?![0-9A-Za-z\-])", "ORDER_NO", "a day and a long number"),
    (r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{9}CN(?![A-Za-z0-9])", "WAYBILL_NO", "form of a number of the post"),
    (
        r"(?<![A-Za-z0-9])(?i:no)[.．:：]\s?(?P<value>[0-9]{5,12})(?![0-9A-Za-z.\-])",
        "ACCOUNT_NO",
        "a number behind No.",
    ),
    (rf"(?<![0-9A-Za-z])460(?:0[0-9]|1[0-5])[0-9]{{10}}{_END}", "IMSI", "form of a SIM card's own number"),
    (
        rf"档案(?:编?号)?[^\n0-9]{{0,6}}(?P<value>[0-9]{{12}}){_END}",
        "CN_DRIVER_FILE",
        "twelve digits behind the file",
    ),
    (
        r"(?<![0-9A-Za-z])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{6}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
        r"(?![0-9A-Za-z.元])",
        "CN_RESIDENT_ID",
        "form of an old identity number",
    ),
    (rf"(?<![A-Za-z0-9])[CHM][0-9]{{8}}{_END}", "CN_HKMO_PERMIT", "form of a permit"),
    (rf"(?<![A-Za-z0-9])L[0-9]{{8}}{_END}", "CN_TW_PERMIT", "form of a permit"),
    (
        rf"(?<![添增])加(?:我|他|她)?[:：\s]?(?P<value>[1-9][0-9]{{8,9}}){_END}(?![元块万])",
        "QQ_ID",
        "a number that is to be added",
    ),
    (
        rf"不是[A-Za-z0-9_\-]{{3,20}}[，,\s]{{0,2}}是[:：]?(?P<value>(?=[A-Za-z_\-]{{1,16}}[0-9])[A-Za-z][A-Za-z0-9_\-]{{5,19}}){_END}",
        "WECHAT_ID",
        "a handle that is put right",
    ),
    (r"(?<![0-9A-Za-z#*])[*#]?[0-9]{4,6}#(?![0-9A-Za-z#])", "SECRET", "form of a code at a door"),
    (
        r"(?<![A-Za-z0-9])GPA\.(?:[0-9]{4}-){3}[0-9]{5}(?:\.\.[0-9]{1,2})?(?![0-9])",
        "ORDER_NO",
        "form of an order at Google",
    ),
    (rf"(?<![A-Za-z0-9\-])[0-9]{{4}}-[0-9]{{10,15}}{_END}", "ORDER_NO", "a long number with its part"),
    (
        rf"(?<![0-9A-Za-z])(?:[0-2]?[0-9]|3[01])(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(?:19[0-9]{{2}}|200[0-9]){_END}",
        "DATE_OF_BIRTH",
        "a day long ago as passports write it",
    ),
    (rf"(?<![A-Za-z0-9])[PSD]E[0-9]{{7}}{_END}", "CN_PASSPORT", "form of a passport for public affairs"),
    (
        rf"(?:香港|澳门|港澳)[{_HAN}]{{0,6}}\s?(?P<value>[HM][0-9]{{8}}){_END}",
        "CN_HKMO_PERMIT",
        "form of a permit behind the place",
    ),
)
_STANDARDS: Final = "GB|GBT|ISO|IEC|EN|DIN|ASTM|QB|FZ|SKU|RTX|GTX|USB|CAS|HS|MH|UN|No|NO"
_PLAIN_CODES: Final = (
    (
        rf"(?<![A-Za-z0-9.\-_/])(?!(?:{_STANDARDS})[0-9\-]|[A-Z]{{3}}[UJZ][0-9]{{7}})(?:[A-Z]{{1,4}}|[a-z]{{3,4}}(?=-))"
        rf"[\-_]?[0-9]{{5,9}}{_END}(?![\-_.][0-9])",
        "ACCOUNT_NO",
        "letters and a number",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/])[A-Z]{{1,4}}[\-_]?(?:[0-9]{{3,6}})(?:-[A-Z]{{1,4}})?-[0-9]{{3,8}}{_END}",
        "ACCOUNT_NO",
        "letters and a number with its parts",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/])(?!(?:{_STANDARDS})[0-9\-])(?=[A-Z0-9\-]{{0,20}}[A-Z])(?=(?:[A-Z\-]{{0,8}}[0-9]){{6}})"
        rf"[A-Z0-9]{{1,8}}(?:-[A-Z0-9]{{1,13}}){{1,4}}{_END}(?![\-_.][0-9A-Za-z]|\s?[元块万])",
        "ACCOUNT_NO",
        "letters and digits in parts",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/])[A-Z]{{2,4}}〔20[0-9]{{2}}〕[{_HAN}]{{0,4}}[0-9]{{3,6}}号?",
        "ACCOUNT_NO",
        "form of a contract's number",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/])(?=(?:[A-Z]{{0,4}} ?[0-9]){{6}})(?:[A-Z]{{1,4}})?"
        rf"[0-9]{{2,5}}(?: [0-9]{{2,5}}){{1,5}}{_END}(?! ?[0-9元块:：])",
        "ACCOUNT_NO",
        "digits in groups",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/])(?![A-Z]{{2}}[0-9]{{9}}[A-Z]{{2}}{_END})(?=(?:[A-Z]*[0-9]){{3}})"
        rf"(?=(?:[0-9]*[A-Z]){{3}})[A-Z0-9]{{9,16}}{_END}",
        "ORDER_NO",
        "letters and digits in one",
    ),
    (
        rf"(?<![A-Za-z0-9.\-_/~])(?!(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])[0-3][0-9]{_END})"
        rf"(?!400|800|9[56])[0-9]{{8,11}}{_END}(?![.\-/~][0-9]|[元块万多])",
        "ACCOUNT_NO",
        "a number of eight digits and more",
    ),
    (
        rf"(?<![A-Za-z0-9_./@\-])(?!(?:IMG|img|DSC|VID|Screenshot)_){_HANDLE}",
        "SOCIAL_ACCOUNT",
        "form of a handle",
    ),
    (
        rf"(?:(?<![{_HAN}])码|(?<![尺条编代数起页邮号货款])码(?:就?是|[:：]))\s?(?P<value>[0-9]{{4,8}}){_END}(?![元块.])",
        "SECRET",
        "digits that are said to be a code",
    ),
)
_COMPILED: Final = tuple(
    (re.compile(shape), entity, score, reason)
    for codes_of, score in ((_CODES, _SCORE), (_PLAIN_CODES, _PLAIN_SCORE))
    for shape, entity, reason in codes_of
)


_ANY: Final = re.compile("[0-9A-Za-z_#*]{3}|[零〇一二三四五六七八九幺]{6}|[0-9][ \\-][0-9]")
"""Every code holds this."""


def codes(text: str, found: Sequence[Candidate] = ()) -> Iterator[Candidate]:
    """Return numbers of orders, accounts and papers that no word, or only a vague one, tells to be such.

    Parameters
    ----------
    found
        What was found in the text before; where it holds all letters and digits, there are no codes.
    """
    if _ANY.search(_without(text, found)) is None:
        return
    for pattern, entity, score, reason in _COMPILED:
        for match in pattern.finditer(text):
            place = match.span("value") if "value" in pattern.groupindex else match.span()
            yield Candidate(*place, entity, score, NAME, f"{reason}, in a private text")


def _without(text: str, found: Sequence[Candidate]) -> str:
    """The text between the findings."""
    parts, done = [], 0
    for one in sorted(found):
        parts.append(text[done : max(done, one.start)])
        done = max(done, one.end)
    return "\n".join((*parts, text[done:]))
