"""Measures rows per second and peak memory of voc's text part.

    python scripts/bench.py --texts reviews.parquet --rows 10000 100000 1000000 --json bench.json

What is measured, each in a process of its own that is bound to as many cores as there are workers:

- `mask`, `tag`, `text` (mask and tag in one go): from a Parquet file to a Parquet file, with checkpoints, as
  the commands do it; loading of models and lexicons is part of the time.
- `run`: the whole run of `pipelines/reviews.yaml` on the same table: read, mask, tag, tables, report.
- `job`: the same with as many orders as reviews: customers, segments and causes of churn come to it.
- `rjieba`: bare segmenting of the same texts, nothing else; its loading is not counted.
- `naive`: what one would put together from the same libraries: stock Presidio with voc's recognisers and a
  blank spaCy pipeline, jieba, SnowNLP; row by row, on a sample of the same texts; its loading is not counted.
- `argus`: the same with argus-redact (extra `bench`) in the place of Presidio; left out where it is missing.
- `bert`: jieba and two transformers pipelines of the size of BERT-base, one for sentiment and one for names,
  in batches of 16, with random weights, which cost what learnt ones do; left out where torch is missing.

Peak memory is the sum over the process and all its children of what they hold (proportional set size: a page
that two processes share counts half for each), looked at five times a second; beside it the resident set of
the parent and of the largest child. Without `--texts`, the texts are those of the simulator.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PARTS = ("mask", "tag", "text", "run", "job", "rjieba", "naive", "argus", "bert")
SAMPLED = ("naive", "argus", "bert")
OF_VOC = ("mask", "tag", "text", "run", "job")
_PAUSE = 0.2
_MB = 1 << 20


@dataclass(frozen=True)
class Task:
    """One measurement."""

    part: str
    rows: int
    workers: int
    source: str
    output: str


@dataclass(frozen=True)
class Measured:
    """What came out of it."""

    part: str
    rows: int
    """Rows done; for the sampled peers those of the sample."""
    of: int
    """Rows of the table."""
    workers: int
    seconds: float
    first: float | None
    """Seconds until the first chunk was done: loading, and that chunk."""
    cpu_seconds: float
    """Of all processes."""
    peak_mb: float
    parent_mb: float
    """Most that the process itself held (resident set)."""
    child_mb: float
    """Most that one of its children held."""
    sha256: str | None
    """Of the output."""

    @property
    def rate(self) -> float:
        """Rows per second of wall-clock time."""
        return self.rows / self.seconds


def measure(task: Task) -> dict[str, Any]:
    """Do one measurement in this process."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: task.workers])
    if task.part == "rjieba":
        return _rjieba(_texts(task.source, task.rows))
    if task.part == "naive":
        return _row_by_row(_presidio(), _texts(task.source, task.rows))
    if task.part == "argus":
        return _row_by_row(_argus(), _texts(task.source, task.rows))
    if task.part == "bert":
        return _bert(_texts(task.source, task.rows))
    return _whole_run(task) if task.part in ("run", "job") else _voc(task)


def _whole_run(task: Task) -> dict[str, Any]:
    from voc.config import resources
    from voc.config.pipeline import load_pipeline
    from voc.pipeline.run import run_pipeline

    began = time.perf_counter()
    settings = [f"input={task.source}"]
    if task.part == "job":
        settings.append(f"orders={_orders_beside(Path(task.source))}")
    config = load_pipeline(resources.pipeline("reviews.yaml"), settings)
    folder = Path(task.output).with_suffix("")
    result = run_pipeline(config, out=folder, workers=task.workers)
    if result.report is None:
        raise SystemExit("the run wrote no report")
    seconds = time.perf_counter() - began
    digest = _digest(folder / "feedback.parquet")
    return {"rows": task.rows, "seconds": seconds, "first": None, "sha256": digest}


def _orders_beside(texts: Path) -> Path:
    return texts.with_name(f"orders-of-{texts.name}")


def _voc(task: Task) -> dict[str, Any]:
    from voc.engine.local import run
    from voc.io import open_sink, open_table

    began = time.perf_counter()
    moments: list[float] = []
    stages = _stages(task.part)
    with open_table(task.source) as reader:
        schema = reader.schema
        for stage in stages:
            schema = stage.output_schema(schema)
        with open_sink(task.output, schema, force=True) as sink:
            stats = run(
                reader,
                stages,
                sink,
                workers=task.workers,
                checkpoint=Path(f"{task.output}.checkpoint"),
                observers=[lambda _: moments.append(time.perf_counter())],
            )
    seconds = time.perf_counter() - began
    digest = _digest(Path(task.output))
    return {"rows": stats.rows, "seconds": seconds, "first": moments[0] - began, "sha256": digest}


def _digest(path: Path) -> str:
    with path.open("rb") as file:  # piece by piece: the peak of memory is voc's, not that of reading it back
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stages(part: str) -> list[Any]:
    from voc.privacy.policy import load_policy
    from voc.privacy.stage import MaskStage

    stages: list[Any] = []
    if part in ("mask", "text"):
        stages.append(MaskStage(text_columns=("text",), policy=load_policy("default")))
    if part in ("tag", "text"):
        from voc.tagging.stage import TagStage

        stages.append(TagStage(text_column="text"))
    return stages


def _texts(source: str, rows: int) -> list[str]:
    import pyarrow.parquet as pq

    texts: list[str] = []
    for batch in pq.ParquetFile(source).iter_batches(8192, columns=["text"]):
        texts += batch.column(0).to_pylist()
        if len(texts) >= rows:
            break
    return texts[:rows]


def _rjieba(texts: list[str]) -> dict[str, Any]:
    import rjieba

    rjieba.cut("先加载词典")
    began = time.perf_counter()
    for text in texts:
        rjieba.cut(text)
    return {"rows": len(texts), "seconds": time.perf_counter() - began, "first": None, "sha256": None}


def _presidio() -> Callable[[str], object]:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    from voc.privacy.presidio import add_recognizers, blank_nlp_engine

    registry = RecognizerRegistry(supported_languages=["zh"])
    add_recognizers(registry)
    analyzer = AnalyzerEngine(registry, blank_nlp_engine(), supported_languages=["zh"])
    return lambda text: analyzer.analyze(text, language="zh")


def _argus() -> Callable[[str], object]:
    from argus_redact import redact

    return lambda text: redact(text, mode="fast", lang="zh")


def _row_by_row(find: Callable[[str], object], texts: list[str]) -> dict[str, Any]:
    import jieba
    from snownlp import SnowNLP

    jieba.setLogLevel(60)

    def row(text: str) -> None:
        find(text)
        jieba.lcut(text)
        _ = SnowNLP(text).sentiments

    row("先加载词典")
    began = time.perf_counter()
    for text in texts:
        row(text)
    return {"rows": len(texts), "seconds": time.perf_counter() - began, "first": None, "sha256": None}


def _bert(texts: list[str]) -> dict[str, Any]:
    import jieba
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        BertForTokenClassification,
        BertTokenizerFast,
        pipeline,
    )  # fmt: skip

    jieba.setLogLevel(60)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="voc-bench-") as folder:
        vocabulary = Path(folder) / "vocab.txt"
        known = [
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            *sorted({char for text in texts for char in text}),
        ]
        vocabulary.write_text("\n".join(known), encoding="utf-8")
        tokenizer = BertTokenizerFast(str(vocabulary), model_max_length=512)
    config = BertConfig(vocab_size=len(known))
    pipelines = [
        pipeline(task, model=kind(config).eval(), tokenizer=tokenizer, device="cpu", batch_size=16)
        for task, kind in (
            ("text-classification", BertForSequenceClassification),
            ("token-classification", BertForTokenClassification),
        )
    ]
    jieba.lcut("先加载词典")
    began = time.perf_counter()
    for text in texts:
        jieba.lcut(text)
    for run in pipelines:
        more = {"truncation": True} if run is pipelines[0] else {}
        for _ in run((text[:500] for text in texts), **more):
            pass
    return {"rows": len(texts), "seconds": time.perf_counter() - began, "first": None, "sha256": None}


def watched(task: Task) -> Measured:
    """Do one measurement in a process of its own, and watch its memory."""
    import psutil

    command = [sys.executable, __file__, "--task", json.dumps(asdict(task))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak, cpu = 0, {}
        most = {"parent": 0, "child": 0}
        root = psutil.Process(process.pid)
        while process.poll() is None:
            held = 0
            for member in _family(root):
                try:
                    memory = member.memory_full_info()
                    held += memory.pss
                    role = "parent" if member.pid == root.pid else "child"
                    most[role] = max(most[role], memory.rss)
                    times = member.cpu_times()
                    cpu[member.pid] = times.user + times.system
                except psutil.Error:
                    continue
            peak = max(peak, held)
            time.sleep(_PAUSE)
        assert process.stdout is not None
        output = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{task.part} with {task.workers} workers failed on {task.rows} rows")
    facts = json.loads(output.splitlines()[-1])
    return Measured(
        part=task.part,
        of=task.rows,
        workers=task.workers,
        cpu_seconds=sum(cpu.values()),
        peak_mb=peak / _MB,
        parent_mb=most["parent"] / _MB,
        child_mb=most["child"] / _MB,
        **facts,
    )


def _family(root: Any) -> list[Any]:  # noqa: ANN401 - psutil has no type information
    import psutil

    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def measure_all(options: argparse.Namespace, folder: Path) -> list[Measured]:
    """Make the tables and measure every part on them."""
    found = []
    for rows in options.rows:
        source = folder / f"texts-{rows}.parquet"
        _tell(f"making {rows:,} rows")
        arguments = [sys.executable, __file__, "--make", str(source), "--rows", str(rows)]
        arguments += ["--seed", str(options.seed), "--personal", str(options.personal)]
        arguments += [
            "--only",
            *options.only,
            "--text",
            options.text,
            *(["--texts", options.texts] if options.texts else []),
        ]
        subprocess.run(arguments, check=True)
        for task in _tasks(options, rows, source, folder):
            _tell(f"{task.part}: {task.rows:,} rows, {task.workers} workers")
            measured = watched(task)
            _tell(f"  {_rate(measured)} rows/s, {measured.peak_mb:,.0f} MB")
            if task.part in options.only:
                found.append(measured)
    return found


def _make(options: argparse.Namespace) -> None:
    from bench_texts import write_texts

    rows, seed = options.rows[0], options.seed
    write_texts(
        options.make, rows, texts=options.texts, column=options.text, personal=options.personal, seed=seed
    )
    if "job" in options.only:
        from bench_orders import write_orders

        write_orders(_orders_beside(options.make), rows, customers=max(rows // 4, 1), seed=seed)


def _tasks(options: argparse.Namespace, rows: int, source: Path, folder: Path) -> list[Task]:
    tasks = []
    masked = folder / f"mask-{rows}-{options.workers[0]}.parquet"
    wanted = [part for part in PARTS if part in options.only]
    if rows != options.rows[0]:  # a sample is of the same size on any table
        wanted = [part for part in wanted if part not in SAMPLED]
    if find_spec("argus_redact") is None:
        wanted = [part for part in wanted if part != "argus"]
    if find_spec("torch") is None or find_spec("transformers") is None:
        wanted = [part for part in wanted if part != "bert"]
    if "tag" in wanted and "mask" not in wanted:  # `tag` needs its output
        tasks.append(Task("mask", rows, options.workers[0], str(source), str(masked)))
    for part in wanted:
        if part in OF_VOC:
            given = masked if part == "tag" else source
            for workers in options.workers:
                output = folder / f"{part}-{rows}-{workers}.parquet"
                tasks.append(Task(part, rows, workers, str(given), str(output)))
        else:
            count = min(rows, options.naive_rows) if part in SAMPLED else rows
            tasks.append(Task(part, count, 1, str(source), ""))
    return tasks


def _rate(item: Measured) -> str:
    return f"{item.rate:,.0f}" if item.rate >= 10 else f"{item.rate:.1f}"


def table(found: Sequence[Measured]) -> str:
    """Render the measurements as a Markdown table with ratios to rjieba and to the naive assembly."""
    base = {(item.part, item.of): item.rate for item in found if item.part == "rjieba"}
    naive = [item.rate for item in found if item.part == "naive"]
    lines = [
        "| part | rows | workers | rows/s | × rjieba | × naive | first rows after | CPU s | peak MB "
        "| parent | largest child |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for item in found:
        bare = base.get(("rjieba", item.of))
        cells = [
            item.part,
            f"{item.rows:,}",
            str(item.workers),
            _rate(item),
            f"{item.rate / bare:.3f}" if bare else "",
            f"{item.rate / naive[0]:,.1f}" if naive else "",
            f"{item.first:.1f} s" if item.first is not None else "",
            f"{item.cpu_seconds:,.1f}",
            f"{item.peak_mb:,.0f}",
            f"{item.parent_mb:,.0f}",
            f"{item.child_mb:,.0f}" if item.child_mb else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def outputs_agree(found: Sequence[Measured]) -> bool:
    """Whether the same part on the same rows gave the same bytes for any number of workers."""
    digests: dict[tuple[str, int], set[str]] = {}
    for item in found:
        if item.sha256:
            digests.setdefault((item.part, item.of), set()).add(item.sha256)
    return all(len(seen) == 1 for seen in digests.values())


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", help="table whose texts are varied; the simulator's when not given")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--naive-rows", type=int, default=500, help="rows of the naive assemblies' sample")
    parser.add_argument(
        "--personal", type=float, default=0.05, help="share of rows with personal information added"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--folder", type=Path, help="where the tables go; a temporary folder when not given")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the figures."""
    options = options_of(arguments)
    if options.task:
        print(json.dumps(measure(Task(**json.loads(options.task)))))
        return 0
    if options.make:
        _make(options)
        return 0
    with tempfile.TemporaryDirectory(prefix="voc-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["VOC_HOME"] = temporary  # the measured runs make a key of their own
        found = measure_all(options, folder)
    print(table(found))
    agree = outputs_agree(found)
    print(f"\nSame bytes for any number of workers: {'yes' if agree else 'NO'}.")
    if options.json:
        facts = [{**asdict(item), "rows_per_second": item.rate} for item in found]
        options.json.write_text(json.dumps({"same_bytes": agree, "measured": facts}, indent=2) + "\n")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
