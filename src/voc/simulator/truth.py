"""What is true of the sample company, for tests and for readers who doubt a result."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from voc.simulator.defects import BadRow, Duplicate
from voc.simulator.draft import Written
from voc.simulator.files import CHATS, REVIEWS, TICKETS
from voc.simulator.people import SamePerson
from voc.simulator.records import ChatRow, ReviewRow, TicketRow
from voc.simulator.world import World

__all__ = ["Truth", "truth_bytes"]

Row = ReviewRow | TicketRow | ChatRow


@dataclass(frozen=True)
class Truth:
    """Everything that truth.json is made of."""

    seed: int
    world: World
    activity: Mapping[str, float]
    first_day: Mapping[str, float]
    left: Mapping[str, datetime]
    reviews: Sequence[ReviewRow]
    tickets: Sequence[TicketRow]
    chats: Sequence[ChatRow]
    orders: int
    cancellations: int
    bad: Sequence[BadRow]
    copies: Sequence[Duplicate]
    pairs: Sequence[SamePerson]
    troubles: Mapping[str, int]
    repeated: Mapping[str, int]


_NOTES = {
    "offsets": "code points of the text as written in the file, end exclusive",
    "row": "0-based number of the data row (line of chats.jsonl); copies and bad rows count",
    "tags": "polarity -1 complaint, 1 praise; closing words such as 差评 or 失望 beside a named "
    "complaint are not tagged",
    "pii": "province, city and district stay unmarked; hotlines, last four digits and masked numbers too; "
    "allergies and illness in complaints are not marked as HEALTH",
    "hazard": "P(leave in week) = min(maximum, weekly_base * activity**activity_exponent * product of the "
    "factors of tags complained of within window_days before the week begins); other tags have none",
    "confounded": "tags without effect whose frequency depends on activity: a crude comparison misleads",
}


def truth_bytes(truth: Truth) -> bytes:
    """Return truth.json, one feedback on a line."""
    head = {
        "version": 1,
        "seed": truth.seed,
        "notes": _NOTES,
        "period": _period(truth.world),
        "hazard": _hazard(truth.world),
        "marginals": _marginals(truth),
        "same_person": [asdict(pair) for pair in truth.pairs],
        "duplicates": [asdict(copy) for copy in truth.copies],
        "bad_rows": [asdict(row) for row in truth.bad],
        "customers": {
            name: {
                "activity": round(value, 6),
                "first_day": round(truth.first_day[name], 6),
                "churned_at": truth.left[name].isoformat() if name in truth.left else None,
            }
            for name, value in truth.activity.items()
        },
    }
    parts = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
    lines = ",\n".join(_json(entry) for entry in _feedback(truth))
    return ("{\n" + ",\n".join(parts) + ',\n"feedback": [\n' + lines + "\n]}\n").encode("utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _period(world: World) -> dict[str, Any]:
    end = world.start + timedelta(days=world.days)
    return {"start": world.start.isoformat(), "end": end.isoformat(), "weeks": world.weeks}


def _hazard(world: World) -> dict[str, Any]:
    return {
        "unit": "week",
        **world.hazard.model_dump(),
        "factors": world.planted,
        "null_tags": [tag for tag in world.complaints if tag not in world.planted],
        "confounded": {tag: spec.activity for tag, spec in world.complaints.items() if spec.activity},
    }


def _feedback(truth: Truth) -> Iterable[dict[str, Any]]:
    moved = sorted(copy.row for copy in truth.copies)
    number = 0
    for row in truth.reviews:
        while number in moved:
            number += 1
        yield _entry(REVIEWS, number, row)
        number += 1
    for number, ticket in enumerate(truth.tickets):
        yield _entry(TICKETS, number, ticket)
    for number, turn in enumerate(truth.chats):
        entry = _entry(CHATS, number, turn)
        yield {**entry, "session_id": turn.session_id, "speaker": turn.speaker}


def _entry(file: str, number: int, row: Row) -> dict[str, Any]:
    return {
        "file": file,
        "row": number,
        "id": row.id,
        "customer_id": row.customer_id,
        "order_id": row.order_id,
        "ts": row.time.isoformat(),
        "sentiment": row.sentiment,
        "intent": row.intent,
        "tags": [mark._asdict() for mark in row.written.tags],
        "pii": [mark._asdict() for mark in row.written.pii],
    }


def _marginals(truth: Truth) -> dict[str, Any]:
    customer_turns = [row for row in truth.chats if row.speaker == "customer"]
    voices: list[Row] = [*truth.reviews, *truth.tickets, *customer_turns]
    complained = [(mark.tag, row) for row in voices for mark in row.written.tags if mark.polarity < 0]
    files: dict[str, Sequence[Row]] = {REVIEWS: truth.reviews, TICKETS: truth.tickets, CHATS: truth.chats}
    sessions = {row.session_id for row in truth.chats}
    telling = {row.session_id for row in customer_turns if row.written.pii}
    return {
        "customers": len(truth.activity),
        "churned": len(truth.left),
        "churn_share": round(len(truth.left) / len(truth.activity), 4),
        "orders": truth.orders,
        "cancellations": truth.cancellations,
        "reviews": len(truth.reviews),
        "tickets": len(truth.tickets),
        "chat_sessions": len(sessions),
        "chat_turns": len(truth.chats),
        "sentiment": {name: _counts(row.sentiment for row in rows) for name, rows in files.items()},
        "personal_information": {
            REVIEWS: _share(row.written for row in truth.reviews),
            TICKETS: _share(row.written for row in truth.tickets),
            CHATS: round(len(telling) / len(sessions), 4) if sessions else 0.0,
        },
        "entities": _counts(
            mark.entity for rows in files.values() for row in rows for mark in row.written.pii
        ),
        "complaints": _counts(tag for tag, _ in complained),
        "complaining_customers": _counts(
            tag for tag, _ in {(tag, row.customer_id) for tag, row in complained}
        ),
        "praise": _counts(mark.tag for row in voices for mark in row.written.tags if mark.polarity > 0),
        "troubled_orders": dict(truth.troubles),
        "repeated_texts": dict(truth.repeated),
    }


def _counts(values: Iterable[Any]) -> dict[str, int]:
    counted = Counter(str(value) for value in values)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _share(texts: Iterable[Written]) -> float:
    flags = [bool(written.pii) for written in texts]
    return round(sum(flags) / len(flags), 4) if flags else 0.0
