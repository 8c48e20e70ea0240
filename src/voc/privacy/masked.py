"""The only place that makes `MaskedText`: everything else has to come here for it."""

from __future__ import annotations

from collections.abc import Sequence

from voc.types import MaskedText

__all__ = ["masked_text"]


def masked_text(text: str, replacements: Sequence[tuple[int, int, str]]) -> MaskedText:
    """Return `text` with each [start, end) replaced. Replacements are in order and do not overlap."""
    if not replacements:
        return MaskedText(text)
    parts: list[str] = []
    done = 0
    for start, end, by in replacements:
        parts += (text[done:start], by)
        done = end
    parts.append(text[done:])
    return MaskedText("".join(parts))
