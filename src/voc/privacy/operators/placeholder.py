"""What operators leave in a text, known again, so that masking masked text changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voc.privacy.operators.generalise import BAND
from voc.privacy.pseudonym import TOKEN_LENGTH

__all__ = ["REDACTED", "label_pattern", "placeholder_pattern"]

REDACTED: Final = "***"
_PARTLY_MASKED: Final = (
    r"(?<![0-9A-Za-z])[0-9A-Za-z]{1,4}\*{3,15}"
    r"(?:[0-9A-Za-z]{2,4}(?![0-9A-Za-z])|@[0-9A-Za-z][0-9A-Za-z.\-]{1,60}\.[A-Za-z]{2,24}(?![0-9A-Za-z]))"
)
"""138****5678, a***@qq.com: at most four characters on each side, so no whole value hides in it."""


def placeholder_pattern(labels: Iterable[str]) -> re.Pattern[str]:
    """Pattern of what the operators leave in a text: labels, tokens, runs of asterisks."""
    return re.compile(rf"{label_pattern(labels)}|{BAND}|{_PARTLY_MASKED}|\*{{3,}}")


def label_pattern(labels: Iterable[str]) -> str:
    """Pattern, for `re` and for RE2, of a label with or without a token."""
    names = sorted(set(labels), key=lambda label: (-len(label), label))
    return rf"<(?:{'|'.join(map(re.escape, names))})(?::[a-z2-7]{{{TOKEN_LENGTH}}})?>"
