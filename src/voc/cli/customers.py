"""`voc customers …`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from voc.cli.options import Force, Map, Output, parse_map
from voc.cli.root import app
from voc.cli.session import Session, Summary, command

__all__ = ["rfm"]

group = typer.Typer(help="Customer tables.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="customers")


@command(group, "rfm", example="voc customers rfm orders.parquet -o customers.parquet")
def rfm(
    session: Session,
    orders: Annotated[str, typer.Argument(metavar="ORDERS", help="customer_id, order_id, ts, amount.")],
    output: Output,
    columns: Map = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Day of measurement; by default the last order's."
        ),
    ] = None,
    window_days: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Count orders of so many days only.")
    ] = None,
    force: Force = False,
) -> Summary:
    """Recency, frequency, monetary value and the segment of every customer."""
    from voc.cli.summaries import customers_summary
    from voc.pipeline.customers import rfm_file

    result = rfm_file(
        orders,
        output,
        columns=parse_map(columns),
        as_of=as_of.date() if as_of else None,
        window_days=window_days,
        force=force,
    )
    return customers_summary(session, result, output)
