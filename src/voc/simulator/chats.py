"""Writes chats: turn by turn, the agent asking for order number and contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple

from voc.simulator.complaints import Feedback
from voc.simulator.composer import Composer, NeverTwice
from voc.simulator.draft import Draft, Written
from voc.simulator.grammar import expand
from voc.simulator.scene import Scene, needs

__all__ = ["ChatWriter", "Turn"]

_EARLY_TRIES = 3
_TOPICS = ("stock", "compare", "gift", "ship", "rule", "care")


class _Asked(NamedTuple):
    weight: int
    values: frozenset[str]
    """A sentence answers when the first value in it is one of these."""


_ASKED = {
    "callback": _Asked(40, frozenset({"mobile", "landline"})),
    "address": _Asked(24, frozenset({"region", "name"})),
    "account": _Asked(14, frozenset({"bank"})),
    "friend": _Asked(20, frozenset({"wechat", "qq", "email"})),
    "proof": _Asked(16, frozenset({"waybill", "idcard", "member", "secret", "link"})),
}

Speaker = Literal["customer", "agent"]


@dataclass(frozen=True)
class Turn:
    """One turn of a chat and what is true of it."""

    speaker: Speaker
    written: Written
    sentiment: int | None
    intent: str | None


class ChatWriter(Composer):
    """Composes chats."""

    def write(self, feedback: Feedback, scene: Scene, rng: Random, fresh: NeverTwice) -> list[Turn]:
        """Compose the turns of one session."""
        scene.han_numbers = rng.random() < 0.25
        return _Session(self, feedback, scene, rng, fresh).play()


class _Session:
    def __init__(
        self, writer: ChatWriter, feedback: Feedback, scene: Scene, rng: Random, fresh: NeverTwice
    ) -> None:
        self.writer = writer
        self.feedback = feedback
        self.scene = scene
        self.rng = rng
        self.fresh = fresh
        self.turns: list[Turn] = []
        self.tries = 0
        share = writer.lexicon.world.personal_information.chats
        self.tells = rng.random() < share

    def play(self) -> list[Turn]:
        """Play the session from hello to the end."""
        if self.feedback.mood == "question":
            return self._consult()
        left = list(self.feedback.tags)
        self._customer("open", tag=left.pop(0) if left and self.rng.random() < 0.3 else None)
        self._agent("a_hello_name" if self.rng.random() < 0.25 else "a_hello")
        if self.feedback.mood == "praise":
            return self._thanks()
        while left:
            self._evidence(left.pop(0))
        self._identify()
        self._agent("a_check")
        if self.rng.random() < 0.3:
            self._evidence(self.feedback.tags[0])
        else:
            self._customer("push", sentiment=-1)
        self._agent("a_sorry")
        if self.rng.random() < 0.35:
            self._customer("push", sentiment=-1)
            self._agent("a_sorry")
        if self.tells and self.rng.random() < 0.55:
            self._contact()
        self._end()
        return self.turns

    def _consult(self) -> list[Turn]:
        self._customer("open")
        self._agent("a_hello")
        for topic in self.rng.sample(_TOPICS, self.rng.choice((1, 1, 2))):
            self._customer(f"q_{topic}", intent="咨询")
            self._agent(f"a_{topic}")
        if self.rng.random() < 0.6:
            self._customer("end_thanks", sentiment=1)
            self._agent("a_end")
        return self.turns

    def _thanks(self) -> list[Turn]:
        tags = ("service.attitude", "service.unresolved", "service.slow")
        self._evidence(self.rng.choice(tags), polarity=1)
        self._agent("a_end")
        return self.turns

    def _identify(self) -> None:
        if not self.tells and self.rng.random() < 0.4:
            return
        phone = self.rng.random() < 0.25
        self._agent("a_ask_phone" if phone else "a_ask_order")
        if self.tells:
            self._values(lambda: self._order("mobile" if phone else "order"))
        else:
            self._customer("no_order")

    def _contact(self) -> None:
        prefer = {self.writer.lexicon.personal.prefer.get(tag) for tag in self.feedback.tags}
        weights = [_ASKED[what].weight * (4 if prefer & _ASKED[what].values else 1) for what in _ASKED]
        what = self.rng.choices(list(_ASKED), weights=weights)[0]
        sentences = {
            sentence: weight
            for sentence, weight in self.writer.lexicon.personal.sentences.chat_contact.items()
            if needs(sentence)[0] in _ASKED[what].values
        }
        self._agent(f"a_ask_{what}")
        self._values(lambda: self._tell(sentences))

    def _end(self) -> None:
        form = self.rng.random()
        if form < 0.3:
            self._customer("end_bad", sentiment=-1)
        elif form < 0.6:
            self._customer("end_ok")
        elif form < 0.75:
            self._customer("end_thanks", sentiment=1)
        if self.rng.random() < 0.6:
            self._agent("a_end")

    def _add(
        self,
        speaker: Speaker,
        write: Callable[[], Written],
        sentiment: int | None = None,
        intent: str | None = None,
    ) -> None:
        self.tries = 0
        self.turns.append(Turn(speaker, self.fresh.draw(write), sentiment, intent))

    def _begin(self, filler: str) -> Draft:
        """Begin a turn, now and then with a filler, and always when it came out as said before."""
        draft = self.writer.draft(self.rng)
        self.tries += 1
        if self.rng.random() < (0.06 if self.tries <= _EARLY_TRIES else 1.0):
            draft.clause(self.writer.say(filler, self.scene, self.rng))
        return draft

    def _customer(
        self, role: str, *, sentiment: int = 0, intent: str | None = None, tag: str | None = None
    ) -> None:
        def write() -> Written:
            draft = self._begin("filler")
            draft.clause(self.writer.say(role, self.scene, self.rng))
            if tag is not None:
                self._complain(draft, tag, "complaint")
            return self._finish(draft, sentiment)

        if tag is not None:
            sentiment, intent = -1, "投诉"
        self._add("customer", write, sentiment, intent)

    def _agent(self, role: str) -> None:
        def write() -> Written:
            draft = self._begin("a_filler")
            draft.clause(self.writer.say(role, self.scene, self.rng))
            return draft.finish(self.rng)

        self._add("agent", write)

    def _evidence(self, tag: str, polarity: Literal[-1, 1] = -1) -> None:
        def write() -> Written:
            draft = self._begin("filler")
            self._complain(draft, tag, "complaint" if polarity < 0 else "praise")
            return self._finish(draft, polarity)

        self._add("customer", write, polarity, "投诉" if polarity < 0 else "表扬")

    def _complain(self, draft: Draft, tag: str, mood: Literal["complaint", "praise"]) -> None:
        pieces = self.writer.evidence(tag, mood, self.scene, self.rng)
        draft.clause(pieces, tag=tag, polarity=-1 if mood == "complaint" else 1)

    def _values(self, say: Callable[[], Draft]) -> None:
        self._add("customer", lambda: say().finish(self.rng), 0, None)

    def _order(self, asked: str) -> Draft:
        draft = self.writer.draft(self.rng)
        sentences = self.writer.lexicon.personal.sentences.chat_order
        fitting = [sentence for sentence in sentences if needs(sentence)[0] == asked]
        draft.clause(expand(self.rng.choice(fitting), self.scene, self.rng))
        return draft

    def _tell(self, sentences: dict[str, int]) -> Draft:
        draft = self.writer.draft(self.rng)
        draft.clause(self.writer.personal(sentences, self.feedback.tags, self.scene, self.rng, set()))
        return draft

    def _finish(self, draft: Draft, sentiment: int) -> Written:
        if sentiment and self.rng.random() < 0.08:
            name = "face_neg" if sentiment < 0 else "face_pos"
            draft.glue(self.rng.choice(self.writer.lexicon.words.slots[name]))
        return draft.finish(self.rng, typo=0.05, full_width=0.01)
