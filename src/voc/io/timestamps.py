"""Points in time from the spellings that Chinese exports use, a whole column at a time.

Understood: `2024-01-31`, `2024/1/31 8:05`, `2024.1.31`, `2024年1月31日 8时5分`, `2024/1/31 下午 3:05`,
`20240131`, `20240131080509`, ISO 8601 with fractions and zones, epoch seconds, milliseconds and
microseconds, and the serial days of spreadsheets: any from a workbook, those of 1982 to 2091 (30000 to 69999)
from other files, which a spreadsheet may have written. `31.01.2024` and `01/31/2024` are understood when only
one reading is possible; the others are refused, because a guess would be wrong for some rows and nobody would
notice.

Source of serial days: ECMA-376 part 1, 18.17.4.1 (the 1900 date system; day 60 is a day that never was, so
serials are counted from 1899-12-30, which is right from 1 March 1900 on).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Parsed", "parse_times"]

FIRST_YEAR, LAST_YEAR = 1900, 2199
_SHANGHAI_US = 8 * 3600 * 1_000_000
_DAY_US = 86_400_000_000

_NOTHING = r"(?i)^(|null|none|nan|nat|n/a|na|-+|—+|/|无|空|0000-00-00( 00:00:00(\.0+)?)?)$"
_TIME = (
    r"(?:[T\s]*(?P<half>(?i:上午|下午|凌晨|早上|中午|晚上|am|pm))?\s*"
    r"(?P<hour>\d{1,2})(?:[:时点](?:(?P<minute>\d{1,2})(?:[:分](?:(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?秒?)?)?)?)"
    r"(?:\s*(?P<half2>(?i:am|pm)))?"
    r"\s*(?P<zone>(?i:z|utc|gmt)|(?:(?i:utc|gmt))?[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_WEEKDAY = r"(?:\s*(?:星期|周)[一二三四五六日天])?"
_YEAR_FIRST = r"^(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?" + _WEEKDAY + _TIME + "$"
_YEAR_LAST = r"^(?P<first>\d{1,2})[-/.](?P<other>\d{1,2})[-/.](?P<year>\d{4})" + _TIME + "$"
_COMPACT = (
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[T ]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?"
    r"(?P<zone>(?i:z)|[+-]\d{2}:?\d{2})?$"
)
_EPOCH = r"^\d{10}(\.\d{1,9})?$|^\d{13}$|^\d{16}$"
_SERIAL = r"^\d{4,5}(\.\d+)?$"
_SERIAL_OF_OUR_TIME = r"^[3-6]\d{4}(\.\d+)?$"


@dataclass
class Parsed:
    """A parsed column."""

    values: pa.Array
    """`timestamp[us]` without zone, or `float64`; null where nothing was there or it was not understood."""
    reasons: dict[int, str]
    """Row in the batch → why its cell was not understood."""


def parse_times(column: pa.Array, *, serials: bool = False) -> Parsed:
    """Read a column of any type as naive Asia/Shanghai times.

    Parameters
    ----------
    serials
        The cells are those of a spreadsheet: all numbers of four or five digits are days.

    Returns
    -------
    Parsed
        `timestamp[us]`; cells that are empty, `NULL`, `0000-00-00` and the like are null without a reason.
    """
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _from_arrow_time(column)
    text = _as_text(column)
    quick = _quick(text)
    return quick if quick is not None else _careful(text, serials)


def _from_arrow_time(column: pa.Array) -> Parsed:
    plain = pc.cast(column, pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False)
    shift = _SHANGHAI_US if getattr(column.type, "tz", None) else 0
    micros = pc.add(plain.cast(pa.int64()), shift).cast(pa.timestamp("us"))
    years = pc.year(micros).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero((years < FIRST_YEAR) | (years > LAST_YEAR))
    return _blank(micros, {int(row): "year out of range" for row in wrong})


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        whole = pc.equal(pc.floor(column), column)
        digits = pc.cast(pc.if_else(whole, column, None), pa.int64(), safe=False).cast(pa.string())
        column = pc.coalesce(digits, pa.array([None if v is None else f"{v:f}" for v in column.to_pylist()]))
    elif not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return column


def _quick(text: pa.Array) -> Parsed | None:
    """ISO times without zone, the commonest case, by Arrow's own parser; None when some cell differs."""
    try:
        values = pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    years = pc.min_max(pc.year(values)).as_py()
    if years["min"] is not None and not FIRST_YEAR <= years["min"] <= years["max"] <= LAST_YEAR:
        return None
    return Parsed(values, {})


def _careful(text: pa.Array, serials: bool) -> Parsed:
    plain = pc.utf8_trim_whitespace(pc.utf8_normalize(text, "NFKC"))
    result = _Result(len(plain))
    result.nothing(pc.match_substring_regex(plain, _NOTHING))
    result.civil(pc.extract_regex(plain, _YEAR_FIRST))
    result.civil(pc.extract_regex(plain, _COMPACT))
    result.civil(_ordered(pc.extract_regex(plain, _YEAR_LAST), result))
    result.numbers(plain, _EPOCH, _epoch_micros)
    result.numbers(plain, _SERIAL if serials else _SERIAL_OF_OUR_TIME, _serial_micros)
    return result.parsed()


class _Result:
    """Gathers microseconds and reasons while one spelling after another is tried."""

    def __init__(self, rows: int) -> None:
        self.micros = np.zeros(rows, np.int64)
        self.open = np.ones(rows, bool)
        self.null = np.zeros(rows, bool)
        self.reasons: dict[int, str] = {}

    def nothing(self, matches: pa.Array) -> None:
        found = _bools(matches, null=True)
        self.null |= found
        self.open &= ~found

    def settle(self, found: NDArray[Any], micros: NDArray[Any]) -> None:
        take = found & self.open
        self.micros[take] = micros[take]
        self.open &= ~take

    def refuse(self, found: NDArray[Any], reason: str) -> None:
        take = found & self.open
        self.reasons.update((int(row), reason) for row in np.flatnonzero(take))
        self.open &= ~take

    def civil(self, parts: pa.Array) -> None:
        found = _bools(parts.is_valid()) & self.open
        if found.any():
            fields = _Fields(parts)
            self.refuse(found & ~fields.in_range, "year out of range")
            self.refuse(found & ~fields.possible, "impossible date or time")
            self.settle(found, fields.micros())

    def numbers(self, plain: pa.Array, pattern: str, convert: Any) -> None:  # noqa: ANN401  (a numpy function)
        found = _bools(pc.match_substring_regex(plain, pattern)) & self.open
        if found.any():
            digits = plain.filter(pa.array(found)).cast(pa.float64()).to_numpy(zero_copy_only=False)
            micros = np.zeros(len(found), np.int64)
            micros[found] = convert(digits)
            self.settle(found, micros)

    def parsed(self) -> Parsed:
        self.refuse(self.open.copy(), "not a date")
        missing = self.null.copy()
        missing[list(self.reasons)] = True
        values = pa.array(self.micros, pa.timestamp("us"), mask=missing)
        return Parsed(values, self.reasons)


class _Fields:
    """Year, month, day and time of each row, as numbers."""

    def __init__(self, parts: pa.Array) -> None:
        self._parts = parts
        self._names = {field.name for field in parts.type}
        year, month, day = self._number("year"), self._number("month"), self._number("day")
        self.in_range = (year >= FIRST_YEAR) & (year <= LAST_YEAR)
        hour = self._hour()
        minute, second = self._number("minute"), self._number("second")
        first = (np.clip(year, 1, 9999) - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (
            np.clip(month, 1, 12) - 1
        )
        length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
        self.possible = (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
        self.possible &= (hour >= 0) & (hour < 24) & (minute < 60) & (second < 60)
        days = first.astype("datetime64[D]").astype(np.int64) + day - 1
        self._micros = days * _DAY_US + ((hour * 60 + minute) * 60 + second) * 1_000_000

    def micros(self) -> NDArray[Any]:
        """Microseconds since 1970 of the naive Shanghai time."""
        return np.asarray(self._micros + self._fraction() - self._zone_shift(), np.int64)

    def _texts(self, name: str) -> pa.Array:
        if name not in self._names:
            return pa.nulls(len(self._parts), pa.string())
        return pc.struct_field(self._parts, name)

    def _number(self, name: str) -> NDArray[Any]:
        text = self._texts(name)
        digits = pc.if_else(pc.equal(text, ""), None, text).cast(pa.int64())
        return np.asarray(pc.fill_null(digits, 0).to_numpy(zero_copy_only=False), np.int64)

    def _hour(self) -> NDArray[Any]:
        hour = self._number("hour")
        half = pc.binary_join_element_wise(
            pc.fill_null(self._texts("half"), ""), pc.fill_null(self._texts("half2"), ""), ""
        )
        late = _bools(pc.match_substring_regex(half, r"(?i)下午|晚上|pm"))
        noon = _bools(pc.match_substring_regex(half, "中午"))
        early = _bools(pc.match_substring_regex(half, r"(?i)上午|凌晨|早上|am"))
        hour = np.where(late & (hour < 12), hour + 12, hour)
        hour = np.where(noon & (hour < 11), hour + 12, hour)
        return np.where(early & (hour == 12), 0, hour)

    def _fraction(self) -> NDArray[Any]:
        text = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(self._texts("fraction"), ""), 0, 6), 6, "0")
        return np.asarray(text.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)

    def _zone_shift(self) -> NDArray[Any]:
        """What to take off the written time to get Shanghai time; 0 where no zone is written."""
        zone = pc.fill_null(self._texts("zone"), "")
        spellings = zone.dictionary_encode()
        shifts = np.array([_zone_shift(text) for text in spellings.dictionary.to_pylist()], np.int64)
        return np.asarray(shifts[spellings.indices.to_numpy(zero_copy_only=False)], np.int64)


def _zone_shift(zone: str) -> int:
    """Microseconds to take off a time written in this zone (`+08:00`, `Z`, empty) to get Shanghai time."""
    if not zone:
        return 0
    digits = "".join(sign for sign in zone if sign.isdigit()).ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (-minutes if "-" in zone else minutes) * 60_000_000 - _SHANGHAI_US


def _ordered(parts: pa.Array, result: _Result) -> pa.Array:
    """Day and month of dates that end in the year; refuses those that could be read both ways."""
    found = _bools(parts.is_valid())
    if not found.any():
        return parts
    fields = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    first = fields.pop("first")
    other = fields.pop("other")
    a, b = (np.asarray(pc.fill_null(c.cast(pa.int64()), 0), np.int64) for c in (first, other))
    result.refuse(
        found & (a <= 12) & (b <= 12) & (a != b), "ambiguous date: day and month cannot be told apart"
    )
    month_first = pa.array(b > 12)
    fields["month"] = pc.if_else(month_first, first, other)
    fields["day"] = pc.if_else(month_first, other, first)
    return pa.StructArray.from_arrays(list(fields.values()), list(fields), mask=pa.array(~found))


def _epoch_micros(digits: NDArray[Any]) -> NDArray[Any]:
    scale = np.where(digits < 1e11, 1e6, np.where(digits < 1e14, 1e3, 1.0))
    return np.asarray(np.rint(digits * scale), np.int64) + _SHANGHAI_US


def _serial_micros(days: NDArray[Any]) -> NDArray[Any]:
    epoch = (np.datetime64("1899-12-30") - np.datetime64("1970-01-01")).astype(np.int64)
    seconds = np.rint(days * 86_400)  # a serial holds a second no more exactly than this
    return np.asarray(seconds, np.int64) * 1_000_000 + epoch * _DAY_US


def _bools(array: Any, *, null: bool = False) -> NDArray[Any]:  # noqa: ANN401  (a pyarrow array)
    return np.asarray(pc.fill_null(array, null).to_numpy(zero_copy_only=False), bool)


def _blank(values: pa.Array, reasons: dict[int, str]) -> Parsed:
    if not reasons:
        return Parsed(values, reasons)
    mask = np.zeros(len(values), bool)
    mask[list(reasons)] = True
    return Parsed(pc.if_else(pa.array(mask), None, values), reasons)
