"""Parses YAML that may mean harm: plain values only, no key twice, no bombs of aliases or brackets.

The scanner and parser of libyaml do the work where PyYAML was built with it, eight times as fast as
those in Python; composing and constructing, where the limits stand, are the same for both.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

__all__ = ["parse"]

_MOST_NODES = 200_000
"""Values of a file, each alias counted with all that is behind it: what a bomb of aliases would unfold to."""
_DEEPEST = 60


if TYPE_CHECKING or not yaml.__with_libyaml__:
    _Composed = yaml.SafeLoader
else:
    from yaml.cyaml import CParser

    class _Composed(Composer, CParser, SafeConstructor, Resolver):
        """Events of libyaml, composed by PyYAML: the composer stands first, so its methods hold."""

        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)


class _Loader(_Composed):
    """A safe loader that refuses a mapping in which a key stands twice, and bombs of aliases or brackets."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:  # noqa: ANN401 - as in PyYAML
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.composer.ComposerError(
                None, None, f"nested deeper than {_DEEPEST}", getattr(parent, "start_mark", None)
            )
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _unfolded(node, {}) > _MOST_NODES:
            raise yaml.composer.ComposerError(None, None, "its aliases unfold to too much", node.start_mark)
        return node

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


def parse(text: str) -> Any:  # noqa: ANN401 - whatever the document holds
    """Return the plain values of a YAML document; None for an empty one.

    Raises
    ------
    yaml.YAMLError
        When it is not valid YAML, names a Python object, repeats a key, or is a bomb.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see above


def _unfolded(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the values below a node, aliases unfolded; one that holds itself counts as too many."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = _MOST_NODES + 1  # until it is counted: a node inside itself
    if isinstance(node, yaml.SequenceNode):
        total = 1 + sum(_unfolded(item, known) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        total = 1 + sum(_unfolded(key, known) + _unfolded(value, known) for key, value in node.value)
    else:
        total = 1
    known[id(node)] = total
    return total
