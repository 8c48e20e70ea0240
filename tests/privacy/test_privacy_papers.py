"""Passports, permits, identity cards of other places, officers' cards."""

from __future__ import annotations

import pytest

from voc.privacy.recognizers.hk_tw_id import hong_kong_check, taiwan_holds
from voc.privacy.recognizers.resident_id import check_character

FOREIGNER = "911156198503123" + "45"
FOREIGNER += check_character(FOREIGNER)


def test_published_examples_of_check_digits():
    assert hong_kong_check("A123456") == "3"  # the specimen of the Immigration Department's leaflet
    assert taiwan_holds("A123456789")
    assert not taiwan_holds("A123456788")


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("护照E12345678丢了", "CN_PASSPORT", "E12345678"),
        ("拿EA1234567订的", "CN_PASSPORT", "EA1234567"),
        ("护照号PE1234567", "CN_PASSPORT", "PE1234567"),
        ("护照号码K12345678，香港的", "CN_PASSPORT", "K12345678"),
        ("passport: AB1234567", "CN_PASSPORT", "AB1234567"),
        ("港澳通行证C12345678", "CN_HKMO_PERMIT", "C12345678"),
        ("通行证号CA1234567", "CN_HKMO_PERMIT", "CA1234567"),
        ("回乡证H0123456701，过期了", "CN_HKMO_PERMIT", "H0123456701"),
        ("澳门身份证1234567(8)", "CN_HKMO_PERMIT", "1234567(8)"),
        ("台胞证号12345678", "CN_TW_PERMIT", "12345678"),
        ("往来台湾通行证L12345678", "CN_TW_PERMIT", "L12345678"),
        ("香港身份证A123456(3)", "HK_ID", "A123456(3)"),
        ("证件A123456（3）", "HK_ID", "A123456（3）"),
        ("身份证字号A123456789", "TW_ID", "A123456789"),
        ("军官证军字第2001988号", "CN_MILITARY_ID", "军字第2001988号"),
        ("持南字第2001988号证件", "CN_MILITARY_ID", "南字第2001988号"),
        (f"永居证{FOREIGNER}", "CN_FOREIGNER_ID", FOREIGNER),
        (f"拿{FOREIGNER}开户", "CN_FOREIGNER_ID", FOREIGNER),
        ("永久居留证CAN310078010205", "CN_FOREIGNER_ID", "CAN310078010205"),
    ],
)
def test_found(found, text, entity, value):
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "型号E12345678的",
        "编号H12345678",
        "单号C1234567",
        "台胞证办了12天",
        "护照办了3000元",
        "A123456(4)号房",
        "（2020）京民终字第1234号",
        "军字号大楼",
        "通行证过期了",
    ],
)
def test_left_in_clear(found, text):
    assert (
        not {"CN_PASSPORT", "CN_HKMO_PERMIT", "CN_TW_PERMIT", "HK_ID", "CN_MILITARY_ID"}
        & dict(found(text)).keys()
    )


def test_near_misses_say_so(engine):
    texts = [
        "香港身份证A123456(4)",
        "台湾身份证A123456788",
        f"永居证{FOREIGNER[:-1]}{(int(FOREIGNER[-2]) + 1) % 10}",
    ]
    found = [spans[0].recognizer for spans in engine.find(texts)]
    assert found == ["hk_tw_id.v1/near_miss", "hk_tw_id.v1/near_miss", "foreigner_id.v1/near_miss"]
