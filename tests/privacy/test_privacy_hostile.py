"""Files written by somebody who means harm: they run nothing, fill nothing and reach nothing."""

from __future__ import annotations

import csv
import time
import zipfile

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voc.config.pipeline import load_pipeline
from voc.errors import ConfigError, VocError
from voc.io import open_sink
from voc.io.formulas import is_formula, neutral
from voc.privacy.access.views import ViewStage
from voc.privacy.engine import Engine
from voc.privacy.policy import load_policy
from voc.privacy.pseudonym import canonical
from voc.types import MASKED_KEY

EVIL = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1"]
TAME = ["5", "-5", "+86", "-1.5%", "好", "a=b", "1-2", "", "'", "<手机号>"]

PIPELINE = """
version: 1
name: x
inputs: {a: {role: feedback, path: a.csv, columns: {text: t}}}
out: runs/x
"""


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_formulas_are_neutralised_in_delimited_files(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    table = pa.record_batch({"=name": EVIL + TAME})
    with open_sink(path, table.schema) as sink:
        sink.write(table)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [
            row[0] if row else "" for row in csv.reader(file, delimiter="," if ending == "csv" else "\t")
        ]
    assert cells == ["'=name", *(f"'{text}" for text in EVIL), *TAME]


def test_formulas_are_text_in_xlsx(tmp_path):
    table = pa.record_batch({"a": [text for text in EVIL if "\r" not in text] + TAME})
    with open_sink(tmp_path / "o.xlsx", table.schema) as sink:
        sink.write(table)
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    for row in sheet.iter_rows(min_row=2):
        if row[0].value in EVIL:
            assert row[0].data_type == "s"
            assert row[0].quotePrefix
    with zipfile.ZipFile(tmp_path / "o.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@given(text=st.text(max_size=12))
def test_a_neutral_cell_is_no_formula_and_gives_itself_back(text):
    made = neutral(text)
    assert made in (text, f"'{text}")
    assert not made.startswith(("=", "@", "\t", "\r"))
    assert is_formula(text) == (made != text)


@pytest.mark.parametrize(
    "bomb",
    [
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)),
        "a: " + "[" * 5000 + "]" * 5000 + "\n",
        "a: &a [*a]\n",
        "x: " + "y" * (5 << 20),
    ],
    ids=["aliases", "depth", "itself", "size"],
)
def test_yaml_bombs(tmp_path, bomb):
    path = tmp_path / "p.yaml"
    path.write_text(PIPELINE + bomb)
    began = time.process_time()
    with pytest.raises(ConfigError):
        load_pipeline(path)
    with pytest.raises(ConfigError):
        load_policy(path)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "line",
    [
        "name: !!python/object/apply:os.system ['touch owned']",
        "name: !!python/name:os.system",
        "name: !!python/object/new:subprocess.Popen [[touch, owned]]",
        "mask: {policy: default, key: 'command:touch owned'}",
        "vault: {key: 'command:touch owned'}",
        "mask: {policy: '{{ cycler.__init__.__globals__.os.system(1) }}'}",
    ],
)
def test_a_pipeline_file_runs_no_code(tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    text = PIPELINE.replace("name: x\n", "") if line.startswith("name") else PIPELINE
    (tmp_path / "p.yaml").write_text(text + line + "\n")
    try:
        config = load_pipeline(tmp_path / "p.yaml")
        load_policy(config.mask.policy)
    except VocError:
        pass
    else:
        raise AssertionError("accepted")
    assert not (tmp_path / "owned").exists()


def test_a_pipeline_file_does_not_reach_out_of_its_folder(tmp_path):
    for bad in (
        PIPELINE.replace("runs/x", "../../elsewhere"),
        PIPELINE.replace("runs/x", "runs/../../x"),
        PIPELINE.replace("{a: {role", "{../a: {role"),
        PIPELINE.replace("name: x", "name: ../x"),
        PIPELINE.replace("out: runs/x", 'vars: {out: "../x"}\nout: "{out}"'),
    ):
        (tmp_path / "p.yaml").write_text(bad)
        with pytest.raises(ConfigError):
            load_pipeline(tmp_path / "p.yaml")
    (tmp_path / "p.yaml").write_text(PIPELINE)
    assert load_pipeline(tmp_path / "p.yaml", ["out=../mine"]).out == "../mine"  # the user may
    with pytest.raises(VocError) as caught:
        load_policy("/etc/passwd")
    assert "root" not in str(caught.value)


@pytest.mark.parametrize(
    "unit",
    [
        "<手机号:",
        "138****",
        "1" * 15,
        "a@" * 8,
        "=(+-" * 4,
        "'" * 16,
        "北京市" * 5,
        "<身份证号:aaaaaaaaaaaaaaaa",
        "密码是a! ",
        "0912-345 ",
        "+44 ",
        "小李和张伟、王总",
        "Amy Wang",
        "1990年三月",
        "@张伟_1",
        "5岁的乐乐在小",
    ],
)
def test_patterns_take_time_that_grows_with_the_text_alone(unit):
    """Four times the text may cost a little more than four times the time, never sixteen times."""
    policy = load_policy("protected")
    engine = Engine(load_policy())
    view = ViewStage(policy, "cx").build()
    schema = pa.schema([pa.field("text", pa.string(), metadata={MASKED_KEY: b"x"})])

    def work(size: int) -> float:
        text = unit * (size // len(unit))
        batch = pa.RecordBatch.from_arrays([pa.array([text])], schema=schema)
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            engine.find([text])
            view(batch)
            canonical("CN_BANK_CARD", text)
            neutral(text)
            best = min(best, time.process_time() - began)
        return best

    work(1000)
    assert work(16_000) < 11 * max(work(4000), 0.004)
