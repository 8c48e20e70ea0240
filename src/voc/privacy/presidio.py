"""voc's recognisers in anybody's Presidio.

Each family is a Presidio `EntityRecognizer` around the same finder that the fast engine uses, so both find
the same. They stand in this module, and not beside the finders, because importing Presidio takes over a
second, which a worker of the fast engine does not need. `voc.privacy.recognizers` exports them lazily under
their names.

>>> from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
>>> registry = RecognizerRegistry(supported_languages=["zh"])
>>> add_recognizers(registry)
>>> analyzer = AnalyzerEngine(registry=registry, nlp_engine=blank_nlp_engine(), supported_languages=["zh"])
>>> [result.entity_type for result in analyzer.analyze("联系我13800138000谢谢", language="zh")]
['CN_MOBILE']
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

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
from voc.privacy.recognizers.finder import NEAR_MISS, Candidate, Finder
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
from voc.privacy.shadow import shadow

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

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
    "FinderRecognizer",
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
    "add_recognizers",
    "blank_nlp_engine",
    "recognizers",
]


class FinderRecognizer(EntityRecognizer):
    """A Presidio recogniser around a finder: folds, finds, and maps the spans back."""

    finder_class: ClassVar[type[Finder]]

    def __init__(self, supported_language: str = "zh", name: str | None = None) -> None:
        self._finder = _finder(self.finder_class)
        super().__init__(
            supported_entities=list(self._finder.entities),
            name=name or self._finder.name,
            supported_language=supported_language,
            version=self._finder.name.rpartition(".v")[2],
        )

    def load(self) -> None:
        """Nothing to load: the finder is ready."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002 - Presidio's signature
    ) -> list[RecognizerResult]:
        """Return what the finder finds of the wanted `entities`; all of its own when none are named."""
        folded = shadow(text)
        wanted = set(entities or self.supported_entities)
        found = (candidate for candidate in self._finder.find(folded.text) if candidate.entity in wanted)
        return [
            self._result(candidate, *folded.original(candidate.start, candidate.end)) for candidate in found
        ]

    def _result(self, candidate: Candidate, start: int, end: int) -> RecognizerResult:
        explanation = AnalysisExplanation(
            recognizer=candidate.recognizer,
            original_score=candidate.score,
            pattern_name=self._finder.name,
            validation_result=not candidate.recognizer.endswith(NEAR_MISS),
            textual_explanation=candidate.reason,
        )
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: candidate.recognizer,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        return RecognizerResult(candidate.entity, start, end, candidate.score, explanation, metadata)


@cache
def _finder(kind: type[Finder]) -> Finder:
    return kind()


class ResidentIdRecognizer(FinderRecognizer):
    """Resident identity numbers."""

    finder_class = ResidentIdFinder


class BankCardRecognizer(FinderRecognizer):
    """Bank card numbers."""

    finder_class = BankCardFinder


class MobileRecognizer(FinderRecognizer):
    """Mobile numbers."""

    finder_class = MobileFinder


class LandlineRecognizer(FinderRecognizer):
    """Fixed-line numbers."""

    finder_class = LandlineFinder


class EmailRecognizer(FinderRecognizer):
    """E-mail addresses."""

    finder_class = EmailFinder


class WechatRecognizer(FinderRecognizer):
    """WeChat ids."""

    finder_class = WechatFinder


class QqRecognizer(FinderRecognizer):
    """QQ numbers."""

    finder_class = QqFinder


class PlateRecognizer(FinderRecognizer):
    """Number plates."""

    finder_class = PlateFinder


class TransactionRecognizer(FinderRecognizer):
    """Order and parcel numbers."""

    finder_class = TransactionFinder


class NumberedRecognizer(FinderRecognizer):
    """Recognises what stands behind …号, …卡 and …证, and deeds."""

    finder_class = NumberedFinder


class AnswerRecognizer(FinderRecognizer):
    """Recognises values that answer a question of the turn before."""

    finder_class = AnswerFinder


class PhoneAbroadRecognizer(FinderRecognizer):
    """Telephone numbers of Hong Kong, Macao, Taiwan and other countries."""

    finder_class = PhoneAbroadFinder


class PersonRecognizer(FinderRecognizer):
    """Names of people."""

    finder_class = PersonFinder


class EthnicNameRecognizer(FinderRecognizer):
    """Names of Uyghurs, Kazakhs and Tibetans."""

    finder_class = EthnicNameFinder


class FamiliarNameRecognizer(FinderRecognizer):
    """Familiar names behind a role."""

    finder_class = FamiliarNameFinder


class NicknameRecognizer(FinderRecognizer):
    """Nicknames on platforms."""

    finder_class = NicknameFinder


class LatinNameRecognizer(FinderRecognizer):
    """Names of people in Latin letters."""

    finder_class = LatinNameFinder


class AddressRecognizer(FinderRecognizer):
    """Detailed addresses."""

    finder_class = AddressFinder


class TaggedRecognizer(FinderRecognizer):
    """Names and addresses by their context."""

    finder_class = TaggedFinder


class IpRecognizer(FinderRecognizer):
    """IP addresses."""

    finder_class = IpFinder


class UrlTokenRecognizer(FinderRecognizer):
    """Parameters of links that tell who somebody is."""

    finder_class = UrlTokenFinder


class AccountRecognizer(FinderRecognizer):
    """Numbers and names of accounts."""

    finder_class = AccountFinder


class SecretRecognizer(FinderRecognizer):
    """Passwords and codes."""

    finder_class = SecretFinder


class BirthDateRecognizer(FinderRecognizer):
    """Dates of birth."""

    finder_class = BirthDateFinder


class ImeiRecognizer(FinderRecognizer):
    """Device numbers."""

    finder_class = ImeiFinder


class CreditCodeRecognizer(FinderRecognizer):
    """Credit codes of companies."""

    finder_class = CreditCodeFinder


class ForeignerIdRecognizer(FinderRecognizer):
    """Identity cards of foreigners with permanent residence."""

    finder_class = ForeignerIdFinder


class PassportRecognizer(FinderRecognizer):
    """Passports."""

    finder_class = PassportFinder


class TravelPermitRecognizer(FinderRecognizer):
    """Permits to travel to and from Hong Kong, Macao and Taiwan."""

    finder_class = TravelPermitFinder


class HkTwIdRecognizer(FinderRecognizer):
    """Identity cards of Hong Kong and Taiwan."""

    finder_class = HkTwIdFinder


class MilitaryIdRecognizer(FinderRecognizer):
    """Cards of officers and soldiers."""

    finder_class = MilitaryIdFinder


class SocialSecurityRecognizer(FinderRecognizer):
    """Numbers of social security."""

    finder_class = SocialSecurityFinder


class MedicalNumberRecognizer(FinderRecognizer):
    """Numbers of patients and medical insurance."""

    finder_class = MedicalNumberFinder


class DriverFileRecognizer(FinderRecognizer):
    """File numbers of driving licences."""

    finder_class = DriverFileFinder


class GeoPointRecognizer(FinderRecognizer):
    """Latitude and longitude."""

    finder_class = GeoPointFinder


class VinRecognizer(FinderRecognizer):
    """Numbers of vehicles and engines."""

    finder_class = VinFinder


class ImsiRecognizer(FinderRecognizer):
    """Identities of subscribers."""

    finder_class = ImsiFinder


class MacRecognizer(FinderRecognizer):
    """Addresses of network cards."""

    finder_class = MacFinder


class HealthRecognizer(FinderRecognizer):
    """Illnesses, pregnancy, medicine."""

    finder_class = HealthFinder


class MinorRecognizer(FinderRecognizer):
    """Name, age and school of a child."""

    finder_class = MinorFinder


def recognizers(supported_language: str = "zh") -> list[FinderRecognizer]:
    """Return one recogniser of each family, in the order of the engine."""
    return [kind(supported_language) for kind in _KINDS]


def add_recognizers(registry: RecognizerRegistry, supported_language: str = "zh") -> None:
    """Add all of voc's recognisers to a Presidio registry."""
    for recognizer in recognizers(supported_language):
        registry.add_recognizer(recognizer)


def blank_nlp_engine(language: str = "zh") -> NlpEngine:
    """Return a Presidio NLP engine on a blank spaCy pipeline: tokens only, nothing to download."""
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": language, "model_name": f"blank:{language}"}])
    engine.nlp = {language: spacy.blank(language)}  # type: ignore[assignment]  # declared as None
    return engine


_KINDS: tuple[type[FinderRecognizer], ...] = (
    ResidentIdRecognizer,
    ForeignerIdRecognizer,
    HkTwIdRecognizer,
    PassportRecognizer,
    TravelPermitRecognizer,
    BankCardRecognizer,
    SocialSecurityRecognizer,
    MedicalNumberRecognizer,
    DriverFileRecognizer,
    MobileRecognizer,
    LandlineRecognizer,
    PhoneAbroadRecognizer,
    TransactionRecognizer,
    NumberedRecognizer,
    AnswerRecognizer,
    ImeiRecognizer,
    ImsiRecognizer,
    MacRecognizer,
    EmailRecognizer,
    WechatRecognizer,
    QqRecognizer,
    PlateRecognizer,
    VinRecognizer,
    IpRecognizer,
    UrlTokenRecognizer,
    AccountRecognizer,
    NicknameRecognizer,
    SecretRecognizer,
    BirthDateRecognizer,
    MilitaryIdRecognizer,
    GeoPointRecognizer,
    CreditCodeRecognizer,
    AddressRecognizer,
    HealthRecognizer,
    MinorRecognizer,
    PersonRecognizer,
    EthnicNameRecognizer,
    LatinNameRecognizer,
    FamiliarNameRecognizer,
    TaggedRecognizer,
)
