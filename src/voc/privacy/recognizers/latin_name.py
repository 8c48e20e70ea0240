"""Names of people in Latin letters: 客服Cindy, Amy姐, Linda Wang, My name is John Smith, 李Sir."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from voc.privacy.lexicon import cue_words, latin_names, person_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping
from voc.privacy.recognizers.names import NameRules

__all__ = ["LatinNameFinder"]

_WORD: Final = "[A-Z][a-z]{1,12}"
_WORDS: Final = f"{_WORD}(?: {_WORD}){{0,3}}"
_CAPITALS: Final = "[A-Z]{2,12}(?:[ /][A-Z]{2,12}){1,3}"
"""As passports and tickets write a name."""
_END: Final = "(?![A-Za-z0-9_'’@.\\-]|\\s[A-Z0-9])"
_SHORT_TITLES: Final = ["姐", "哥", "总", "姨", "叔", "导", "Sir", "sir"]
_SAID: Final = r"(?:[Mm]y name is|[Mm]y name's|[Tt]his is|I am|I'm)"
_SYLLABLE_UPPER: Final = (
    "(?:(?:[ZCS]H|[BPMFDTNLGKHJQXRZCSYW])?"
    "(?:IANG|IONG|UANG|ANG|ENG|ING|ONG|IAN|IAO|UAI|UAN|AI|AN|AO|EI|EN|ER|IA|IE|IN|IU|OU|UA|UE|UI|UN|UO|VE|A|E|I|O|U|V))"
)
"""A syllable of 汉语拼音."""
_DOES: Final = "的?(?:服务|态度|接待|人很|很耐心|很热情|帮我|给我|告诉我|跟我)"
"""Behind a given name, what somebody does."""
_NOBODY: Final = (
    "(?:Right|Bean|Big|Cool|Pizza|Muscle|Rabbit|Fox|Potato|Donut|Bear|Bond|Holmes|Darcy|World|Perfect)"
)
"""Behind Mr. heroes, brands and sayings."""
_ADDRESS: Final = r"(?:Mr|Mrs|Ms|Miss|MR|MS)"


class LatinNameFinder(Finder):
    """A given name of the lexicon behind a role or before a title, or with a family name in romanisation.

    Behind a phrase or a field that tells a name any two words in capitals are one. A given name alone is
    none: many are words, brands and products.
    """

    name = "latin_name.v5"
    entities = ("PERSON",)
    group = GateGroup.SHAPE

    def __init__(self) -> None:
        words, people = latin_names(), person_words()
        self._rules = NameRules()
        self._public = frozenset(words.public)
        given = any_of({*words.given} - {*words.words})
        any_given = any_of({*words.given, *words.words})
        family = any_of(words.families)
        roles = any_of({*people.roles, *people.before_names})
        titles = any_of({*people.titles, *_SHORT_TITLES})
        upper = "|".join(
            sorted({word.upper() for word in words.families}, key=lambda word: (-len(word), word))
        )
        field = any_of((*cue_words("name_field"), *cue_words("name_phrase"), "英文名", "花名"))
        surname = "".join(sorted(self._rules.surnames - self._rules.never))
        start = "(?<![A-Za-z0-9_@.'’\\-])"
        self._patterns = (
            (
                0.8,
                re.compile(f"{roles}(?:是|叫|名叫|：|:|、)?\\s?(?P<value>{given}(?: {_WORD}){{0,2}}){_END}"),
            ),
            (0.8, re.compile(f"{start}(?P<value>{any_given}\\s?{titles})(?![\\u4e00-\\u9fff]?[店家牌款])")),
            (
                0.75,
                re.compile(
                    f"{start}(?P<value>{any_given} (?:{family}(?:\\s?{titles}|{_END})|{_WORD}\\s?{titles}))"
                ),
            ),
            (0.8, re.compile(f"{start}(?P<value>{given}\\s?[{surname}])(?![\u4e00-\u9fff])")),
            (
                0.75,
                re.compile(f"{start}(?P<value>{_ADDRESS}\\.? ?{family}){_END}"),
            ),
            (
                0.75,
                re.compile(f"{start}(?P<value>Mrs?(?:\\. ?| )(?!{_NOBODY}){_WORD}){_END}"),
            ),
            (
                0.85,
                re.compile(
                    f"{start}{_SAID} (?P<value>{any_given}(?: {_WORD}){{0,2}}|{_WORD} {family}){_END}"
                ),
            ),
            (0.85, re.compile(f"{start}[Mm]y name is (?P<value>{_WORDS}){_END}")),
            (
                0.85,
                re.compile(
                    f"{field}(?:是|为|叫)?[\\s:：]{{0,2}}"
                    f"(?P<value>{_WORD}(?: {_WORD}){{1,3}}|{_CAPITALS}|{given}){_END}"
                ),
            ),
            (
                0.8,
                re.compile(
                    f"{start}(?=[A-Z]{{2,7}}[/, ])"
                    f"(?P<value>(?:{upper})(?:/{_SYLLABLE_UPPER}{{1,3}}(?: (?:MR|MS|MRS|MISS))?"
                    f"|(?:, ?| ){_SYLLABLE_UPPER}{{2,3}})){_END}"
                ),
            ),
            (0.75, re.compile(f"{start}(?P<value>{family} (?i:{_SYLLABLE_UPPER}){{2,3}}){_END}")),
            (0.8, re.compile(f"(?<![A-Za-z])HR\\s?(?P<value>(?:{'|'.join(words.given)})){_END}")),
            (0.75, re.compile(f"{start}(?P<value>{given})(?={_DOES})")),
        )
        self._familiar = re.compile(f"(?P<value>阿{any_given}){_END}")
        self._sir = re.compile(f"(?P<value>[{surname}] ?[Ss]ir){_END}")
        han = "[\u4e00-\u9fff]"
        self.gate = (
            f"{han}[是叫：:、]?\\s?{_WORD}|{_WORD}\\s?(?:{han}|[Ss]ir)|{_WORD} (?:{'|'.join(words.families)})"
            f"|(?:{upper})(?:/|, ?| )[A-Z]{{2}}|(?i:(?:{'|'.join(words.families)}) [a-z])|阿[A-Za-z]"
            "|HR\\s?[A-Z][a-z]"
            f"|{han}[是为叫]?[:：\\s]{{0,2}}[A-Z]{{2,12}}[ /][A-Z]{{2}}"
            f"|{_SAID} [A-Z]|{_ADDRESS}\\.? ?[A-Z]|{han} ?[Ss]ir"
        )

    def find(self, text: str) -> list[Candidate]:
        """Return names, with their titles where they have one."""
        found: list[Candidate] = []
        for score, pattern in self._patterns:
            found += overlapping(pattern, text, partial(self._named, score=score))
        found += overlapping(self._familiar, text, partial(self._named, score=0.75))
        return found + list(overlapping(self._sir, text, lambda match: self._with_sir(text, match)))

    def _named(self, match: re.Match[str], *, score: float) -> Candidate | None:
        if "".join(filter(str.isascii, match["value"])).replace(" ", "") in self._public:
            return None
        return self.candidate(
            *match.span("value"), score, "a name in Latin letters, told by what is beside it"
        )

    def _with_sir(self, text: str, match: re.Match[str]) -> Candidate | None:
        if not self._rules.opens(text, match.start()):
            return None
        return self.candidate(*match.span("value"), 0.8, "family name and Sir")
