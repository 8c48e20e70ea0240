"""Which results of the last run a step may take again, and under which key its rows are known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from voc.errors import UsageError

if TYPE_CHECKING:
    from voc.engine.reuse import RowReuse
    from voc.types import Stage

__all__ = ["row_reuse"]

_DOMAIN: Final = "rows of incremental runs"


def row_reuse(folder: Path, stages: Sequence[Stage]) -> RowReuse:
    """Describe the store of results of a step.

    The key of the digests is derived from the pseudonym key, which never leaves its file.

    Raises
    ------
    UsageError
        When a stage puts values into a vault, where each belongs to the row of one run.
    """
    from voc.engine.reuse import RowReuse
    from voc.privacy.pseudonym import load_pseudonyms
    from voc.privacy.stage import MaskStage

    for stage in stages:
        if isinstance(stage, MaskStage) and stage.policy.encrypts:
            raise UsageError(
                f"policy {stage.policy.name!r} encrypts values, row by row",
                where="--incremental",
                hint="leave --incremental out, or take a policy that does not encrypt",
            )
    names = load_pseudonyms()
    parts = [names.token(_DOMAIN, f"part {number}") for number in range(4)]
    return RowReuse(folder, hashlib.sha256("".join(parts).encode()).digest())
