"""Simulates the sample company and writes its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import numpy as np

from voc.errors import OutputError, UsageError
from voc.simulator import files
from voc.simulator.chats import ChatWriter
from voc.simulator.complaints import KINDS, Feedback, Kind, draw_feedback, random_for
from voc.simulator.composer import NeverTwice
from voc.simulator.defects import Spoilt, choose_defects
from voc.simulator.draft import Written
from voc.simulator.hazard import draw_churn
from voc.simulator.identifiers import order_number
from voc.simulator.orders import Orders, day_of, draw_activity, draw_orders
from voc.simulator.people import Person, SamePerson, make_people
from voc.simulator.phrases import PhraseBook
from voc.simulator.records import ChatRow, OrderRow, ReviewRow, TicketRow
from voc.simulator.reviews import Review, ReviewWriter
from voc.simulator.scene import Scene
from voc.simulator.tickets import Ticket, TicketWriter
from voc.simulator.truth import Truth, truth_bytes
from voc.simulator.world import Lexicon, load_lexicon

__all__ = ["CompanyFiles", "Progress", "write_company"]

MOST_CUSTOMERS = 200_000


class Progress(Protocol):
    """Is told how far the writing has come (the shape of voc's progress bars)."""

    def start(self, label: str, total_rows: int | None) -> None:
        """Begin a piece of work."""
        ...

    def advance(self, rows: int) -> None:
        """Tell that so many more rows are done."""
        ...

    def stop(self) -> None:
        """End the piece of work."""
        ...


@dataclass(frozen=True)
class CompanyFiles:
    """Where the files are."""

    folder: Path
    reviews: Path
    tickets: Path
    chats: Path
    orders: Path
    customers: Path
    truth: Path


def write_company(
    folder: Path, *, customers: int = 3000, seed: int = 20240101, progress: Progress | None = None
) -> CompanyFiles:
    """Write the sample company: 18 months of orders and feedback, and what is true of them.

    The same arguments give the same bytes. Files of the same names in `folder` are replaced; ask first.

    Parameters
    ----------
    folder
        Made when it is not there.
    customers
        Customer accounts, 1 to 200,000. The other tables grow in proportion (3,000 customers: about
        80,000 orders, 5,500 reviews, 1,700 tickets, 900 chats).
    seed
        Any whole number.
    progress
        Told about the texts as they are written.

    Raises
    ------
    UsageError
        For a number of customers out of range, or a negative seed.
    OutputError
        When a file cannot be written.
    """
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise UsageError(f"expected 1 to {MOST_CUSTOMERS:,} customers, got {customers}", where="customers")
    if seed < 0:
        raise UsageError("expected a seed of 0 or more", where="seed")
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder cannot be made ({error.strerror})", where=str(folder)) from None
    return _Company(customers, seed).write(folder, progress)


@contextmanager
def _told(progress: Progress | None, rows: int) -> Iterator[Progress | None]:
    if progress is None:
        yield None
        return
    progress.start("sample company", rows)
    try:
        yield progress
    finally:
        progress.stop()


class _Company:
    """The simulated company: who orders what, who complains of what, who leaves."""

    def __init__(self, customers: int, seed: int) -> None:
        self.seed = seed
        self.lexicon: Lexicon = load_lexicon()
        self.book = PhraseBook(self.lexicon)
        world = self.lexicon.world
        self.start = datetime(world.start.year, world.start.month, world.start.day)
        self.channels = list(self.lexicon.goods.channels)
        self.people: list[Person]
        self.pairs: list[SamePerson]
        self.people, self.pairs = make_people(
            customers, world, self.lexicon.people, random_for(seed, "people")
        )
        rng = np.random.default_rng([seed, 1])
        self.activity = draw_activity(customers, world, rng)
        self.first_day = np.array([max(0.0, self._days(person.registered)) for person in self.people])
        self.all_orders: Orders = draw_orders(self.activity, self.first_day, world, self.lexicon.goods, rng)
        feedback, self.troubles = draw_feedback(self.all_orders, self.activity, self.lexicon, self.book, rng)
        self.churn = draw_churn(self.activity, self.first_day, feedback, world, rng)
        self.feedback: list[Feedback] = [item for item in feedback if item.time < self.churn[item.customer]]
        self.made = np.flatnonzero(self.all_orders.time < self.churn[self.all_orders.customer])
        self.fresh = {kind: NeverTwice() for kind in KINDS}

    def _days(self, moment: datetime) -> float:
        return (moment - self.start).total_seconds() / 86_400

    def _moment(self, time: float) -> datetime:
        return self.start + timedelta(seconds=int(time * 86_400))

    def write(self, folder: Path, progress: Progress | None) -> CompanyFiles:
        """Write all files and return where they are."""
        with _told(progress, len(self.feedback)) as told:
            reviews, tickets, chats = self._texts(told)
        orders = self._order_rows()
        spoilt = choose_defects(
            self.lexicon.world.defects,
            reviews=len(reviews),
            tickets=len(tickets),
            turns=len(chats),
            orders=len(orders),
            rng=random_for(self.seed, "defects"),
        )
        orders = _without_customer(orders, spoilt)
        review_data, bad, copies = files.reviews_bytes(reviews, spoilt)
        ticket_data, bad_tickets = files.tickets_bytes(tickets, spoilt)
        chat_data, bad_chats = files.chats_bytes(chats, spoilt)
        order_data, bad_orders = files.orders_bytes(orders)
        left = self._left()
        truth = Truth(
            seed=self.seed,
            world=self.lexicon.world,
            activity={p.customer_id: float(a) for p, a in zip(self.people, self.activity, strict=True)},
            first_day={p.customer_id: float(d) for p, d in zip(self.people, self.first_day, strict=True)},
            left=left,
            reviews=reviews,
            tickets=tickets,
            chats=chats,
            orders=len(self.made),
            cancellations=len(orders) - len(self.made),
            bad=[*bad, *bad_tickets, *bad_chats, *bad_orders],
            copies=copies,
            pairs=self.pairs,
            troubles=self.troubles,
            repeated={kind: never.repeated for kind, never in self.fresh.items()},
        )
        data = {
            files.REVIEWS: review_data,
            files.TICKETS: ticket_data,
            files.CHATS: chat_data,
            files.ORDERS: order_data,
            files.CUSTOMERS: files.customers_bytes(self.people, left, self.lexicon.people),
            files.TRUTH: truth_bytes(truth),
        }
        for name, content in data.items():
            files.place(folder / name, content)
        return CompanyFiles(folder, *(folder / name for name in data))

    def _left(self) -> dict[str, datetime]:
        return {
            person.customer_id: self._moment(time)
            for person, time in zip(self.people, self.churn, strict=True)
            if np.isfinite(time)
        }

    def _number(self, order: int) -> str:
        day = day_of(self.lexicon.world, float(self.all_orders.time[order]))
        return order_number(self.channels[self.all_orders.channel[order]], day, order, self.seed)

    def _order_rows(self) -> list[OrderRow]:
        orders, goods, rows = self.all_orders, self.lexicon.goods.products, []
        rng = random_for(self.seed, "cancellations")
        end = self._moment(self.lexicon.world.days)
        for index in self.made.tolist():
            number, moment = self._number(index), self._moment(orders.time[index])
            customer = self.people[orders.customer[index]].customer_id
            product = goods[orders.product[index]].name
            channel = self.channels[orders.channel[index]]
            amount = float(orders.amount[index])
            rows.append(OrderRow(number, customer, moment, amount, channel, product))
            if orders.cancelled[index]:
                later = moment + timedelta(hours=rng.randint(2, 120), minutes=rng.randrange(60))
                if later < end:
                    rows.append(OrderRow(f"{number}-T", customer, later, -amount, channel, product))
        return sorted(rows, key=lambda row: (row.time, row.order_id))

    def _scene(self, item: Feedback) -> Scene:
        orders = self.all_orders
        return Scene(
            self.lexicon,
            self.people[item.customer],
            product=self.lexicon.goods.products[orders.product[item.order]],
            channel=self.channels[orders.channel[item.order]],
            ordered=self._moment(orders.time[item.order]),
            order_number=self._number(item.order),
        )

    def _texts(self, progress: Progress | None) -> tuple[list[ReviewRow], list[TicketRow], list[ChatRow]]:
        reviews, tickets, chats = [], [], []
        writers = (
            ReviewWriter(self.lexicon, self.book, self.lexicon.reviews),
            TicketWriter(self.lexicon, self.book, self.lexicon.tickets),
            ChatWriter(self.lexicon, self.book, self.lexicon.chats),
        )
        numbers: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        for done, item in enumerate(self.feedback, start=1):
            numbers[item.kind] += 1
            number = numbers[item.kind]
            if item.kind == "reviews":
                reviews.append(self._review(writers[0], item, number))
            elif item.kind == "tickets":
                tickets.append(self._ticket(writers[1], item, number))
            else:
                chats.extend(self._chat(writers[2], item, number))
            if progress is not None and done % 200 == 0:
                progress.advance(200)
        if progress is not None:
            progress.advance(len(self.feedback) % 200)
        return reviews, tickets, chats

    def _review(self, writer: ReviewWriter, item: Feedback, number: int) -> ReviewRow:
        rng, scene = random_for(self.seed, "review", number), self._scene(item)
        kept: list[Review] = []

        def write() -> Written:
            kept.append(writer.write(item, scene, rng))
            return kept[-1].written

        written = self.fresh["reviews"].draw(write)
        review = kept[-1]
        nickname = writer.nickname(rng)
        return ReviewRow(
            f"PJ{number:08d}",
            scene.person.customer_id,
            self._moment(item.time),
            scene.channel,
            scene.product.name,
            review.rating,
            nickname,
            written,
            review.sentiment,
            review.intent,
            scene.order_number,
        )

    def _ticket(self, writer: TicketWriter, item: Feedback, number: int) -> TicketRow:
        rng, scene = random_for(self.seed, "ticket", number), self._scene(item)
        kept: list[Ticket] = []

        def write() -> Written:
            kept.append(writer.write(item, scene, rng))
            return kept[-1].written

        written = self.fresh["tickets"].draw(write)
        ticket = kept[-1]
        return TicketRow(
            f"GD{self._moment(item.time):%Y%m%d}{number:06d}",
            scene.person.customer_id,
            self._moment(item.time),
            scene.channel,
            scene.product.name,
            scene.person.name,
            scene.person.mobile,
            written,
            ticket.sentiment,
            ticket.intent,
            scene.order_number,
        )

    def _chat(self, writer: ChatWriter, item: Feedback, number: int) -> list[ChatRow]:
        rng, scene = random_for(self.seed, "chat", number), self._scene(item)
        rows: list[ChatRow] = []
        moment = self._moment(item.time)
        for place, turn in enumerate(writer.write(item, scene, rng, self.fresh["chats"]), start=1):
            rows.append(
                ChatRow(
                    f"S{number:07d}",
                    f"S{number:07d}-{place:02d}",
                    scene.person.customer_id,
                    moment,
                    scene.channel,
                    scene.product.name,
                    turn.speaker,
                    turn.written,
                    turn.sentiment,
                    turn.intent,
                    scene.order_number,
                )
            )
            moment += timedelta(seconds=rng.randint(8, 150))
        return rows


def _without_customer(orders: Sequence[OrderRow], spoilt: Spoilt) -> list[OrderRow]:
    return [
        OrderRow(row.order_id, None, row.time, row.amount, row.channel, row.product)
        if number in spoilt.missing_customer
        else row
        for number, row in enumerate(orders)
    ]
