"""Compares voc's privacy engine with its peers: CPU time and recall, in one run on one core.

    python scripts/bench_privacy.py --reviews reviews.parquet --text review

What is compared on the same texts, real reviews that hold next to nothing and generated tickets that hold one
to three values each:

- `rjieba`: bare segmenting, the yardstick of speed;
- `voc identifiers` and `voc everything`: this engine without and with names and addresses, masking included;
- `presidio`: a stock Presidio AnalyzerEngine with the same recognisers and a blank spaCy pipeline;
- `argus-redact`: mode fast, language zh (extra `bench`).

Times are CPU times of this process, the least of `--repeat` passes; loading is not counted, and linear
algebra has one thread, as in a worker. Each pass is by a new engine, whose finders are new as well: it has
read as many other texts before and meets these for the first time, so what the tagger remembers is no help.
The slow ones see a part of the texts. A value counts as found when the masked text no longer holds it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from threadpoolctl import threadpool_limits

from voc.io import Quarantine, open_table
from voc.privacy.engine import Engine
from voc.privacy.evaluation.cases import Case, tickets
from voc.privacy.evaluation.evaluate import NAMES_AND_PLACES
from voc.privacy.evaluation.score import wilson
from voc.privacy.policy import load_policy
from voc.privacy.recognizers.registry import all_finders

Masker = Callable[[Sequence[str]], list[str]]
"""Masks texts; the yardstick returns them as they are."""


class Peer(NamedTuple):
    """One of the compared."""

    name: str
    make: Callable[[], Masker]
    slow: bool
    masks: bool = True


class Texts(NamedTuple):
    """Texts of a kind."""

    before: Sequence[str]
    """Read first, so that nothing is loaded late."""
    measured: Sequence[str]
    cases: Sequence[Case]
    """What is in the measured ones, where that is known."""

    def first(self, count: int | None) -> Texts:
        """So many of each."""
        return Texts(self.before[:count], self.measured[:count], self.cases[:count])


class Measured(NamedTuple):
    """What came out for one peer on one kind of text."""

    peer: str
    texts: str
    rows: int
    seconds: float
    """CPU time."""
    recall: float | None
    recall_ci: tuple[float, float] | None

    @property
    def rate(self) -> float:
        """Texts per second of CPU time."""
        return self.rows / self.seconds


def _voc(*, everything: bool) -> Masker:
    all_finders.cache_clear()  # a tagger that has read these texts in an earlier pass remembers their windows
    finders = all_finders()
    if not everything:
        finders = tuple(finder for finder in finders if NAMES_AND_PLACES.isdisjoint(finder.entities))
    engine = Engine(load_policy(), finders=finders)

    def mask(texts: Sequence[str]) -> list[str]:
        return [str(text) for text in engine.mask(texts)[0]]

    return mask


def _rjieba() -> Masker:
    import rjieba

    def cut(texts: Sequence[str]) -> list[str]:
        for text in texts:
            rjieba.cut(text)
        return list(texts)

    return cut


def _presidio() -> Masker:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    from voc.privacy.presidio import add_recognizers, blank_nlp_engine

    registry = RecognizerRegistry(supported_languages=["zh"])
    add_recognizers(registry)
    analyzer = AnalyzerEngine(registry, blank_nlp_engine(), supported_languages=["zh"])

    def mask(texts: Sequence[str]) -> list[str]:
        masked = []
        for text in texts:
            for found in sorted(analyzer.analyze(text, language="zh"), key=lambda one: -one.start):
                text = text[: found.start] + "*" + text[found.end :]  # noqa: PLW2901 - built up
            masked.append(text)
        return masked

    return mask


def _argus() -> Masker:
    from argus_redact import redact

    def mask(texts: Sequence[str]) -> list[str]:
        return [str(redact(text, mode="fast", lang="zh")[0]) for text in texts]

    return mask


def _peers(wanted: Sequence[str]) -> list[Peer]:
    peers = {
        "rjieba": Peer("rjieba", _rjieba, slow=False, masks=False),
        "identifiers": Peer("voc identifiers", lambda: _voc(everything=False), slow=False),
        "everything": Peer("voc everything", lambda: _voc(everything=True), slow=False),
        "presidio": Peer("presidio", _presidio, slow=True),
        "argus": Peer("argus-redact", _argus, slow=True),
    }
    return [peers[name] for name in wanted]


def _measure(peer: Peer, kind: str, texts: Texts, repeat: int) -> Measured:
    best, masked = float("inf"), []
    for _ in range(1 if peer.slow else repeat):
        mask = peer.make()
        mask(texts.before)
        began = time.process_time()
        masked = mask(texts.measured)
        best = min(best, time.process_time() - began)
    count, cases = len(texts.measured), texts.cases
    if not (peer.masks and cases):
        return Measured(peer.name, kind, count, best, None, None)
    values = [
        (case.text[label.start : label.end], after)
        for case, after in zip(cases, masked, strict=True)
        for label in case.labels
    ]
    gone = sum(value not in after for value, after in values)
    interval = wilson(gone, len(values))
    return Measured(peer.name, kind, count, best, gone / len(values), (interval.lower, interval.upper))


def _reviews(location: str, column: str, count: int, seed: int) -> list[str]:
    with open_table(location, quarantine=Quarantine()) as reader:
        texts = [text for batch in reader.batches() for text in batch.column(column).to_pylist() if text]
    return Random(seed).sample(texts, min(count, len(texts)))


def table(found: Sequence[Measured]) -> str:
    """Render the measurements as a Markdown table; times are multiples of rjieba's on the same texts."""
    base = {item.texts: item.rate for item in found if item.peer == "rjieba"}
    full = {item.texts: item.rate for item in found if item.peer == "voc everything"}
    lines = [
        "| engine | texts | count | texts/s | time / rjieba | voc everything is | recall (95 %) |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for item in found:
        recall = ""
        if item.recall is not None and item.recall_ci is not None:
            recall = f"{item.recall:.3f} ({item.recall_ci[0]:.3f}–{item.recall_ci[1]:.3f})"
        ratio = f"{base[item.texts] / item.rate:.2f}" if item.texts in base else ""
        faster = f"{full[item.texts] / item.rate:.1f}× as fast" if item.texts in full else ""
        cells = [item.peer, item.texts, f"{item.rows:,}", f"{item.rate:,.0f}", ratio, faster, recall]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reviews", required=True, help="table of real reviews")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--count", type=int, default=20_000, help="reviews")
    parser.add_argument("--tickets", type=int, default=5_000, help="generated tickets")
    parser.add_argument("--slow-count", type=int, default=1_000, help="texts of a kind for the slow ones")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    names = ["rjieba", "identifiers", "everything", "presidio", "argus"]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args(arguments)
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    reviews = _reviews(options.reviews, options.text, 2 * options.count, options.seed)
    half = len(reviews) // 2
    cases = list(tickets(options.seed, options.tickets))
    others = [case.text for case in tickets(options.seed + 1, options.tickets)]
    kinds = {
        "reviews": Texts(reviews[half:], reviews[:half], ()),
        "tickets": Texts(others, [case.text for case in cases], cases),
    }
    found = []
    for peer in _peers(options.only):
        limit = options.slow_count if peer.slow else None
        with threadpool_limits(limits=1):
            found += [
                _measure(peer, kind, texts.first(limit), options.repeat) for kind, texts in kinds.items()
            ]
        print(f"{peer.name} done", file=sys.stderr)
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps([item._asdict() for item in found], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
