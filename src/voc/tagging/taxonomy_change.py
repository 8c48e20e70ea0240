"""What changed from one taxonomy to another, what is wrong with one, and how old tags become new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from voc.errors import ConfigError, Fault, InputError, nearest
from voc.how_many import how_many
from voc.tagging.lexicon.cues import LEXICONS
from voc.tagging.taxonomy import Taxonomy
from voc.text.lexicons import UserTerm, read_lexicon

__all__ = ["Change", "check_taxonomy", "complete_moves", "diff_taxonomies", "read_moves"]

_DROP: Final = "-"
"""Stands for "no tag any more" in a file of moves."""


class Change(NamedTuple):
    """One difference between two taxonomies."""

    kind: str
    """`added`, `removed`, `renamed` (another name), `redefined` (another definition), `merged` (goes into
    another).
    """
    tag: str
    before: str
    after: str


def diff_taxonomies(old: Taxonomy, new: Taxonomy) -> list[Change]:
    """List what changed, in the order of the tags of `old`, then the added ones."""
    changes = []
    for tag in old.tags:
        own = new.by_id.get(tag.id)
        target = new.targets.get(tag.id)
        if target is not None and target != tag.id:
            changes.append(Change("merged", tag.id, tag.id, target))
        elif own is None:
            changes.append(Change("removed", tag.id, tag.zh, ""))
        elif own.zh != tag.zh:
            changes.append(Change("renamed", tag.id, tag.zh, own.zh))
        elif (own.definition, own.excludes) != (tag.definition, tag.excludes):
            changes.append(Change("redefined", tag.id, tag.definition, own.definition))
    changes += [Change("added", tag.id, "", tag.zh) for tag in new.tags if tag.id not in old.by_id]
    return changes


def check_taxonomy(taxonomy: Taxonomy, packed: Taxonomy, terms: Iterable[UserTerm] = ()) -> list[str]:
    """Say what a valid taxonomy will not do: tags that nothing can find, and findings that get lost.

    Parameters
    ----------
    taxonomy
        The one to check.
    packed
        The one that models and lexicons were made for.
    terms
        The user's own lexicon terms.
    """
    findable = {tag for name in LEXICONS for tag in read_lexicon(f"tagging/{name}.yaml")["tags"]}
    reached = {taxonomy.targets[tag] for tag in findable if tag in taxonomy.targets}
    reached |= {term.tag for term in terms}
    problems = [
        f"{tag.id}: nothing finds it; give it `from:` packed tags, or terms of it in a --lexicon TSV"
        for tag in taxonomy.tags
        if tag.id not in reached
    ]
    unknown = [name for name in taxonomy.targets if name not in taxonomy.by_id and name not in packed.by_id]
    for name in unknown:
        near = nearest(name, packed.ids)
        problems.append(f"from: {name}: no such packed tag" + (f"; did you mean {near!r}?" if near else ""))
    lost = [tag for tag in packed.ids if tag not in taxonomy.targets]
    if lost:
        problems.append(
            f"{how_many(len(lost), 'packed tag goes', 'packed tags go')} nowhere and will not be told: "
            + ", ".join(lost[:8])
            + (" …" if len(lost) > 8 else "")
        )
    return problems


def read_moves(path: Path, new: Taxonomy) -> dict[str, str | None]:
    """Read a TSV of old id and new id; `-` as new id drops the tag. A header and `#` comments are skipped.

    Raises
    ------
    ConfigError
        With every line that is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError("file not found", where=str(path)) from None
    moves: dict[str, str | None] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or (not moves and not faults and _is_header(cells)):
            continue
        if len(cells) != 2 or not all(cells):
            faults.append(Fault(f"line {number}", how_many(len(cells), "cell"), "old<TAB>new"))
        elif cells[1] != _DROP and cells[1] not in new.by_id:
            near = nearest(cells[1], new.by_id)
            faults.append(
                Fault(f"line {number}", "unknown new tag", f"did you mean {near!r}?" if near else None)
            )
        else:
            moves[cells[0]] = None if cells[1] == _DROP else cells[1]
    if faults:
        raise ConfigError(str(path), faults)
    return moves


def _is_header(cells: list[str]) -> bool:
    """Whether the cells name columns: an id has a group and a dot."""
    return len(cells) == 2 and cells[1] != _DROP and not any("." in cell for cell in cells)


def complete_moves(
    old_ids: Iterable[str], new: Taxonomy, moves: Mapping[str, str | None]
) -> dict[str, str | None]:
    """Where each old id goes: by the moves, else by `from:` and equal ids.

    Ids that go nowhere are left out.
    """
    told = {tag: new.targets[tag] for tag in old_ids if tag in new.targets}
    return {**told, **{tag: target for tag, target in moves.items() if tag in set(old_ids)}}
