"""Fixed-line numbers with area code, extension and brackets; hotlines stay in clear."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.landline import area_code_known


@pytest.mark.parametrize(
    "value",
    [
        "010-66668888",
        "(010)66668888",
        "（0755）8666 8888",
        "021 6666 8888",
        "0571-86668888转802",
        "0755-86668888-801",
        "02166668888",
        "+86-10-66668888",
        "0898 66668888",
        "010-66668888 ext 12",
        "０１０－６６６６８８８８",
    ],
)
def test_found_with_its_extension(found, value):
    assert found(f"家里是{value}，晚上打") == [("CN_LANDLINE", value)]
    assert found(f"拨{value}找我") == [("CN_LANDLINE", value)]


@pytest.mark.parametrize("text", ["座机86668888", "固话：8666-8888", "办公电话 6668888"])
def test_without_area_code_directly_behind_a_cue(found, text):
    assert [entity for entity, _ in found(text)] == ["CN_LANDLINE"]


@pytest.mark.parametrize(
    "text",
    [
        "400-820-8820",
        "打800-820-8820没人接",
        "电话95588",
        "12315投诉",
        "编号0000-66668888",
        "电话20231201打的",
        "010是北京区号",
        "价格66668888元",
    ],
)
def test_service_numbers_and_other_digits_stay_in_clear(found, text):
    assert found(text) == []


@pytest.mark.parametrize("code", ["10", "20", "28", "755", "571", "898", "991", "310"])
def test_area_codes_in_use(code):
    assert area_code_known(code)


@pytest.mark.parametrize("code", ["26", "11", "400", "800", "999" + "9", "000"])
def test_no_area_codes(code):
    assert not area_code_known(code)
