"""Runs the engine as a program, for tests that stop it from outside: OUT SIDE CHECKPOINT WORKERS SECONDS."""

from __future__ import annotations

import sys
from pathlib import Path

from engine_parts import Measure, Rows

from voc.engine.local import run
from voc.engine.progress import PlainProgress
from voc.errors import VocError
from voc.io import open_sink


def main(out: str, side: str, checkpoint: str, workers: str, seconds: str) -> int:
    source, stage = Rows(2000), Measure(Path(side), seconds=float(seconds))
    try:
        with open_sink(out, stage.output_schema(source.schema)) as sink:
            stats = run(
                source,
                [stage],
                sink,
                workers=int(workers),
                chunk_rows=50,
                checkpoint=Path(checkpoint),
                progress=PlainProgress(interval=0.0),
            )
    except VocError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(f"{stats.rows} {stats.rows_resumed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
