"""Reads word lists: packed YAML lexicons, word-per-line files, and the user's own terms as TSV.

Every packed lexicon starts with comment lines that name its source and its licence, and carries a version.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from voc.config.loader import read_yaml
from voc.config.resources import lexicon
from voc.errors import ConfigError, Fault, InputError, nearest
from voc.how_many import how_many

__all__ = [
    "Header",
    "UserTerm",
    "digest",
    "read_header",
    "read_lexicon",
    "read_user_terms",
    "read_words",
    "split_words",
    "stopwords",
]

_BLOCK: Final = 1 << 20
"""Bytes of a file that are digested at once."""
_FIELD: Final = re.compile(r"^#\s*(source|licence|version)\s*:\s*(\S.*?)\s*$", re.IGNORECASE)
_POLARITIES: Final = {"-1": -1, "0": 0, "1": 1, "+1": 1, "投诉": -1, "中性": 0, "表扬": 1}


class Header(NamedTuple):
    """What the first comment lines of a lexicon say."""

    source: str
    licence: str


class UserTerm(NamedTuple):
    """One line of a user's own lexicon."""

    term: str
    """A word or phrase; `*` stands for up to 8 characters of the same clause, `#` for a number."""
    tag: str
    """Tag id, for example `logistics.delay`."""
    polarity: int
    """-1 complaint, 0 mention, 1 praise."""


def read_header(path: Path) -> Header:
    """Read source and licence from the leading comment lines.

    Raises ConfigError when either is missing, InputError when the file cannot be read.
    """
    found: dict[str, str] = {}
    for line in _read(path).splitlines():
        if not line.startswith("#"):
            break
        if match := _FIELD.match(line):
            found[match[1].lower()] = match[2]
    missing = [name for name in ("source", "licence") if name not in found]
    if missing:
        faults = [Fault("(header)", f"no line '# {name}: …'") for name in missing]
        raise ConfigError(str(path), faults)
    return Header(found["source"], found["licence"])


def read_lexicon(name: str) -> Mapping[str, Any]:
    """Read a packed YAML lexicon by name. Raises ConfigError without header or version."""
    path = lexicon(name)
    read_header(path)
    document = read_yaml(path)
    if not isinstance(document.get("version"), int):
        raise ConfigError(str(path), [Fault("version", "a whole number is needed")])
    return document


def split_words(text: object) -> tuple[str, ...]:
    """Split a YAML scalar of words at white space; repeats are dropped, order stays."""
    return tuple(dict.fromkeys(str(text or "").split()))


def read_words(path: Path) -> frozenset[str]:
    """Read a file of one word a line; `#` starts a comment line."""
    lines = (line.strip() for line in _read(path).splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def stopwords(language: str = "zh") -> frozenset[str]:
    """Words that say nothing about the content."""
    return read_words(lexicon(f"stopwords_{language}.txt"))


def read_user_terms(path: Path, known_tags: Collection[str] | None = None) -> tuple[UserTerm, ...]:
    """Read a user's own terms: lines of `term<TAB>tag<TAB>polarity`.

    A header line and `#` comments are skipped. A term may stand for several tags, each on a line of its own.

    Raises
    ------
    ConfigError
        With every fault of the file, by line. `known_tags`, when given, are the tags that exist.
    """
    terms: list[UserTerm] = []
    faults: list[Fault] = []
    lines: dict[tuple[str, str], int] = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or (not terms and cells[:2] == ["term", "tag"]):
            continue
        problem = _fault_of(cells, known_tags)
        if problem is None:
            first = lines.setdefault((cells[0].lower(), cells[1]), number)
            if first != number:
                problem = "this term and tag stand already", f"line {first}"
        if problem:
            faults.append(Fault(f"line {number}", *problem))
        else:
            polarity = _POLARITIES[cells[2]] if len(cells) > 2 and cells[2] else -1
            terms.append(UserTerm(cells[0], cells[1], polarity))
    if faults:
        raise ConfigError(str(path), faults)
    return tuple(terms)


def _fault_of(cells: list[str], known_tags: Collection[str] | None) -> tuple[str, str | None] | None:
    if not 2 <= len(cells) <= 3:
        return how_many(len(cells), "cell"), "term<TAB>tag<TAB>polarity"
    if not cells[0].strip("*#"):
        return "the term is empty", None
    if len(cells) == 3 and cells[2] and cells[2] not in _POLARITIES:
        return "unknown polarity", "-1, 0 or 1"
    if known_tags is not None and cells[1] not in known_tags:
        near = nearest(cells[1], known_tags)
        return "unknown tag", f"did you mean {near!r}?" if near else "see `voc taxonomy show`"
    return None


def digest(parts: Iterable[Path | bytes]) -> str:
    """Hex digest of files and byte strings, in the order given.

    Raises
    ------
    InputError
        For a file that is not there or cannot be read.
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, bytes):
            state.update(len(part).to_bytes(8, "little"))
            state.update(part)
            continue
        try:
            _digest_file(state, part)
        except FileNotFoundError:
            raise InputError("file not found", where=str(part)) from None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", where=str(part)) from None
    return state.hexdigest()


def _digest_file(state: hashlib.blake2b, path: Path) -> None:
    with path.open("rb") as file:
        state.update(os.fstat(file.fileno()).st_size.to_bytes(8, "little"))
        while block := file.read(_BLOCK):
            state.update(block)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("file not found", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            str(path), [Fault(f"byte {error.start}", "not UTF-8", "save the file as UTF-8")]
        ) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
