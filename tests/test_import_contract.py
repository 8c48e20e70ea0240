"""The rooms import downwards only, and the contract that says so bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT), "--no-cache"],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("contract")
    shutil.copy(ROOT / "pyproject.toml", target)
    shutil.copytree(ROOT / "src", target / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return target


def test_the_contract_holds(tree: Path):
    result = lint(tree)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("rootcause/__init__.py", "import voc.io"),
        ("tagging/__init__.py", "import voc.privacy"),
        ("report/__init__.py", "import voc.privacy"),
        ("io/__init__.py", "import voc.engine"),
        ("pipeline/__init__.py", "import typer"),
        ("tagging/__init__.py", "import rjieba"),
        ("text/__init__.py", "import presidio_analyzer"),
    ],
)
def test_the_contract_bites(tree: Path, module: str, line: str):
    path = tree / "src" / "voc" / module
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        assert lint(tree).returncode == 1
    finally:
        path.write_text(before, encoding="utf-8")
