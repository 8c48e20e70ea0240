"""Tells where each microsecond of masking and tagging goes, beside what the machine can do at best.

    python scripts/profile_stages.py --texts reviews.parquet --rows 8192 --docs docs/performance.md

Everything is measured in one process on one core, in CPU time, as microseconds a row; loading is not counted.

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
    """Measure floors and stages on the first rows of a table of `bench_texts.py`."""
    batches = list(_batches(source, rows))
    texts = [text or "" for batch in batches for text in batch.column("text").to_pylist()]
    count = len(texts)
    mask, tag = _stages(batches[0].schema)
    masked = [mask(batch) for batch in batches]
    tagged = [tag(batch) for batch in masked]

    def timed(name: str, kind: str, work: Callable[[], object]) -> StageTime:
        work()  # the first time pays for what is loaded late
        best = min(_cpu_seconds(work) for _ in range(repeat))
        return StageTime(name, kind, best / count * 1e6)

    return [
        timed("read and decode Parquet", "floor", lambda: list(_batches(source, rows))),
        timed("one RE2 pass", "floor", _re2_pass(texts)),
        timed("bare rjieba", "floor", _rjieba(texts)),
        timed("mask", "stage", lambda: [mask(batch) for batch in batches]),
        timed("tag", "stage", lambda: [tag(batch) for batch in masked]),
        timed("digests of rows (--incremental)", "engine", _digests(batches)),
        timed("Arrow stream to or from a worker", "engine", _wire(tagged)),
        timed("write Parquet", "engine", _written(tagged)),
    ]


def measure_parts(source: str, rows: int) -> list[Part]:
    """Find the modules in which masking and tagging spend their CPU time."""
    batches = list(_batches(source, rows))
    count = sum(batch.num_rows for batch in batches)
    mask, tag = _stages(batches[0].schema)
    masked = [mask(batch) for batch in batches]
    _ = tag(masked[0])
    found = []
    for name, function, given in (("mask", mask, batches), ("tag", tag, masked)):
        ticks: Counter[tuple[str, str]] = Counter()
        began = time.process_time()
        with _sampled(ticks):
            for batch in given:
                function(batch)
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


def _stages(schema: pa.Schema) -> tuple[Callable[..., pa.RecordBatch], Callable[..., pa.RecordBatch]]:
    from voc.engine.chain import StageChain
    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage
    from voc.tagging.stage import TagStage

    mask = StageChain.plan([MaskStage(text_columns=("text",), policy=load_policy("default"))], schema)
    return mask.build(), StageChain.plan([TagStage(text_column="text")], mask.output_schema).build()


def _cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _re2_pass(texts: Sequence[str]) -> Callable[[], object]:
    import re2

    buffer = "\n".join(texts).encode()
    pattern = re2.compile(r"1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]|[0-9A-Za-z._]+@[0-9A-Za-z.]+")
    return lambda: sum(1 for _ in pattern.finditer(buffer))


def _rjieba(texts: Sequence[str]) -> Callable[[], object]:
    import rjieba

    def cut() -> None:
        for text in texts:
            rjieba.cut(text)

    return cut


def _digests(batches: Sequence[pa.RecordBatch]) -> Callable[[], object]:
    from voc.engine.row_digests import RowDigests

    digests = RowDigests(bytes(32))
    return lambda: [digests(batch) for batch in batches]


def _wire(batches: Sequence[pa.RecordBatch]) -> Callable[[], object]:
    from voc.engine import wire

    codec = wire.compression()
    return lambda: [wire.decode(wire.encode(batch, codec)) for batch in batches]


def _written(batches: Sequence[pa.RecordBatch]) -> Callable[[], object]:
    from voc.io import open_sink

    def write() -> None:
        with (
            tempfile.TemporaryDirectory(prefix="voc-profile-") as folder,
            open_sink(Path(folder) / "out.parquet", batches[0].schema) as sink,
        ):
            for batch in batches:
                sink.write(batch)

    return write


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
            source, options.rows, texts=options.texts, column=options.text, personal=0.05, seed=options.seed
        )
        stages = measure_stages(str(source), options.rows, options.repeat)
        parts = measure_parts(str(source), options.rows)
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
