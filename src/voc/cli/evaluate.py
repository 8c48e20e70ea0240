"""`voc evaluate …`: scores models on labelled tables."""

from __future__ import annotations

import typer

from voc.cli.root import app

__all__ = ["group"]

group = typer.Typer(help="Score models on labelled tables.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="evaluate")
