"""Chinese names of complaint tags, from the taxonomy file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from voc.config import safe_yaml
from voc.config.resources import lexicon
from voc.errors import InputError

__all__ = ["TagNames", "group_of", "load_tag_names"]


def group_of(tag: str) -> str:
    """Return the L1 id of a tag id: `logistics` for `logistics.delay`."""
    return tag.partition(".")[0]


@dataclass(frozen=True, slots=True)
class TagNames:
    """Names by id, L1 and L2 alike; an unknown id is its own name."""

    names: Mapping[str, str]
    version: str | None = None

    def zh(self, tag: str) -> str:
        """Return the Chinese name of `tag`."""
        return self.names.get(tag, tag)


def load_tag_names(path: Path | None = None) -> TagNames:
    """Read the names from `path`, or from the packed taxonomy.

    Raises
    ------
    InputError
        When the file is no taxonomy: a mapping with `tags`, each with `id`, `zh` and `children`.
    """
    source = path or lexicon("taxonomy.yaml")
    try:
        document = safe_yaml.parse(source.read_text(encoding="utf-8"))
        names: dict[str, str] = {}
        for group in document["tags"]:
            names[group["id"]] = group["zh"]
            for tag in group["children"]:
                names[f"{group['id']}.{tag['id']}"] = tag["zh"]
        return TagNames(names, str(document["version"]))
    except OSError:
        raise InputError("cannot be read", where=str(source)) from None
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        raise InputError("is no taxonomy", where=str(source), hint="tags: - {id, zh, children}") from None
