"""The root of the `voc` application, to which every command module adds itself."""

from __future__ import annotations

from typing import Annotated

import typer

from voc import __version__

__all__ = ["app"]

app = typer.Typer(
    name="voc",
    help="Chinese voice-of-customer toolkit: mask personal information, tag complaints, explain churn.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"voc {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
