"""Where the shipped weights of tagging are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from voc.io.artefacts import read_artefact, write_artefact

__all__ = ["artefact_folder", "artefact_path", "read_artefact", "write_artefact"]

_FOLDER: Final = Path(__file__).resolve().parents[1] / "artefacts"


def artefact_folder() -> Path:
    """Folder of the shipped weights."""
    return _FOLDER


def artefact_path(name: str) -> Path:
    """Path of the shipped weights of a model, `sentiment.linear.v3` for example."""
    return _FOLDER / f"{name}.npz"
