"""Folders that appear whole or not at all: filled beside their name, then renamed."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from voc.errors import OutputExistsError
from voc.io.atomic import PARTIAL_MARK, telling_output_errors

__all__ = ["folder_in_place"]


@contextlib.contextmanager
def folder_in_place(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Give an unfinished folder to fill; it takes its place at the end of the block, or goes if that fails.

    Raises
    ------
    OutputExistsError
        When something stands there and `force` is not set.
    OutputError
        When it cannot be written.
    """
    if path.exists() and not force:
        raise OutputExistsError(str(path))
    partial = path.with_name(f".{path.name}{PARTIAL_MARK}{secrets.token_hex(4)}")
    try:
        with telling_output_errors(str(path)):
            partial.mkdir(parents=True)
            yield partial
            if path.is_dir():
                shutil.rmtree(path)
            partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
