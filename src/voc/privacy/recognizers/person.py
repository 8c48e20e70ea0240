"""Names of people: by family name and title, by what stands before a name, in fields and in phrases."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.lexicon import cue_words, person_words, surnames
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["PersonFinder"]

_HAN: Final = "\u4e00-\u9fff"
_DOTTED: Final = f"[{_HAN}]{{1,8}}(?:[·•・‧][{_HAN}]{{1,10}}){{1,4}}"
_LATIN: Final = "[A-Z][A-Za-z'’.]{1,20}(?: [A-Z][A-Za-z'’.]{0,20}){0,3}"


class PersonFinder(Finder):
    """Names with a title (王先生, 李明女士, 小李), after a field name (联系人：) and after a phrase (我叫).

    The span takes the title along, and a field's or phrase's name alone. Public and fictional persons and brands in
    `lexicons/privacy/persons.yaml` stay in clear. A family name alone is no name.
    """

    name = "person.v1"
    entities = ("PERSON",)

    def __init__(self) -> None:
        words, names = person_words(), surnames()
        self._surnames = names.frequent | names.rare
        self._compound = frozenset(names.compound)
        self._careful, self._never = names.careful, names.never
        self._openers, self._stops = words.openers, words.stops
        self._blocked = frozenset(words.blocked)
        self._public, self._not_names = frozenset(words.public), frozenset(words.not_names)
        titles = any_of(words.titles)
        self._short_titles = frozenset(words.short_titles)
        self._titled = re.compile(f"(?P<lead>[{_HAN}])(?P<title>{titles})")
        self._short = re.compile(
            f"(?P<surname>[{_HAN}])(?P<title>[{''.join(words.short_titles)}])(?![{_HAN}]{{0}}[们])"
        )
        familiar = "".join(sorted(self._surnames))
        self._familiar = re.compile(
            f"(?P<role>{any_of(words.roles)})(?:的|是|叫|：|:)?(?P<name>小[{familiar}])(?![们号时])"
            f"|(?P<name2>小[{familiar}])(?={any_of(words.after_familiar)})"
        )
        field, phrase = any_of(cue_words("name_field")), any_of(cue_words("name_phrase"))
        value = f"(?P<value>{_DOTTED}|[{_HAN}]{{2,4}}|{_LATIN})"
        self._field = re.compile(rf"{field}(?:名字|姓名|信息|是|为|叫)?[\s:：=（(【\[]{{1,4}}{value}")
        self._phrase = re.compile(rf"{phrase}[\s:：]{{0,2}}{value}")
        self.gate = (
            "|".join(map(re.escape, [*words.titles, *cue_words("name_field"), *cue_words("name_phrase")]))
            + f"|小[{familiar}]|[{_HAN}][{''.join(words.short_titles)}]"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return names."""
        found: list[Candidate] = []
        found += overlapping(self._titled, text, lambda match: self._with_title(text, match))
        found += overlapping(self._short, text, lambda match: self._with_short_title(text, match))
        found += overlapping(self._familiar, text, self._little)
        found += overlapping(self._field, text, lambda match: self._after(text, match, 0.9))
        found += overlapping(self._phrase, text, lambda match: self._after(text, match, 0.88))
        return found

    def _with_title(self, text: str, match: re.Match[str]) -> Candidate | None:
        at, end = match.start("title"), match.end()
        start = self._start_of_name(text, at)
        if start is None or self._stays_clear(text[start:at], text[start:end]):
            return None
        return self.candidate(start, end, 0.9 if at - start > 1 else 0.85, "family name and title")

    def _start_of_name(self, text: str, at: int) -> int | None:
        """Where the name that ends at `at` begins: the longest that has a family name and a clear start."""
        for length in (4, 3, 2):
            start = at - length
            if start >= 0 and self._full_name(text[start:at]) and self._clear(text, start):
                return start
        if at >= 2 and text[at - 2 : at] in self._compound:
            return at - 2
        surname = text[at - 1]
        if (
            surname not in self._surnames
            or surname in self._never
            or text[max(0, at - 2) : at] in self._blocked
        ):
            return None
        if surname in self._careful and not self._clear(text, at - 1):
            return None
        return at - 1

    def _full_name(self, name: str) -> bool:
        """Whether `name` is a family name and one or two characters that can be a given name."""
        family = 2 if name[:2] in self._compound else 1
        head, given = name[:family], name[family:]
        if not 1 <= len(given) <= 2 or any(char in self._stops or not _is_han(char) for char in given):
            return False
        return family == 2 or (head in self._surnames and head not in self._never)

    def _clear(self, text: str, start: int) -> bool:
        """Whether a name can begin at `start`: not inside a word, as far as one character before tells."""
        if start == 0:
            return True
        if text[start - 1 : start + 1] in self._blocked:
            return False
        before = text[start - 1]
        return not _is_han(before) or before in self._openers

    def _stays_clear(self, name: str, whole: str) -> bool:
        return name in self._public or whole in self._not_names or name in self._not_names

    def _with_short_title(self, text: str, match: re.Match[str]) -> Candidate | None:
        start, end = match.span()
        surname = match["surname"]
        sure = surname in self._surnames and surname not in self._never and surname not in self._careful
        if not sure or not self._clear(text, start) or self._stays_clear(surname, match[0]):
            return None
        if start > 0 and _is_han(text[start - 1]) and text[start - 1] not in "找问跟给叫请让被对向由服员":
            return None
        after = text[end : end + 1]
        if after and _is_han(after) and after not in "说给帮的很在让和送打态人是你您":
            return None
        return self.candidate(start, end, 0.7, "family name and short title")

    def _little(self, match: re.Match[str]) -> Candidate | None:
        group = "name" if match["name"] else "name2"
        surname = match[group][1]
        if surname in self._never or (group == "name2" and surname in self._careful):
            return None
        return self.candidate(*match.span(group), 0.75, "小 and family name, in a role")

    def _after(self, text: str, match: re.Match[str], score: float) -> Candidate | None:
        start, end = match.span("value")
        value = match["value"]
        if not _is_han(value[0]) or not value.isalpha() or any(char in "·•・‧" for char in value):
            return self.candidate(start, end, score, "behind the name of a field")
        end = start + self._length(value)
        name = text[start:end]
        if len(name) < 2 or self._stays_clear(name, name):
            return None
        return self.candidate(start, end, score, "behind the name of a field, family name holds")

    def _length(self, value: str) -> int:
        """Length of the name at the beginning of up to four Han characters; 0 when there is none."""
        family = 2 if value[:2] in self._compound else 1
        if family == 1 and value[0] not in self._surnames:
            return 0
        length = family
        for char in value[family : family + 2]:
            if char in self._stops:
                break
            length += 1
        return length if length > family else 0


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
