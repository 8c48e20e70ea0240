"""Column contracts: what a table of each role must hold, under which names and as which types.

Columns of a contract come out as strings, times, numbers or lists, whatever the format of the input.
Times are naive Asia/Shanghai: a time with a zone is converted (UTC+8 all year round), a time without one is
taken as it stands. A cell that cannot be understood sends its row to quarantine with row, column and reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "CHURN",
    "CUSTOMERS",
    "FEEDBACK",
    "ORDERS",
    "RATINGS",
    "TAGGED",
    "TAGS",
    "Column",
    "Contract",
    "Kind",
]


class Kind(StrEnum):
    """How a column is read."""

    TEXT = "text"
    """String; null becomes empty."""
    NAME = "name"
    """Identifier or category: string, trimmed; empty becomes null."""
    TIME = "time"
    """`timestamp[us]`, naive Asia/Shanghai; empty becomes null."""
    NUMBER = "number"
    """`float64`; empty becomes null."""
    MOOD = "sentiment"
    """-1, 0 or 1 as `int8`; empty becomes null."""
    TAGS = "tags"
    """`tag_lists.TAG_LIST`, also from its JSON text; empty becomes null."""
    WORDS = "words"
    """`tag_lists.WORD_LIST`, also from its JSON text; empty becomes null."""


@dataclass(frozen=True)
class Column:
    """One column of a contract."""

    name: str
    kind: Kind
    required: bool = False
    """The input must have it."""
    nullable: bool = True
    """Rows may leave it empty; otherwise such rows go to quarantine."""


@dataclass(frozen=True)
class Contract:
    """The columns that a table of one role has. Others may stand beside them and pass through unchanged."""

    name: str
    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


def _must(name: str, kind: Kind, *, nullable: bool = False) -> Column:
    return Column(name, kind, required=True, nullable=nullable)


FEEDBACK = Contract(
    "feedback",
    (
        _must("text", Kind.TEXT),
        Column("feedback_id", Kind.NAME),
        Column("customer_id", Kind.NAME),
        Column("ts", Kind.TIME),
        Column("channel", Kind.NAME),
        Column("product", Kind.NAME),
        Column("rating", Kind.NUMBER),
        Column("speaker", Kind.NAME),
    ),
)
"""Reviews, tickets, chats: one text a row."""

ORDERS = Contract(
    "orders",
    (
        _must("customer_id", Kind.NAME, nullable=True),
        _must("order_id", Kind.NAME, nullable=True),
        _must("ts", Kind.TIME),
        _must("amount", Kind.NUMBER),
        Column("channel", Kind.NAME),
        Column("product", Kind.NAME),
    ),
)
"""Orders. Orders of unknown customers are kept with a null `customer_id`."""

CUSTOMERS = Contract("customers", (_must("customer_id", Kind.NAME), Column("registered_at", Kind.TIME)))
"""Customer master data. What a customer table holds differs; only the id is demanded."""

CHURN = Contract("churn", (_must("customer_id", Kind.NAME), _must("churned_at", Kind.TIME, nullable=True)))
"""When customers left; null while they stay."""

TAGS = Contract(
    "tags",
    (
        Column("feedback_id", Kind.NAME),
        Column("customer_key", Kind.NAME),
        Column("ts", Kind.TIME),
        Column("tag", Kind.NAME),
        Column("polarity", Kind.NUMBER),
        Column("tags", Kind.TAGS),
    ),
)
"""Complaint tags, one row each or still in a list beside their text."""

TAGGED = Contract(
    "tagged",
    (
        Column("tokens", Kind.WORDS),
        Column("sentiment", Kind.MOOD),
        Column("sentiment_score", Kind.NUMBER),
        Column("tags", Kind.TAGS),
    ),
)
"""What `voc tag` adds to a table; commands demand the columns that they need."""

RATINGS = Contract(
    "ratings",
    (
        _must("rating", Kind.NUMBER, nullable=True),
        Column("customer_id", Kind.NAME),
        Column("sentiment", Kind.NUMBER),
    ),
)
"""What customers gave, of whom and beside which text where known."""
