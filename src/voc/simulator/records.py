"""The rows of the sample company's files, with what is true of each text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voc.simulator.draft import Written

__all__ = ["ChatRow", "OrderRow", "ReviewRow", "TicketRow"]


@dataclass(frozen=True)
class ReviewRow:
    """One row of reviews.csv."""

    id: str
    customer_id: str
    time: datetime
    channel: str
    product: str
    rating: int
    nickname: str
    written: Written
    sentiment: int
    intent: str | None
    order_id: str


@dataclass(frozen=True)
class TicketRow:
    """One row of tickets.xlsx."""

    id: str
    customer_id: str
    time: datetime
    channel: str
    product: str
    contact: str
    phone: str
    written: Written
    sentiment: int
    intent: str
    order_id: str


@dataclass(frozen=True)
class ChatRow:
    """One line of chats.jsonl: a turn."""

    session_id: str
    id: str
    customer_id: str
    time: datetime
    channel: str
    product: str
    speaker: str
    written: Written
    sentiment: int | None
    intent: str | None
    order_id: str


@dataclass(frozen=True)
class OrderRow:
    """One row of orders.parquet; a cancellation has its own row with a negative amount."""

    order_id: str
    customer_id: str | None
    time: datetime
    amount: float
    channel: str
    product: str
