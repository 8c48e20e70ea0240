"""Runs voc again and again on changing input, and kills it at random moments: nothing grows, nothing differs.

    python scripts/soak.py --minutes 60
    python scripts/soak.py --kills 50 --minutes 0

`--minutes`: one process masks and tags a table whose rows change a little every round, once whole and once
with what the last round made (`--incremental`); both outputs must hold the same bytes. After each round its
memory, open handles, child processes and files are counted; the script tells the medians of the first and
the last third of the rounds, and fails when one has grown.

`--kills`: `voc tag` is started and killed with SIGKILL, all its processes, at a moment drawn from the time
that a whole run takes; then it is run to its end. The output must hold the same bytes as that of a run that
was never killed, and no file of the killed run may be left beside it. Every third run is incremental, every
third files its rows by month. What Python leaves in the folder for temporary files is counted and told.
"""

from __future__ import annotations

import argparse
import atexit
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import psutil

_VOC = [sys.executable, "-c", "from voc.cli import main; main()"]
_AGE_SECONDS = 2.1
"""After so long, what a killed writer left is swept by the next one."""


@dataclass(frozen=True)
class Round:
    """What the process held after one round."""

    number: int
    rows: int
    reused: int
    same: bool
    memory_mb: float
    handles: int
    children: int
    files: int
    """In the work folder and the folder for temporary files."""
    seconds: float


@dataclass(frozen=True)
class Kill:
    """What became of one killed run."""

    mode: str
    after: float
    """Seconds."""
    finished: bool
    """The run was quicker than the kill."""
    resumed: int
    """Rows that the next run took over."""
    same: bool
    left: int
    """Files of the killed run that lie beside the output after the next one."""
    temporary: int
    """Entries in the folder for temporary files."""


class Table:
    """Rows that change from round to round."""

    def __init__(self, path: Path, rows: int, texts: str | None, column: str, seed: int) -> None:
        from bench_texts import write_texts

        from voc.io import read_table

        self.path = path
        self._rng = Random(seed)
        source = path.with_suffix(".parquet")
        write_texts(source, rows * 3, texts=texts, column=column, personal=0.2, seed=seed)
        table = read_table(source).select(["feedback_id", "ts", "text"])
        source.unlink()
        self._stock = [tuple(row.values()) for row in table.to_pylist()]
        self._rng.shuffle(self._stock)
        self.rows = [self._stock.pop() for _ in range(rows)]
        self.write()

    def change(self) -> None:
        """Let some rows vanish, change some, add some."""
        rng = self._rng
        count = len(self.rows) // 20
        for _ in range(count):
            self._stock.insert(0, self.rows.pop(rng.randrange(len(self.rows))))
        for at in rng.sample(range(len(self.rows)), count):
            name, when, text = self.rows[at]
            self.rows[at] = (name, when, f"{text}，又等了{rng.randrange(99)}天")
        self.rows += [self._stock.pop() for _ in range(count)]
        self.write()

    def write(self) -> None:
        """Write the table as CSV."""
        import csv

        with self.path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["编号", "时间", "内容"])
            writer.writerows(self.rows)


def soak(table: Table, folder: Path, minutes: float, workers: int) -> list[Round]:
    """Work on the changing table for so many minutes."""
    from voc.pipeline.files import FileRun, tag_file

    found: list[Round] = []
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        began = time.monotonic()
        source, whole, part = str(table.path), folder / "whole.parquet", folder / "part.parquet"
        tag_file(FileRun(source, str(whole), workers=workers, force=True), text="内容")
        job = FileRun(source, str(part), workers=workers, force=True, incremental=True)
        done = tag_file(job, text="内容")
        process = psutil.Process()
        found.append(
            Round(
                number=len(found),
                rows=done.rows_out,
                reused=done.rows_reused,
                same=whole.read_bytes() == part.read_bytes(),
                memory_mb=process.memory_info().rss / (1 << 20),
                handles=process.num_fds(),
                children=len(process.children(recursive=True)),
                files=_count(folder) + _count(Path(tempfile.gettempdir())),
                seconds=time.monotonic() - began,
            )
        )
        _tell(str(found[-1]))
        table.change()
    return found


def growth(found: Sequence[Round]) -> dict[str, tuple[float, float]]:
    """Medians of the first and the last third of the rounds; the first two rounds warm up."""
    warm = found[2:]
    third = max(len(warm) // 3, 1)
    return {
        name: (
            statistics.median(getattr(item, name) for item in warm[:third]),
            statistics.median(getattr(item, name) for item in warm[-third:]),
        )
        for name in ("memory_mb", "handles", "children", "files")
    }


def kill_and_resume(table: Table, folder: Path, kills: int, workers: int, seed: int) -> list[Kill]:
    """Kill runs at random moments, and run them to their end."""
    rng = Random(seed)
    modes = ("plain", "incremental", "months")
    found = []
    for number in range(kills):
        mode = modes[number % 3]
        if number % 3 == 0:
            table.change()
            shutil.rmtree(folder / "reference", ignore_errors=True)
            (folder / "reference").mkdir()
            took = _reference(table, folder / "reference", workers)
        output = folder / ("out" if mode == "months" else f"out-{mode}.parquet")
        _remove(output)
        command = _command(table, output, mode, workers)
        after = rng.uniform(0.2, took * 1.05)
        finished = _started_and_killed(command, folder, after)
        time.sleep(_AGE_SECONDS)
        done = subprocess.run(
            [*command, "--json", "--force"], capture_output=True, text=True, check=True, cwd=folder
        )
        facts = json.loads(done.stdout)
        expected = folder / "reference" / ("out" if mode == "months" else "out.parquet")
        found.append(
            Kill(
                mode=mode,
                after=after,
                finished=finished,
                resumed=facts["rows_resumed"],
                same=_digests(output) == _digests(expected),
                left=len(_left_over(folder)),
                temporary=len(os.listdir(tempfile.gettempdir())),  # noqa: PTH208 - names are enough
            )
        )
        _tell(str(found[-1]))
    return found


def _reference(table: Table, folder: Path, workers: int) -> float:
    """Make what runs that are never killed make; return the seconds of one."""
    began = time.monotonic()
    subprocess.run(_command(table, folder / "out.parquet", "plain", workers), check=True, capture_output=True)
    took = time.monotonic() - began
    subprocess.run(_command(table, folder / "out", "months", workers), check=True, capture_output=True)
    return took


def _command(table: Table, output: Path, mode: str, workers: int) -> list[str]:
    command = [*_VOC, "tag", str(table.path), "-o", str(output), "--text", "内容", "--workers", str(workers)]
    if mode == "months":
        command += ["--partition-by-month", "时间"]
    return [*command, "--incremental"] if mode == "incremental" else command


def _started_and_killed(command: Sequence[str], folder: Path, after: float) -> bool:
    """Start a run, kill all its processes; return whether it had ended by itself."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False
    return True


def _remove(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)


def _digests(output: Path) -> dict[str, str]:
    files = sorted(output.rglob("*.parquet")) if output.is_dir() else [output]
    return {
        path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _left_over(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if "partial" in path.name or "checkpoint" in path.name]


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if not path.is_dir())


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _place_until_exit() -> Path:
    """A folder that goes at the very end: the fork server, imported later, tidies up in it before."""
    place = Path(tempfile.mkdtemp(prefix="voc-soak-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, kill, print what was seen; 1 when anything grew or differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--texts", help="table whose texts are varied; the simulator's when not given")
    parser.add_argument("--text", default="text", help="its column of text")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slack", type=float, default=0.05, help="share by which memory may seem to grow")
    parser.add_argument("--json", type=Path, help="write what was seen here too")
    options = parser.parse_args(arguments)
    place = _place_until_exit()
    folder, temporary = place / "work", place / "tmp"
    folder.mkdir()
    temporary.mkdir()
    os.environ.update(VOC_HOME=str(place / "home"), TMPDIR=str(temporary))
    tempfile.tempdir = str(temporary)
    table = Table(folder / "in.csv", options.rows, options.texts, options.text, options.seed)
    rounds = soak(table, folder, options.minutes, options.workers) if options.minutes > 0 else []
    kills = kill_and_resume(table, folder, options.kills, options.workers, options.seed)
    good = True
    facts: dict[str, object] = {"rounds": len(rounds), "kills": len(kills)}
    if len(rounds) > 2:
        grown = growth(rounds)
        slack = {"memory_mb": options.slack}
        good = all(last <= first * (1 + slack.get(name, 0)) for name, (first, last) in grown.items())
        facts |= {"first_and_last_third": grown, "rounds_same": sum(item.same for item in rounds)}
    if kills:
        facts |= {
            "killed_while_at_work": sum(not item.finished for item in kills),
            "went_on_after_chunks": sum(item.resumed > 0 for item in kills),
            "kills_same": sum(item.same for item in kills),
            "files_left": sum(item.left for item in kills),
            "left_in_temporary_folder": kills[-1].temporary,
        }
    print(json.dumps(facts, indent=2))
    if options.json:
        seen = {"rounds": [asdict(item) for item in rounds], "kills": [asdict(item) for item in kills]}
        options.json.write_text(json.dumps({**facts, **seen}, indent=2) + "\n")
    good = good and all(item.same for item in rounds)
    return 0 if good and all(item.same and not item.left for item in kills) else 1


if __name__ == "__main__":
    sys.exit(main())
