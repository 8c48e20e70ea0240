"""A wrong pipeline file is told in full, at once, with paths and hints."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.config.pipeline import Role, load_pipeline
from voc.errors import ConfigError, UsageError

GOOD = """
version: 1
name: demo
vars: {data: d, out: o}
inputs:
  reviews: {role: feedback, path: "{data}/r.csv", columns: {text: [评价, comment]}}
tag: {model: fast}
out: "{out}"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_variables_are_filled_and_can_be_set(tmp_path: Path):
    config = load_pipeline(write(tmp_path, GOOD), ["data=here", "tag.model=snownlp"])
    assert config.inputs["reviews"].path == "here/r.csv"
    assert config.tag is not None
    assert config.tag.model == "snownlp"


def test_here_is_the_folder_of_the_file(tmp_path: Path):
    config = load_pipeline(write(tmp_path, GOOD.replace("{data}", "{here}")))
    assert config.with_role(Role.FEEDBACK)["reviews"].path == f"{tmp_path}/r.csv"


def test_a_model_and_a_lexicon_lie_beside_the_file(tmp_path: Path):
    tag = 'tag: {model: "transformers:{here}/mood", lexicon: "{here}/own.tsv"}'
    config = load_pipeline(write(tmp_path, GOOD.replace("tag: {model: fast}", tag)))
    assert config.tag is not None
    assert config.tag.model == f"transformers:{tmp_path}/mood"
    assert config.tag.lexicon == f"{tmp_path}/own.tsv"


def test_all_faults_are_told_at_once(tmp_path: Path):
    bad = """
version: 2
name: demo
inputs:
  reviews: {role: feedbak, path: r.csv, colums: {text: a}}
rootcause: {horizon_days: -1}
ot: x
"""
    with pytest.raises(ConfigError) as caught:
        load_pipeline(write(tmp_path, bad))
    faults = {fault.path: fault for fault in caught.value.faults}
    assert {
        "version",
        "inputs.reviews.role",
        "inputs.reviews.colums",
        "rootcause.horizon_days",
        "ot",
        "out",
    } <= set(faults)
    assert faults["inputs.reviews.colums"].hint == "did you mean 'columns'?"
    assert faults["ot"].hint == "did you mean 'out'?"


def test_a_key_that_stands_twice_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="stands twice"):
        load_pipeline(write(tmp_path, GOOD + "name: again\n"))


def test_broken_yaml_names_the_line(tmp_path: Path):
    with pytest.raises(ConfigError, match="line 2"):
        load_pipeline(write(tmp_path, "version: 1\nname: a: b\n"))


def test_stages_without_their_inputs_are_told(tmp_path: Path):
    text = GOOD + "customers: {}\nrootcause: {churn: {source: table}}\n"
    with pytest.raises(ConfigError) as caught:
        load_pipeline(write(tmp_path, text))
    message = str(caught.value)
    assert "customers: needs an input with role 'orders'" in message
    assert "needs an input with role 'churn'" in message


def test_an_empty_path_says_which_setting_is_missing(tmp_path: Path):
    text = GOOD.replace("{data}/r.csv", "{data}").replace("data: d", 'data: ""')
    with pytest.raises(ConfigError, match="--set data=FILE"):
        load_pipeline(write(tmp_path, text))


@pytest.mark.parametrize("setting", ["nonsense", "=x", "dta=x"])
def test_wrong_settings_are_usage_errors(tmp_path: Path, setting: str):
    with pytest.raises(UsageError):
        load_pipeline(write(tmp_path, GOOD), [setting])


def test_a_missing_file_names_the_nearest(tmp_path: Path):
    write(tmp_path, GOOD)
    with pytest.raises(UsageError, match=r"did you mean 'p\.yaml'"):
        load_pipeline(tmp_path / "pp.yaml")


@pytest.mark.parametrize("name", ["demo", "reviews", "tickets", "compliance"])
def test_packed_pipelines_are_valid(name: str):
    from voc.config.resources import pipeline

    config = load_pipeline(pipeline(f"{name}.yaml"), [] if name == "demo" else ["input=x.csv"])
    assert config.name == name
