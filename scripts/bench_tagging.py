"""Compares voc's tagging with bare rjieba and SnowNLP: CPU time on the same texts, in one run.

    python scripts/bench_tagging.py --reviews reviews.parquet --text review

What is measured, each in fresh worker processes, one core a worker:

- `fast`, `auto`, `best`: the whole tagging stage with that sentiment model, from Arrow batch to Arrow batch
  (`auto` and `best` where onnxruntime is installed);
- `snownlp`: SnowNLP's words and sentiment, no tags.

Beside each, in the same process and pass by pass in turn, rjieba segments the same texts and does nothing
else, all words kept until the end: it is the yardstick, so that a busy machine slows both. Times are CPU
times, the least of `--repeat` passes. The texts are taken as masked. Loading is from the first import to the
first text tagged, in CPU time; memory is the peak before rjieba's words are kept, the texts of the run among
it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import NamedTuple

from voc.io import Quarantine, open_table

BATCH = 4096
SLOW = ("snownlp", "best", "auto")
"""See a part of the texts."""


class Task(NamedTuple):
    """What one worker does."""

    peer: str
    texts: Sequence[str]
    repeat: int
    core: int | None


class Outcome(NamedTuple):
    """What one worker saw; seconds and MiB."""

    seconds: float
    yardstick: float
    """The same texts with bare rjieba."""
    load: float
    memory: float


class Measured(NamedTuple):
    """One line of the table."""

    peer: str
    workers: int
    rows: int
    """Texts of each worker."""
    rate: float
    """Texts per second of CPU time, all workers together."""
    rjieba: float
    ratio: float
    """CPU time as a multiple of rjieba's."""
    load: float
    memory: float


def _snownlp() -> Callable[[Sequence[str]], None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from snownlp import SnowNLP

    def read(texts: Sequence[str]) -> None:
        for text in texts:
            told = SnowNLP(text)
            try:
                _ = told.words, told.sentiments
            except (ArithmeticError, ValueError):
                continue  # it divides by zero when it knows no word of a text

    return read


def _voc(model: str) -> Callable[[Sequence[str]], None]:
    import pyarrow as pa

    from voc.tagging.stage import TagStage
    from voc.types import MASKED_KEY

    function = TagStage(text_column="text", model=model).build()
    schema = pa.schema([pa.field("text", pa.string(), metadata={MASKED_KEY: b"taken as masked"})])

    def tag(texts: Sequence[str]) -> None:
        table = pa.table([pa.array(texts, pa.string())], schema=schema)
        for batch in table.to_batches(max_chunksize=BATCH):
            function(batch)

    return tag


def work(task: Task) -> Outcome:
    """Measure one peer in this process."""
    if task.core is not None:
        os.sched_setaffinity(0, [task.core])
    began = time.process_time()
    run = _snownlp() if task.peer == "snownlp" else _voc(task.peer)
    run(task.texts[:1])
    load = time.process_time() - began
    import rjieba

    seconds = yardstick = float("inf")
    memory = 0.0
    for _ in range(task.repeat):
        began = time.process_time()
        run(task.texts)
        seconds = min(seconds, time.process_time() - began)
        memory = memory or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began = time.process_time()
        kept = [rjieba.cut(text) for text in task.texts]
        yardstick = min(yardstick, time.process_time() - began)
        kept.clear()
    return Outcome(seconds, yardstick, load, memory)


def measure(peer: str, texts: Sequence[str], workers: int, repeat: int) -> Measured:
    """Run a peer in so many processes at once, each over texts of its own."""
    part = len(texts) // workers
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    tasks = [
        Task(peer, texts[at * part : (at + 1) * part], repeat, cores[at % len(cores)] if cores else None)
        for at in range(workers)
    ]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        seen = list(pool.map(work, tasks))
    return Measured(
        peer,
        workers,
        part,
        sum(part / one.seconds for one in seen),
        sum(part / one.yardstick for one in seen),
        sum(one.seconds for one in seen) / sum(one.yardstick for one in seen),
        max(one.load for one in seen),
        max(one.memory for one in seen),
    )


def _texts(location: str, column: str, count: int, seed: int) -> list[str]:
    with open_table(location, quarantine=Quarantine()) as reader:
        texts = [text for batch in reader.batches() for text in batch.column(column).to_pylist() if text]
    return Random(seed).sample(texts, min(count, len(texts)))


def table(found: Sequence[Measured]) -> str:
    """Render the measurements as a Markdown table."""
    lines = [
        "| engine | workers | texts each | texts/s | rjieba's | time / rjieba | load, s | memory, MiB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        lines.append(
            f"| {one.peer} | {one.workers} | {one.rows:,} | {one.rate:,.0f} | {one.rjieba:,.0f} "
            f"| {one.ratio:.2f} | {one.load:.2f} | {one.memory:,.0f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reviews", required=True, help="table of reviews")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--count", type=int, default=20_000, help="reviews")
    parser.add_argument("--slow-count", type=int, default=600, help="reviews for the slow ones")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    names = ["fast", "auto", "best", "snownlp"]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args(arguments)
    texts = _texts(options.reviews, options.text, options.count, options.seed)
    peers = [
        peer for peer in options.only if peer not in ("auto", "best") or find_spec("onnxruntime") is not None
    ]
    found = []
    for peer in peers:
        for workers in options.workers:
            chosen = texts[: options.slow_count * workers] if peer in SLOW else texts
            found.append(measure(peer, chosen, workers, 1 if peer == "snownlp" else options.repeat))
            print(f"{peer}, {workers} at once: done", file=sys.stderr)
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps([one._asdict() for one in found], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
