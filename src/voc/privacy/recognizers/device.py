"""Numbers of devices and of their SIM cards and network cards: IMEI, IMSI, MAC."""

from __future__ import annotations

import re
from typing import Final

from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.cue import Cues
from voc.privacy.recognizers.digits import GAP, GATE_GAP, LEFT, RIGHT, compact, run
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["ImeiFinder", "ImsiFinder", "MacFinder"]

_IMEI: Final = re.compile(f"{LEFT}[0-9]{run(14)}{RIGHT}")
_IMSI: Final = re.compile(f"{LEFT}4{GAP}6{GAP}0{GAP}[0-9]{run(11)}{RIGHT}")
_BODIES: Final = ("35", "86")
"""Issuing bodies of nearly all telephones (GSM Association TS.06): BABT and TAF."""
_NETWORKS: Final = frozenset(
    ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "13", "15", "20"]
)
_HEX: Final = "[0-9A-Fa-f]"
_MAC: Final = re.compile(
    rf"(?:(?<![0-9A-Za-z:\-.])|(?<=(?<![A-Za-z])(?i:MAC)))"
    rf"(?:{_HEX}{{2}}(?P<mark>[:\-]){_HEX}{{2}}(?:(?P=mark){_HEX}{{2}}){{4}}"
    rf"|{_HEX}{{4}}(?P<pairs>[.\-]){_HEX}{{4}}(?P=pairs){_HEX}{{4}}|(?P<bare>{_HEX}{{12}}))(?![0-9A-Za-z]|[:\-.]{_HEX})"
)


class ImeiFinder(Finder):
    """15 digits, the last one a Luhn digit (3GPP TS 23.003, annex B), or a near miss beside a cue.

    Without a cue, they begin with the code of one of the usual issuing bodies.
    """

    name = "imei.v2"
    entities = ("IMEI",)
    group = GateGroup.NUMBER
    gate = f"(?:[0-9]{GATE_GAP}){{15}}"

    def find(self, text: str) -> list[Candidate]:
        """Return device numbers."""
        cues = Cues(text, "imei")
        return list(overlapping(_IMEI, text, lambda match: self._check(match, cues)))

    def _check(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        if not cues.near(*match.span()):
            return self._unannounced(match)
        if luhn_holds(compact(match[0])):
            return self.candidate(*match.span(), 0.95, "cue near, Luhn digit holds")
        return self.candidate(*match.span(), 0.6, "cue near, but the Luhn digit fails", miss=True)

    def _unannounced(self, match: re.Match[str]) -> Candidate | None:
        if not (match[0].isdigit() and match[0].startswith(_BODIES) and luhn_holds(match[0])):
            return None
        return self.candidate(*match.span(), 0.6, "code of an issuing body, Luhn digit holds")


class ImsiFinder(Finder):
    """460, the code of a Chinese network and ten digits (ITU-T E.212); others beside the cue."""

    name = "imsi.v1"
    entities = ("IMSI",)
    group = GateGroup.NUMBER
    gate = f"4{GATE_GAP}6{GATE_GAP}0(?:{GATE_GAP}[0-9]){{12}}"

    def find(self, text: str) -> list[Candidate]:
        """Return subscriber identities."""
        cues = Cues(text, "imsi")
        others = Cues(text, "other_number", "account", "order", "waybill", "bank_card", "imei")
        return list(overlapping(_IMSI, text, lambda match: self._check(match, cues, others)))

    def _check(self, match: re.Match[str], cues: Cues, others: Cues) -> Candidate | None:
        cued, known = cues.near(*match.span()), compact(match[0])[3:5] in _NETWORKS
        if cued:
            return self.candidate(*match.span(), 0.97 if known else 0.8, "country 460, cue near")
        if known and match[0].isdigit() and not others.before(match.start()):
            return self.candidate(*match.span(), 0.65, "country 460 and the code of a network")
        return None


class MacFinder(Finder):
    """Six octets in hexadecimal with colons, hyphens or dots (IEEE 802).

    Without a mark, and in fours with hyphens, beside the cue only. Two-digit numbers with hyphens and no
    letter among them are a list, unless a cue stands near.
    """

    name = "mac.v3"
    entities = ("MAC_ADDRESS",)
    group = GateGroup.SHAPE
    gate = (
        r"(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}[.\-][0-9A-Fa-f]{4}[.\-][0-9A-Fa-f]{4}"
        r"|(?i:mac|物理地址|网卡|蓝牙地址|硬件地址)"
    )

    def find(self, text: str) -> list[Candidate]:
        """Return addresses of network cards."""
        cues = Cues(text, "mac")
        return list(overlapping(_MAC, text, lambda match: self._check(match, cues)))

    def _check(self, match: re.Match[str], cues: Cues) -> Candidate | None:
        plain = re.sub("[^0-9a-f]", "", match[0].lower())
        if len(set(plain)) == 1:
            return None
        cued = cues.near(*match.span())
        lettered = not plain.isdigit()
        told = match["mark"] == ":" or (lettered and match["bare"] is None and match["pairs"] != "-")
        if cued or told:
            return self.candidate(*match.span(), 0.97 if cued else 0.9, "six octets")
        return None
