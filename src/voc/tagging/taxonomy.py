"""The one loader of the complaint taxonomy: ids, Chinese names, definitions, checks."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voc.config.loader import load
from voc.config.resources import lexicon
from voc.errors import UsageError, nearest

__all__ = ["DISPLAY_PREFIX", "Tag", "Taxonomy", "load_taxonomy"]

DISPLAY_PREFIX: Final = "投诉类型:"
_ID: Final = re.compile(r"[a-z][a-z0-9_]*")


class Tag(NamedTuple):
    """One tag of the taxonomy."""

    id: str
    """`logistics.delay`."""
    zh: str
    """`物流延迟`."""
    group: str
    """`logistics`."""
    group_zh: str
    """`物流配送`."""
    definition: str
    """What belongs to it."""
    excludes: str = ""
    """What does not, and where that goes."""

    @property
    def display(self) -> str:
        """`投诉类型:物流延迟`."""
        return DISPLAY_PREFIX + self.zh


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Child(_Model):
    id: str
    zh: str
    is_: str = Field(alias="is")
    not_: str = Field(default="", alias="not")


class _Group(_Model):
    id: str
    zh: str
    children: tuple[_Child, ...] = Field(min_length=1)


class Taxonomy(_Model):
    """A two-level taxonomy. Ids are stable; their order is the order of the file."""

    version: int
    groups: tuple[_Group, ...] = Field(alias="tags", min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Taxonomy:
        problems = []
        seen: set[str] = set()
        names: set[str] = set()
        for group in self.groups:
            for name in (group.id, *(f"{group.id}.{child.id}" for child in group.children)):
                if name in seen:
                    problems.append(f"id {name!r} stands twice")
                if not all(_ID.fullmatch(part) for part in name.split(".")):
                    problems.append(f"id {name!r}: lower-case letters, digits and _ only")
                seen.add(name)
            for child in group.children:
                if child.zh in names:
                    problems.append(f"name of {group.id}.{child.id} stands twice")
                names.add(child.zh)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """Every tag, in the order of the file."""
        return tuple(
            Tag(f"{group.id}.{child.id}", child.zh, group.id, group.zh, child.is_, child.not_)
            for group in self.groups
            for child in group.children
        )

    @cached_property
    def by_id(self) -> dict[str, Tag]:
        """Tags by id."""
        return {tag.id: tag for tag in self.tags}

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all tags, in order."""
        return tuple(self.by_id)

    def display(self, tag: str) -> str:
        """`投诉类型:物流延迟` for `logistics.delay`. Raises UsageError for an unknown id."""
        return self.require(tag).display

    def require(self, tag: str) -> Tag:
        """Return the tag of that id. Raises UsageError with the nearest id when there is none."""
        found = self.by_id.get(tag)
        if found is None:
            near = nearest(tag, self.by_id)
            hint = f"did you mean {near!r}?" if near else None
            raise UsageError(f"no tag {tag!r} in the taxonomy", hint=hint)
        return found


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Load a taxonomy file, the packed one when no path is given. Raises ConfigError with all faults."""
    return load(Taxonomy, path or lexicon("taxonomy.yaml"))
