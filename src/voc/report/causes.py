"""Effects of complaints on churn, as `voc.rootcause` found them, ready to show."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from voc.errors import ColumnError, InputError
from voc.report.model import CauseRow, Causes
from voc.report.names import TagNames
from voc.rootcause.effect import EvidenceLevel

__all__ = ["read_causes"]

_LEVELS = {
    "associated": EvidenceLevel.ASSOCIATED,
    "association": EvidenceLevel.ASSOCIATED,
    "相关": EvidenceLevel.ASSOCIATED,
    "adjusted": EvidenceLevel.ADJUSTED,
    "adjusted association": EvidenceLevel.ADJUSTED,
    "adjusted_association": EvidenceLevel.ADJUSTED,
    "调整后相关": EvidenceLevel.ADJUSTED,
    "experiment": EvidenceLevel.EXPERIMENT,
    "supported by experiment": EvidenceLevel.EXPERIMENT,
    "supported_by_experiment": EvidenceLevel.EXPERIMENT,
    "实验支持": EvidenceLevel.EXPERIMENT,
}
_COUNTS = ("n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed")
_FIGURES = ("crude_rr", "adjusted_rr", "adjusted_rr_ci_lower", "adjusted_rr_ci_upper", "p_value", "q_value")
_ALPHA = 0.05


def read_causes(effects: Path | Sequence[object] | None, names: TagNames, min_cell: int) -> Causes | None:
    """Bring effect rows to the report; those of single segments are left out.

    Rows come with the strongest lower bound first (ties by tag); suppressed rows are last.

    Raises
    ------
    InputError
        When the file cannot be read as Parquet.
    ColumnError
        When a row has no `tag`.
    """
    if effects is None:
        return None
    found = _read_file(effects) if isinstance(effects, Path) else [_as_mapping(row) for row in effects]
    rows = [_row(row, names, min_cell) for row in found if row.get("segment") in (None, "")]
    rows.sort(key=_order)
    return Causes(rows=tuple(rows), min_cell=min_cell)


def _read_file(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except Exception as error:
        raise InputError(f"cannot be read as Parquet ({type(error).__name__})", where=str(path)) from None
    return rows


def _as_mapping(row: object) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    if isinstance(row, tuple) and hasattr(row, "_asdict"):
        return row._asdict()  # type: ignore[no-any-return]
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
    raise InputError(f"an effect row is a {type(row).__name__}, expected a mapping or a typed row")


def _order(row: CauseRow) -> tuple[object, ...]:
    lower = row.adjusted_rr_ci_lower
    return (row.suppressed, lower is None, -(lower or 0.0), row.tag)


def _figure(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None or not math.isfinite(value) else float(value)


def _count(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    return None if value is None or not math.isfinite(value) else int(value)


def _row(row: Mapping[str, Any], names: TagNames, min_cell: int) -> CauseRow:
    if "tag" not in row:
        raise ColumnError.missing("tag", [str(name) for name in row], where="effects")
    tag = str(row["tag"])
    counts: dict[str, Any] = {name: _count(row, name) for name in _COUNTS}
    figures: dict[str, Any] = {name: _figure(row, name) for name in _FIGURES}
    suppressed = (counts["n_exposed"] or 0) < min_cell
    if suppressed:
        counts = dict.fromkeys(_COUNTS)
        figures = dict.fromkeys(_FIGURES)
    elif 0 < (counts["churn_exposed"] or 0) < min_cell:
        counts["churn_exposed"] = None  # and what would give it away
        figures["crude_rr"] = None
    return CauseRow(
        tag=tag,
        zh=names.zh(tag),
        suppressed=suppressed,
        evidence_level=_level(row, figures["adjusted_rr"]),
        verdict="suppressed" if suppressed else _verdict(figures),
        **counts,
        **figures,
    )


def _level(row: Mapping[str, Any], adjusted_rr: float | None) -> EvidenceLevel:
    level = str(row.get("evidence_level") or "").strip().lower()
    if level in _LEVELS:
        return _LEVELS[level]
    return EvidenceLevel.ASSOCIATED if adjusted_rr is None else EvidenceLevel.ADJUSTED


def _verdict(figures: Mapping[str, float | None]) -> Literal["higher", "lower", "inconclusive"]:
    """Say which way an effect goes, only where its interval leaves out 1 and its q-value is small."""
    lower, upper = figures["adjusted_rr_ci_lower"], figures["adjusted_rr_ci_upper"]
    q_value = figures["q_value"]
    if lower is None or upper is None or (q_value is not None and q_value >= _ALPHA):
        return "inconclusive"
    if lower > 1:
        return "higher"
    return "lower" if upper < 1 else "inconclusive"
