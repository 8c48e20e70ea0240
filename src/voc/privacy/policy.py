"""The policy: which kind of personal information is how sensitive, and what happens to it.

A policy file names what differs from the catalogue (`lexicons/privacy/entities.yaml`); `load_policy`
resolves both into a `Policy`, which is frozen, picklable and complete. The packed `default` is
`lexicons/privacy/default.yaml`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from voc.config.loader import load, read_yaml, validate
from voc.config.resources import config_home, lexicon
from voc.errors import ConfigError, Fault, UsageError, nearest
from voc.privacy.access.rules import AccessRules
from voc.privacy.lexicon import Words, lexicon_digest
from voc.text.normalise import fold
from voc.types import Legal, Tier

__all__ = ["UNCHECKED", "Aggregation", "Operator", "Policy", "Rule", "load_policy"]

UNCHECKED: Final = "UNCHECKED"
"""Entity of a cell that could not be checked and is masked whole."""

_PACKED: Final = ("default", "protected")
"""Policies that ship with voc."""


class Operator(StrEnum):
    """What happens to a value."""

    LABEL = "label"
    """`<手机号>`"""
    PSEUDONYM = "pseudonym"
    """`<手机号:k3f9…>`, the same token for the same value everywhere."""
    PARTIAL = "partial"
    """`138****5678`"""
    REDACT = "redact"
    """`***`"""
    SURROGATE = "surrogate"
    """Another value of the same shape that belongs to nobody, the same for the same value everywhere."""
    GENERALISE = "generalise"
    """Something coarser: an age band for a date of birth, the district for an address."""
    ENCRYPT = "encrypt"
    """`<手机号:k3f9…>`, and the value encrypted in a vault from which it can be had back."""
    KEEP = "keep"
    """The value stays."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Level = Annotated[int, Field(ge=1, le=5)]
"""Data security level of JR/T 0197-2020."""


class _Entry(_Model):
    zh: str
    label: Annotated[str, Field(pattern=r"^[^<>:\s]{1,20}$")]
    tier: Tier
    legal: Legal
    level: Level
    clause: str


class _Catalogue(_Model):
    version: int
    entities: dict[str, _Entry]


class _Override(_Model):
    tier: Tier | None = None
    legal: Legal | None = None
    level: Level | None = None
    clause: str | None = None
    text: Operator | None = None
    column: Operator | None = None


class _ByTier(_Model):
    core: Operator
    general: Operator
    none: Operator

    def of(self, tier: Tier) -> Operator:
        return {Tier.CORE: self.core, Tier.GENERAL: self.general, Tier.NONE: self.none}[tier]


class Aggregation(_Model):
    """Entities that together in one record make the whole record as sensitive as `tier`."""

    all_of: Annotated[Words, Field(min_length=2)]
    tier: Tier
    clause: str = ""


class _PolicyFile(_Model):
    version: Annotated[int, Field(ge=1, le=1)]
    name: str
    text: _ByTier
    column: _ByTier
    entities: dict[str, _Override] = Field(default_factory=dict)
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_characters: Annotated[int, Field(ge=1000)] = 1_000_000
    columns: dict[str, Words] | None = None
    """Those of the packed policy when left out."""
    aggregation: tuple[Aggregation, ...] | None = None
    """Those of the packed policy when left out."""
    as_of: date | None = None
    suite: Literal["aes", "gm"] = "aes"
    access: AccessRules = AccessRules()
    ner: Words = ()


class Rule(_Model):
    """What a policy says about one entity."""

    zh: str
    """Chinese display name."""
    label: str
    """What stands between the angle brackets instead of a value."""
    tier: Tier
    legal: Legal
    level: int
    """Data security level of JR/T 0197-2020, 1 to 5."""
    clause: str
    """Where the law and the standards speak of it."""
    text: Operator
    """Operator for a span in a text."""
    column: Operator
    """Operator for a whole column."""


class Policy(_Model):
    """A resolved policy."""

    version: int
    name: str
    rules: dict[str, Rule]
    columns: dict[str, tuple[str, ...]]
    """Entity to the column names that hold it."""
    min_score: float
    max_characters: int
    aggregation: tuple[Aggregation, ...] = ()
    """What raises the tier of a record."""
    as_of: date | None = None
    """Day at which ages are counted; without it dates of birth become bands of years."""
    suite: Literal["aes", "gm"] = "aes"
    """Hash of pseudonyms and cipher of a new vault: SHA-256 and AES, or SM3 and SM4."""
    access: AccessRules = AccessRules()
    """Who sees what, what for, and who has to agree."""
    ner: tuple[str, ...] = ()
    """Installed models that find names and addresses besides voc's own: `spacy:NAME`, `transformers:PATH`."""

    @property
    def encrypts(self) -> bool:
        """Whether any value goes into a vault."""
        return any(Operator.ENCRYPT in (rule.text, rule.column) for rule in self.rules.values())

    @property
    def kept_in_texts(self) -> frozenset[str]:
        """Kinds that are recorded in texts, but stay in clear."""
        return frozenset(entity for entity, rule in self.rules.items() if rule.text is Operator.KEEP)

    def rule(self, entity: str) -> Rule:
        """Return the rule of an entity. Raises ConfigError for an entity that the catalogue does not know."""
        if entity not in self.rules:
            fault = Fault(f"entities.{entity}", "unknown entity", _meant(entity, self.rules))
            raise ConfigError(self.name, [fault])
        return self.rules[entity]

    def entity_of_column(self, name: str) -> str | None:
        """Return the entity that a whole column holds by its name; None when that tells nothing."""
        han, words = _name_parts(name)
        return self._by_han(han) or self._by_words(words)

    def fingerprint(self) -> str:
        """Hex digest of the policy, the versions of recognisers, their lexicons, and all models."""
        from voc.privacy.context.versions import VERSIONS
        from voc.privacy.ner.installed import installed_digest
        from voc.privacy.ner.tagger import weights_digest
        from voc.privacy.recognizers.registry import all_finders

        digest = hashlib.blake2b(self.model_dump_json().encode(), digest_size=16)
        for name in (*(finder.name for finder in all_finders()), *VERSIONS):
            digest.update(f"|{name}".encode())
        for part in (lexicon_digest(), weights_digest(), *map(installed_digest, self.ner)):
            digest.update(part.encode())
        return digest.hexdigest()

    @cached_property
    def _column_words(self) -> tuple[tuple[str, str], ...]:
        """(word, entity), the longest word first, so that 银行卡号 is found before 卡号."""
        words = [(_squeezed(word), entity) for entity, names in self.columns.items() for word in names]
        return tuple(sorted(words, key=lambda item: (-len(item[0]), item[0])))

    def _by_han(self, name: str) -> str | None:
        for word, entity in self._column_words:
            if not word.isascii() and name.endswith(word):
                return entity
        return None

    def _by_words(self, words: tuple[str, ...]) -> str | None:
        whole = "".join(words)
        for word, entity in self._column_words:
            if not word.isascii():
                continue
            # one Latin word may be the last of many, except for `name` and `id`, which need their own
            if whole == word or (word not in _LONELY and word in _endings(words)):
                return entity
        return None


_LONELY: Final = frozenset(
    {"name", "mail", "cell", "nick", "contact", "mac", "token", "author", "receiver", "uid"}
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _squeezed(word: str) -> str:
    return re.sub(r"[\s_\-.]+", "", word).lower()


def _name_parts(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a column name without blanks, and its Latin words: (contactPhone) → contact, phone."""
    plain = re.sub(r"[（(].*[)）]$", "", fold(name).text.strip())
    words = re.split(r"[^A-Za-z0-9]+", _CAMEL.sub(" ", plain))
    return _squeezed(plain), tuple(word.lower() for word in words if word)


def _endings(words: tuple[str, ...]) -> frozenset[str]:
    """The last one, two and three words, joined."""
    return frozenset("".join(words[-count:]) for count in (1, 2, 3) if len(words) >= count)


def _meant(name: str, known: Mapping[str, _Entry | Rule]) -> str:
    """The nearest entity, by its name or by what it is called in Chinese."""
    called = {word: entity for entity, one in known.items() for word in (one.zh, one.label)}
    entity = nearest(name, known) if name.isascii() else called.get(nearest(name, called) or "")
    return f"did you mean {entity!r}?" if entity else "voc policy show lists those that are known"


def _named(name: str) -> Path:
    try:
        return lexicon(f"privacy/{name}.yaml")
    except UsageError:
        own = (config_home() / "lexicons" / "privacy").glob("*.yaml")
        near = nearest(name, [*_PACKED, *(path.stem for path in own)])
        hint = f"did you mean {near!r}?" if near else f"{', '.join(_PACKED)}, or the path of a policy file"
        raise UsageError(f"no policy {name!r}", hint=hint) from None


def load_policy(source: str | Path = "default", *, ner: Sequence[str] = ()) -> Policy:
    """Load a policy by name (a packed one, or one among the user's own lexicons) or by path.

    Models in `ner` are added to those that the policy names.

    Raises
    ------
    ConfigError
        With every fault of the file; unknown entities come with the nearest known name.
    UsageError
        When there is no such file.
    """
    text = str(source)
    is_name = re.fullmatch(r"[\w\-]+", text) is not None and not Path(text).exists()
    path = _named(text) if is_name else Path(text)
    file = _checked(path)
    if file.columns is None or file.aggregation is None:
        packed = load(_PolicyFile, lexicon("privacy/default.yaml"))
        left_out = {
            name: getattr(packed, name) for name in ("columns", "aggregation") if getattr(file, name) is None
        }
        file = file.model_copy(update=left_out)
    columns, aggregation = file.columns or {}, file.aggregation or ()
    rules = {name: _rule(entry, file.entities.get(name), file) for name, entry in _catalogue().items()}
    return Policy(
        version=file.version,
        name=file.name,
        rules=rules,
        columns=columns,
        min_score=file.min_score,
        max_characters=file.max_characters,
        aggregation=aggregation,
        as_of=file.as_of,
        suite=file.suite,
        access=file.access,
        ner=tuple(dict.fromkeys((*file.ner, *ner))),
    )


def _checked(path: Path) -> _PolicyFile:
    """Read a policy file. Faults of its form and names of entities that nobody knows are told together."""
    document = read_yaml(path)
    catalogue = _catalogue()
    unknown = [
        Fault(f"{where}.{name}", "unknown entity", _meant(name, catalogue))
        for where, name in _entities_named(document)
        if name not in catalogue
    ]
    try:
        file = validate(_PolicyFile, document, source=str(path))
    except ConfigError as error:
        raise ConfigError(str(path), [*error.faults, *unknown]) from None
    if unknown:
        raise ConfigError(str(path), unknown)
    return file


def _catalogue() -> dict[str, _Entry]:
    return load(_Catalogue, lexicon("privacy/entities.yaml")).entities


def _entities_named(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Places of a policy file that name an entity, with the name; what has another form is passed by."""
    for section in ("entities", "columns"):
        yield from ((section, str(name)) for name in _mapping(document.get(section)))
    together = document.get("aggregation")
    for number, one in enumerate(together if isinstance(together, list) else ()):
        names = _mapping(one).get("all_of", ())
        for name in names.split() if isinstance(names, str) else names if isinstance(names, list) else ():
            yield f"aggregation.{number}", str(name)
    for role, view in _mapping(_mapping(document.get("access")).get("roles")).items():
        for name in _mapping(_mapping(view).get("entities")):
            yield f"access.roles.{role}.entities", str(name)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _rule(entry: _Entry, override: _Override | None, file: _PolicyFile) -> Rule:
    change = override or _Override()
    tier = change.tier or entry.tier
    return Rule(
        zh=entry.zh,
        label=entry.label,
        tier=tier,
        legal=change.legal or entry.legal,
        level=change.level or entry.level,
        clause=change.clause or entry.clause,
        text=change.text or file.text.of(tier),
        column=change.column or file.column.of(tier),
    )
