"""What can be a Chinese name, and where one may begin and end."""

from __future__ import annotations

from typing import Final

from voc.privacy.lexicon import person_words, public_names, surnames

__all__ = ["DOTS", "SELDOM_WORDS", "NameRules", "is_han"]

DOTS: Final = "·•・‧"
"""Stand between the parts of a foreign name."""
SELDOM_WORDS: Final = frozenset("全关应管解冷敬步司费强盖居沙计展卜巴施")
"""Function words that mean nothing alone before a title where a clause begins: 关奶奶, but 和先生, 祝老师."""
_ADDRESSING: Final = frozenset("找问跟给叫请让被由替帮")
_WITHOUT_DOTS: Final = {ord(dot): None for dot in DOTS}


def is_han(char: str) -> bool:
    """Whether `char` is a unified Han character; rare ones of names stand in the extensions A to H."""
    rare = "\u3400" <= char <= "\u4dbf" or "\U00020000" <= char <= "\U000323af"
    return "\u4e00" <= char <= "\u9fff" or rare


class NameRules:
    """Family names, and the characters and words around them, from `lexicons/privacy/`."""

    def __init__(self) -> None:
        words, names = person_words(), surnames()
        self.surnames = names.frequent | names.rare
        self.compound = frozenset(names.compound)
        self.careful, self.never = names.careful, names.never
        self.frequent = names.frequent
        self.sure = self.surnames - self.careful - self.never
        """Family names of one character that are hardly anything else."""
        self.given = names.given
        self.openers, self.stops = words.openers, words.stops
        self._blocked = frozenset(words.blocked)
        self._words = frozenset(words.not_names)
        public = public_names()
        self._people, self._known = public.people, public.known
        self._others = public.others | self._words

    def stays_clear(self, *names: str) -> bool:
        """Whether one of the spellings is a public or fictional person, a brand or a word."""
        return any(name in self._others for name in names) or self.is_public(*names)

    def is_public(self, *names: str) -> bool:
        """Whether one of the spellings is a public or fictional person's."""
        return any(name.translate(_WITHOUT_DOTS) in self._people for name in names)

    def is_known(self, *names: str) -> bool:
        """Whether one of the spellings is that of somebody whom readers or viewers know."""
        return any(name.translate(_WITHOUT_DOTS) in self._known for name in names)

    def is_word(self, name: str) -> bool:
        """Whether `name` is a word that only looks like a name: no public person, who may have a namesake."""
        return name in self._words

    def is_full(self, name: str) -> bool:
        """Whether `name` is a family name and one or two characters that can be a given name."""
        if name[:2] in self._blocked:
            return False
        family = 2 if name[:2] in self.compound else 1
        head, given = name[:family], name[family:]
        if not 1 <= len(given) <= 2 or any(char in self.stops or not is_han(char) for char in given):
            return False
        return family == 2 or (head in self.surnames and head not in self.never)

    def is_sure(self, name: str, *, named: bool = False) -> bool:
        """Whether `name` is a full name, as its family name is no other word or its given name is usual.

        Parameters
        ----------
        named
            A field says that it is a name, so that two characters with a usual given name are enough.
        """
        family = 2 if name[:2] in self.compound else 1
        given = name[family:]
        clear = self.is_word(name) if named else self.stays_clear(name)
        if not 1 <= len(given) <= 2 or clear:
            return False
        usual = self.is_usual(given) and (len(given) == 2 or named)
        if name[:2] in self._blocked and not (usual and len(given) == 2):
            return False
        if family == 2 or name[0] in self.sure:
            return all(is_han(char) for char in given)
        return name[0] in self.surnames and usual

    def is_usual(self, given: str) -> bool:
        """Whether all characters of a given name are frequent in given names."""
        return all(char in self.given for char in given)

    def length(self, value: str) -> int:
        """Length of the name at the beginning of some Han characters; 0 when there is none."""
        family = 2 if value[:2] in self.compound else 1
        if family == 1 and value[0] not in self.surnames:
            return 0
        length = family
        for char in value[family : family + 2]:
            if char in self.stops:
                break
            length += 1
        return length if length > family else 0

    def opens(self, text: str, start: int) -> bool:
        """Whether a name can begin at `start`: not inside a word, as far as one character before tells."""
        if start == 0:
            return True
        before = text[start - 1]
        if text[start - 1 : start + 1] in self._blocked:
            return False
        return not is_han(before) or before in self.openers

    def closes(self, text: str, end: int) -> bool:
        """Whether a name can end at `end`: no Han follows, or one that begins a word."""
        after = text[end : end + 1]
        return not after or not is_han(after) or (after in self.stops and after not in "的是")

    def before_title(self, text: str, at: int) -> int | None:
        """Where the name before a title at `at` begins; None when there is none.

        The longest with a family name and a clear start; else a family name, with 小 or 老 before it.
        """
        for length in (4, 3, 2):
            start = at - length
            if start >= 0 and self.is_full(text[start:at]) and self.opens(text, start):
                return start
        if at == 0:
            return None
        if at >= 2 and text[at - 2 : at] in self.compound:
            return at - 2
        return self._family_name(text, at)

    def _stands_alone(self, text: str, start: int) -> bool:
        """Whether a clause, or somebody addressed, begins at `start`: 找关奶奶."""
        return start == 0 or not is_han(text[start - 1]) or text[start - 1] in _ADDRESSING

    def _family_name(self, text: str, at: int) -> int | None:
        surname = text[at - 1]
        if surname not in self.surnames:
            return None
        if surname in self.never:
            return at - 1 if surname in SELDOM_WORDS and self._stands_alone(text, at - 1) else None
        if text[max(0, at - 2) : at] in self._blocked:
            return None
        familiar = at > 1 and text[at - 2] in "小老" and self.opens(text, at - 2)
        if surname in self.careful and not (familiar or self.opens(text, at - 1)):
            return None
        return at - 2 if familiar else at - 1
