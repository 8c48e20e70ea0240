"""Effects of complaints on churn, as `voc.rootcause` found them, ready to show."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voc.errors import ColumnError, InputError
from voc.report.cause_cells import COUNTS, guarded_segments, guarded_silence, without_small
from voc.report.cause_model import (
    CauseControl,
    CauseCurve,
    CauseDoubts,
    CauseOverlap,
    CauseRow,
    Causes,
    CauseStudy,
    Verdict,
)
from voc.report.names import TagNames
from voc.rootcause.effect import EvidenceLevel

__all__ = ["CauseCells", "read_cause_cells", "read_causes"]

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
_NOT_FIGURES = {*COUNTS, "tag", "zh", "segment", "suppressed", "evidence_level", "verdict"}
_FIGURES = tuple(name for name in CauseRow.model_fields if name not in _NOT_FIGURES)
_ALPHA = 0.05
_PICTURES = 6
"""Clear complaints whose curves and overlap are drawn."""

Rows = Sequence[Mapping[str, Any]]

CauseCells = Mapping[tuple[str, str | None], CauseRow]
"""What may be shown of a complaint in a segment, None for all of them."""


def read_causes(
    effects: Path | Sequence[object] | None,
    names: TagNames,
    min_cell: int,
    causes: Path | None = None,
    elsewhere: Set[str] = frozenset(),
) -> Causes | None:
    """Bring effect rows, and what stands behind them, to the report.

    Rows come with the strongest lower bound first (ties by tag); suppressed rows are last. Those of single
    segments are kept for complaints with a clear relation.

    Parameters
    ----------
    effects
        `effects.parquet`, or its rows.
    names
        Of tags.
    min_cell
        Smaller cells are suppressed.
    causes
        `causes.json`, where there is one.
    elsewhere
        Segments that other tables of the report hide.

    Raises
    ------
    InputError
        When a file cannot be read.
    ColumnError
        When a row has no `tag`.
    """
    if effects is None:
        return None
    behind = _read_document(causes) if causes else {}
    details = {(row["tag"], row["segment"]): row for row in behind.get("effects", ())}
    rows, by_segment = _guarded(effects, details, names, min_cell, elsewhere)
    report = Causes(rows=tuple(rows), min_cell=min_cell)
    clear = report.clear()
    shown = [row for whole in clear for row in by_segment[whole.tag]]
    update: dict[str, Any] = {"segment_rows": tuple(shown)}
    if causes:
        try:
            update |= _behind(behind, clear, names, min_cell)
        except (ValidationError, KeyError, TypeError):
            hint = "run the pipeline again"
            raise InputError("is no file of causes of this version", where=str(causes), hint=hint) from None
    return report.model_copy(update=update)


def read_cause_cells(
    effects: Path | Sequence[object] | None,
    names: TagNames,
    min_cell: int,
    elsewhere: Set[str] = frozenset(),
) -> CauseCells:
    """Return what may be shown of every complaint, over all customers and by segment.

    Whatever else the report tells of a complaint in a segment must be shown here, too. Parameters are those
    of `read_causes`.
    """
    if effects is None:
        return {}
    rows, by_segment = _guarded(effects, {}, names, min_cell, elsewhere)
    return {(row.tag, row.segment): row for whole in rows for row in (whole, *by_segment[whole.tag])}


def _guarded(
    effects: Path | Sequence[object],
    details: Mapping[tuple[Any, Any], Mapping[str, Any]],
    names: TagNames,
    min_cell: int,
    elsewhere: Set[str],
) -> tuple[list[CauseRow], dict[str, list[CauseRow]]]:
    """Rows over all customers in their order, and those of segments by complaint, without small cells."""
    found = _read_file(effects) if isinstance(effects, Path) else [_as_mapping(row) for row in effects]
    rows: list[CauseRow] = []
    by_segment: dict[str, list[CauseRow]] = {}
    for plain in found:
        segment = plain.get("segment") or None
        row = _row({**details.get((plain.get("tag"), segment), {}), **plain}, names, min_cell)
        if segment:
            by_segment.setdefault(row.tag, []).append(row)
        else:
            rows.append(row)
    rows.sort(key=_order)
    guarded = {
        whole.tag: guarded_segments(by_segment.get(whole.tag, []), whole, min_cell, elsewhere)
        for whole in rows
    }
    return rows, guarded


def _read_file(path: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except Exception as error:
        raise InputError(f"cannot be read as Parquet ({type(error).__name__})", where=str(path)) from None
    return rows


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({type(error).__name__})", where=str(path)) from None
    return document


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
    counts: dict[str, Any] = {name: _count(row, name) for name in COUNTS}
    figures: dict[str, Any] = {name: _figure(row, name) for name in _FIGURES}
    suppressed = (counts["n_exposed"] or 0) < min_cell
    if suppressed:
        counts = dict.fromkeys(COUNTS)
        figures = dict.fromkeys(_FIGURES)
    found = CauseRow(
        tag=tag,
        zh=names.zh(tag),
        segment=row.get("segment") or None,
        suppressed=suppressed,
        evidence_level=_level(row, figures["adjusted_rr"]),
        verdict="suppressed" if suppressed else _verdict(figures, bool(row.get("differs_by_segment"))),
        **counts,
        **figures,
    )
    return without_small(found, min_cell)


def _level(row: Mapping[str, Any], adjusted_rr: float | None) -> EvidenceLevel:
    level = str(row.get("evidence_level") or "").strip().lower()
    if level in _LEVELS:
        return _LEVELS[level]
    return EvidenceLevel.ASSOCIATED if adjusted_rr is None else EvidenceLevel.ADJUSTED


def _verdict(figures: Mapping[str, float | None], differs: bool) -> Verdict:
    """Say which way an effect goes, only where its interval leaves out 1 and its q-value is small."""
    if differs:
        return "differs"
    lower, upper = figures["adjusted_rr_ci_lower"], figures["adjusted_rr_ci_upper"]
    q_value = figures["q_value"]
    if lower is None or upper is None or (q_value is not None and q_value >= _ALPHA):
        return "inconclusive"
    if lower > 1:
        return "higher"
    return "lower" if upper < 1 else "inconclusive"


def _behind(
    document: Mapping[str, Any], clear: Sequence[CauseRow], names: TagNames, min_cell: int
) -> dict[str, Any]:
    """Return design, doubts and pictures. A curve ends where the churn of the exposed is."""
    design = document["design"]
    study = CauseStudy(
        **{name: design[name] for name in ("exposure_days", "gap_days", "horizon_days", "every_days")},
        landmarks=len(design["landmarks"]),
        studied_days=design["studied_days"],
        strata=tuple(design["strata"]),
        **{name: document[name] for name in ("customers", "observations", "churned")},
        value_source=document["value_source"],
        value_days=document["value_days"],
    )
    tags = [row.tag for row in clear]
    shown = tags[:_PICTURES]
    told = [row.tag for row in clear[:_PICTURES] if row.churn_exposed is not None]
    overlaps, curves = document["overlaps"], document["curves"]
    return {
        "study": study,
        "doubts": _doubts(document["doubts"], tags, names, min_cell),
        "overlaps": tuple(
            CauseOverlap(tag=tag, zh=names.zh(tag), **overlaps[tag]) for tag in shown if tag in overlaps
        ),
        "curves": tuple(
            CauseCurve(tag=tag, zh=names.zh(tag), **curves[tag]) for tag in told if tag in curves
        ),
    }


def _doubts(document: Mapping[str, Any], clear: Sequence[str], names: TagNames, min_cell: int) -> CauseDoubts:
    def controls(rows: Rows) -> tuple[CauseControl, ...]:
        kept = ("tag", "rr", "rr_ci_lower", "rr_ci_upper")
        return tuple(
            CauseControl(zh=names.zh(row["tag"]), **{name: row[name] for name in kept}) for row in rows
        )

    return CauseDoubts(
        negative_controls=controls(document["negative_controls"]),
        placebo_days=document["placebo_days"],
        placebo=controls([row for row in document["placebo"] if row["tag"] in clear]),
        permutations=document["permutations"],
        unheard=guarded_silence(document["unheard"], min_cell),
        missing_links=document["missing_links"],
    )
