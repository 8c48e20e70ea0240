"""Turns a tagged table of chat turns into a row for each chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voc.errors import ColumnError

if TYPE_CHECKING:
    from voc.io import Quarantine

__all__ = ["conversations_table"]

_NAMES = ("conversation_id", "chat_id", "session_id", "会话编号", "会话ID", "会话id")


def conversations_table(
    source: str,
    output: str,
    *,
    by: str | None,
    text: str | None,
    speaker: str,
    quarantine: Quarantine,
    force: bool,
) -> dict[str, int]:
    """Write `conversation`, `turns`, `customer_turns`, `first_mood`, `last_mood`, `solved`, `complaints`.

    Turns are taken in the order of the table; those that cannot be read are set aside. Returns how many chats
    were solved, not solved, or do not tell.

    Raises
    ------
    ColumnError
        When a column is missing.
    """
    import pyarrow as pa

    from voc.io import open_sink, open_table
    from voc.io.contracts import TAGGED
    from voc.pipeline.known_names import text_columns
    from voc.tagging.conversation import Turn, summarise
    from voc.tagging.stage import CUSTOMER_SPEAKERS
    from voc.types import ROW_COLUMN

    chats: dict[Any, list[Turn]] = {}
    with open_table(source, contract=TAGGED, quarantine=quarantine) as reader:
        names = reader.schema.names
        column = text_columns(reader.schema, [text] if text else [])[0]
        known = by or next((name for name in _NAMES if name in names), _NAMES[0])
        for name in (known, speaker, "sentiment", "tags"):
            if name not in names:
                raise ColumnError.missing(name, names, where=source)
        for batch in reader.batches():
            for row in batch.to_pylist():
                own = str(row[speaker] or "").strip().lower() in CUSTOMER_SPEAKERS
                turn = Turn(row[column] or "", own, row["sentiment"], row["tags"] or [])
                chats.setdefault(row[known], []).append(turn)
    told = [summarise(turns) for turns in chats.values()]
    schema = pa.schema(
        [
            ("conversation", pa.string()), ("turns", pa.int32()), ("customer_turns", pa.int32()),
            ("first_mood", pa.int8()), ("last_mood", pa.int8()), ("solved", pa.bool_()),
            ("complaints", pa.list_(pa.string())),
        ]
    )  # fmt: skip
    columns = [[str(name) for name in chats], *(list(values) for values in zip(*told, strict=True))]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    numbers = pa.array(range(len(told)), pa.int64())
    full = schema.append(pa.field(ROW_COLUMN, pa.int64()))
    with open_sink(output, schema, force=force) as sink:
        if told:
            sink.write(pa.RecordBatch.from_arrays([*arrays, numbers], schema=full))
    answers = [chat.solved for chat in told]
    return {
        "conversations": len(told), "solved": answers.count(True), "unsolved": answers.count(False),
        "untold": answers.count(None),
    }  # fmt: skip
