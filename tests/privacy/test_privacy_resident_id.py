"""Resident ids: valid ones anywhere, near misses by cue, and nothing else."""

from __future__ import annotations

import pytest
from made_values import resident_id

from voc.privacy.recognizers.resident_id import birth_date_holds, check_character, region_known


def test_check_character_of_the_example_in_the_standard():
    # GB 11643-1999, annex A: 11010519491231002X and 440524188001010014
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("digits", "holds"),
    [("19900229", False), ("20000229", True), ("19001301", False), ("900231", False), ("18000101", False)],
)
def test_birth_dates_are_real_days(digits, holds):
    assert birth_date_holds(digits) is holds


def test_abolished_prefectures_count_and_unknown_ones_do_not():
    assert region_known("513021")  # 达县地区, until 1999
    assert region_known("830000")  # residence permit for Taiwan residents
    assert not region_known("990101")
    assert not region_known("119901")


@pytest.mark.parametrize("before", ["", "身份证", "我的号", "id:", "，", "😀", "A"])
@pytest.mark.parametrize("after", ["", "麻烦核实", "。", "😀", ",13800138000"])
def test_found_between_any_neighbours(found, before, after):
    for seed in range(20):
        value = resident_id(seed)
        assert ("CN_RESIDENT_ID", value) in found(before + value + after)


@pytest.mark.parametrize("write", [str.lower, lambda v: f"{v[:6]} {v[6:14]} {v[14:]}", "-".join])
def test_found_however_it_is_written(found, write):
    value = write("11010519491231002X")
    assert found(f"证件{value}，请查") == [("CN_RESIDENT_ID", value)]


def test_full_width_digits_and_zero_width_characters_lie_inside_the_span(found):
    value = "１１０１０５\u200b１９４９１２３１\u200b００２Ｘ"
    assert found(f"身份证{value}号") == [("CN_RESIDENT_ID", value)]


def test_wrong_check_character_is_a_near_miss_with_a_cue_only(engine):
    [span] = engine.find(["身份证号是110105194912310021"])[0]
    assert span.recognizer == "resident_id.v2/near_miss"
    assert engine.find(["编码110105194912310021的货"])[0] == []


def test_one_digit_too_few_behind_the_cue_is_still_masked(found):
    assert found("身份证：11010519491231002") == [("CN_RESIDENT_ID", "11010519491231002")]


def test_fifteen_digits_need_a_cue(found):
    assert found("老身份证号110105491231002") == [("CN_RESIDENT_ID", "110105491231002")]
    assert found("批次110105491231002") == []


def test_longer_runs_of_digits_hold_no_id(found):
    assert "CN_RESIDENT_ID" not in dict(found("9" + "11010519491231002" + "45"))
