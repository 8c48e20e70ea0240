"""Loads a YAML file into a pydantic model and tells every fault at once, each with its path and a hint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from voc.config import safe_yaml
from voc.errors import ConfigError, Fault, InputError, UsageError, nearest

__all__ = ["load", "read_yaml", "validate"]

Model = TypeVar("Model", bound=BaseModel)


_MOST_BYTES = 4 << 20


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises UsageError when there is no such file, InputError when it cannot be read, ConfigError when it is no
    YAML mapping.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(str(path), [Fault("(file)", f"larger than {_MOST_BYTES >> 20} MiB")])
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError("file not found", where=str(path), hint=_near_file(path)) from None
    except UnicodeDecodeError as error:
        fault = Fault(f"byte {error.start}", "not UTF-8", "save the file as UTF-8")
        raise ConfigError(str(path), [fault]) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    try:
        document = safe_yaml.parse(text)
    except yaml.YAMLError as error:
        raise ConfigError(str(path), [_yaml_fault(error)]) from None
    if not isinstance(document, dict):
        raise ConfigError(str(path), [Fault("(top)", "expected a mapping of keys to values")])
    return document


def load(model: type[Model], path: Path) -> Model:
    """Load `path` as `model`. Raises ConfigError with all faults, UsageError when the file is not there."""
    return validate(model, read_yaml(path), source=str(path))


def validate(model: type[Model], document: Mapping[str, Any], *, source: str) -> Model:
    """Check `document` against `model`; `source` names it in the ConfigError that tells all faults."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [_fault(detail, model) for detail in error.errors(include_url=False)]
        raise ConfigError(source, faults) from None


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
