"""Measures voc from ten thousand rows to ten million, and writes figures, a plot and the tables of the docs.

    python scripts/bench_scale.py --texts reviews.parquet --rows 10000 100000 1000000 --docs docs/scale.md
    python scripts/bench_scale.py --texts reviews.parquet --rows 1000000 --from scale.json --ten-million
    python scripts/bench_scale.py --from scale.json --docs docs/scale.md

The rows are made from the texts of the table given, with seeded variations (`bench_texts.py`). `bench.py`
measures rate and memory of mask and tag in one go and of the whole run with one and two workers, beside
bare rjieba and, on a sample, the naive assemblies; `profile_stages.py` measures the CPU time of each stage.
The cost of a million rows is their CPU time at the price of a core-hour (`--price`). Loading is part of it
for voc, so the cost falls with the rows, and left out for its peers. Peak memory is the resident set of the
parent and of the largest worker.

Without `--docs`, the tables go to stdout. With it, they take the place of what stands between
`<!-- scale:begin -->` and `<!-- scale:end -->`; the plot goes to `docs/images/scale.svg` beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bench
from marked_page import put_into_page

__all__ = ["tables"]

_NAMES = {
    "text": "voc: mask and tag",
    "run": "voc: whole run to the report",
    "rjieba": "bare rjieba",
    "naive": "stock Presidio + jieba + SnowNLP",
    "argus": "argus-redact + jieba + SnowNLP",
    "bert": "jieba + two BERT-base pipelines",
}

_PICTURE = "![Rows a second and memory against the number of rows](images/scale.svg)"

Facts = dict[str, Any]


def measure(options: argparse.Namespace, save: Callable[[Facts], None]) -> Facts:
    """Measure everything, size by size; `save` is given what there is after each, so that none is lost."""
    given = ["--texts", options.texts] if options.texts else []
    common = [*given, "--text", options.text, "--seed", str(options.seed)]
    with tempfile.TemporaryDirectory(prefix="voc-scale-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["VOC_HOME"] = temporary  # the measured runs make a key of their own
        facts = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "price": options.price,
            "measured": [],
            **_stages(common, Path(temporary) / "profile.json"),
        }
        found: list[bench.Measured] = []
        for rows in [*options.rows, *([10_000_000] if options.ten_million else [])]:
            parts = [part for part in options.only if not found or part not in bench.SAMPLED]
            sizes = ["--rows", str(rows), "--workers", *map(str, options.workers)]
            sample = ["--only", *parts, "--naive-rows", str(options.sample)]
            found += bench.measure_all(bench.options_of([*common, *sizes, *sample]), folder)
            facts["measured"] = [asdict(item) for item in found]
            facts["same_bytes"] = bench.outputs_agree(found)
            save(facts)
    return facts


def _stages(common: Sequence[str], profile: Path) -> Facts:
    script = str(Path(__file__).with_name("profile_stages.py"))
    command = [sys.executable, script, *common, "--json", str(profile)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    stages: Facts = json.loads(profile.read_text())
    return stages


def tables(facts: Facts) -> str:
    """Render the figures as Markdown."""
    return "\n\n".join([_speed_table(facts), _stage_table(facts), _cluster_table(facts)])


def _speed_table(facts: Facts) -> str:
    price = facts["price"]
    lines = [
        "| what | rows | workers | rows/s | CPU s | parent MB | largest worker MB | price of a million |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for item in facts["measured"]:
        paid = item["cpu_seconds"] if item["part"] in bench.OF_VOC else item["seconds"]
        cost = paid / item["rows"] * 1e6 / 3600 * price
        lines.append(
            f"| {_NAMES.get(item['part'], item['part'])} | {item['rows']:,} | {item['workers']} "
            f"| {item['rows'] / item['seconds']:,.0f} | {item['cpu_seconds']:,.1f} "
            f"| {item['parent_mb']:,.0f} | {_or_dash(item['child_mb'])} | {cost:,.3f} |"
        )
    same = "yes" if facts["same_bytes"] else "NO"
    told = f"{facts['machine']}; {price:g} a core-hour; same bytes for any number of workers: {same}."
    return "\n".join([*lines, "", told])


def _stage_table(facts: Facts) -> str:
    bare = next(item["microseconds"] for item in facts["stages"] if item["name"] == "bare rjieba")
    lines = ["| stage, CPU time on one core | µs a row | × rjieba |", "|---|--:|--:|"]
    lines += [
        f"| {item['name']} | {item['microseconds']:,.2f} | {item['microseconds'] / bare:.2f} |"
        for item in facts["stages"]
    ]
    return "\n".join(lines)


def _cluster_table(facts: Facts) -> str:
    """What a billion rows cost on a cluster, from the CPU time of the stages of this run."""
    micro = {item["name"]: item["microseconds"] for item in facts["stages"]}
    wire = 2 * micro["Arrow stream to or from a worker"]  # JVM to Python and back
    files = micro["read and decode Parquet"] + micro["write Parquet"]
    seconds = (micro["mask"] + micro["tag"] + wire + files) * 1e-6 * 1e9
    lines = [
        "| a billion rows, mask and tag | core-hours | price | hours on 100 cores |",
        "|---|--:|--:|--:|",
    ]
    for name, share in (("cores busy all the time", 1.0), ("cores busy 70 % of it", 0.7)):
        hours = seconds / 3600 / share
        lines.append(f"| {name} | {hours:,.0f} | {hours * facts['price']:,.2f} | {hours / 100:,.1f} |")
    return "\n".join(lines)


def _or_dash(value: float) -> str:
    return f"{value:,.0f}" if value else "–"


def plot(facts: Facts, out: Path) -> None:
    """Draw rows per second and peak memory against the number of rows."""
    import altair as alt
    import vl_convert

    rows = [
        {
            "rows": item["of"],
            "what": f"{_NAMES.get(item['part'], item['part'])}, {item['workers']} workers",
            "rows/s": item["rows"] / item["seconds"],
            "MB": max(item["parent_mb"], item["child_mb"]),
        }
        for item in facts["measured"]
        if item["part"] in ("text", "run", "rjieba")
    ]
    base = alt.Chart(alt.InlineData(values=rows)).mark_line(point=True)
    x = alt.X("rows:Q", scale=alt.Scale(type="log"), title="rows")
    colour = alt.Color("what:N", title=None)
    speed = base.encode(x, alt.Y("rows\\/s:Q", scale=alt.Scale(type="log"), title="rows a second"), colour)
    memory = base.encode(x, alt.Y("MB:Q", title="most memory of one process, MB"), colour)
    chart = alt.hconcat(speed.properties(width=360, height=260), memory.properties(width=360, height=260))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[]), encoding="utf-8")


def _joined(earlier: Mapping[str, Any], now: Facts) -> Facts:
    """Add larger tables to figures of earlier runs: what was measured again replaces what stood there."""
    kept = {(i["part"], i["of"], i["workers"]): i for i in [*earlier["measured"], *now["measured"]]}
    measured = sorted(kept.values(), key=lambda i: (list(_NAMES).index(i["part"]), i["of"], i["workers"]))
    return {**now, "measured": measured, "same_bytes": earlier["same_bytes"] and now["same_bytes"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or take figures that were measured, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", help="table whose texts are varied; the simulator's when not given")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--ten-million", action="store_true", help="ten million rows too")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=list(_NAMES), default=list(_NAMES))
    parser.add_argument("--sample", type=int, default=500, help="rows of the naive assemblies")
    parser.add_argument("--price", type=float, default=0.04, help="of a core-hour, in any money")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the tables go; a temporary folder when not given")
    parser.add_argument("--from", dest="earlier", type=Path, help="figures of an earlier run to start from")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--docs", type=Path, help="page whose tables and plot are made anew")
    options = parser.parse_args(arguments)
    earlier = json.loads(options.earlier.read_text(encoding="utf-8")) if options.earlier else None

    def joined(found: Facts) -> Facts:
        return _joined(earlier, found) if earlier is not None else found

    def save(found: Facts) -> None:
        if options.json:
            text = json.dumps(joined(found), indent=2, ensure_ascii=False)
            options.json.write_text(f"{text}\n", encoding="utf-8")

    facts = dict(earlier) if earlier is not None and not options.texts else joined(measure(options, save))
    if options.docs:
        plot(facts, options.docs.parent / "images" / "scale.svg")
        put_into_page(options.docs, "scale", f"{tables(facts)}\n\n{_PICTURE}")
    else:
        print(tables(facts))
    return 0 if facts["same_bytes"] else 1


if __name__ == "__main__":
    sys.exit(main())
