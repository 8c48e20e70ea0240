"""What reviews, tickets and chats have in common when they are put into words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from voc.simulator.draft import Draft, Written
from voc.simulator.grammar import Piece, expand
from voc.simulator.phrases import PhraseBook, Polarity
from voc.simulator.scene import Scene, needs
from voc.simulator.world import Lexicon, Style

__all__ = ["Composer", "NeverTwice"]

_TRIES = 12


class NeverTwice:
    """Draws a text again while it has been written before; counts those that stay repeated."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.written = 0
        self.repeated = 0

    def draw(self, write: Callable[[], Written]) -> Written:
        """Return a text of `write` that is new, or the last try."""
        text = write()
        for _ in range(_TRIES):
            if text.text not in self._seen:
                break
            text = write()
        self.written += 1
        self.repeated += text.text in self._seen
        self._seen.add(text.text)
        return text


class Composer:
    """Chooses templates and expands them for a scene."""

    def __init__(self, lexicon: Lexicon, book: PhraseBook, style: Style) -> None:
        self.lexicon = lexicon
        self.book = book
        self.style = style

    def draft(self, rng: Random) -> Draft:
        """Begin a text, with a way of joining clauses."""
        joins = self.style.joins
        join, end, _ = rng.choices(joins, weights=[row[2] for row in joins])[0]
        return Draft(self.lexicon.words, join, end)

    def say(self, role: str, scene: Scene, rng: Random) -> list[Piece]:
        """Expand one of the templates of a role."""
        return expand(rng.choice(self.style[role]), scene, rng)

    def evidence(self, tag: str, polarity: Polarity, scene: Scene, rng: Random) -> list[Piece]:
        """Expand a phrase that complains of, or praises, a tag."""
        return expand(rng.choice(self.book.phrases(tag, polarity, scene.product, scene.channel)), scene, rng)

    def praise_tags(self, scene: Scene, count: int, avoid: Sequence[str], rng: Random) -> list[str]:
        """Choose tags to praise, none of those complained of."""
        weights = self.lexicon.world.feedback.praise_weights
        fitting = [tag for tag in self.book.praised(scene.product, scene.channel) if tag not in avoid]
        # weighted sampling without replacement: Efraimidis & Spirakis (2006)
        keys = {tag: rng.random() ** (1 / weights.get(tag, 1.0)) for tag in fitting}
        return sorted(fitting, key=keys.__getitem__, reverse=True)[:count]

    def personal(
        self, sentences: Mapping[str, int], tags: Sequence[str], scene: Scene, rng: Random, used: set[str]
    ) -> list[Piece]:
        """Expand a sentence with personal values that fits the scene and repeats no kind in `used`."""
        prefer = {self.lexicon.personal.prefer.get(tag) for tag in tags}
        fitting = {
            sentence: weight * (4 if prefer & set(needs(sentence)) else 1)
            for sentence, weight in sentences.items()
            if scene.fits(sentence) and not used & set(needs(sentence))
        }
        sentence = rng.choices(list(fitting), weights=list(fitting.values()))[0]
        used.update(needs(sentence))
        return expand(sentence, scene, rng)
