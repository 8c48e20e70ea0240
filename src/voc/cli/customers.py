"""`voc customers …`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voc.cli.options import Force, Map, Output, QuarantineFile, parse_map, parse_maps
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

if TYPE_CHECKING:
    from voc.io import Quarantine
    from voc.pipeline.customers.files import CustomerFile

__all__ = [
    "actions",
    "clv",
    "cohorts",
    "contracts",
    "exits",
    "hazards",
    "identity",
    "rfm",
    "risk",
    "satisfaction",
    "survival",
]

group = typer.Typer(help="Customer tables.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="customers")


Orders = Annotated[str, typer.Argument(metavar="ORDERS", help="customer_id, order_id, ts, amount.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="DATE", help="Last day that counts; the last order's if not given."
    ),
]
Churn = Annotated[
    str | None,
    typer.Option(metavar="C", help="customer_id, churned_at; from inactivity when left out."),
]
Inactive = Annotated[
    int, typer.Option(min=1, metavar="DAYS", help="Silence that counts as leaving, without --churn.")
]
MinMatch = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="Stop when fewer customers are in both tables.")
]


def _with_rows_set_aside(
    session: Session, output: str, quarantine: Path | None, work: Callable[[Quarantine], CustomerFile]
) -> Summary:
    """Do what a command does, with a place for the rows that cannot be read, and summarise it."""
    from voc.cli.summaries import customer_file_summary, with_rows_set_aside
    from voc.pipeline.files import open_quarantine

    with open_quarantine(output, quarantine) as bad:
        result = work(bad)
    return with_rows_set_aside(customer_file_summary(session, result, output), bad)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@command(group, "rfm", example="voc customers rfm orders.parquet -o customers.parquet")
def rfm(
    session: Session,
    orders: Orders,
    output: Output,
    columns: Map = None,
    as_of: AsOf = None,
    window_days: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Count orders of so many days only.")
    ] = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Recency, frequency, monetary value and the segment of every customer."""
    from voc.cli.summaries import customers_summary, with_rows_set_aside
    from voc.pipeline.customers.table import rfm_file
    from voc.pipeline.files import open_quarantine

    with open_quarantine(output, quarantine) as bad:
        result = rfm_file(
            orders,
            output,
            columns=parse_maps(columns),
            as_of=_day(as_of),
            window_days=window_days,
            quarantine=bad,
            force=force,
        )
    return with_rows_set_aside(customers_summary(session, result, output), bad)


@command(group, "cohorts", example="voc customers cohorts orders.parquet -o cohorts.parquet")
def cohorts(
    session: Session,
    orders: Orders,
    output: Output,
    columns: Map = None,
    customers: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="customer_id, registered_at; by first order when left out."),
    ] = None,
    min_match: MinMatch = 0.3,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Retention of customers by the month they came."""
    from voc.pipeline.customers.files import cohorts_file

    def work(bad: Quarantine) -> CustomerFile:
        return cohorts_file(
            orders,
            output,
            columns=parse_maps(columns),
            customers=customers,
            as_of=_day(as_of),
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(group, "clv", example="voc customers clv orders.parquet -o clv.parquet --months 12")
def clv(
    session: Session,
    orders: Orders,
    output: Output,
    columns: Map = None,
    months: Annotated[int, typer.Option(min=1, max=60, metavar="N", help="Horizon.")] = 12,
    margin: Annotated[float, typer.Option(metavar="SHARE", help="Share of revenue that counts.")] = 1.0,
    discount: Annotated[float, typer.Option(metavar="RATE", help="Later orders count less, a year.")] = 0.0,
    holdout: Annotated[
        int, typer.Option(min=1, metavar="DAYS", help="Hold the model to so many last days.")
    ] = 90,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Expected orders and value of every customer, by BG/NBD and Gamma-Gamma."""
    from voc.pipeline.customers.files import clv_file

    def work(bad: Quarantine) -> CustomerFile:
        return clv_file(
            orders,
            output,
            columns=parse_maps(columns),
            as_of=_day(as_of),
            months=months,
            margin=margin,
            discount=discount,
            holdout=holdout,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(
    group,
    "risk",
    example="voc customers risk masked-orders.parquet -o risk.parquet "
    "--tags tagged.parquet --churn masked-churn.parquet",
)
def risk(
    session: Session,
    orders: Orders,
    output: Output,
    columns: Map = None,
    tags: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="A table of voc tag, or a row a tag: customer_id, ts, tag, polarity[, evidence].",
        ),
    ] = None,
    churn: Churn = None,
    horizon: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Look so many days ahead.")] = 60,
    min_match: MinMatch = 0.5,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Who is likely to leave soon and why, judged on the last weeks whose outcome is known."""
    from voc.pipeline.customers.files import risk_file

    def work(bad: Quarantine) -> CustomerFile:
        return risk_file(
            orders,
            output,
            columns=parse_maps(columns),
            tags=tags,
            churn=churn,
            as_of=_day(as_of),
            horizon=horizon,
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(group, "identity", example="voc customers identity customers.csv -o persons.parquet")
def identity(
    session: Session,
    accounts: Annotated[
        str, typer.Argument(metavar="ACCOUNTS", help="customer_id and columns of phones, e-mails, numbers.")
    ],
    output: Output,
    columns: Map = None,
    max_accounts: Annotated[
        int, typer.Option(min=2, metavar="N", help="A value that more accounts share links nobody.")
    ] = 5,
    recycle_days: Annotated[
        int, typer.Option(min=0, metavar="DAYS", help="A value idle for longer was handed on.")
    ] = 90,
    fuzzy: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="Link by weak agreements too; three columns or more. Needs splink."),
    ] = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Which accounts are one person: a map that can be left out again."""
    from voc.pipeline.customers.files import identity_file

    def work(bad: Quarantine) -> CustomerFile:
        return identity_file(
            accounts,
            output,
            columns=parse_maps(columns),
            max_accounts=max_accounts,
            recycle_days=recycle_days,
            fuzzy=fuzzy or (),
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(
    group,
    "survival",
    example="voc customers survival masked-orders.parquet -o survival.parquet --churn masked-churn.parquet",
)
def survival(
    session: Session,
    orders: Orders,
    output: Output,
    columns: Map = None,
    churn: Churn = None,
    inactive: Inactive = 180,
    min_match: MinMatch = 0.3,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """How long customers stay: Kaplan-Meier by time of the first order, with a log-rank test."""
    from voc.pipeline.customers.leaving import survival_file

    def work(bad: Quarantine) -> CustomerFile:
        return survival_file(
            orders,
            output,
            columns=parse_maps(columns),
            churn=churn,
            as_of=_day(as_of),
            inactive_days=inactive,
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(
    group,
    "hazards",
    example="voc customers hazards masked-orders.parquet -o hazards.csv "
    "--tags tagged.parquet --churn masked-churn.parquet",
)
def hazards(
    session: Session,
    orders: Orders,
    output: Output,
    tags: Annotated[
        str,
        typer.Option(metavar="T", help="A table of voc tag, or a row a tag: customer_id, ts, tag, polarity."),
    ],
    columns: Map = None,
    churn: Churn = None,
    inactive: Inactive = 180,
    acting: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days for which a complaint acts.")] = 90,
    min_match: MinMatch = 0.3,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """How complaints raise the hazard of leaving while they act: Cox regression. Needs lifelines."""
    from voc.pipeline.customers.leaving import hazards_file

    def work(bad: Quarantine) -> CustomerFile:
        return hazards_file(
            orders,
            output,
            tags=tags,
            columns=parse_maps(columns),
            churn=churn,
            as_of=_day(as_of),
            inactive_days=inactive,
            acting_days=acting,
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(
    group,
    "exits",
    example="voc customers exits orders.parquet -o exits.csv --churn churn.csv --reason reason",
)
def exits(
    session: Session,
    orders: Orders,
    output: Output,
    churn: Annotated[str, typer.Option(metavar="C", help="customer_id, churned_at, and the way out.")],
    reason: Annotated[str, typer.Option(metavar="COL", help="Column of the way out.")],
    columns: Map = None,
    min_match: MinMatch = 0.3,
    as_of: AsOf = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """How many leave by each way out, where one way shuts the others: Aalen-Johansen."""
    from voc.pipeline.customers.leaving import exits_file

    def work(bad: Quarantine) -> CustomerFile:
        return exits_file(
            orders,
            output,
            churn=churn,
            reason=reason,
            columns=parse_maps(columns),
            as_of=_day(as_of),
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(group, "contracts", example="voc customers contracts cohort.csv -o retention.csv --periods 12")
def contracts(
    session: Session,
    cohort: Annotated[
        str, typer.Argument(metavar="COHORT", help="renewal (0, 1, 2 …), customers still there.")
    ],
    output: Output,
    columns: Map = None,
    periods: Annotated[int, typer.Option(min=1, metavar="N", help="Renewals to look ahead.")] = 12,
    force: Force = False,
) -> Summary:
    """How long a cohort goes on renewing its contracts: shifted-beta-geometric."""
    from voc.cli.summaries import customer_file_summary
    from voc.pipeline.customers.leaving import contracts_file

    result = contracts_file(cohort, output, columns=parse_map(columns), periods=periods, force=force)
    return customer_file_summary(session, result, output)


@command(
    group,
    "satisfaction",
    example="voc customers satisfaction tagged.parquet -o satisfaction.parquet "
    "--orders masked-orders.parquet --map 评分=rating",
)
def satisfaction(
    session: Session,
    feedback: Annotated[
        str, typer.Argument(metavar="FEEDBACK", help="rating, customer_id; sentiment where tagged.")
    ],
    output: Output,
    columns: Map = None,
    orders: Annotated[str | None, typer.Option(metavar="O", help="Orders, for segments.")] = None,
    scale: Annotated[int | None, typer.Option(metavar="5|10", help="Found when left out.")] = None,
    min_match: MinMatch = 0.3,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """Net promoter score and satisfaction from ratings, by segment, beside what is written."""
    from voc.pipeline.customers.files import satisfaction_file

    def work(bad: Quarantine) -> CustomerFile:
        return satisfaction_file(
            feedback,
            output,
            columns=parse_maps(columns),
            orders=orders,
            scale=scale,
            min_match=min_match,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)


@command(
    group,
    "actions",
    example="voc customers actions masked-orders.parquet --effects causes/effects.parquet -o actions.xlsx",
)
def actions(
    session: Session,
    orders: Orders,
    effects: Annotated[str, typer.Option(metavar="E", help="effects.parquet, as voc rootcause writes it.")],
    output: Output,
    columns: Map = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own suggestions; the packed ones when left out.")
    ] = None,
    quarantine: QuarantineFile = None,
    force: Force = False,
) -> Summary:
    """What to do about clear causes by segment, what it costs and what it may save."""
    from voc.pipeline.customers.files import actions_file

    def work(bad: Quarantine) -> CustomerFile:
        return actions_file(
            effects,
            orders,
            output,
            columns=parse_maps(columns),
            rules=rules,
            quarantine=bad,
            force=force,
        )

    return _with_rows_set_aside(session, output, quarantine, work)
