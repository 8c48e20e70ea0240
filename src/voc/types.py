"""Types that every room shares: spans, tiers, polarity, intervals, masked text, and the stage contract."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "MASKED_KEY",
    "ROW_COLUMN",
    "BatchFunction",
    "Interval",
    "Legal",
    "MaskedText",
    "Polarity",
    "Span",
    "Stage",
    "Tier",
]

MASKED_KEY = b"voc:masked"
"""Arrow field metadata key of a text column that `voc.privacy` has masked.

The value is the fingerprint of the policy.
"""

ROW_COLUMN = "__row__"
"""Column of every batch on its way through stages: 0-based number of the data row in its input, int64.

Readers add it, stages pass it through, sinks drop it. Numbers skip rows that went to quarantine."""


class Tier(StrEnum):
    """How sensitive a value is to the company."""

    CORE = "core"
    GENERAL = "general"
    NONE = "none"

    @property
    def zh(self) -> str:
        """Chinese display name."""
        return {"core": "核心敏感", "general": "一般敏感", "none": "非敏感"}[self.value]

    @property
    def rank(self) -> int:
        """0 for none, 1 for general, 2 for core: the higher, the more sensitive."""
        return {"none": 0, "general": 1, "core": 2}[self.value]


class Legal(StrEnum):
    """Legal class of a value under PIPL art. 28 and GB/T 45574-2025; kept apart from the company's tier."""

    SENSITIVE = "sensitive"
    COMBO = "combo"
    PI = "pi"


class Polarity(IntEnum):
    """What the writer thinks of an aspect."""

    COMPLAINT = -1
    NEUTRAL = 0
    PRAISE = 1


class Span(NamedTuple):
    """Personal information found in a text. Holds no value of it."""

    start: int
    """First code point in the original text."""
    end: int
    """One past the last code point in the original text."""
    entity: str
    """Entity type of the catalogue, for example `CN_MOBILE`."""
    tier: Tier
    score: float
    """Confidence in [0, 1]."""
    recognizer: str
    """Versioned name of the recogniser, for example `mobile.v1`."""
    token: str | None = None
    """Keyed pseudonym of the normalised value, when a key is in use."""


class Interval(NamedTuple):
    """A confidence interval."""

    lower: float
    upper: float
    level: float = 0.95


class MaskedText(str):
    """Text in which personal information is masked. Only `voc.privacy` makes it.

    Tagging and reports take this type, so the type checker finds a path on which raw text could reach them.
    A column of masked text is an Arrow string column whose field carries `MASKED_KEY` metadata.
    """

    __slots__ = ()


BatchFunction = Callable[["pa.RecordBatch"], "pa.RecordBatch"]
"""What a stage becomes inside a worker: one record batch in, one out, the same number of rows."""


@runtime_checkable
class Stage(Protocol):
    """A text stage: a small picklable description that a worker builds once into a `BatchFunction`.

    The function is pure: its output depends on the batch and the description only, never on earlier batches,
    so the same stage gives the same bytes in this process, in a pool and on Spark.
    """

    @property
    def name(self) -> str:
        """Versioned name, for example `mask.v1`."""
        ...

    def fingerprint(self) -> str:
        """Hex digest of all that decides the output besides the rows: settings, policy, models, lexicons."""
        ...

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema after this stage, given the schema before it.

        Raises ColumnError when a column is missing.
        """
        ...

    def build(self) -> BatchFunction:
        """Load models and return the function. Called once in each worker."""
        ...
