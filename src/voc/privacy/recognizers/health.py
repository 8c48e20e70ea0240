"""What people tell of their health: illnesses, pregnancy, medicine, their own or their family's."""

from __future__ import annotations

import re

from voc.privacy.lexicon import health_words
from voc.privacy.recognizers.cue import any_of
from voc.privacy.recognizers.finder import Candidate, Finder, overlapping

__all__ = ["HealthFinder"]


class HealthFinder(Finder):
    """A person of the writer's family, a verb of being ill, and an illness, treatment or pregnancy.

    What only a doctor says (确诊) needs no person, nor does a clause that begins with 得了; what only a
    patient has (糖尿病术后) needs no verb.

    The span is the condition alone. Symptoms that a product is blamed for (吃了拉肚子) and advice
    (孕妇可用) are none: they tell nothing lasting of a person.
    """

    name = "health.v3"
    entities = ("HEALTH",)

    def __init__(self) -> None:
        words = health_words()
        who, condition, state = any_of(words.who), any_of(words.conditions), any_of(words.states)
        verbs = any_of(words.verbs)
        diagnosed, behind = any_of(words.diagnosed), any_of(words.behind)
        self._pattern = re.compile(
            rf"(?:{diagnosed}|(?<![\u4e00-\u9fff])(?:得了|得过|患有|患上))(?:了|有|过|的?是|为|[:：\s]){{0,2}}[\u4e00-\u9fff]{{0,4}}?(?P<told>{condition})(?!津贴|赔付|病毒|阳性|保险|险|确诊)"
            rf"|{who}的?[\u4e00-\u9fff]{{0,2}}?(?P<lasting>{condition})(?={behind})"
            rf"|{who}(?!敢|肯定|觉得|怀疑|以为|认为|猜|说|看)[^，。！？；,.!?;\n0-9]{{0,8}}?(?:{verbs}(?:了|有|过|的是|上|出)?[^，。！？；,.!?;\n]{{0,6}}?(?P<illness>{condition})"
            rf"|(?P<state>{state})(?!品))"
            rf"|(?:我|本人|老婆|妻子|媳妇|爱人)(?:现在|目前|已经)?是(?:个|一名|一个)?(?P<own>孕妇|准妈妈|产妇|{condition}(?:患者|病人))"
        )
        self._further = re.compile(rf"[和与及、]({condition})")
        self.gate = "|".join(map(re.escape, (*words.conditions, *words.states, "是孕妇", "准妈妈", "产妇")))

    def find(self, text: str) -> list[Candidate]:
        """Return conditions."""
        found = list(overlapping(self._pattern, text, self._check))
        for one in found:
            if (more := self._further.match(text, one.end)) is not None:
                found.append(one._replace(start=more.start(1), end=more.end(1)))
        return found

    def _check(self, match: re.Match[str]) -> Candidate:
        group = next(
            name for name in ("illness", "state", "told", "lasting", "own") if match[name] is not None
        )
        return self.candidate(*match.span(group), 0.8, "a condition that the writer tells of the family")
