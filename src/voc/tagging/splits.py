"""Which labelled texts are never trained on: a tenth of every set, chosen by a hash of the text.

Equal texts that merely look different (punctuation, blanks, case) fall on the same side, in whatever set they
stand, so that no text of a held-out part was seen in training under another name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["SALT", "held_out", "text_key", "without_repeats"]

SALT: Final = "voc.sentiment.split.v1:"
_NOISE: Final = re.compile(r"[\W_]+")


def text_key(text: str) -> str:
    """Reduce a text to its letters and digits."""
    return _NOISE.sub("", text.lower())


def held_out(key: str, salt: str = SALT) -> bool:
    """Whether a text of this key belongs to the tenth that shipped models are never trained on."""
    digest = hashlib.sha256((salt + key).encode("utf-8", "surrogatepass")).hexdigest()
    return int(digest[:8], 16) % 10 == 0


def without_repeats(texts: Sequence[str], seen: Iterable[str] = ()) -> list[int]:
    """Positions of the first text of each key, leaving out texts whose key is among `seen`."""
    known = set(seen)
    kept = []
    for position, text in enumerate(texts):
        key = text_key(text)
        if key not in known:
            known.add(key)
            kept.append(position)
    return kept
