"""Numbers and names of accounts that mean something beside their cue only."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from voc.privacy.lexicon import cue_words
from voc.privacy.recognizers.cue import LINK_PART, any_of
from voc.privacy.recognizers.finder import Candidate, Finder, GateGroup, overlapping

__all__ = ["AccountFinder"]

_END: Final = r"(?![A-Za-z0-9_*\ufffc]|\s?[元块年月日天个万条件次秒%])"
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


class AccountFinder(Finder):
    """Member, contract, policy and staff numbers, Alipay and social accounts, all behind a cue."""

    name = "account.v1"
    entities = ("ACCOUNT_NO", "ALIPAY_ID", "SOCIAL_ACCOUNT")
    group = GateGroup.CUED

    def __init__(self) -> None:
        account, alipay, social = (any_of(cue_words(group)) for group in ("account", "alipay", "social"))
        link = rf"(?:{LINK_PART}){{0,4}}"
        number = rf"(?P<value>[A-Za-z]{{0,4}}[\-_]?[0-9](?:[\-_]?[0-9]){{2,19}}){_END}"
        alipay_id = rf"(?P<value>[A-Za-z0-9][A-Za-z0-9_@.\-]{{5,29}}){_END}"
        handle = rf"(?P<value>@?[A-Za-z0-9][A-Za-z0-9_.\-]{{3,29}}){_END}"
        self._patterns = (
            ("ACCOUNT_NO", re.compile(rf"{account}{link}{number}", re.IGNORECASE)),
            ("ALIPAY_ID", re.compile(rf"{alipay}(?:号|账户|账号|帐号)?{link}{alipay_id}", re.IGNORECASE)),
            (
                "SOCIAL_ACCOUNT",
                re.compile(rf"{social}(?:号|账号|帐号|昵称|主页)?{link}{handle}", re.IGNORECASE),
            ),
        )
        words = sorted({word for group in ("account", "alipay", "social") for word in cue_words(group)})
        self.gate = f"(?i:{'|'.join(map(re.escape, words))})"

    def find(self, text: str) -> list[Candidate]:
        """Return account numbers and ids; the cue is not part of the span."""
        found: list[Candidate] = []
        for entity, pattern in self._patterns:
            found += overlapping(pattern, text, partial(self._check, entity=entity))
        return found

    def _check(self, match: re.Match[str], *, entity: str) -> Candidate | None:
        value = match["value"]
        if _MOBILE.fullmatch(value) or not any(char.isdigit() or char == "_" for char in value):
            return None
        if entity != "ACCOUNT_NO" and value.isdigit() and len(value) < 6:
            return None
        return self.candidate(*match.span("value"), 0.9, "behind the cue of an account", entity=entity)
