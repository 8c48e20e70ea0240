"""What of a model's people and places is personal information: the catalogue's conventions.

A model tags by context and knows no public figures; here they are left in clear, and so are provinces,
cities and districts alone, family names alone, and roads without a number.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from voc.privacy.lexicon import address_words, cue_words, latin_names, person_words
from voc.privacy.recognizers.familiar_name import ALL_TWINS
from voc.privacy.recognizers.figures import figures
from voc.privacy.recognizers.names import DOTS, NameRules, is_han
from voc.text.segment import dictionary_has, tagged_words

__all__ = ["Convention", "convention"]

_EDGES: Final = " \t\n\r\u3000,，。；;：:、!！?？“”\"'‘’()（）<>《》【】[]"
_LONGEST: Final = 8
_LEAST_LATIN: Final = 3
_LEAST_UNSURE_LATIN: Final = 4
_LEAST_LOWER: Final = 6
"""The same for small letters in a private text: panwenjie, but not imei."""
_LEAST_NAME: Final = 2
_LEAST_ALONE: Final = 0.98
"""Score from which a name counts that has no title and nothing private beside it."""
_NEAR: Final = 20
"""So many characters on each side are looked at for that."""
_SURE: Final = 0.9
"""Score from which a name counts that is a word as well: 高兴, 小于."""
_SURE_BESIDE: Final = 0.6
"""The same where something private stands in the text and the first character is hardly but a family name."""
_TRUSTED: Final = 0.95
"""Score from which somebody in a private text is called like a brand or a word, and digits alone are a home
there: 喊石头, 放602."""
_TRUSTED_ALONE: Final = 0.998
"""Score from which a word is a name with nothing private beside it (虎子), and a community a home."""
_DOUBTED: Final = 0.6
"""Score below which what begins with a function word is none even there."""
_JOINS: Final = frozenset("和跟同及让")
"""Family names that seldom stand behind anything but join it to what follows."""
_NAME_CLASSES: Final = frozenset({"nr", "nrfg", "nrt"})
_HAN: Final = "\u4e00-\u9fff"
_DIVISION: Final = r"[\u4e00-\u9fff]{1,7}?(?:省|自治区|特别行政区|市|自治州|州|盟|新区|区|县|旗|镇|乡|街道)"
_UNNUMBERED: Final = re.compile(
    r"(?:镇|乡|苏木|街道)[\u4e00-\u9fff]{1,8}(?:村|屯|寨|庄|堡|营|嘎查|社区)"
    r"|(?:路|街|道|巷)(?:与|和)[\u4e00-\u9fff]{1,8}(?:路|街|道|巷)(?:交叉口|交汇处|交口|路口|口)"
)
"""Finer than a district without a number: a village in a town, a crossing."""
_TOLD_BESIDE: Final = 0.5
"""Score from which a place without a number counts in a private text."""
_TOLD_ALONE: Final = 0.95
"""Score from which one counts elsewhere, where its words are those of a home."""
_DWELLING: Final = re.compile(
    "家属[院楼区]|宿舍|职工楼|筒子楼|[0-9一二三四五六七八九十]单元|岗亭|架空层|传达室|收发室|护士站|老屋|大杂院"
    "|第[0-9一二三四五六七八九十]+[家户间栋排]|[东西南北左右]手|顶楼|楼上$|[0-9一二三四五六七八九十]楼$"
)
"""Words of homes, and of where one waits or parcels are left."""
_ROAD: Final = re.compile(r"[\u4e00-\u9fff]{1,6}(?:路|街|巷|大道|胡同|弄)")
_LEAST_DIVISION: Final = 3
_DEEP: Final = 6
"""Characters of divisions behind which a road without a number is an address."""
_SPELT: Final = re.compile(r"(?:[0-9][\-—－]){4}[0-9]|[48]00-?[0-9]{3}")
"""A number of another kind with a hyphen behind every digit, and a hotline."""
_WISH: Final = re.compile(
    "们?(?:节日|生日|新年|身体|工作|万事|早日|一切|越来越|快乐|幸福|长命|健康|平安|顺利|发财)"
)
"""What one wishes to whoever stands behind 祝."""
_NO_HOME: Final = re.compile("(?:比分|版本|型号|编号|货号|规格|尺寸)[是为:：]?$")
"""Words before numbers with hyphens that are no home."""
_LETTERS: Final = re.compile("[0-9A-Za-z]")
"""What touches a name in Latin letters makes it part of a number or word."""
_ROOM: Final = re.compile(r"(?:[0-9一二三四五六七八九十零]{1,4}(?:室|户|房|号|门|床)?|[室户房号门床])$")
"""Ends a home that is told by numbers alone: 3号楼201; 3栋2单元 is for the rule of addresses."""
_ROOM_ALONE: Final = re.compile("[0-9]{3,4}")
_HOME_ALONE: Final = re.compile("[0-9]{1,2}[-#][0-9]{3,4}")
_COMMUNITY: Final = re.compile("(?:小区|花园|家园|新村|花苑|嘉园|苑)$")
"""What a community is called."""
_NO_NAME: Final = re.compile(rf"[\d<>*_/@\ufffc]|^[{_HAN}]某{{1,2}}$|^姓[{_HAN}]{{1,2}}$")
"""Digits and marks; a name that is left out already, and a family name alone."""
_NUMBER: Final = r"(?:[0-9A-Za-z]|[一二三四五六七八九十百])"


@cache
def convention() -> Convention:
    """Return the conventions with the lexicons of voc."""
    return Convention()


class Convention:
    """Judges stretches of text that a model took for a person or an address."""

    def __init__(self) -> None:
        words, places = person_words(), address_words()
        self._rules, self._figures = NameRules(), figures()
        self._is_word, self._latin = dictionary_has(), frozenset(latin_names().given)
        self._english = frozenset(word.lower() for word in cue_words("no_secret"))
        titles = sorted({*words.titles, *words.short_titles}, key=lambda word: (-len(word), word))
        self._title = re.compile(f"(?:{'|'.join(titles)})$")
        self._public_titles = frozenset(words.public_titles)
        family = "".join(sorted(self._rules.surnames))
        short = "".join(words.short_titles)
        self._title_behind = re.compile("|".join(title for title in titles if len(title) > 1))
        self._titled = re.compile(
            f"[{family}][{short}]|[{family}][{_HAN}]{{0,2}}(?:{'|'.join(words.titles)})"
        )
        units = "|".join(
            sorted({*places.number_units, "村", "附", "床"}, key=lambda word: (-len(word), word))
        )
        self._fine = re.compile(
            rf"{_NUMBER}\s?(?:{units})|[0-9]{{1,5}}[\-—－#][0-9]{{1,5}}|[0-9]{{2,5}}$|[A-Z][0-9]{{1,2}}$"
        )
        self._coarse = re.compile(rf"(?:{'|'.join(places.provinces)})?(?:{_DIVISION}){{0,4}}")

    def person(
        self, text: str, start: int, end: int, score: float | None = None, *, beside_private: bool = False
    ) -> tuple[int, int] | None:
        """Return where a person's name stands; None when it stays in clear or is none.

        Parameters
        ----------
        score
            How sure the model is, where its numbers are known to be probabilities: a name without a title and
            with nothing private beside it has to be surer, and one that is sure may be a word.
        beside_private
            Something private is known to stand in the text.
        """
        start, end = _trim(text, start, end)
        if named := self._titled.match(text, start, end):
            end = named.end()  # 李总谈 is 李总
        elif start < end and is_han(text[end - 1]) and (title := self._title_behind.match(text, end)):
            end = title.end()  # 孙敏 of 孙敏女士
        if text[start : start + 1] == "祝" and _WISH.match(text, end):
            start += 1  # 祝梓萱生日快乐
        value = text[start:end]
        title = self._title.search(value)
        name = value[: title.start()] if title else value
        if not name or len(value) < 2 or _NO_NAME.search(value):
            return None
        called = title[0] if title else ""
        trusted = (score or 0.0) >= _TRUSTED and (beside_private or self._is_private_title(called))
        trusted = trusted and not self._rules.is_public(value, name)
        if not trusted and self._figures.stays_clear(text, start, end, called):
            return None
        known = is_han(value[0]) or value.split()[0] in self._latin
        if not (title or (beside_private and known)) and self._is_weak(text, start, end, score):
            return None
        if not is_han(value[0]):
            told = known or not beside_private
            return (start, end) if self._is_latin_name(text, start, end, score or 0.0, told=told) else None
        before = text[start - 1 : start] if start else ""
        score = score or 0.0
        sure = score >= (_SURE_BESIDE if beside_private and value[0] in self._rules.sure else _SURE)
        if beside_private and score < _DOUBTED and value[0] in self._rules.careful | self._rules.never:
            return None  # 和空姐
        return (start, end) if self._is_name(value, name, before, sure=sure) else None

    def _is_private_title(self, title: str) -> bool:
        """Whether nobody is called so whom the public knows: 小米姐."""
        return bool(title) and title not in self._public_titles

    def _is_latin_name(self, text: str, start: int, end: int, score: float, *, told: bool) -> bool:
        """Whether a stretch that begins with a Latin letter is a name and no word.

        Parameters
        ----------
        told
            Its first word is a given name, or nothing private stands in the text, where it had to be surer.
        """
        value = text[start:end]
        if not value[0].isalpha() or value.lower() in self._english:
            return False
        least = _LEAST_LATIN if score >= _SURE and value in self._latin else _LEAST_UNSURE_LATIN
        if not told and value.islower():
            least = _LEAST_LOWER
        apart = not _LETTERS.search(text, max(0, start - 1), start) and not _LETTERS.match(text, end)
        return len(value) >= least and apart

    def _is_weak(self, text: str, start: int, end: int, score: float | None) -> bool:
        """Whether a name that the model is not sure of has nothing private beside it."""
        unsure = score is not None and (
            score < _LEAST_ALONE or (score < _TRUSTED_ALONE and self._is_plain_word(text[start:end]))
        )
        return unsure and not self._figures.is_beside_private(text, start, end, _NEAR)

    def _is_plain_word(self, value: str) -> bool:
        """Whether a stretch is a word of the dictionary that is no name there: 冷汗, 尚可."""
        return self._is_word(value) and not self._plausible(value)

    def _is_name(self, value: str, name: str, before: str, *, sure: bool) -> bool:
        """Whether Han characters are a name: one that the model is sure of, has a title or is plausible.

        Parameters
        ----------
        value
            The name, with its title where it has one.
        before
            The character before it.
        """
        titled = name != value
        joins = titled and value[0] in _JOINS and before != "" and is_han(before)
        if joins and (name in _JOINS or self._is_word(value[1:])):
            return False  # 我和先生, 表姐和空姐
        if sure:
            return titled or len(value) <= _LONGEST or any(dot in value for dot in DOTS)
        if titled and len(name) == 1 and before and self._is_word(before + name):
            return False  # 父母老师
        return titled or any(dot in value for dot in DOTS) or self._plausible(value)

    def address(
        self, text: str, start: int, end: int, score: float | None = None, *, beside_private: bool = False
    ) -> tuple[int, int] | None:
        """Return where an address finer than a district stands; None for a coarser place, or none.

        Parameters
        ----------
        score
            How sure the model is, where its numbers are known to be probabilities: numbers without a place
            have to be surer.
        beside_private
            Something private is known to stand in the text, where a place that is told by what is around it
            (供销社后头第三家) is one where somebody lives or waits.
        """
        start, end = _trim(text, start, end, keep=")）")
        value = text[start:end]
        if beside_private and (score or 0.0) >= _TRUSTED and _ROOM_ALONE.fullmatch(value):
            return start, end
        if len(value) < 4 or "\ufffc" in value or _SPELT.search(value) or _is_code(value):
            return None
        if not any(map(is_han, value)) and _NO_HOME.search(text, max(0, start - _NEAR), start):
            return None
        coarse = self._coarse.match(value)
        rest = value[coarse.end() :] if coarse else value
        divisions = coarse.end() if coarse else 0
        if _UNNUMBERED.search(value) or (divisions >= _DEEP and _ROAD.search(rest)):
            return start, end
        if rest and self._is_told(rest, score or 0.0, beside_private=beside_private):
            return start, end
        # a number alone (3号楼, 二楼) is no place: Han before it, a division, or a second number
        numbers = self._fine.findall(rest)
        first = re.search(_NUMBER, rest)
        before = rest[: first.start()] if first else rest
        named = sum(map(is_han, before)) >= 2 or divisions >= _LEAST_DIVISION
        home = len(numbers) > 1 and _ROOM.search(value) and (score is None or score >= _SURE)
        home = home or ((score or 0.0) >= _TRUSTED_ALONE and _HOME_ALONE.fullmatch(value) is not None)
        return (start, end) if numbers and (named or home) else None

    def _is_told(self, place: str, score: float, *, beside_private: bool) -> bool:
        """Whether a place that is told by what is around it is one where somebody lives or waits."""
        if beside_private:
            return score >= _TOLD_BESIDE
        if score >= _TRUSTED_ALONE and _COMMUNITY.search(place):
            return True
        return score >= _TOLD_ALONE and _DWELLING.search(place) is not None

    def _plausible(self, value: str) -> bool:
        """Whether Han characters can be a name: not too long, and no word of the dictionary that is none.

        Few of the dictionary's words that are made like names (老周, 江建国) mean anything else.
        """
        if len(value) > _LONGEST:
            return False
        if not self._is_word(value) or tagged_words(value)[0][1] in _NAME_CLASSES:
            return True
        twin = len(value) == _LEAST_NAME and value[0] == value[1] and value[0] in ALL_TWINS
        familiar = twin or (len(value) == _LEAST_NAME and value[0] in "小老" and value[1] in self._rules.sure)
        return familiar or (len(value) > _LEAST_NAME and self._rules.is_sure(value))


def _is_code(value: str) -> bool:
    """Whether letters stand between numbers without any Han, as in a hardware address; B2-1203 is a room."""
    return sum(map(str.isalpha, value)) > 1 and not any(map(is_han, value))


def _trim(text: str, start: int, end: int, keep: str = "") -> tuple[int, int]:
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and text[end - 1] in _EDGES and text[end - 1] not in keep:
        end -= 1
    return start, end
