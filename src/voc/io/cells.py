"""Arrow columns as plain values for text formats: times as ISO 8601, floats in their shortest exact form."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["json_text", "json_values", "text_values"]

Convert = Callable[[Any], Any]


def json_values(column: pa.Array) -> list[Any]:
    """Return the column as values that JSON knows. Lists and structs stay nested; NaN becomes null."""
    convert = _converter(column.type)
    values = column.to_pylist()
    return values if convert is None else [None if value is None else convert(value) for value in values]


def text_values(column: pa.Array) -> list[str | None]:
    """Return the column as text; null stays None. Lists and structs are written as JSON."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return list(column.to_pylist())
    if pa.types.is_nested(kind):
        return [None if value is None else json_text(value) for value in json_values(column)]
    if pa.types.is_boolean(kind):
        return [None if value is None else str(value).lower() for value in column.to_pylist()]
    return [None if value is None else str(value) for value in json_values(column)]


def json_text(value: object) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _converter(kind: pa.DataType) -> Convert | None:  # noqa: PLR0911  (one return a family of types)
    """Return what turns a Python value of this type into one that JSON knows; None when it is one already."""
    if pa.types.is_float32(kind) or pa.types.is_float16(kind):
        return _short_float
    if pa.types.is_floating(kind):
        return _finite
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _list_converter(_converter(kind.value_type))
    if pa.types.is_struct(kind):
        return _struct_converter({field.name: _converter(field.type) for field in kind})
    if pa.types.is_map(kind):
        key, item = _converter(kind.key_type), _converter(kind.item_type)
        return lambda pairs: [[_applied(key, k), _applied(item, v)] for k, v in pairs]
    if pa.types.is_temporal(kind):
        return _iso
    if pa.types.is_decimal(kind):
        return _decimal
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return lambda data: base64.b64encode(data).decode()
    return None


def _applied(convert: Convert | None, value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    return value if convert is None or value is None else convert(value)


def _list_converter(item: Convert | None) -> Convert | None:
    return None if item is None else lambda values: [_applied(item, value) for value in values]


def _struct_converter(fields: Mapping[str, Convert | None]) -> Convert | None:
    if not any(fields.values()):
        return None
    return lambda value: {name: _applied(convert, value[name]) for name, convert in fields.items()}


def _short_float(value: float) -> float | None:
    return float(str(np.float32(value))) if math.isfinite(value) else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _iso(value: dt.date | dt.time | dt.timedelta) -> str:
    return str(value) if isinstance(value, dt.timedelta) else value.isoformat()


def _decimal(value: Decimal) -> str:
    return format(value, "f")
