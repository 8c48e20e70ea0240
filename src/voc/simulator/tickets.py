"""Writes tickets: longer, polite or angry, with a purpose and a way to reach the customer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from voc.simulator.complaints import Feedback
from voc.simulator.composer import Composer
from voc.simulator.draft import Draft, Written
from voc.simulator.grammar import expand
from voc.simulator.scene import Scene

__all__ = ["Ticket", "TicketWriter"]


@dataclass(frozen=True)
class Ticket:
    """A ticket and what is true of it."""

    written: Written
    sentiment: int
    intent: str


class TicketWriter(Composer):
    """Composes tickets."""

    def write(self, feedback: Feedback, scene: Scene, rng: Random) -> Ticket:
        """Compose one ticket."""
        draft = self.draft(rng)
        scene.han_numbers = rng.random() < 0.15
        hellos = self.style["hello"]
        if feedback.mood != "complaint":
            hellos = [hello for hello in hellos if "投诉" not in hello]
        if hello := rng.choice(hellos):
            draft.clause(expand(hello, scene, rng))
        used: set[str] = set()
        count = rng.choice((1, 1, 2, 2, 3)) if rng.random() < _share(self, feedback) else 0
        if feedback.mood == "complaint":
            self._complaint(draft, feedback, scene, rng)
            sentiment, intent = -1, "投诉"
        elif feedback.mood == "praise":
            draft.clause(self.say("praise", scene, rng))
            for tag in self._praised(scene, rng):
                draft.clause(self.evidence(tag, "praise", scene, rng), tag=tag, polarity=1)
            sentiment, intent = 1, "表扬"
        else:
            intent = "咨询" if rng.random() < 0.7 else "建议"
            draft.clause(self.say("consult" if intent == "咨询" else "suggest", scene, rng))
            sentiment = 0
        for _ in range(count):
            self._stray(draft, rng)
            sentences = self.lexicon.personal.sentences.tickets
            draft.clause(self.personal(sentences, feedback.tags, scene, rng, used))
        if rng.random() < 0.06:
            draft.clause(expand(rng.choice(self.lexicon.personal.decoys["tickets"]), scene, rng))
        if close := rng.choice(self.style["close"]):
            draft.clause(expand(close, scene, rng))
        return Ticket(draft.finish(rng, typo=0.05, full_width=0.02), sentiment, intent)

    def _praised(self, scene: Scene, rng: Random) -> list[str]:
        people = [
            tag
            for tag in ("service.attitude", "service.unresolved", "service.slow", "aftersales.install")
            if self.book.phrases(tag, "praise", scene.product, scene.channel)
        ]
        return rng.sample(people, 2)

    def _complaint(self, draft: Draft, feedback: Feedback, scene: Scene, rng: Random) -> None:
        draft.clause(self.say("purchase", scene, rng))
        for place, tag in enumerate(feedback.tags):
            lead = rng.choice(self.style["link" if place == 0 else "second"])
            draft.clause(self.evidence(tag, "complaint", scene, rng), lead=lead, tag=tag, polarity=-1)
        if rng.random() < 0.25:  # the same matter once more, in other words
            tag = feedback.tags[0]
            draft.clause(self.evidence(tag, "complaint", scene, rng), tag=tag, polarity=-1)
        self._stray(draft, rng)
        if rng.random() < 0.75:
            draft.clause(self.say("demand", scene, rng))
        if rng.random() < 0.2:
            draft.clause(self.say("threat", scene, rng))

    def _stray(self, draft: Draft, rng: Random) -> None:
        """Put in a line break or tab, as pasted text has them."""
        form = rng.random()
        if not draft.empty and form < 0.06:
            draft.glue("\n" if form < 0.035 else rng.choice(("\t", "\n\n", " \n", "\n\t")))


def _share(writer: TicketWriter, feedback: Feedback) -> float:
    share = writer.lexicon.world.personal_information.tickets
    return share if feedback.mood == "complaint" else share * 0.6
