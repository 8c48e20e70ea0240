"""The one loader of the complaint taxonomy: ids, Chinese names, definitions, checks.

A company's own file stands alone, or says `extends: voc` and adds groups and tags to the packed ones. A
tag of its own may name the packed tags that go into it (`from: [logistics.delay, venue.wait]`); what the
models find of those is then told under the company's tag.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voc.config.loader import load, read_yaml, validate
from voc.config.resources import lexicon
from voc.errors import ConfigError, Fault, UsageError, nearest

__all__ = ["DISPLAY_PREFIX", "Tag", "Taxonomy", "is_tag_id", "load_taxonomy"]

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
    from_: tuple[str, ...] = Field(default=(), alias="from")
    is_: str = Field(alias="is")
    not_: str = Field(default="", alias="not")


class _Group(_Model):
    id: str
    zh: str
    children: tuple[_Child, ...] = Field(min_length=1)


class Taxonomy(_Model):
    """A two-level taxonomy. Ids are stable; their order is the order of the file."""

    version: int
    extends: str | None = None
    groups: tuple[_Group, ...] = Field(alias="tags", min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Taxonomy:
        problems = []
        seen: set[str] = set()
        names: set[str] = set()
        taken: set[str] = set()
        for group in self.groups:
            for name in (group.id, *(f"{group.id}.{child.id}" for child in group.children)):
                if name in seen:
                    problems.append(f"id {name!r} stands twice")
                if not all(_ID.fullmatch(part) for part in name.split(".")):
                    problems.append(f"id {name!r}: lower-case letters, digits and _ only")
                seen.add(name)
            for child in group.children:
                for name in child.from_:
                    if name in taken:
                        problems.append(f"{name!r} goes into two tags")
                    taken.add(name)
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

    @cached_property
    def targets(self) -> dict[str, str]:
        """Own tag of each id that the models may find: itself, unless another tag takes it `from` there."""
        own = {tag: tag for tag in self.by_id}
        for group in self.groups:
            for child in group.children:
                own.update(dict.fromkeys(child.from_, f"{group.id}.{child.id}"))
        return own

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


def is_tag_id(name: str) -> bool:
    """Whether a text has the form of an id, as `logistics.delay`."""
    parts = name.split(".")
    return len(parts) == 2 and all(_ID.fullmatch(part) for part in parts)


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Load a taxonomy file, the packed one when no path is given. Raises ConfigError with all faults."""
    if path is None:
        return load(Taxonomy, lexicon("taxonomy.yaml"))
    document = read_yaml(path)
    if document.get("extends") is None:
        return validate(Taxonomy, document, source=str(path))
    if document["extends"] != "voc":
        raise ConfigError(str(path), [Fault("extends", "unknown base", "known: voc")])
    own = validate(Taxonomy, document, source=str(path))
    return _merged(load_taxonomy(), own, str(path))


def _merged(base: Taxonomy, own: Taxonomy, source: str) -> Taxonomy:
    """Base with the groups and tags of `own` added; a tag that stands in both is the own one.

    Packed tags that go into another are tags of their own no more.
    """
    moved = {name for group in own.groups for child in group.children for name in child.from_}
    groups = {
        group.id: group.model_copy(update={"children": kept})
        for group in base.groups
        if (kept := tuple(child for child in group.children if f"{group.id}.{child.id}" not in moved))
    }
    for group in own.groups:
        known = groups.get(group.id)
        children = {child.id: child for child in known.children} if known else {}
        children.update({child.id: child for child in group.children})
        groups[group.id] = group.model_copy(update={"children": tuple(children.values())})
    merged = {
        "version": own.version,
        "extends": own.extends,
        "tags": [group.model_dump(by_alias=True) for group in groups.values()],
    }
    return validate(Taxonomy, merged, source=source)
