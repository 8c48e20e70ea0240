"""Loads a YAML file into a pydantic model and tells every fault at once, each with its path and a hint."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from voc.errors import ConfigError, Fault, InputError, nearest

__all__ = ["load", "read_yaml", "validate"]

Model = TypeVar("Model", bound=BaseModel)


_MAX_BYTES = 1 << 20
_MAX_NODES = 100_000
"""Values of a file once its aliases are written out: a few lines can stand for billions of them."""
_MAX_DEPTH = 60


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a mapping in which a key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises InputError when the file cannot be read, ConfigError when it is not a YAML mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError("file not found", where=str(path), hint=_near_file(path)) from None
    except UnicodeDecodeError as error:
        fault = Fault(f"byte {error.start}", "not UTF-8", "save the file as UTF-8")
        raise ConfigError(str(path), [fault]) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    if len(text) > _MAX_BYTES:
        raise ConfigError(str(path), [Fault("(file)", f"more than {_MAX_BYTES:,} characters")])
    try:
        document = _built(text)
    except yaml.YAMLError as error:
        raise ConfigError(str(path), [_yaml_fault(error)]) from None
    except RecursionError:
        raise ConfigError(str(path), [Fault("(file)", f"nested deeper than {_MAX_DEPTH}")]) from None
    if not isinstance(document, dict):
        raise ConfigError(str(path), [Fault("(top)", "expected a mapping of keys to values")])
    return document


def load(model: type[Model], path: Path) -> Model:
    """Load `path` as `model`. Raises ConfigError with all faults, InputError when the file is not there."""
    return validate(model, read_yaml(path), source=str(path))


def validate(model: type[Model], document: Mapping[str, Any], *, source: str) -> Model:
    """Check `document` against `model`; `source` names it in the ConfigError that tells all faults."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [_fault(detail, model) for detail in error.errors(include_url=False)]
        raise ConfigError(source, faults) from None


def _built(text: str) -> object:
    """Build plain values (the loader is a SafeLoader), unless aliases blow them up."""
    loader = _UniqueKeyLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _expanded(node, {}, 0) > _MAX_NODES:
            raise yaml.constructor.ConstructorError(
                None, None, f"more than {_MAX_NODES:,} values once its aliases are written out"
            )
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _expanded(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Count the values below a node as if every alias were written out; a loop counts as too many."""
    if depth > _MAX_DEPTH:
        raise yaml.constructor.ConstructorError(
            None, None, f"nested deeper than {_MAX_DEPTH}", node.start_mark
        )
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = _MAX_NODES + 1  # what stands inside itself finds this
        children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        known[id(node)] = 1 + sum(_expanded(child, known, depth + 1) for child in children)
    return known[id(node)]


def _near_file(path: Path) -> str | None:
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist"
    near = nearest(path.name, [other.name for other in path.parent.iterdir()])
    return f"did you mean {near!r}?" if near else None


def _yaml_fault(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"
    return Fault(where, getattr(error, "problem", None) or "not valid YAML")


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> Fault:
    where = [str(part) for part in detail["loc"]]
    path = ".".join(where) or "(top)"
    if detail["type"] == "extra_forbidden":
        known = _field_names(model, detail["loc"][:-1])
        near = nearest(where[-1], known)
        hint = f"did you mean {near!r}?" if near else f"known here: {', '.join(known)}"
        return Fault(path, "unknown key", hint)
    if detail["type"] == "missing":
        return Fault(path, "missing")
    message = detail["msg"].removeprefix("Value error, ")
    return Fault(path, message[:1].lower() + message[1:])


def _field_names(model: type[BaseModel], location: Iterable[int | str]) -> list[str]:
    """Names of the fields of the model that `location` leads to, as far as it can be followed."""
    current: type[BaseModel] | None = model
    for part in location:
        if current is None:
            break
        field = current.model_fields.get(str(part))
        if field is not None:
            current = _inner_model(field.annotation)
    return sorted(current.model_fields) if current else []


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if found := _inner_model(argument):
            return found
    return None
