"""All finders, in a fixed order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from voc.privacy.recognizers.finder import Finder

if TYPE_CHECKING:
    from voc.privacy.policy import Policy

__all__ = ["all_finders", "finders_of", "identifier_finders"]


@cache
def all_finders() -> tuple[Finder, ...]:
    """Return one finder of each family; their lexicons are read on the first call."""
    from voc.privacy.recognizers.account import AccountFinder
    from voc.privacy.recognizers.address import AddressFinder
    from voc.privacy.recognizers.answer import AnswerFinder
    from voc.privacy.recognizers.bank_card import BankCardFinder
    from voc.privacy.recognizers.birth_date import BirthDateFinder
    from voc.privacy.recognizers.credit_code import CreditCodeFinder
    from voc.privacy.recognizers.device import ImeiFinder, ImsiFinder, MacFinder
    from voc.privacy.recognizers.email import EmailFinder
    from voc.privacy.recognizers.ethnic_name import EthnicNameFinder
    from voc.privacy.recognizers.familiar_name import FamiliarNameFinder
    from voc.privacy.recognizers.foreigner_id import ForeignerIdFinder
    from voc.privacy.recognizers.geo_point import GeoPointFinder
    from voc.privacy.recognizers.health import HealthFinder
    from voc.privacy.recognizers.hk_tw_id import HkTwIdFinder
    from voc.privacy.recognizers.landline import LandlineFinder
    from voc.privacy.recognizers.latin_name import LatinNameFinder
    from voc.privacy.recognizers.military_id import MilitaryIdFinder
    from voc.privacy.recognizers.minor import MinorFinder
    from voc.privacy.recognizers.mobile import MobileFinder
    from voc.privacy.recognizers.network import IpFinder, UrlTokenFinder
    from voc.privacy.recognizers.nickname import NicknameFinder
    from voc.privacy.recognizers.numbered import NumberedFinder
    from voc.privacy.recognizers.passport import PassportFinder
    from voc.privacy.recognizers.person import PersonFinder
    from voc.privacy.recognizers.phone_abroad import PhoneAbroadFinder
    from voc.privacy.recognizers.plate import PlateFinder
    from voc.privacy.recognizers.qq import QqFinder
    from voc.privacy.recognizers.resident_id import ResidentIdFinder
    from voc.privacy.recognizers.secret import SecretFinder
    from voc.privacy.recognizers.tagged import TaggedFinder
    from voc.privacy.recognizers.transaction import TransactionFinder
    from voc.privacy.recognizers.travel_permit import TravelPermitFinder
    from voc.privacy.recognizers.vehicle import VinFinder
    from voc.privacy.recognizers.wechat import WechatFinder
    from voc.privacy.recognizers.welfare import DriverFileFinder, MedicalNumberFinder, SocialSecurityFinder

    return (
        ResidentIdFinder(),
        ForeignerIdFinder(),
        HkTwIdFinder(),
        PassportFinder(),
        TravelPermitFinder(),
        BankCardFinder(),
        SocialSecurityFinder(),
        MedicalNumberFinder(),
        DriverFileFinder(),
        MobileFinder(),
        LandlineFinder(),
        PhoneAbroadFinder(),
        TransactionFinder(),
        NumberedFinder(),
        AnswerFinder(),
        ImeiFinder(),
        ImsiFinder(),
        MacFinder(),
        EmailFinder(),
        WechatFinder(),
        QqFinder(),
        PlateFinder(),
        VinFinder(),
        IpFinder(),
        UrlTokenFinder(),
        AccountFinder(),
        NicknameFinder(),
        SecretFinder(),
        BirthDateFinder(),
        MilitaryIdFinder(),
        GeoPointFinder(),
        CreditCodeFinder(),
        AddressFinder(),
        HealthFinder(),
        MinorFinder(),
        PersonFinder(),
        EthnicNameFinder(),
        LatinNameFinder(),
        FamiliarNameFinder(),
        TaggedFinder(),
    )


def finders_of(policy: Policy) -> tuple[Finder, ...]:
    """Return all finders and the installed models that a policy names. Opening those can raise VocError."""
    if not policy.ner:
        return all_finders()
    from voc.privacy.ner.installed import installed_models

    return (*all_finders(), *installed_models(policy.ner))


_OPEN: Final = frozenset({"PERSON", "CN_ADDRESS", "HEALTH", "MINOR", "ORDER_NO", "WAYBILL_NO", "ACCOUNT_NO"})
"""Entities that categories, product names and the keys of a table are easily taken for."""


@cache
def identifier_finders() -> tuple[Finder, ...]:
    """Return the finders whose values are hardly anything else, for columns of unknown content."""
    return tuple(finder for finder in all_finders() if _OPEN.isdisjoint(finder.entities))
