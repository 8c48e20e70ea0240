"""The commands of the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voc.pipeline.protection.recorded import audit_log

if TYPE_CHECKING:
    from voc.privacy.audit.log import Head
    from voc.privacy.audit.verify import Verification

__all__ = ["anchor_log", "export_log", "show_log", "verify_log"]


def show_log(
    *, last: int, action: str | None = None, actor: str | None = None, request: str | None = None
) -> list[dict[str, Any]]:
    """Return the last entries that fit, oldest first."""
    wanted = {"action": action, "actor": actor, "request": request}
    found = [
        entry
        for entry in audit_log().entries()
        if all(value is None or entry.get(name) == value for name, value in wanted.items())
    ]
    return found[-last:]


def verify_log(anchors: Sequence[Path], public_key: str | None = None) -> Verification:
    """Check the log, against anchors too."""
    from voc.privacy.audit.anchor import read_anchor
    from voc.privacy.audit.verify import verify

    return verify(audit_log(), [read_anchor(path, public_key=public_key) for path in anchors])


def export_log(output: str, *, force: bool) -> int:
    """Write the entries as a table. Returns how many."""
    import json

    import pyarrow as pa

    from voc.io import open_sink

    names = ("seq", "at", "actor", "role", "action", "outcome", "purpose", "request", "policy", "reason")
    kinds = [(name, pa.int64() if name == "seq" else pa.string()) for name in names]
    schema = pa.schema([*kinds, ("rows", pa.int64()), ("entities", pa.string()), ("mac", pa.string())])
    entries = list(audit_log().entries())
    rows = [
        {
            **{name: entry.get(name) for name in schema.names},
            "entities": json.dumps(entry.get("entities", {})),
        }
        for entry in entries
    ]
    with open_sink(output, schema, force=force) as sink:
        sink.write(pa.RecordBatch.from_pylist(rows, schema=schema))
    return len(entries)


def anchor_log(output: Path, *, force: bool) -> Head:
    """Sign the head of the log into a file."""
    from voc.privacy.audit.anchor import write_anchor

    return write_anchor(audit_log(), output, force=force)
