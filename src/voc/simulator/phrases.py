"""Which phrases fit an order: by its product, category and channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from voc.simulator.world import Complaint, Lexicon, Product

__all__ = ["PhraseBook"]

Polarity = Literal["complaint", "praise"]


class PhraseBook:
    """Looks up the phrases of a tag for a product and channel; every answer is worked out once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._found: dict[tuple[str, Polarity, str, str], list[str]] = {}

    def phrases(self, tag: str, polarity: Polarity, product: Product, channel: str) -> list[str]:
        """Return the templates of `tag` that fit; empty when the tag cannot occur on such an order."""
        key = (tag, polarity, product.key, channel)
        if key not in self._found:
            self._found[key] = self._look_up(tag, polarity, product, channel)
        return self._found[key]

    def praised(self, product: Product, channel: str) -> list[str]:
        """Return the tags for which something good can be said about such an order."""
        return [tag for tag in self._lexicon.phrases if self.phrases(tag, "praise", product, channel)]

    def _look_up(self, tag: str, polarity: Polarity, product: Product, channel: str) -> list[str]:
        spec = self._lexicon.world.complaints.get(tag)
        if spec is not None and not self._occurs(spec, product, channel):
            return []
        groups: Mapping[str, list[str]] = self._lexicon.phrases[tag].get(polarity, {})
        here = {"any", product.key, product.category, channel}
        return [
            phrase for where, listed in groups.items() if here & set(where.split("+")) for phrase in listed
        ]

    def _occurs(self, spec: Complaint, product: Product, channel: str) -> bool:
        online = channel in self._lexicon.goods.online
        if spec.channels is not None and (spec.channels == "online") != online:
            return False
        if spec.products is not None and product.key not in spec.products:
            return False
        return spec.categories is None or product.category in spec.categories
