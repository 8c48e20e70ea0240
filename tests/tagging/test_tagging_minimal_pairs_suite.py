"""The suite of minimal pairs: how many of its texts are read as a reader would read them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from voc.privacy.masked import masked_text
from voc.tagging.tagger import Tagger

FLOOR = 0.93
SIGNS = {"complaint": -1, "praise": 1}


def cases() -> list[tuple[str, str, str, str]]:
    groups = yaml.safe_load(Path(__file__).with_name("minimal_pairs.yaml").read_text("utf-8"))["groups"]
    return [
        (group["kind"], group["tag"], side, text.replace("_", " "))
        for group in groups
        for side in ("complaint", "praise", "neither")
        for text in str(group.get(side, "")).split()
    ]


def right(found: set[tuple[str, int]], tag: str, side: str) -> bool:
    if side == "neither":
        return (tag, -1) not in found and (tag, 1) not in found
    return (tag, SIGNS[side]) in found and (tag, -SIGNS[side]) not in found


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str, bool]]:
    suite = cases()
    tagged = Tagger().tag([masked_text(text, ()) for _, _, _, text in suite])
    return [
        (kind, text, right({(item.tag, item.polarity) for item in row.tags}, tag, side))
        for (kind, tag, side, text), row in zip(suite, tagged, strict=True)
    ]


def test_the_suite_is_large_and_has_no_repeats():
    suite = cases()
    assert len(suite) >= 400
    assert not [
        case for case, count in Counter((tag, text) for _, tag, _, text in suite).items() if count > 1
    ]


def test_texts_are_read_as_a_reader_would(told):
    wrong = [f"{kind}: {text}" for kind, text, good in told if not good]
    assert 1 - len(wrong) / len(told) >= FLOOR, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["否定", "双重否定", "转折", "比较", "程度"])
def test_no_kind_is_left_behind(told, kind: str):
    part = [good for name, _, good in told if name == kind]
    assert sum(part) / len(part) >= 0.85
