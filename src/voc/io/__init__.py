"""Reading and writing of tables: CSV, TSV, JSON Lines, XLSX, Parquet, folders, streams and databases.

One way in, `open_table`, and one way out, `open_sink`. The names below load their modules on first use, so
that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voc.io.atomic import write_bytes
    from voc.io.contracts import CHURN, CUSTOMERS, FEEDBACK, ORDERS, Contract
    from voc.io.locations import expand
    from voc.io.manifest import RunManifest
    from voc.io.numeric_text import numeric_text_note
    from voc.io.quarantine import Quarantine
    from voc.io.reader import TableReader, open_table, read_table, rows_known
    from voc.io.sink import Sink
    from voc.io.sinks import open_sink
    from voc.io.sources import InputFile

__all__ = [
    "CHURN",
    "CUSTOMERS",
    "FEEDBACK",
    "ORDERS",
    "Contract",
    "InputFile",
    "Quarantine",
    "RunManifest",
    "Sink",
    "TableReader",
    "expand",
    "numeric_text_note",
    "open_sink",
    "open_table",
    "read_table",
    "rows_known",
    "write_bytes",
]

_HOMES = {
    "CHURN": "contracts",
    "CUSTOMERS": "contracts",
    "FEEDBACK": "contracts",
    "ORDERS": "contracts",
    "Contract": "contracts",
    "InputFile": "sources",
    "Quarantine": "quarantine",
    "RunManifest": "manifest",
    "Sink": "sinks",
    "TableReader": "reader",
    "expand": "locations",
    "numeric_text_note": "numeric_text",
    "open_sink": "sinks",
    "open_table": "reader",
    "read_table": "reader",
    "rows_known": "reader",
    "write_bytes": "atomic",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
