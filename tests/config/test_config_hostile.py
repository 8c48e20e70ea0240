"""Pipeline and policy files that mean harm: bombs, code, ways out of the run folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.config.loader import read_yaml
from voc.config.pipeline import load_pipeline
from voc.errors import ConfigError

BILLION = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
LOOP = "a: &a\n  b: *a\n"
DEEP = "a: " + "[" * 500 + "]" * 500


def written(folder: Path, text: str) -> Path:
    path = folder / "pipeline.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [BILLION, LOOP, DEEP], ids=["billion", "loop", "deep"])
def test_bombs_are_refused_at_once(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        read_yaml(written(tmp_path, text))


def test_ordinary_anchors_are_welcome(tmp_path: Path) -> None:
    document = read_yaml(written(tmp_path, "names: &n [内容, 评论]\nagain: *n\n"))
    assert document["again"] == ["内容", "评论"]


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch owned']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!exec x",
    ],
)
def test_a_hostile_file_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError):
        read_yaml(written(tmp_path, f"version: 1\nname: {tag}\n"))
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "a/b", "..", "a\\b", "nul\0"])
def test_names_of_inputs_do_not_leave_the_run_folder(tmp_path: Path, name: str) -> None:
    """They become file names below the run folder."""
    key = name.replace("\\", "\\\\").replace("\0", "\\0")
    text = f'version: 1\nname: x\ninputs:\n  "{key}": {{role: feedback, path: a.csv}}\n'
    with pytest.raises(ConfigError):
        load_pipeline(written(tmp_path, text), ())


def test_templates_in_values_are_not_evaluated(tmp_path: Path) -> None:
    """`{name}` takes a variable of the file; attributes and items of it are out of reach."""
    text = (
        "version: 1\nname: x\nvars: {data: here}\n"
        'inputs:\n  a: {role: feedback, path: "{data.__class__}/a.csv"}\n'
    )
    with pytest.raises(ConfigError):
        load_pipeline(written(tmp_path, text), ())
