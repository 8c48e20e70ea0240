"""Reads the tables that commands on customers take: orders, churn and complaint tags, masked or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from voc.errors import ColumnError, nearest
from voc.pipeline.known_names import CUSTOMER_NAMES, TIME_NAMES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from voc.io import TableReader
    from voc.io.contracts import Contract
    from voc.io.quarantine import Quarantine
    from voc.pipeline.mapped_columns import MappedColumns

__all__ = ["churn_table", "read_customers", "read_tags"]

_NEEDED = frozenset({"ts", "tag", "polarity"})


def read_customers(
    path: str, contract: Contract, columns: MappedColumns, *, quarantine: Quarantine
) -> pa.Table:
    """Read a table of customers, whose column is found by name: their ids, or the keys of `voc mask`.

    Here and below `quarantine` takes the rows that cannot be read.
    """
    import pyarrow as pa

    from voc.types import ROW_COLUMN

    names = columns.candidates({"customer_id": CUSTOMER_NAMES})
    with _open(path, names, contract, quarantine) as reader:
        columns.saw(path, reader.input_names)
        batches = [batch.drop_columns([ROW_COLUMN]) for batch in reader.batches()]
        return pa.Table.from_batches(batches, schema=reader.schema)


def churn_table(path: str | None, columns: MappedColumns, *, quarantine: Quarantine) -> ir.Table | None:
    """Read a churn table, where one is given; its further columns come along."""
    import ibis

    from voc.io.contracts import CHURN

    return ibis.memtable(read_customers(path, CHURN, columns, quarantine=quarantine)) if path else None


def read_tags(
    path: str, columns: MappedColumns, wanted: Collection[str] | None = None, *, quarantine: Quarantine
) -> pa.Table:
    """Read complaint tags, one row for each feedback and tag.

    Takes such a table, as a run writes it, or one of `voc tag`, whose tags are taken apart; its rows are the
    feedback, numbered where they have no id. The customer column comes out as `customer_key`, the time as
    `ts`; both are found by name.

    Parameters
    ----------
    path
        Of the table.
    wanted
        Columns to keep of those that come out; None for all. All stay where one is missing that every use of
        tags needs, so that the error can name the nearest.

    Raises
    ------
    ColumnError
        When the table has no tags, or those of a tagged table are no lists, nor the text of lists.
    """
    import pyarrow as pa

    from voc.io.contracts import TAGS
    from voc.tagging.explode import explode_tags
    from voc.types import ROW_COLUMN

    keys = ("customer_key", *(name for name in CUSTOMER_NAMES if name != "customer_key"))
    names = columns.candidates({"customer_id": keys, "ts": TIME_NAMES})
    names["customer_key"] = names.pop("customer_id")
    with _open(path, names, TAGS, quarantine) as reader:
        columns.saw(path, reader.input_names)
        if nearest("tag", reader.schema.names) is None and "tags" not in reader.schema.names:
            raise ColumnError(
                "holds no tags: no column 'tag' or 'tags'",
                where=path,
                hint="tag its texts first: voc tag writes a table that this command takes",
            )
        if "tag" in reader.schema.names or "tags" not in reader.schema.names:
            return _collected(
                (batch.drop_columns([ROW_COLUMN]) for batch in reader.batches()), reader.schema, wanted
            )
        if "ts" not in reader.schema.names:
            raise _with_the_option(ColumnError.missing("ts", reader.schema.names, where=path))
        numbered = reader.schema.append(pa.field(ROW_COLUMN, pa.int64()))
        schema = explode_tags(_with_ids(pa.RecordBatch.from_pylist([], schema=numbered))).schema
        return _collected((explode_tags(_with_ids(batch)) for batch in reader.batches()), schema, wanted)


def _collected(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, wanted: Collection[str] | None
) -> pa.Table:
    import pyarrow as pa

    if wanted is None or not _NEEDED.issubset(schema.names):
        return pa.Table.from_batches(batches, schema=schema)
    names = [name for name in schema.names if name in wanted]
    kept = pa.schema([schema.field(name) for name in names])
    return pa.Table.from_batches((batch.select(names) for batch in batches), schema=kept)


def _with_ids(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Number the rows of a batch that have no `feedback_id` by their place in the table."""
    import pyarrow as pa

    from voc.types import ROW_COLUMN

    if "feedback_id" in batch.schema.names:
        return batch
    return batch.append_column("feedback_id", batch.column(ROW_COLUMN).cast(pa.string()))


def _open(
    path: str, names: Mapping[str, Sequence[str]], contract: Contract, quarantine: Quarantine
) -> TableReader:
    from voc.io import open_table

    try:
        return open_table(path, columns=names, contract=contract, quarantine=quarantine)
    except ColumnError as error:
        raise _with_the_option(error) from None


def _with_the_option(error: ColumnError) -> ColumnError:
    return error.with_remedy(f"name yours: --map YOURS={error.column}")
