"""`voc --help` is quick, every command has an example, and the README says the same."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from voc import __version__
from voc.cli.app import app

ROOT = Path(__file__).resolve().parents[2]


def commands(group: TyperGroup, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the program, `customers rfm` for one in a group."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*before, name))
        else:
            yield " ".join([*before, name])


COMMANDS = sorted(commands(typer.main.get_group(app)))


def test_top_level_help_lists_every_command(shell):
    done = shell.run("--help")
    assert done.returncode == 0
    listed = re.findall(r"^\s{2}([\w-]+)\s", done.stdout, flags=re.MULTILINE)
    assert {command.split()[0] for command in COMMANDS} <= set(listed)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_the_readme_shows(shell, name: str):
    done = shell.run(*name.split(), "--help")
    assert done.returncode == 0, done.stderr
    example = re.search(r"Example:\s+(voc .+)", done.stdout)
    assert example, done.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`{example[1].strip()}`" in readme
    for option in ("--quiet", "--verbose", "--no-color", "--json"):
        assert option in done.stdout


def test_readme_names_no_command_that_is_not_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"^\| `voc ([\w-]+)", readme, flags=re.MULTILINE))
    assert used == {command.split()[0] for command in COMMANDS}


def test_both_readmes_give_the_two_commands():
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "python -m pip install . && voc demo" in text
        assert "python -m pip install '.[test]' && python -m pytest" in text


def test_version(shell):
    assert shell.run("--version").stdout.strip() == f"voc {__version__}"


def test_help_imports_nothing_heavy():
    heavy = (
        "pyarrow",
        "pandas",
        "numpy",
        "ibis",
        "presidio_analyzer",
        "spacy",
        "sklearn",
        "altair",
        "rjieba",
    )
    code = f"import sys, voc.cli.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_wrong_option_is_a_usage_error(shell):
    assert shell.run("mask", "--no-such-option").returncode == 2


def test_shell_completion_is_offered(shell):
    assert "--install-completion" in shell.run("--help").stdout
