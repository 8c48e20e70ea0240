"""Numbers as people write them (`￥1,234.50`, `１２３元`, `(12.00)`, `1.2万`, `5星`), column by column."""

from __future__ import annotations

import math
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.io.timestamps import Parsed

__all__ = ["parse_numbers"]

_NOTHING = frozenset(["", "null", "none", "nan", "n/a", "na", "-", "--", "—", "/", "无", "空", "<na>"])
_NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?:¥|\$|€|£|RMB|CNY|人民币)?\s*(?P<sign2>[+-])?\s*"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,4}(?:,\d{4})+|\d+)?(?P<decimals>\.\d*)?(?P<exponent>e[+-]?\d{1,3})?\s*"
    r"(?P<unit>万|亿)?\s*(?:元|圆|块|RMB|CNY|星|颗星|分)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_UNITS = {"万": 1e4, "亿": 1e8}
_MINUS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "₋": "-"})


def parse_numbers(column: pa.Array) -> Parsed:
    """Read a column of any type as `float64`.

    Thousands may be grouped by commas in threes (or fours, as in Chinese accounts); any other comma is
    refused rather than guessed at. Empty cells, `NULL` and the like are null without a reason.
    """
    if pa.types.is_decimal(column.type) or pa.types.is_integer(column.type):
        return Parsed(column.cast(pa.float64(), safe=False), {})
    if pa.types.is_floating(column.type):
        return _finite(column.cast(pa.float64()))
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    try:
        values = pc.cast(pc.if_else(pc.equal(column, ""), None, column), pa.float64())
    except pa.ArrowInvalid:
        return _careful(column)
    return _finite(values)


def _finite(values: pa.Array) -> Parsed:
    endless = pc.fill_null(pc.is_inf(values), False)
    reasons = {
        int(row): "not a finite number" for row in np.flatnonzero(endless.to_numpy(zero_copy_only=False))
    }
    missing = pc.or_(pc.fill_null(pc.is_nan(values), False), endless)
    return Parsed(pc.if_else(missing, None, values), reasons)


def _careful(column: pa.Array) -> Parsed:
    plain = pc.utf8_trim_whitespace(pc.utf8_normalize(column, "NFKC"))
    values: list[float | None] = []
    reasons: dict[int, str] = {}
    for row, text in enumerate(plain.to_pylist()):
        value = None
        if text is not None and text.lower() not in _NOTHING:
            value = _number(text)
            if value is None:
                reasons[row] = "not a number"
        values.append(value)
    return Parsed(pa.array(values, pa.float64()), reasons)


def _number(text: str) -> float | None:
    try:
        value = float(text) if "_" not in text else math.nan  # Python reads 1_000, people do not write it
    except ValueError:
        return _written(text)
    return value if math.isfinite(value) else None


def _written(text: str) -> float | None:
    match = _NUMBER.fullmatch(text.translate(_MINUS))
    if match is None or len(text) > 64 or (match["whole"] is None and (match["decimals"] or ".") == "."):
        return None
    if (match["open"] is None) != (match["close"] is None) or (match["sign"] and match["sign2"]):
        return None
    digits = (match["whole"] or "0").replace(",", "") + (match["decimals"] or "") + (match["exponent"] or "")
    value = float(digits) * _UNITS.get(match["unit"] or "", 1.0)
    negative = match["open"] is not None or "-" in (match["sign"] or "") + (match["sign2"] or "")
    return -value if negative else value
