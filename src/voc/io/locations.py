"""What a location names: files, folders, globs, `-`, or a table in a database, and the format of a file."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voc.errors import InputError, UsageError, nearest
from voc.io.append import unfinished
from voc.io.atomic import PARTIAL_MARK

__all__ = [
    "FORMATS",
    "STDIO",
    "SUFFIXES",
    "DatabaseTable",
    "LocationLike",
    "checked_format",
    "database_table",
    "expand",
    "file_and_sheet",
    "format_of_content",
    "format_of_name",
    "redacted",
]

LocationLike = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A path, folder, glob, `-`, database URL with `::table`, or a sequence of paths."""

STDIO = "-"

SUFFIXES = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
    ".pq": "parquet",
}
FORMATS = ("csv", "tsv", "jsonl", "xlsx", "parquet")

_SCHEME = re.compile(r"(duckdb|postgres|postgresql)://", re.IGNORECASE)
_FOLDER_SUFFIXES = frozenset(SUFFIXES) - {".txt", ".json"}


@dataclass(frozen=True)
class DatabaseTable:
    """A table in a database."""

    url: str
    """Address without the table. May hold a password: show `name` instead."""
    table: str
    schema: str | None

    @property
    def name(self) -> str:
        """The location for messages, without a password."""
        table = f"{self.schema}.{self.table}" if self.schema else self.table
        return f"{redacted(self.url)}::{table}"

    @property
    def scheme(self) -> str:
        """`duckdb` or `postgres`."""
        return "duckdb" if self.url.lower().startswith("duckdb") else "postgres"


def redacted(url: str) -> str:
    """Return the address with any password replaced by `***`."""
    hidden = re.sub(r"(://[^/@:]*):[^/]*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&]password=)[^&]*", r"\1***", hidden)


def database_table(location: object) -> DatabaseTable | None:
    """Return the table that a database URL names, or None when the location is no database URL.

    Raises UsageError when the table is missing.
    """
    if not isinstance(location, str) or not _SCHEME.match(location):
        return None
    url, separator, table = location.rpartition("::")
    if not separator or not table:
        raise UsageError(
            "a database URL ends in ::table",
            where=redacted(location),
            hint="duckdb:///folder/file.duckdb::feedback",
        )
    schema, _, name = table.rpartition(".")
    return DatabaseTable(url, name, schema or None)


def file_and_sheet(location: str) -> tuple[Path, str | None]:
    """Split `book.xlsx::Sheet2` into the file and the sheet; the sheet is None without `::`."""
    path, separator, sheet = location.rpartition("::")
    if separator and not Path(location).exists():
        return Path(path), sheet
    return Path(location), None


def expand(location: LocationLike) -> tuple[Path, ...] | None:
    """Return the files behind a location in reading order, or None for `-` and databases.

    A folder stands for the tables directly in it, or else for those in its sub-folders named `column=value`;
    a glob for the files it matches; all sorted by name. Hidden files are passed over. A file that is named
    outright need not exist.

    Raises
    ------
    InputError
        When a folder holds no table, a glob matches nothing, or a folder cannot be listed.
    """
    if not isinstance(location, (str, os.PathLike)):
        parts = [expand(part) for part in location]
        if not parts:
            raise InputError("no input given")
        if any(part is None for part in parts):
            if len(parts) == 1:
                return None
            raise UsageError("a list of inputs holds files only, no database and no '-'")
        return tuple(path for part in parts for path in part or ())
    text = os.fspath(location)
    if text == STDIO or database_table(text):
        return None
    if not text:
        raise InputError("no input given")
    path, _ = file_and_sheet(text)
    if path.is_dir():
        return _in_folder(path)
    if not path.exists() and glob.has_magic(text):
        return _in_glob(text)
    return (path,)


def _in_folder(folder: Path) -> tuple[Path, ...]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  (names, not paths)
    except OSError as error:
        raise InputError(f"folder cannot be read ({error.strerror})", where=str(folder)) from None
    found = [
        folder / name
        for name in names
        if not _is_hidden(name) and (folder / name).suffix.lower() in _FOLDER_SUFFIXES
    ]
    files = tuple(path for path in found if path.is_file()) or _in_partitions(folder)
    if not files:
        hint = f"tables are files named {' '.join('*.' + name for name in FORMATS)}"
        raise InputError("folder holds no table", where=str(folder), hint=hint)
    return files


def _in_partitions(folder: Path) -> tuple[Path, ...]:
    from voc.io.partitions import partition_files

    if unfinished(folder):
        hint = "wait until it ends; when it was stopped, run the command that wrote it again"
        raise InputError("an append to this table has not come to its end", where=str(folder), hint=hint)
    try:
        return tuple(partition_files(folder))
    except OSError as error:
        raise InputError(f"folder cannot be read ({error.strerror})", where=str(folder)) from None


def _in_glob(pattern: str) -> tuple[Path, ...]:
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  (absolute patterns work too)
    files = tuple(Path(name) for name in found if Path(name).is_file() and not _is_hidden(Path(name).name))
    if not files:
        raise InputError("no file matches", where=pattern, hint="quote the pattern and check the folder")
    return files


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or PARTIAL_MARK in name


def format_of_name(path: Path) -> str | None:
    """Return the format that a file's name tells, or None."""
    return SUFFIXES.get(path.suffix.lower())


def checked_format(name: str) -> str:
    """Return `name` as one of FORMATS. Raises UsageError with the nearest one."""
    plain = name.lower().lstrip(".")
    plain = SUFFIXES.get(f".{plain}", plain)
    if plain in FORMATS:
        return plain
    near = nearest(plain, FORMATS)
    raise UsageError(
        f"unknown format {name!r}",
        where="--format",
        hint=f"did you mean {near!r}?" if near else f"one of {', '.join(FORMATS)}",
    )


def format_of_content(head: bytes) -> str:
    """Return the format that the first bytes tell. CSV when nothing else fits."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx"
    plain = head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").removeprefix(b"\xff\xfe").lstrip()
    return "jsonl" if plain.startswith(b"{") else "csv"
