"""Finds the lexicons and pipelines that ship with voc; a user's own file of the same name wins.

Search order: the folder in `VOC_HOME`, the user's configuration folder (`~/.config/voc`, or
`XDG_CONFIG_HOME`), the files packed into the wheel, and the source tree when voc runs from one.
"""

from __future__ import annotations

import os
from pathlib import Path

from voc.errors import UsageError, nearest

__all__ = ["config_home", "data_home", "lexicon", "packed_lexicon", "pipeline", "search_path"]

_PACKAGE = Path(__file__).resolve().parents[1]


def config_home() -> Path:
    """Folder of the user's own lexicons, pipelines and policies."""
    if home := os.environ.get("VOC_HOME"):
        return Path(home)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "voc"


def data_home() -> Path:
    """Folder of keys and other files that voc keeps for the user."""
    if home := os.environ.get("VOC_HOME"):
        return Path(home)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "voc"


def search_path(kind: str) -> list[Path]:
    """Folders searched for `kind` (`lexicons` or `pipelines`), the first wins."""
    folders = [config_home() / kind, _PACKAGE / "_packed" / kind]
    source_tree = _PACKAGE.parents[1]
    if (source_tree / "pyproject.toml").is_file():
        folders.append(source_tree / kind)
    return folders


def _find(kind: str, name: str, folders: list[Path]) -> Path:
    for folder in folders:
        if (found := folder / name).is_file():
            return found
    known = sorted({path.name for folder in folders if folder.is_dir() for path in folder.iterdir()})
    stems = {Path(other).stem: other for other in known}
    near = stems.get(nearest(Path(name).stem, stems) or "")
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
    raise UsageError(f"no packed file {name!r} among {kind}", hint=hint)


def lexicon(name: str) -> Path:
    """Path of the lexicon file `name`. Raises UsageError with the nearest name when there is none."""
    return _find("lexicons", name, search_path("lexicons"))


def packed_lexicon(name: str) -> Path:
    """Path of the lexicon file `name` as it ships with voc, whatever the user's own folder holds."""
    return _find("lexicons", name, search_path("lexicons")[1:])


def pipeline(name: str) -> Path:
    """Path of the pipeline file `name`. Raises UsageError with the nearest name when there is none."""
    return _find("pipelines", name, search_path("pipelines"))
