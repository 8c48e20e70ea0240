"""A gate may let a text pass in vain, but keeps none back in which something is found."""

from __future__ import annotations

import pytest

from voc.privacy.evaluation.name_tickets import name_tickets
from voc.privacy.gate import Gate
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.registry import all_finders
from voc.privacy.recognizers.tagged import TaggedFinder
from voc.privacy.shadow import shadow

_SETS = ("name", "unseen", "everyday", "kinds", "later_kinds", "number", "people", "trades", "unread")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [shadow(case.text).text for which in _SETS for case in name_tickets(which)]


def test_gates_let_pass_whatever_is_found(texts: list[str]) -> None:
    finders = [finder for finder in all_finders() if not isinstance(finder, TaggedFinder)]
    gate = Gate(finders)
    passed = gate.texts_of(texts, gate.folded_rows(texts))
    found: list[list[Candidate]] = [[] for _ in texts]
    for finder, places in passed.items():
        for place, candidates in zip(places, finder.find_all([texts[at] for at in places]), strict=True):
            found[place] += candidates
    missed = []
    for finder in finders:
        kept_back = sorted({*range(len(texts))} - {*passed.get(finder, ())})
        for place, candidates in zip(
            kept_back, finder.find_all([texts[at] for at in kept_back]), strict=True
        ):
            missed += [
                (finder.name, place)
                for one in candidates
                if not any(other.start <= one.start and one.end <= other.end for other in found[place])
            ]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "微信转你？\n卖家：行，bohuil30",
        "让专员加您\n用户：wxid_7k2pq9s0lm31",
        "病人ID 67212844，昨天住院",
        "Contact: Li Xiaohong",
        "请念念妈妈到前台",
        "约阿may姐明天做头发",
        "huang mei 签收了",
        "老人1941年2月生",
        "我奶奶农历九月初六过生",
        "翠竹苑丙栋，门禁2580#",
        "卡背面那三位数我说了417",
        "对方要卡后的3个数字，告诉他是593了",
        "在小红书叫阿May的药箱",
        "账号好像叫老杆儿修车日记",
        "昨晚粤BD·36185开走了",
    ],
)
def test_a_text_by_itself_opens_its_gate(text: str) -> None:
    finders = all_finders()
    gate = Gate(finders)
    passed = gate.texts_of([text], gate.folded_rows([text]))
    assert [finder.name for finder in finders if finder not in passed and finder.find(text)] == []
    assert any(finder.find(text) for finder in passed)
