"""Objects inside cells: a field is read by its name, as a column is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from voc.privacy.operators import placeholder_pattern
from voc.privacy.policy import Operator, Policy

__all__ = ["NestedFields"]

_OBJECT: Final = r"^\s*[\[{]"

Replace = Callable[[str, str, int], str]
"""What stands in the place of a value: from its entity, the value and the row."""


class NestedFields:
    """Replaces the values of fields whose names the policy knows, in cells that are JSON.

    What is masked already and what the policy keeps in clear stay; other cells are not touched.

    Parameters
    ----------
    replace
        Gives what stands in the place of a value.
    """

    def __init__(self, policy: Policy, replace: Replace) -> None:
        self._policy = policy
        self._replace = replace
        self._done = placeholder_pattern(rule.label for rule in policy.rules.values())

    def masked(self, column: pa.Array) -> tuple[pa.Array, list[tuple[int, str]]]:
        """Return a string column with the values replaced, and the rows with the entities of each."""
        objects = pc.fill_null(pc.match_substring_regex(column, _OBJECT), False)
        held: list[tuple[int, str]] = []
        cells: dict[int, str] = {}
        for row in np.flatnonzero(objects.to_numpy(zero_copy_only=False)).tolist():
            try:
                content = json.loads(column[row].as_py())
                entities: dict[str, None] = {}
                content = self._walk(content, None, row, entities)
            except (ValueError, RecursionError):
                continue
            if entities:
                cells[row] = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
                held += [(row, entity) for entity in entities]
        if not cells:
            return column, held
        changed = np.zeros(len(column), dtype=np.bool_)
        changed[list(cells)] = True
        return pc.replace_with_mask(column, pa.array(changed), pa.array(cells.values(), pa.string())), held

    def _walk(self, content: object, entity: str | None, row: int, entities: dict[str, None]) -> object:
        """Return the content with the values of named fields replaced; a list has the name of its field."""
        if isinstance(content, dict):
            return {
                name: self._walk(value, self._entity(name), row, entities) for name, value in content.items()
            }
        if isinstance(content, list):
            return [self._walk(value, entity, row, entities) for value in content]
        if entity is None or content is None or isinstance(content, bool):
            return content
        value = str(content)
        if not value.strip() or self._done.fullmatch(value.strip()):
            return content
        entities[entity] = None
        return self._replace(entity, value, row)

    def _entity(self, name: str) -> str | None:
        entity = self._policy.entity_of_column(name)
        return None if entity is None or self._policy.rule(entity).column is Operator.KEEP else entity
