"""Puts the lexicon's findings and the model's predictions together into the tags of each text.

The model decides, knowing what the lexicon found. Where the lexicon found the tag in the clause that bears
it, its cues are the evidence, else the clause is. In a text of one or two clauses, which give the model
little to go by, the lexicon has the last word on polarity, because it reads negation, and in one of one
clause its sure findings count too, and dissatisfaction with nothing named where nothing else is told. In a
clause in which it finds complaints denied (没有噪音), and none made, it has it in somewhat longer texts too.
Where it sees a hypothesis (本来担心慢) and finds otherwise then, this is told; a text that is but a wish
(希望物流快一点) or a question is no complaint, and no praise. A tag that the labelled texts hold too rarely
for the model to learn is the lexicon's alone. A term of the user's own lexicon always counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from voc.tagging.evidence import whole_words
from voc.tagging.lexicon.findings import RULES, Findings
from voc.tagging.lexicon.queues import queues_on_the_line
from voc.tagging.models.topic_model import Predictions
from voc.tagging.reader import Reading
from voc.tagging.tags import Tags
from voc.text.clauses import asking

__all__ = ["Combiner"]

_SURE: Final = 0.65
"""A finding of at least this score stands for a tag that the model does not know."""
_SHORT: Final = 1
"""A text of so many clauses is short."""
_FEW: Final = 2
"""In a text of at most so many clauses the lexicon has the last word on polarity."""
_LONG: Final = 30
"""A clause of more characters says more than its hypothesis."""
_QUESTION: Final = 8
"""A clause of at most so many characters that asks does no more than that."""
_SOME: Final = 5
"""In a text of at most so many clauses the lexicon has the last word on those that deny complaints."""
_SURE_IN_SHORT: Final = 0.6
"""A finding of at least this score stands in a short text."""
_BOTH, _MODEL, _LEXICON, _USER = range(4)
_IRONY_RULE: Final = RULES.index("irony")
_USER_RULE: Final = RULES.index("user")
_FALLBACK_RULE: Final = RULES.index("fallback")
_BLANKS: Final = "\ue000 \t\u3000"
"""Not part of the evidence when they stand at the ends of a clause."""
_POLARITIES: Final = 3

Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Combiner:
    """Combines findings and predictions.

    Parameters
    ----------
    found
        Tags of the lexicon, as `Findings.tags` counts them.
    learnt
        The tags and polarities that the model knows, as `Predictions.columns` counts them.
    targets
        Ids of the taxonomy in use by ids of lexicon and model; a tag without one is left out.
    """

    def __init__(
        self, found: Sequence[str], learnt: Sequence[tuple[str, int]], targets: Mapping[str, str]
    ) -> None:
        known = sorted({*found, *(tag for tag, _ in learnt)})
        place = {tag: number for number, tag in enumerate(known)}
        self._known = tuple(known)
        self._found = np.array([place[tag] for tag in found], dtype=np.int64)
        self._labels = np.array([place[tag] for tag, _ in learnt], dtype=np.int64)
        self._label_polarities = np.array([polarity for _, polarity in learnt], dtype=np.int64)
        self._learnt = np.zeros(len(known) * _POLARITIES, dtype=np.bool_)
        self._learnt[_key(self._labels, self._label_polarities)] = True
        own = sorted({targets[tag] for tag in known if tag in targets})
        self._own = tuple(own)
        number = {tag: at for at, tag in enumerate(own)}
        self._targets = np.array([number[targets[tag]] if tag in targets else -1 for tag in known], np.int64)

    def combine(self, reading: Reading, findings: Findings, predictions: Predictions) -> Tags:
        """Return the tags of a batch."""
        width = len(self._known) * _POLARITIES
        tags = self._found[findings.tags]
        found = _key(tags, findings.polarities) + findings.rows * width
        short = reading.unit_counts[findings.rows] <= _SHORT
        predicted, covered, answered = self._predicted(reading, findings, found, predictions)
        user = findings.rules == _USER_RULE
        alone = (findings.scores >= _SURE) & ~self._learnt[found % width]
        alone |= (findings.rules == _IRONY_RULE) & ~np.isin(found, covered)
        spare = short & (findings.scores >= _SURE_IN_SHORT) & ~np.isin(found, covered)
        spare |= short & (findings.rules == _FALLBACK_RULE) & ~np.isin(findings.rows, predicted.rows)
        chosen = np.flatnonzero(user | alone | spare | np.isin(found, answered))
        overruled = np.isin(covered, found[chosen])
        predicted = predicted.take(~overruled)
        rows = findings.rows[chosen]
        starts, ends = reading.spans(rows, findings.starts[chosen], findings.ends[chosen])
        sources = np.where(user[chosen], _USER, _LEXICON)
        added = Tags(
            self._known, rows, tags[chosen], findings.polarities[chosen], starts, ends,
            findings.scores[chosen], sources,
        )  # fmt: skip
        both = Tags(
            self._known, *(np.concatenate(pair) for pair in zip(predicted[1:], added[1:], strict=True))
        )
        told = queues_on_the_line(reading, _without_contradicted(reading, both, width))
        starts, ends = whole_words(reading, told.rows, told.starts, told.ends)
        return self._translated(told._replace(starts=starts, ends=ends))

    def _predicted(
        self, reading: Reading, findings: Findings, found: Offsets, predictions: Predictions
    ) -> tuple[Tags, Offsets, Offsets]:
        """Tags that the model sees, with the lexicon's evidence where it has any there.

        Beside them their keys, and those of findings that stand in the place of a hypothesis.
        """
        width = len(self._known) * _POLARITIES
        tags = self._labels[predictions.columns]
        polarities = self._label_polarities[predictions.columns]
        rows, units = predictions.rows, predictions.units
        finding = _look_up(found, _key(tags, polarities) + rows * width)
        other = _look_up(found, _key(tags, -polarities) + rows * width)
        # the lexicon's finding of the other polarity counts in the clause that the model looks at
        begins, stops = (np.append(column, 0) for column in (findings.starts, findings.ends))
        clauses = reading.units.starts[units], reading.units.ends[units]
        same = (other >= 0) & (begins[other] < clauses[1]) & (clauses[0] < stops[other])
        denied = _holding(findings.denied, reading, units) & ~_holding(findings.blamed, reading, units)
        denied &= reading.unit_counts[rows] <= _SOME
        same &= (reading.unit_counts[rows] <= _FEW) | denied
        finding = np.where((finding < 0) & same, other, finding)
        with_finding = finding >= 0
        polarities = np.where(with_finding, np.append(findings.polarities, 0)[finding], polarities)
        polarities = np.where(~with_finding & denied & (polarities < 0), 1, polarities)
        # a finding of -1 is none, and adds nothing to the score
        scores = np.maximum(predictions.scores, np.append(findings.scores, 0.0)[finding] / 2)
        starts, ends = _stripped(reading, units)
        quoted = with_finding & (begins[finding] < clauses[1]) & (clauses[0] < stops[finding])
        heard = _holding(findings.answered, reading, units)
        quoted |= with_finding & (heard | (starts >= ends))
        starts = np.where(quoted, begins[finding], starts)
        ends = np.where(quoted, stops[finding], ends)
        keys = _key(tags, polarities) + rows * width
        order = np.lexsort((self._label_polarities[predictions.columns], tags, -predictions.scores, keys))
        order = order[(starts < ends)[order] | with_finding[order]]
        praised = self._label_polarities[predictions.columns] > 0
        asked = asking(reading.codes, clauses[1]) & (praised | (clauses[1] - clauses[0] <= _QUESTION))
        mocked = _holding(findings.mocked, reading, units) & (polarities > 0)
        taken_back = ~with_finding & (asked | heard | mocked | _holding(findings.unreal, reading, units))
        short = reading.clause_counts[rows] <= _SHORT
        short &= clauses[1] - clauses[0] <= _LONG
        short |= _others(findings, reading, units, polarities) | mocked
        instead = _key(tags, -polarities) + rows * width
        answered = instead[taken_back & np.isin(instead, found)]
        order = order[~(taken_back & (short | np.isin(instead, found)))[order]]
        order = order[np.flatnonzero(np.diff(keys[order], prepend=-1))]
        starts, ends = reading.spans(rows[order], starts[order], ends[order])
        sources = np.where(with_finding[order], _BOTH, _MODEL)
        told = Tags(
            self._known, rows[order], tags[order], polarities[order], starts, ends, scores[order], sources
        )
        return told, keys[order], answered

    def _translated(self, tags: Tags) -> Tags:
        """Tell tags under the ids of the taxonomy in use; of two that become one, the surer."""
        own = self._targets[tags.tags]
        ranked = (tags.tags, tags.ends, tags.starts, -tags.scores, tags.polarities, own, tags.rows)
        order = np.lexsort(ranked)
        order = order[own[order] >= 0]
        kept = np.ones(len(order), dtype=np.bool_)
        kept[1:] = (
            (np.diff(tags.rows[order]) != 0)
            | (np.diff(own[order]) != 0)
            | (np.diff(tags.polarities[order]) != 0)
        )
        order = order[kept]
        told = tags._replace(known=self._own, tags=own).take(order)
        return told.take(np.lexsort((told.polarities, told.tags, told.ends, told.starts, told.rows)))


def _holding(positions: Offsets, reading: Reading, units: Offsets) -> Flags:
    """Which of the clauses hold one of the positions."""
    if not len(positions):
        return np.zeros(len(units), dtype=np.bool_)
    first = np.searchsorted(positions, reading.units.starts[units])
    holding: Flags = first < np.searchsorted(positions, reading.units.ends[units])
    return holding


def _others(findings: Findings, reading: Reading, units: Offsets, polarities: Offsets) -> Flags:
    """Which of the clauses say this of somebody else."""
    bad, good = (_holding(positions, reading, units) for positions in findings.of_others)
    return np.where(polarities < 0, bad, good)


def _key(tags: Offsets, polarities: Offsets) -> Offsets:
    return tags * _POLARITIES + polarities + 1


def _look_up(known: Offsets, wanted: Offsets) -> Offsets:
    """Place of each wanted key among the known, distinct ones; -1 where it is not among them."""
    if not len(known):
        return np.full(len(wanted), -1)
    order = np.argsort(known)
    place = order[np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)]
    return np.where(known[place] == wanted, place, -1)


def _stripped(reading: Reading, units: Offsets) -> tuple[Offsets, Offsets]:
    """Where clauses begin and end without the blanks around them; nothing is left where both are the same."""
    held = np.ones(len(reading.codes), dtype=np.bool_)
    for blank in _BLANKS:
        held &= reading.codes != ord(blank)
    places = np.append(np.flatnonzero(held), len(held))
    begins, stops = reading.units.starts[units], reading.units.ends[units]
    first = places[np.searchsorted(places, begins)]
    last = places[np.maximum(np.searchsorted(places, stops) - 1, 0)] + 1
    empty = first >= stops
    return np.where(empty, begins, first), np.where(empty, begins, last)


def _without_contradicted(reading: Reading, tags: Tags, width: int) -> Tags:
    """Of a tag with both polarities in a short text, drop the one that the model alone sees."""
    seen = tags.sources == _MODEL
    told = (_key(tags.tags, tags.polarities) + tags.rows * width)[~seen]
    opposite = _key(tags.tags, -tags.polarities) + tags.rows * width
    short = reading.unit_counts[tags.rows] <= _SHORT
    return tags.take(~(seen & short & np.isin(opposite, told)))
