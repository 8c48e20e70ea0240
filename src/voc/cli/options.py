"""Options that several commands share, and how they are parsed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from voc.errors import UsageError

__all__ = [
    "ByMonth",
    "Engine",
    "Force",
    "Incremental",
    "Input",
    "KeyPlace",
    "Map",
    "Master",
    "Ner",
    "Output",
    "Policy",
    "QuarantineAsked",
    "QuarantineFile",
    "Resume",
    "Text",
    "VaultPlace",
    "Workers",
    "parse_map",
    "parse_maps",
    "refuse_on_a_cluster",
]

Input = Annotated[
    str,
    typer.Argument(
        metavar="INPUT", help="File, folder, glob, - for standard input, or a database URL with ::table."
    ),
]
Output = Annotated[
    str,
    typer.Option("--output", "-o", metavar="OUTPUT", help="Its format follows the name; - is stdout."),
]
Text = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="COL", help="Text column, may be repeated. Found by name when left out."),
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="THEIRS=OURS", help="Rename a column of any input: 用户编号=customer_id."),
]
Policy = Annotated[str, typer.Option(metavar="FILE", help="Policy file, or 'default'.")]
Ner = Annotated[
    list[str] | None,
    typer.Option(
        "--ner",
        metavar="MODEL",
        help="Installed model that finds more names and addresses: spacy:NAME or transformers:PATH.",
    ),
]
QuarantineFile = Annotated[
    Path | None,
    typer.Option("--quarantine", metavar="FILE", help="Where bad rows go; beside the output when left out."),
]
QuarantineAsked = Annotated[
    Path | None,
    typer.Option(
        "--quarantine", metavar="FILE", help="Where bad rows are listed; only counted when left out."
    ),
]
"""Of commands that write nothing else."""
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Worker processes; all cores when left out.")
]
Engine = Annotated[
    str, typer.Option("--engine", metavar="NAME", help="Where text stages run: local or spark.")
]
Master = Annotated[
    str | None, typer.Option("--master", metavar="URL", help="Spark's master, for example local[2].")
]
VaultPlace = Annotated[
    str | None,
    typer.Option("--vault", metavar="VAULT", help="SQLite file or postgresql:// URL; else VOC_VAULT."),
]
KeyPlace = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="SOURCE",
        help="Where the vault's key is: file:PATH, env:NAME, keyring:SERVICE/NAME, command:PROGRAM. "
        "Else VOC_VAULT_KEY.",
    ),
]
ByMonth = Annotated[
    str | None,
    typer.Option(
        "--partition-by-month",
        metavar="COL",
        help="Append to a folder of Parquet files by the month of this column: OUTPUT/month=2026-01/….",
    ),
]
Incremental = Annotated[
    bool,
    typer.Option(
        "--incremental",
        help="Work on rows that are new or changed since the last run with this option; same result.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume/--no-resume", help="Go on where an interrupted run stopped, or begin afresh."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing outputs.")]


def parse_map(pairs: Sequence[str] | None) -> dict[str, str]:
    """Turn `theirs=ours` pairs into a mapping from ours to theirs, for a command of one input.

    Raises
    ------
    UsageError
        For anything else, and for two columns that are to be one.
    """
    columns: dict[str, str] = {}
    for ours, theirs in parse_maps(pairs).items():
        if len(theirs) > 1:
            raise UsageError(f"two columns are mapped to {ours!r}", where="--map")
        [columns[ours]] = theirs
    return columns


def parse_maps(pairs: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """Turn `theirs=ours` pairs into a mapping from ours to theirs, which each input may call otherwise.

    Raises
    ------
    UsageError
        For anything else.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for pair in pairs or ():
        theirs, separator, ours = pair.rpartition("=")
        if not separator or not theirs or not ours:
            raise UsageError(
                "a mapping is written theirs=ours", where="--map", hint="--map 用户编号=customer_id"
            )
        columns[ours] = tuple(dict.fromkeys((*columns.get(ours, ()), theirs)))
    return columns


def refuse_on_a_cluster(by_month: str | None, incremental: bool) -> None:
    """Raise UsageError when a table that Spark itself reads and writes is to be filed or remade by voc."""
    if by_month is not None:
        raise UsageError(
            "tables of a cluster have a layout of their own",
            where="--partition-by-month",
            hint="partition the table with Spark, or read and write files",
        )
    if incremental:
        hint = "read and write files, or leave it out"
        raise UsageError("tables of a cluster are worked on whole", where="--incremental", hint=hint)
