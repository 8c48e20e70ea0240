"""Finds what is left of a person in masked columns: 138****5678, 王*明 and a city together narrow people down
to a few, so each of these columns counts as a quasi-identifier though none names anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["partly_masked", "quasi_columns"]

_NUMBER: Final = r"\+?[0-9A-Za-z]{1,8}[*＊]{2,}[0-9A-Za-z@.]{0,20}"
_NAME: Final = r"[\x{4E00}-\x{9FFF}]{1,2}[*＊某]{1,3}[\x{4E00}-\x{9FFF}]?"
_TRACE: Final = rf"^\s*(?:{_NUMBER}|{_NAME})\s*$"
_SHARE: Final = 0.5
"""Share of a column's filled cells that must be such traces."""

_PLACES_AND_AGES: Final = re.compile(
    r"(?:省份?|城市|市|区县|区域|地区|邮编|性别|年龄段?|出生年份?|职业|民族)$"
    r"|^(?:province|city|district|region|county|zip|zipcode|postcode)$"
    r"|^(?:gender|sex|age|age_band|birth_year|occupation)$",
    re.IGNORECASE,
)


def quasi_columns(table: ir.Table) -> tuple[str, ...]:
    """Return the columns that narrow a person down: partial masks by cells, places, sex, age by name.

    Parameters
    ----------
    table
        A masked table.
    """
    traces = partly_masked(table)
    return tuple(name for name in table.columns if name in traces or _PLACES_AND_AGES.search(name))


def partly_masked(table: ir.Table) -> frozenset[str]:
    """Return the columns of which at least half the filled cells are partial masks."""
    texts = [name for name in table.columns if table[name].type().is_string()]
    if not texts:
        return frozenset()
    shares = table.aggregate(
        **{name: table[name].re_search(_TRACE).cast("float64").mean().fill_null(0.0) for name in texts}
    )
    (row,) = shares.to_pyarrow().to_pylist()
    return frozenset(name for name in texts if row[name] >= _SHARE)
