"""The command line: parse, call, print. `main` is the entry point of the `voc` script."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the `voc` command and exit with its code."""
    from voc.cli.app import app

    app()
