"""Recognisers, one file a family: pure finders, and lazily the Presidio classes around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voc.privacy.presidio import (
        AccountRecognizer,
        AddressRecognizer,
        AnswerRecognizer,
        BankCardRecognizer,
        BirthDateRecognizer,
        CreditCodeRecognizer,
        DriverFileRecognizer,
        EmailRecognizer,
        EthnicNameRecognizer,
        FamiliarNameRecognizer,
        ForeignerIdRecognizer,
        GeoPointRecognizer,
        HealthRecognizer,
        HkTwIdRecognizer,
        ImeiRecognizer,
        ImsiRecognizer,
        IpRecognizer,
        LandlineRecognizer,
        LatinNameRecognizer,
        MacRecognizer,
        MedicalNumberRecognizer,
        MilitaryIdRecognizer,
        MinorRecognizer,
        MobileRecognizer,
        NicknameRecognizer,
        NumberedRecognizer,
        PassportRecognizer,
        PersonRecognizer,
        PhoneAbroadRecognizer,
        PlateRecognizer,
        QqRecognizer,
        ResidentIdRecognizer,
        SecretRecognizer,
        SocialSecurityRecognizer,
        TaggedRecognizer,
        TransactionRecognizer,
        TravelPermitRecognizer,
        UrlTokenRecognizer,
        VinRecognizer,
        WechatRecognizer,
    )

__all__ = [
    "AccountRecognizer",
    "AddressRecognizer",
    "AnswerRecognizer",
    "BankCardRecognizer",
    "BirthDateRecognizer",
    "CreditCodeRecognizer",
    "DriverFileRecognizer",
    "EmailRecognizer",
    "EthnicNameRecognizer",
    "FamiliarNameRecognizer",
    "ForeignerIdRecognizer",
    "GeoPointRecognizer",
    "HealthRecognizer",
    "HkTwIdRecognizer",
    "ImeiRecognizer",
    "ImsiRecognizer",
    "IpRecognizer",
    "LandlineRecognizer",
    "LatinNameRecognizer",
    "MacRecognizer",
    "MedicalNumberRecognizer",
    "MilitaryIdRecognizer",
    "MinorRecognizer",
    "MobileRecognizer",
    "NicknameRecognizer",
    "NumberedRecognizer",
    "PassportRecognizer",
    "PersonRecognizer",
    "PhoneAbroadRecognizer",
    "PlateRecognizer",
    "QqRecognizer",
    "ResidentIdRecognizer",
    "SecretRecognizer",
    "SocialSecurityRecognizer",
    "TaggedRecognizer",
    "TransactionRecognizer",
    "TravelPermitRecognizer",
    "UrlTokenRecognizer",
    "VinRecognizer",
    "WechatRecognizer",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from voc.privacy import presidio

    return getattr(presidio, name)
