"""Versions of the rules that read a text as a whole, for fingerprints of runs."""

from __future__ import annotations

from typing import Final

from voc.privacy.context import likely_codes, likely_names, likely_values, listed, repeated

__all__ = ["VERSIONS"]

VERSIONS: Final = (
    *(likely_codes.NAME, likely_names.NAME, likely_values.NAME, listed.NAME, repeated.NAME),
    "address_bounds.v2",
)
"""Names with versions; findings of `address_bounds` keep the names of their recognisers."""
