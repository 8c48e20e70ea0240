"""Writes `run.json`: what went in, what came out, and what made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from voc.config.pipeline import PipelineConfig
from voc.pipeline.plan import versions
from voc.pipeline.steps import Step

if TYPE_CHECKING:
    from voc.pipeline.run import RunResult

__all__ = ["config_digest", "write_manifest"]


def config_digest(config: PipelineConfig) -> str:
    """Return the SHA-256 of a pipeline's settings, whatever the spelling of its file."""
    text = json.dumps(config.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_manifest(config: PipelineConfig, plan: Sequence[Step], result: RunResult) -> None:
    raise NotImplementedError


def _steps(result: RunResult) -> list[dict[str, Any]]:
    return [
        {
            "name": outcome.name,
            "skipped": outcome.skipped,
            "seconds": round(outcome.seconds, 3),
            "rows_in": outcome.result.rows_in,
            "rows_out": outcome.result.rows_out,
            "quarantined": outcome.result.quarantined,
            "facts": dict(outcome.result.facts),
        }
        for outcome in result.outcomes
    ]
