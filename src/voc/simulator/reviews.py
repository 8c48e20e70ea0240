"""Writes reviews: short, public, rated."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from voc.simulator.complaints import Feedback
from voc.simulator.composer import Composer
from voc.simulator.draft import Draft, Written
from voc.simulator.grammar import expand
from voc.simulator.scene import Scene

__all__ = ["Review", "ReviewWriter"]


@dataclass(frozen=True)
class Review:
    """A review and what is true of it."""

    written: Written
    sentiment: int
    rating: int
    intent: str | None


class ReviewWriter(Composer):
    """Composes reviews."""

    def write(self, feedback: Feedback, scene: Scene, rng: Random) -> Review:
        """Compose one review."""
        draft = self.draft(rng)
        scene.han_numbers = rng.random() < 0.35
        if feedback.mood == "praise":
            sentiment, intent = self._praise(draft, scene, rng)
        elif feedback.mood == "question":
            sentiment, intent = self._neutral(draft, scene, rng)
        else:
            sentiment, intent = self._complaint(draft, feedback, scene, rng)
        if rng.random() < self.lexicon.world.personal_information.reviews * _LEANING[sentiment]:
            self._personal(draft, feedback, scene, rng)
        elif sentiment < 0 and rng.random() < 0.012:
            draft.clause(expand(rng.choice(self.lexicon.personal.decoys["reviews"]), scene, rng))
        self._emoji(draft, sentiment, rng)
        written = draft.finish(rng, typo=0.07, full_width=0.02)
        return Review(written, sentiment, _rating(sentiment, rng), intent)

    def _praise(self, draft: Draft, scene: Scene, rng: Random) -> tuple[int, str | None]:
        if rng.random() < 0.6:
            draft.clause(self.say("open_pos", scene, rng))
        for tag in self.praise_tags(scene, rng.choice((1, 1, 2, 2, 3)), (), rng):
            draft.clause(self.evidence(tag, "praise", scene, rng), tag=tag, polarity=1)
        if rng.random() < 0.65:
            draft.clause(self.say("close_pos", scene, rng))
        return 1, "表扬"

    def _neutral(self, draft: Draft, scene: Scene, rng: Random) -> tuple[int, str | None]:
        if rng.random() < 0.5:
            draft.clause(self.say("question", scene, rng))
            return 0, "咨询"
        draft.clause(self.say("neutral", scene, rng))
        return 0, None

    def _complaint(
        self, draft: Draft, feedback: Feedback, scene: Scene, rng: Random
    ) -> tuple[int, str | None]:
        form = rng.random()
        if form < 0.62 or "other.other" in feedback.tags:
            return self._angry(draft, feedback, scene, rng)
        praise = self.praise_tags(scene, rng.choice((1, 1, 2)), feedback.tags, rng)
        if form < 0.78:  # praise first, then the complaint: even
            self._praises(draft, praise, scene, rng)
            self._complaints(draft, feedback, scene, rng, lead=rng.choice(self.style["turn_bad"]))
            if rng.random() < 0.6:
                draft.clause(self.say("overall_mid", scene, rng))
            return 0, None
        if form < 0.9:  # one good word after the complaint
            if rng.random() < 0.4:
                draft.clause(self.say("open_neg", scene, rng))
            self._complaints(draft, feedback, scene, rng)
            self._praises(draft, praise[:1], scene, rng, lead=rng.choice(self.style["turn_good"]))
            if rng.random() < 0.7:
                draft.clause(self.say("close_neg", scene, rng))
            return -1, "投诉"
        if rng.random() < 0.4:
            draft.clause(self.say("open_pos", scene, rng))
        self._praises(draft, praise, scene, rng)
        self._complaints(draft, feedback, scene, rng, lead=rng.choice(self.style["turn_bad"]))
        draft.clause(self.say("overall_pos", scene, rng))
        return 1, None

    def _angry(self, draft: Draft, feedback: Feedback, scene: Scene, rng: Random) -> tuple[int, str | None]:
        if rng.random() < 0.5:
            draft.clause(self.say("open_neg", scene, rng))
        self._complaints(draft, feedback, scene, rng)
        if rng.random() < 0.55:
            draft.clause(self.say("close_neg", scene, rng))
        return -1, "投诉"

    def _complaints(
        self, draft: Draft, feedback: Feedback, scene: Scene, rng: Random, lead: str = ""
    ) -> None:
        for place, tag in enumerate(feedback.tags):
            mark = lead if place == 0 else rng.choice(("", "", "而且", "还有"))
            draft.clause(self.evidence(tag, "complaint", scene, rng), lead=mark, tag=tag, polarity=-1)

    def _praises(self, draft: Draft, tags: list[str], scene: Scene, rng: Random, lead: str = "") -> None:
        for place, tag in enumerate(tags):
            pieces = self.evidence(tag, "praise", scene, rng)
            draft.clause(pieces, lead=lead if place == 0 else "", tag=tag, polarity=1)

    def _personal(self, draft: Draft, feedback: Feedback, scene: Scene, rng: Random) -> None:
        sentences = self.lexicon.personal.sentences.reviews
        draft.clause(self.personal(sentences, feedback.tags, scene, rng, set()))

    def _emoji(self, draft: Draft, sentiment: int, rng: Random) -> None:
        if rng.random() < 0.14:
            name = {-1: "face_neg", 0: "face_mid", 1: "face_pos"}[sentiment]
            draft.glue(rng.choice(self.lexicon.words.slots[name]) * rng.choice((1, 1, 1, 2, 3)))

    def nickname(self, rng: Random) -> str:
        """Return a screen name, half of them masked as shops do."""
        head, tail = rng.choice(self.style.nick["head"]), rng.choice(self.style.nick["tail"])
        name = f"{head}{tail}{rng.choice(('', '', str(rng.randint(1, 999))))}"
        if rng.random() < 0.5:
            return f"{name[0]}***{name[-1]}"
        return name


_LEANING = {-1: 1.45, 0: 0.6, 1: 0.5}
"""How much likelier an angry review is to hold personal information than the average one."""


def _rating(sentiment: int, rng: Random) -> int:
    if sentiment < 0:
        return rng.choices((1, 2, 3), weights=(58, 32, 10))[0]
    if sentiment == 0:
        return rng.choices((2, 3, 4), weights=(15, 65, 20))[0]
    return rng.choices((4, 5), weights=(25, 75))[0]
