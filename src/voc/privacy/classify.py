"""What the columns of a table hold, by their names and by a sample of their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa

from voc.errors import UsageError
from voc.io.contracts import FEEDBACK, ORDERS
from voc.io.headers import NO_HEADER_HINT
from voc.privacy.columns import as_strings
from voc.privacy.policy import UNCHECKED
from voc.privacy.recognizers.bank_card import luhn_holds
from voc.privacy.recognizers.names import NameRules
from voc.types import ROW_COLUMN

if TYPE_CHECKING:
    from voc.privacy.engine import Engine

__all__ = ["OWN_KEYS", "ColumnKind", "Columns", "classify", "is_free_text", "readable"]

_SHARE: Final = 0.6
"""Share of the filled cells that must be one value of an entity for the column to be a column of it."""
_NAME_SHARE: Final = 0.8
"""The same for names, of which words are made more easily."""
_COVERED: Final = 0.8
"""Share of a cell's characters that a value must take up to be the cell."""
_FEWEST: Final = 3
"""Filled cells below which a sample says nothing."""
_FREE_LENGTH: Final = 12
"""Mean length of the cells of free text, in characters."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_TIME: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{3})?)?"
    r"|1[0-9]{12}"
)
"""A time without separators, or milliseconds since 1970."""
_NUMBERED: Final = re.compile(
    r"(?:号|号码|编号|编码|单|(?:^|[^a-z])(?:no|id|sn|number|code))$", re.IGNORECASE
)
"""Names of columns that number something."""
_WRITTEN: Final = re.compile(
    r"备注|留言|追评|追加|回复|答复|说明|描述|反馈|意见|建议|详情|内容|评论|评价|原因|记录|摘要"
    r"|comment|remark|note|memo|reply|message|feedback|descri|content|summary|(?:^|_)text",
    re.IGNORECASE,
)
"""Names of columns in which people write, be it a few words: 备注, 追评."""
_IMEI_DIGITS: Final = 15
OWN_KEYS: Final = frozenset(column.name for column in (*FEEDBACK, *ORDERS)) - {"order_id"}
"""Columns of voc's contracts, whose meaning their owner gave; an order's number may be one like any other."""


class ColumnKind(NamedTuple):
    """A column of which every cell is one value."""

    entity: str
    by: str
    """`name` when its name says so, `cells` when the sample does."""


class Columns(NamedTuple):
    """What the columns of a table hold."""

    whole: dict[str, ColumnKind]
    """Columns of one value a cell."""
    free: tuple[str, ...]
    """Columns of free text."""


def readable(kind: pa.DataType) -> bool:
    """Whether values of a type can be written as text in which something could be found."""
    if pa.types.is_dictionary(kind):
        return readable(kind.value_type)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_integer,
        pa.types.is_floating,
    )
    return any(check(kind) for check in checks)


def classify(
    engine: Engine, sample: pa.RecordBatch, *, exempt: Collection[str] = (), text_known: bool | None = None
) -> Columns:
    """Tell what the columns of a table hold.

    Parameters
    ----------
    sample
        Some rows of the table, best the first few thousand.
    exempt
        Columns not to look at.
    text_known
        Somebody said where people write. Where nobody did, short cells that hardly repeat are free text, too;
        so they are in columns whose names say that people write there.
        None when it is not known whether somebody did: then sentences in any column count for it.

    Raises
    ------
    UsageError
        When the name of a column is itself such a value as stand in its cells.
    """
    whole: dict[str, ColumnKind] = {}
    written: dict[str, list[str]] = {}
    rules = NameRules()
    for name, column in zip(sample.schema.names, sample.columns, strict=True):
        if name in exempt or name == ROW_COLUMN or not readable(column.type):
            continue
        named = engine.policy.entity_of_column(name)
        if named is not None:
            whole[name] = ColumnKind(named, "name")
            continue
        cells = [cell.strip() for cell in as_strings(column).to_pylist() if cell and cell.strip()]
        entity = _entity_of(engine, rules, name, cells)
        if entity is not None:
            _refuse_value(engine, rules, name, entity)
            whole[name] = ColumnKind(entity, "cells")
        else:
            written[name] = cells
    if text_known is None:
        text_known = any(map(is_free_text, written.values()))
    free = (
        name
        for name, cells in written.items()
        if is_free_text(cells, short=not text_known or _WRITTEN.search(name) is not None)
    )
    return Columns(whole, tuple(free))


def _entity_of(engine: Engine, rules: NameRules, name: str, cells: list[str]) -> str | None:
    """Entity that most of the cells are, None for a mixture."""
    if len(cells) < _FEWEST:
        return None
    found: Counter[str] = Counter()
    for cell, spans in zip(cells, engine.find(cells), strict=True):
        for span in spans:
            if span.end - span.start >= _COVERED * len(cell) and span.entity != UNCHECKED:
                found[span.entity] += 1
    if found:
        [(entity, count)] = found.most_common(1)
        if count >= _SHARE * len(cells) and (entity != "ORDER_NO" or not _is_other_number(name, cells)):
            return "IMEI" if entity == "ORDER_NO" and _are_devices(cells) else entity
    names = sum(2 <= len(cell) <= 4 and rules.is_sure(cell, named=True) for cell in cells)
    return "PERSON" if names >= _NAME_SHARE * len(cells) and len(set(cells)) >= _FEWEST else None


def _refuse_value(engine: Engine, rules: NameRules, name: str, entity: str) -> None:
    """Refuse a table of which the first row was read as the names of the columns."""
    if entity == "PERSON":
        is_value = 2 <= len(name) <= 4 and rules.is_sure(name, named=True)
    else:
        is_value = any(
            span.entity == entity and span.end - span.start >= _COVERED * len(name)
            for span in engine.find_in(name)
        )
    if is_value:
        raise UsageError(
            f"the name of a column is itself a value of the kind {entity}, like its cells",
            where="first line",
            hint=NO_HEADER_HINT,
        )


def _is_other_number(name: str, cells: list[str]) -> bool:
    """Whether long numbers are no orders': times, or codes of things, which repeat."""
    if len(set(cells)) <= len(cells) / 2:
        return True
    return not _NUMBERED.search(name) and all(map(_TIME.fullmatch, cells))


def _are_devices(cells: list[str]) -> bool:
    """Whether nearly all are numbers of devices: 15 digits of which the last one, right by chance in one of
    ten, is right."""
    right = sum(len(cell) == _IMEI_DIGITS and cell.isdigit() and luhn_holds(cell) for cell in cells)
    return right >= _NAME_SHARE * len(cells)


def is_free_text(cells: list[str], *, short: bool = False) -> bool:
    """Whether cells are sentences in Chinese: most of them with a Chinese character, and long.

    With `short`, cells that hardly repeat are enough.
    """
    if not cells or sum(_HAN.search(cell) is not None for cell in cells) <= len(cells) / 2:
        return False
    hardly_repeat = len(set(cells)) > len(cells) / 2
    return sum(map(len, cells)) / len(cells) >= _FREE_LENGTH or (short and hardly_repeat)
