"""Reads and writes shipped weights: small npz files whose bytes depend on their content only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voc.errors import InputError
from voc.io.atomic import write_bytes

__all__ = ["Arrays", "read_artefact", "write_artefact"]

Arrays = Mapping[str, npt.NDArray[Any]]


def read_artefact(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of an artefact. Raises InputError when it is not there or damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        hint = "install voc again, or train it with scripts/"
        raise InputError("model weights are missing", where=path.name, hint=hint) from None
    except (OSError, EOFError, TypeError, ValueError, zipfile.BadZipFile):  # TypeError: one bare array
        raise InputError("model weights are damaged", where=path.name, hint="install voc again") from None


def write_artefact(path: Path, arrays: Arrays) -> None:
    """Write arrays as a compressed npz without times or other traces of the machine, whole or not at all."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(arrays[name]), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue(), compresslevel=9)
    write_bytes(path, whole.getvalue(), force=True)
