"""Which column of a table holds the text, the time or the customer, by the names that tables give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from voc.errors import ColumnError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from voc.privacy.policy import Policy

__all__ = [
    "CUSTOMER_NAMES",
    "TEXT_NAMES",
    "TIME_NAMES",
    "customer_column",
    "known_text_column",
    "listed",
    "require_column",
    "text_columns",
    "time_column",
]

TEXT_NAMES: Final = (
    "text",
    "评价内容",
    "评论内容",
    "问题描述",
    "留言详情",
    "内容",
    "评论",
    "comment",
    "review",
    "content",
)
"""Column names that hold the text when nobody says which one does."""
TIME_NAMES: Final = (
    "ts",
    "评价时间",
    "评论时间",
    "创建时间",
    "留言时间",
    "提交时间",
    "时间",
    "日期",
    "time",
    "date",
    "created_at",
)
"""Column names that hold the time of feedback when nobody says which one does."""
CUSTOMER_NAMES: Final = (
    "customer_id",
    "customer_key",
    "客户编号",
    "用户编号",
    "会员号",
    "用户ID",
    "userId",
    "user_id",
)
"""Column names of customers: their ids, or the pseudonyms that `voc mask` put in their place."""


def text_columns(schema: pa.Schema, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the wanted columns, or the one whose name says that it holds the text.

    Raises
    ------
    ColumnError
        For a wanted column that is not there.
    UsageError
        When none is wanted and no name is known.
    """
    for name in wanted:
        require_column(schema, name)
    if wanted:
        return tuple(wanted)
    known = known_text_column(schema)
    if known is None:
        raise UsageError("which column holds the text?", where="--text", hint=listed(schema))
    return (known,)


def require_column(schema: pa.Schema, name: str) -> None:
    """Raise ColumnError when there is no column of that name."""
    if name not in schema.names:
        raise ColumnError.missing(name, schema.names)


def known_text_column(schema: pa.Schema) -> str | None:
    """Return the column whose name says that it holds the text, None when there is none."""
    return next((name for name in TEXT_NAMES if name in schema.names), None)


def time_column(schema: pa.Schema, wanted: str | None) -> str:
    """Return the wanted column, or the one whose name says that it holds the time of the feedback.

    Raises
    ------
    ColumnError
        When the wanted column is not there.
    UsageError
        When none is wanted and no name is known.
    """
    if wanted is not None:
        require_column(schema, wanted)
        return wanted
    known = next((name for name in TIME_NAMES if name in schema.names), None)
    if known is None:
        raise UsageError("which column holds the time?", where="--ts", hint=f"--ts COL; {listed(schema)}")
    return known


def customer_column(schema: pa.Schema, policy: Policy) -> str | None:
    """Return the column of customer ids: `customer_id`, or the only one that a policy knows as such by name.

    None when there is none, when several could be meant, and in a table that has `customer_key` already.
    """
    if "customer_id" in schema.names:
        return "customer_id"
    known = [name for name in schema.names if policy.entity_of_column(name) == "CUSTOMER_ID"]
    return known[0] if len(known) == 1 and "customer_key" not in schema.names else None


def listed(schema: pa.Schema) -> str:
    """List the columns of a table, for a hint."""
    return "columns: " + ", ".join(schema.names[:20]) + (" …" if len(schema.names) > 20 else "")
