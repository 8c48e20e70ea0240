"""What the analysis writes: `effects.parquet`, and `causes.json` with all that stands behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from voc.io import open_sink
from voc.io.atomic import write_bytes
from voc.pipeline.causes.analysis import CauseResult, Doubts
from voc.pipeline.causes.settings import CauseSettings
from voc.rootcause.effect import EFFECT_COLUMNS, Effect

__all__ = ["EFFECTS_SCHEMA", "causes_document", "effects_to_arrow", "write_causes"]

_TEXTS = ("tag", "segment", "evidence_level")
_COUNTS = ("n_exposed", "n_unexposed", "churn_exposed", "churn_unexposed")


def _type_of(name: str) -> pa.DataType:
    if name in _TEXTS:
        return pa.string()
    return pa.int64() if name in _COUNTS else pa.float64()


EFFECTS_SCHEMA = pa.schema([(name, _type_of(name)) for name in EFFECT_COLUMNS])
"""Columns of `effects.parquet`: the published fields of `Effect`."""


def effects_to_arrow(effects: Sequence[Effect]) -> pa.Table:
    """Return effects as a table with the columns of `EFFECTS_SCHEMA`."""
    rows = [{name: getattr(effect, name) for name in EFFECT_COLUMNS} for effect in effects]
    return pa.Table.from_pylist(rows, schema=EFFECTS_SCHEMA)


def causes_document(result: CauseResult, settings: CauseSettings) -> dict[str, Any]:
    """Return all that `effects.parquet` has no column for, as plain JSON values."""
    design = settings.design
    return {
        "version": 1,
        "design": {
            "exposure_days": design.exposure_days,
            "gap_days": design.gap_days,
            "horizon_days": design.horizon_days,
            "every_days": design.every_days,
            "landmarks": [str(day) for day in result.landmarks],
            "studied_days": len(result.landmarks) * design.every_days,
            "level": settings.level,
            "strata": list(result.strata),
        },
        "customers": result.n_customers,
        "observations": result.n_observations,
        "churned": result.n_churned,
        "match_rate": result.match_rate,
        "value_source": result.value_source,
        "value_days": settings.value_days if result.value_source == "spend" else None,
        "effects": [_details(effect) for effect in result.effects],
        "overlaps": {tag: found._asdict() for tag, found in result.overlaps.items()},
        "curves": {tag: found._asdict() for tag, found in result.curves.items()},
        "doubts": _doubts(result.doubts),
    }


def write_causes(result: CauseResult, settings: CauseSettings, folder: Path, *, force: bool) -> None:
    """Write `effects.parquet` and `causes.json` into a folder."""
    table = effects_to_arrow(result.effects)
    with open_sink(str(folder / "effects.parquet"), table.schema, force=force) as sink:
        for batch in table.to_batches():
            sink.write(batch)
    text = json.dumps(causes_document(result, settings), ensure_ascii=False, indent=1, allow_nan=False)
    write_bytes(folder / "causes.json", (text + "\n").encode(), force=force)


def _details(effect: Effect) -> dict[str, Any]:
    """Fields that are not published, with those that name the row."""
    names = ["tag", "segment", *Effect._fields[len(EFFECT_COLUMNS) :]]
    return {
        **{name: getattr(effect, name) for name in names},
        "differs_by_segment": effect.differs_by_segment,
    }


def _doubts(doubts: Doubts) -> dict[str, Any]:
    return {
        "negative_controls": [control._asdict() for control in doubts.negative_controls],
        "placebo_days": doubts.placebo_days,
        "placebo": [control._asdict() for control in doubts.placebo],
        "permutations": doubts.permutations._asdict() if doubts.permutations else None,
        "unheard": [row._asdict() for row in doubts.unheard],
        "missing_links": [row._asdict() for row in doubts.missing_links],
    }
