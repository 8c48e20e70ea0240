"""Tells where each microsecond of masking and tagging goes, beside what the machine can do at best.

    python scripts/profile_stages.py --texts reviews.parquet --rows 8192 --docs docs/performance.md

Everything is measured in one process on one core, in CPU time, as microseconds a row; loading is not counted.
Each pass reads rows that no pass before has read: what a stage remembers of a text is no help.

- Floors: reading and decoding the file; one RE2 pass over all texts in one buffer, the least that any search
  costs; bare segmenting by rjieba, the least that any work on words costs.
- Stages: masking and tagging of the same rows; what the engine adds (keyed digests of rows for incremental
  runs, an Arrow stream as a worker sends it); writing Parquet.
- Parts: the process is interrupted at every tick of its CPU time, and the tick is counted for the innermost
  function of voc that runs (libraries count for the function that calls them), so nothing is slowed down.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import pyarrow as pa
from marked_page import put_into_page

__all__ = ["Part", "StageTime", "measure_stages", "stage_table"]

_TICK_SECONDS = 0.001
_BATCH_ROWS = 4096
Batches = list[pa.RecordBatch]


@dataclass(frozen=True)
class StageTime:
    """CPU time of one kind of work."""

    name: str
    kind: str
    """`floor`, `stage` or `engine`."""
    microseconds: float
    """A row."""


@dataclass(frozen=True)
class Part:
    """Share of the CPU time of a stage that one module of voc and the libraries that it calls take."""

    stage: str
    module: str
    function: str
    """The function of it that takes most."""
    share: float
    microseconds: float


def measure_stages(source: str, rows: int, repeat: int = 3) -> list[StageTime]:
    """Measure floors and stages on the first rows of a table of `bench_texts.py`.

    Read are `rows` for each pass, and for one before.
    """
    passes = _passes(source, rows, 0, repeat + 1)
    texts = [[text or "" for batch in part for text in batch.column("text").to_pylist()] for part in passes]
    mask, tag = _stages(passes[0][0].schema)
    masked: dict[int, Batches] = {}
    tagged: dict[int, Batches] = {}

    def mask_one(number: int) -> None:
        masked[number] = [mask(batch) for batch in passes[number]]

    def tag_one(number: int) -> None:
        tagged[number] = [tag(batch) for batch in masked[number]]

    def timed(name: str, kind: str, work: Callable[[int], object]) -> StageTime:
        work(0)  # the first time pays for what is loaded late
        best = min(_cpu_seconds(work, number) for number in range(1, repeat + 1))
        return StageTime(name, kind, best / rows * 1e6)

    re2_pass, rjieba, digests, wire = _re2_pass(), _rjieba(), _digests(), _wire()
    return [
        timed("read and decode Parquet", "floor", lambda _: list(_batches(source, rows))),
        timed("one RE2 pass", "floor", lambda number: re2_pass(texts[number])),
        timed("bare rjieba", "floor", lambda number: rjieba(texts[number])),
        timed("mask", "stage", mask_one),
        timed("tag", "stage", tag_one),
        timed("digests of rows (--incremental)", "engine", lambda number: digests(passes[number])),
        timed("Arrow stream to or from a worker", "engine", lambda number: wire(tagged[number])),
        timed("write Parquet", "engine", lambda number: _write(tagged[number])),
    ]


def measure_parts(source: str, rows: int, repeat: int = 3) -> list[Part]:
    """Find the modules in which masking and tagging spend their CPU time, on rows behind these."""
    first, batches = _passes(source, rows, repeat + 1, 2)
    count = sum(batch.num_rows for batch in batches)
    mask, tag = _stages(batches[0].schema)
    for batch in first:
        tag(mask(batch))
    masked: Batches = []
    found = []
    for name, function, given, kept in (("mask", mask, batches, masked), ("tag", tag, masked, [])):
        ticks: Counter[tuple[str, str]] = Counter()
        began = time.process_time()
        with _sampled(ticks):
            for batch in given:
                kept.append(function(batch))
        found += _parts(name, ticks, (time.process_time() - began) / count * 1e6)
    return found


def stage_table(found: Sequence[StageTime]) -> str:
    """Render as Markdown, with ratios to bare rjieba."""
    bare = next(item.microseconds for item in found if item.name == "bare rjieba")
    lines = ["| work | µs a row | × rjieba |", "|---|--:|--:|"]
    lines += [
        f"| {item.name}{' (floor)' if item.kind == 'floor' else ''} | {item.microseconds:,.2f} "
        f"| {item.microseconds / bare:.2f} |"
        for item in found
    ]
    return "\n".join(lines)


def part_table(found: Sequence[Part], least: float = 0.02) -> str:
    """Render as Markdown; parts below `least` of a stage are summed up."""
    lines = ["| stage | module | busiest function | share | µs a row |", "|---|---|---|--:|--:|"]
    for stage in dict.fromkeys(item.stage for item in found):
        own = [item for item in found if item.stage == stage]
        for item in own:
            if item.share >= least:
                lines.append(
                    f"| {stage} | `{item.module}` | `{item.function}` | {item.share:.0%} "
                    f"| {item.microseconds:.1f} |"
                )
        rest = [item for item in own if item.share < least]
        share, micro = sum(item.share for item in rest), sum(item.microseconds for item in rest)
        lines.append(f"| {stage} | all others | | {share:.0%} | {micro:.1f} |")
    return "\n".join(lines)


def _batches(source: str, rows: int) -> Iterator[pa.RecordBatch]:
    from voc.io import open_table

    left = rows
    with open_table(source, batch_rows=_BATCH_ROWS) as reader:
        for batch in reader.batches():
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return


def _passes(source: str, rows: int, first: int, count: int) -> list[Batches]:
    """Rows of the table, so many for each pass; the passes before the first are left out."""
    table = pa.Table.from_batches(_batches(source, rows * (first + count)))
    return [
        table.slice(number * rows, rows).combine_chunks().to_batches(max_chunksize=_BATCH_ROWS)
        for number in range(first, first + count)
    ]


def _stages(schema: pa.Schema) -> tuple[Callable[..., pa.RecordBatch], Callable[..., pa.RecordBatch]]:
    from voc.engine.chain import StageChain
    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage
    from voc.tagging.stage import TagStage

    mask = StageChain.plan([MaskStage(text_columns=("text",), policy=load_policy("default"))], schema)
    return mask.build(), StageChain.plan([TagStage(text_column="text")], mask.output_schema).build()


def _cpu_seconds(work: Callable[[int], object], number: int) -> float:
    began = time.process_time()
    work(number)
    return time.process_time() - began


def _re2_pass() -> Callable[[Sequence[str]], object]:
    import re2

    pattern = re2.compile(r"1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]|[0-9A-Za-z._]+@[0-9A-Za-z.]+")
    return lambda texts: sum(1 for _ in pattern.finditer("\n".join(texts).encode()))


def _rjieba() -> Callable[[Sequence[str]], object]:
    import rjieba

    def cut(texts: Sequence[str]) -> None:
        for text in texts:
            rjieba.cut(text)

    return cut


def _digests() -> Callable[[Batches], object]:
    from voc.engine.row_digests import RowDigests

    digests = RowDigests(bytes(32))
    return lambda batches: [digests(batch) for batch in batches]


def _wire() -> Callable[[Batches], object]:
    from voc.engine import wire

    codec = wire.compression()
    return lambda batches: [wire.decode(wire.encode(batch, codec)) for batch in batches]


def _write(batches: Batches) -> None:
    from voc.io import open_sink

    with (
        tempfile.TemporaryDirectory(prefix="voc-profile-") as folder,
        open_sink(Path(folder) / "out.parquet", batches[0].schema) as sink,
    ):
        for batch in batches:
            sink.write(batch)


@contextmanager
def _sampled(ticks: Counter[tuple[str, str]]) -> Iterator[None]:
    """Count a tick for the innermost function of voc at every interval of CPU time."""

    def tick(_: int, frame: FrameType | None) -> None:
        while frame is not None:
            module = str(frame.f_globals.get("__name__", ""))
            if module.startswith("voc."):
                ticks[module, frame.f_code.co_qualname] += 1
                return
            frame = frame.f_back
        ticks["(outside)", ""] += 1

    before = signal.signal(signal.SIGPROF, tick)
    signal.setitimer(signal.ITIMER_PROF, _TICK_SECONDS, _TICK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _parts(stage: str, ticks: Counter[tuple[str, str]], microseconds: float) -> list[Part]:
    total = sum(ticks.values()) or 1
    modules: Counter[str] = Counter()
    for (module, _), count in ticks.items():
        modules[module] += count
    found = []
    for module, count in modules.most_common():
        busiest = max((key for key in ticks if key[0] == module), key=lambda key: ticks[key])[1]
        share = count / total
        found.append(Part(stage, module.removeprefix("voc."), busiest, share, share * microseconds))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", help="table whose texts are varied; the simulator's when not given")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--repeat", type=int, default=3, help="the least of so many passes counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--docs", type=Path, help="page whose tables are made anew")
    options = parser.parse_args(arguments)
    from bench_texts import write_texts

    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    with tempfile.TemporaryDirectory(prefix="voc-profile-") as folder:
        os.environ["VOC_HOME"] = folder  # a key of its own
        source = Path(folder) / "texts.parquet"
        write_texts(
            source,
            options.rows * (options.repeat + 3),
            texts=options.texts,
            column=options.text,
            personal=0.05,
            seed=options.seed,
        )
        stages = measure_stages(str(source), options.rows, options.repeat)
        parts = measure_parts(str(source), options.rows, options.repeat)
    tables = f"{stage_table(stages)}\n\n{part_table(parts)}"
    if options.docs:
        put_into_page(options.docs, "profile", tables)
    else:
        print(tables)
    if options.json:
        facts = {"stages": [asdict(item) for item in stages], "parts": [asdict(item) for item in parts]}
        options.json.write_text(json.dumps(facts, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
