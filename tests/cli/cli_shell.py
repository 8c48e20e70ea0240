"""Runs the installed `voc` command as a user would, and looks for what must not be left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VOC = Path(sys.executable).with_name("voc")
CANARY = "13912345678"


@dataclass
class Shell:
    """A working folder of its own, with keys of its own."""

    folder: Path
    env: dict[str, str]

    def run(
        self, *arguments: str, stdin: bytes = b"", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(VOC), *arguments],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"),
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(VOC), *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return name

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def assert_canary_is_gone(self, done: subprocess.CompletedProcess[str], *inputs: str) -> None:
        """The canary is in no message and in no file but the inputs."""
        assert CANARY not in done.stdout
        assert CANARY not in done.stderr
        for folder in (self.folder, Path(self.env["TMPDIR"])):
            for path in _leftovers(folder, set(inputs)):
                assert CANARY not in path.name
                assert not _holds_canary(path), path


def _heed_interrupts() -> None:
    """Undo what a shell does to jobs in the background, which would make Ctrl-C unheard."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leftovers(folder: Path, inputs: set[str]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and str(path.relative_to(folder)) not in inputs:
            yield path


def _holds_canary(path: Path) -> bool:
    raw = path.read_bytes()
    if any(CANARY.encode(encoding) in raw for encoding in ("utf-8", "utf-16-le", "utf-16-be")):
        return True
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return CANARY in str(pq.read_table(path).to_pylist())
    if path.suffix == ".xlsx":
        import zipfile

        with zipfile.ZipFile(path) as archive:
            return any(CANARY.encode() in archive.read(name) for name in archive.namelist())
    return False


def make_shell(tmp_path: Path, temporary: str) -> Shell:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "VOC_HOME": str(tmp_path / "home" / "voc"),
        "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": "default",
        "TMPDIR": temporary,
        **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
    }
    (tmp_path / "home").mkdir()
    work = tmp_path / "work"
    work.mkdir()
    return Shell(work, env)
