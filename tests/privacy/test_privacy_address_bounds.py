"""Where an address begins and ends when rule and tagger do not agree."""

from __future__ import annotations

import pytest

from voc.privacy.context.address_bounds import bounded
from voc.privacy.engine import Engine
from voc.privacy.policy import load_policy
from voc.privacy.recognizers.address import AddressFinder
from voc.privacy.recognizers.finder import Candidate
from voc.privacy.recognizers.tagged import TaggedFinder


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_policy())


@pytest.mark.parametrize(
    ("before", "address", "behind"),
    [
        ("送货地点", "建国门内大街211号院", "，别再放错"),
        ("订单备注", "杭州市江干区九堡镇敦煌南街940号", "，何经理接"),
        ("快件显示妥投", "华夏大道789号3单元502室", "，可是没人收到"),
        ("换货寄", "西湖区文三路478号华星大厦902室", "，尹强收"),
    ],
)
def test_words_before_an_address_stay_in_clear(
    engine: Engine, before: str, address: str, behind: str
) -> None:
    text = before + address + behind
    found = [text[span.start : span.end] for span in engine.find_in(text) if span.entity == "CN_ADDRESS"]
    assert found == [address]


@pytest.mark.parametrize(
    "address",
    ["历城区华信路88号附3号", "经十路与舜华路交叉口东120米", "静安区江宁路77号锦绣大厦2号楼南门"],
)
def test_an_address_takes_along_what_still_tells_the_place(engine: Engine, address: str) -> None:
    text = f"送到{address}，电话13912345678"
    found = [text[span.start : span.end] for span in engine.find_in(text) if span.entity == "CN_ADDRESS"]
    assert found == [address]


def candidate(start: int, end: int, name: str, score: float = 0.95) -> Candidate:
    return Candidate(start, end, "CN_ADDRESS", score, name, "")


def test_only_words_and_what_a_comma_parts_are_cut_off() -> None:
    text = "放到3号门旁文三路478号，500"
    rule, tagged = candidate(0, len(text), AddressFinder.name), candidate(6, 13, TaggedFinder.name)
    assert bounded(text, [rule, tagged]) == [rule._replace(end=13), tagged]  # 3 stands before: kept masked
    unsure = tagged._replace(score=0.7)
    assert bounded(text, [rule, unsure]) == [rule, unsure]


def test_an_address_without_a_tagged_one_stays_as_it_is() -> None:
    rule = candidate(0, 9, AddressFinder.name)
    other = candidate(9, 12, TaggedFinder.name)
    assert bounded("文三路478号院9号楼", [rule, other]) == [rule, other]
