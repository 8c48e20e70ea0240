"""The customer column: one name and one type in every table of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voc.errors import ColumnError, GateError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "KEY",
    "as_naive_timestamp",
    "check_match",
    "check_named_match",
    "check_orders_match",
    "held",
    "key_expression",
    "require",
    "trimmed",
]

KEY = "customer_key"
"""Name of the customer column in every table that this room returns."""

_SOURCES = (KEY, "customer_id")


def require(table: ir.Table, *names: str, where: str) -> None:
    """Raise ColumnError, with the nearest name, for the first of `names` that `table` has not."""
    for name in names:
        if name not in table.columns:
            raise ColumnError.missing(name, table.columns, where=where)


def key_expression(table: ir.Table, *, where: str) -> ir.StringValue:
    """Return the customer of each row as a trimmed string; null when missing or blank.

    Takes `customer_key`, or `customer_id` where that is not there. Whole numbers lose the `.0` that a float
    column gives them, so that 17850.0 here and "17850" there are one customer.

    Raises
    ------
    ColumnError
        When neither column is there.
    """
    name = next((name for name in _SOURCES if name in table.columns), None)
    if name is None:
        raise ColumnError.missing(KEY, table.columns, where=where)
    column = table[name]
    if column.type().is_floating():
        finite = column.isnan().ifelse(None, column)
        whole = finite == finite.floor()
        text = whole.ifelse(finite.cast("int64").cast("string"), finite.cast("string"))
    else:
        text = column.cast("string")
    return trimmed(text)


def trimmed(text: ir.StringValue) -> ir.StringValue:
    """Return texts without white space around them, null where nothing is left.

    Trimming is the costliest thing done to a column of numbers that hardly ever need it, so that it is done
    where the first or last character asks for it only.
    """
    padded = (text < "!") | (text.right(1) <= " ")
    found: ir.StringValue = padded.ifelse(text.strip().nullif(""), text)
    return found


def as_naive_timestamp(column: ir.Value) -> ir.TimestampValue:
    """Return a time column as a timestamp without a zone; zoned times are taken in UTC."""
    return column.cast("timestamp")


def held(table: ir.Table) -> ir.Table:
    """Run an expression once and keep its rows as long as the connection: in DuckDB, or among executors."""
    from ibis.util import gen_name

    backend = table.get_backend()
    if backend.name != "duckdb":
        return table.cache()
    return backend.create_table(gen_name("held"), table, temp=True)


def check_match(matched: int, asked: int, *, least: float, where: str) -> float | None:
    """Return the share of customers of one table that another has; None when nobody is asked for.

    Raises
    ------
    GateError
        When the share is below `least`: the two tables hardly name customers alike.
    """
    if asked == 0:
        return None
    if matched < least * asked:
        raise GateError(
            f"{matched:,} of {asked:,} customers ({matched / asked:.1%}) are in both tables, the limit is "
            f"{least:.1%}",
            where=where,
            hint="do both tables name customers alike? Where one is masked, mask the other with voc mask. "
            "To go on all the same lower --min-match, or customers.min_match_rate of a pipeline file",
        )
    return matched / asked


def check_orders_match(orders: ir.Table, other: ir.Table, *, least: float, where: str) -> float | None:
    """Return the share of buyers whom another table names.

    Parameters
    ----------
    orders
        Clean orders.
    other
        `customer_key` or `customer_id`.
    where
        What the other table is, for the message.

    Raises
    ------
    GateError
        When the share is below `least`.
    """
    buyers = orders.filter(orders.amount > 0).select(KEY).distinct()
    key = key_expression(other, where=where)
    named = other.select(**{KEY: key}).filter(key.notnull()).distinct()
    matched = int(buyers.semi_join(named, KEY).count().to_pyarrow().as_py())
    asked = int(buyers.count().to_pyarrow().as_py())
    return check_match(matched, asked, least=least, where=f"join of orders and {where}")


def check_named_match(other: ir.Table, orders: ir.Table, *, least: float, where: str) -> float | None:
    """Return the share of customers of another table who have orders.

    Parameters and errors are those of `check_orders_match`.
    """
    buyers = orders.filter(orders.amount > 0).select(KEY).distinct()
    key = key_expression(other, where=where)
    named = other.select(**{KEY: key}).filter(key.notnull()).distinct()
    matched = int(named.semi_join(buyers, KEY).count().to_pyarrow().as_py())
    asked = int(named.count().to_pyarrow().as_py())
    return check_match(matched, asked, least=least, where=f"join of {where} and orders")
