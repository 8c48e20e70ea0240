"""Scores the tagger `names.conv.v8` and the engine on people and addresses.

    python scripts/evaluate_names.py DATA

Three tables. The tagger alone on the test tenth of each data set, after that set's own convention: public
figures are people there, and CLUENER's and MSRA's places are places of any size. The engine with the default
policy on tickets: those of `lexicons/evaluation/name_tickets.txt`, after which rules were mended, and of
`unseen_tickets.txt` and `everyday_tickets.txt` beside it, after which nothing was; sentences that training
knows, and others that it does not, with names and addresses of the test tenths, in reviews of the test half;
tickets of the sample company with such names, their labels extended to the division before an address
(training saw its sentences, from another seed). Last, what the engine finds in reviews of the test half.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final, Literal

from names.corpora import read_labelled, read_texts
from names.writer import Marked, Names, Writer
from train_names import AROUND, KINDS, READING_OF, names_of, places_of, silent, simulated

from voc.privacy.engine import Engine
from voc.privacy.evaluation.name_tickets import name_tickets
from voc.privacy.ner.scores import Located, NameScore, name_scores
from voc.privacy.ner.tagger import NameTagger, name_tagger
from voc.privacy.policy import load_policy

SEED: Final = 20240602
ENTITIES: Final = {"PERSON": "PER", "CN_ADDRESS": "ADR"}
GENERATED: Final = 2000
REVIEWS: Final = 20_000
SCORED: Final = ("PER", "LOC", "NUM", "RD", "POI")


def rows_of_sets(folder: Path, tagger: NameTagger) -> Iterator[NameScore]:
    """The tagger on the test tenths."""
    rows = [row for row in read_labelled(folder) if row.split == "test"]
    for source, reading in READING_OF.items():
        texts = [
            (row.spans, [tag[:3] for tag in tagger.tag(row.text, reading)])
            for row in rows
            if row.source == source
        ]
        kinds = [
            kind
            for kind in KINDS[reading]
            if kind in SCORED and any(s[2] == kind for t in texts for s in t[0])
        ]
        yield from name_scores(source, texts, kinds)


def found_in(engine: Engine, texts: Sequence[str]) -> list[list[Located]]:
    """People and addresses that the engine finds."""
    return [
        [(span.start, span.end, ENTITIES[span.entity]) for span in spans if span.entity in ENTITIES]
        for spans in engine.find(texts)
    ]


def rows_of_tickets(name: str, tickets: Sequence[Marked], engine: Engine) -> tuple[NameScore, ...]:
    """The engine on marked texts."""
    found = found_in(engine, [ticket.text for ticket in tickets])
    pairs = [(ticket.spans, spans) for ticket, spans in zip(tickets, found, strict=True)]
    return name_scores(name, pairs, ("PER", "ADR"))


def written(which: Literal["name", "unseen", "everyday"] = "name") -> list[Marked]:
    """Tickets written for voc."""
    return [
        Marked(case.text, tuple((label.start, label.end, ENTITIES[label.entity]) for label in case.labels))
        for case in name_tickets(which)
    ]


def generated(folder: Path, *, test: bool) -> list[Marked]:
    """Values and reviews that training does not know, in sentences that it knows or, for `test`, does not."""
    rng = Random(SEED)
    rows = [row for row in read_labelled(folder) if row.split == "test"]
    writer = Writer(names_of(rows), places_of(rows))
    around = read_texts(folder, AROUND, test=True)
    rng.shuffle(around)
    return [writer.ticket(text[:120], rng, test=test) for text in silent(around[: GENERATED * 2])[:GENERATED]]


def sample_company(folder: Path) -> list[Marked]:
    """Tickets of the sample company."""
    with tempfile.TemporaryDirectory() as company:
        return list(simulated(Path(company), _names_of_test(folder), Random(SEED), seed=SEED))


def _names_of_test(folder: Path) -> Names:
    return names_of([row for row in read_labelled(folder) if row.split == "test"])


def show(rows: Iterable[NameScore]) -> None:
    """Print rows."""
    print(f"{'data set':18} kind labels      P      R     F1   95 % interval overlap  leaked")
    for row in rows:
        interval = f"{row.f1_ci.lower:.3f}–{row.f1_ci.upper:.3f}"
        print(
            f"{row.data_set:18} {row.kind:4} {row.labels:6} {row.precision:6.3f} {row.recall:6.3f} "
            f"{row.f1:6.3f} {interval:>15} {row.overlap_f1:7.3f} {row.leaked:7.2%}"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--show", action="store_true", help="print misses in texts written for voc")
    options = parser.parse_args()
    engine = Engine(load_policy())
    print("the tagger alone, test tenths")
    show(rows_of_sets(options.data, name_tagger()))
    print("\nthe engine, tickets")
    tickets = written()
    show(rows_of_tickets("written by hand", tickets, engine))
    show(rows_of_tickets("odd and unseen", written("unseen"), engine))
    show(rows_of_tickets("of all days", written("everyday"), engine))
    show(rows_of_tickets("known sentences", generated(options.data, test=False), engine))
    show(rows_of_tickets("new sentences", generated(options.data, test=True), engine))
    show(rows_of_tickets("sample company", sample_company(options.data), engine))
    if options.show:
        for ticket, found in zip(tickets, found_in(engine, [ticket.text for ticket in tickets]), strict=True):
            if set(found) != set(ticket.spans):
                print(json.dumps([ticket.text, found, ticket.spans], ensure_ascii=False), file=sys.stderr)
    reviews = read_texts(options.data, AROUND[:1], test=True)
    Random(SEED).shuffle(reviews)
    reviews = reviews[:REVIEWS]
    held = sum(map(bool, found_in(engine, reviews)))
    share = 1000 * held / len(reviews)
    print(f"\nreviews with a person or an address: {held} of {len(reviews)}, {share:.2f} per 1,000")


if __name__ == "__main__":
    main()
