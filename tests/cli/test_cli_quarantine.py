"""Rows that cannot be read, in commands that take whole tables: set aside where rows stand for themselves,
an error with a way out where the table is right or wrong as a whole.

The text of the bad rows is in no message and in no file.
"""

from __future__ import annotations

import importlib.util
import json
import shutil

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from cli_shell import CANARY

ORDERS = (f"c{CANARY},90001,2024-03-01,多少{CANARY}", f"c001,90002,某天{CANARY},5", f"c{CANARY},90003")
CHURN = (f"c001,某天{CANARY},price", f"c{CANARY}")
TAGS = (f"900,c001,某天{CANARY},logistics.delay,-1", f"901,c001,2024-10-01,{CANARY}")
OWN_TAXONOMY = """
version: 1
extends: voc
tags:
  - id: ours
    zh: 我们的
    children: [{id: waiting, zh: 等待太久, is: 等, from: [logistics.delay]}]
"""
CUSTOMERS = (f"c{CANARY},某天",)
INPUTS = ("orders.csv", "customers.csv", "churn.csv", "tags.csv")
TOO_FEW = "too few cells"


def spoil(shell, name: str, rows: tuple[str, ...]) -> None:
    """Put rows into the midst of a table, and keep what it was as `good-NAME`."""
    path = shell.folder / name
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    shutil.copy(path, path.with_name(f"good-{name}"))
    shell.write(name, "\n".join([head, *lines[:2], *rows, *lines[2:]]) + "\n")


@pytest.fixture
def company(shell, orders):
    """Orders, customers, churn and tags with bad rows, and the same tables without."""
    pyarrow.csv.write_csv(pq.read_table(shell.folder / orders), shell.folder / "orders.csv")
    months = [*(f"2024-{month:02}" for month in range(6, 13)), *(f"2025-0{month}" for month in range(1, 6))]
    churn = [f"c{n:03},{months[n % 12]}-10,{('price', 'moved')[n % 2]}" for n in range(100)]
    tags = [f"{n},c{n:03},2024-10-{1 + n % 28:02},logistics.delay,-1" for n in range(0, 250, 3)]
    shell.write("churn.csv", "\n".join(["customer_id,churned_at,reason", *churn]) + "\n")
    shell.write("tags.csv", "\n".join(["feedback_id,customer_id,ts,tag,polarity", *tags]) + "\n")
    customers = [f"c{n:03},2024-0{1 + n % 6}-01" for n in range(250)]
    shell.write("customers.csv", "\n".join(["customer_id,registered_at", *customers]) + "\n")
    for name, rows in zip(INPUTS, (ORDERS, CUSTOMERS, CHURN, TAGS), strict=True):
        spoil(shell, name, rows)
    (shell.folder / orders).unlink()
    return shell


def quarantined(shell, name: str) -> list[dict[str, object]]:
    text = (shell.folder / name).read_text(encoding="utf-8")
    assert CANARY not in text
    return [json.loads(line) for line in text.splitlines()]


def places(lines: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """Source, row and column of each line, whose other parts are a reason and where the bytes are."""
    for line in lines:
        assert line.keys() - {"column"} == {"source", "row", "reason", "byte_start", "byte_length"}
        assert line.get("column") or TOO_FEW in str(line["reason"])
    return [(str(line["source"]).rsplit("/", 1)[-1], line["row"], line.get("column")) for line in lines]


BAD_ORDERS = [("orders.csv", 2, "amount"), ("orders.csv", 3, "ts"), ("orders.csv", 4, None)]
BAD_CHURN = [("churn.csv", 2, "churned_at"), ("churn.csv", 3, None)]
BAD_TAGS = [("tags.csv", 2, "ts"), ("tags.csv", 3, None)]


@pytest.mark.parametrize(
    ("command", "more", "bad"),
    [
        ("rfm", [], BAD_ORDERS),
        ("cohorts", ["--customers", "customers.csv"], [*BAD_ORDERS, ("customers.csv", 2, "registered_at")]),
        ("clv", [], BAD_ORDERS),
        ("survival", ["--churn", "churn.csv"], BAD_ORDERS + BAD_CHURN),
        ("exits", ["--churn", "churn.csv", "--reason", "reason"], BAD_ORDERS + BAD_CHURN),
        ("risk", ["--churn", "churn.csv", "--tags", "tags.csv"], BAD_ORDERS + BAD_TAGS + BAD_CHURN),
        pytest.param(
            "hazards", ["--churn", "churn.csv", "--tags", "tags.csv"], BAD_ORDERS + BAD_CHURN + BAD_TAGS,
            marks=pytest.mark.skipif(
                importlib.util.find_spec("lifelines") is None, reason="lifelines is not installed"
            ),
        ),
    ],
)  # fmt: skip
def test_bad_rows_of_every_input_are_set_aside_and_the_good_ones_give_the_result(company, command, more, bad):
    done = company.run("customers", command, "orders.csv", *more, "-o", "out.csv")
    assert done.returncode == 4, done.stderr
    assert f"{len(bad)} rows set aside → out.csv.quarantine.jsonl" in done.stdout
    assert places(quarantined(company, "out.csv.quarantine.jsonl")) == bad
    company.assert_canary_is_gone(done, *INPUTS)
    good = [f"good-{word}" if word in INPUTS else word for word in more]
    clean = company.run("customers", command, "good-orders.csv", *good, "-o", "clean.csv", "--json")
    assert clean.returncode == 0, clean.stderr
    assert json.loads(clean.stdout)["quarantined"] == 0
    assert not (company.folder / "clean.csv.quarantine.jsonl").exists()
    assert (company.folder / "out.csv").read_bytes() == (company.folder / "clean.csv").read_bytes()


def test_the_quarantine_goes_where_it_is_wanted_and_is_in_the_json(company):
    done = company.run(
        "customers", "rfm", "orders.csv", "-o", "out.csv", "--quarantine", "aside/bad.jsonl", "--json"
    )
    assert done.returncode == 4, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["quarantined"], facts["quarantine"]) == (3, "aside/bad.jsonl")
    assert places(quarantined(company, "aside/bad.jsonl")) == BAD_ORDERS


def test_standard_output_holds_the_table_alone(company):
    done = company.run("customers", "rfm", "orders.csv", "-o", "-")
    assert done.returncode == 4, done.stderr
    assert done.stdout.splitlines()[0].startswith("customer_key,")
    assert "set aside" not in done.stdout
    assert "3 rows set aside → voc-quarantine.jsonl" in done.stderr
    assert places(quarantined(company, "voc-quarantine.jsonl")) == BAD_ORDERS


def test_accounts_that_cannot_be_read_are_set_aside(shell):
    name = shell.write("accounts.csv", f"customer_id,手机号\na,13800138000\nb\nc,13800138000,{CANARY}\n")
    done = shell.run("customers", "identity", name, "-o", "persons.csv")
    assert done.returncode == 4, done.stderr
    assert [line["row"] for line in quarantined(shell, "persons.csv.quarantine.jsonl")] == [1, 2]
    assert "\na,a," in (shell.folder / "persons.csv").read_text(encoding="utf-8-sig").replace("\r", "")
    shell.assert_canary_is_gone(done, name)


def test_when_nothing_is_left_the_error_tells_which_rows_were_bad(shell):
    name = shell.write("o.csv", f"customer_id,order_id,ts,amount\na,1,某天{CANARY},5\nb,2,某天,7\n")
    done = shell.run("customers", "rfm", name, "-o", "out.csv")
    assert done.returncode == 3
    assert "no order has a positive amount" in done.stderr
    assert "2 rows cannot be read and were left out, the first: o.csv, row 0, column 'ts'" in done.stderr
    assert shell.files() == {name}
    shell.assert_canary_is_gone(done, name)


def test_causes_are_found_without_the_bad_rows(company):
    values = [f"c{n:03},{100 + n}" for n in range(250)]
    company.write("values.csv", "\n".join(["customer_id,expected_value", *values, f"c{CANARY}"]) + "\n")
    done = company.run(
        "rootcause", "--tags", "tags.csv", "--orders", "orders.csv", "--churn", "churn.csv",
        "--values", "values.csv", "-o", "causes",
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    found = places(quarantined(company, "causes.quarantine.jsonl"))
    assert found == [*BAD_TAGS, *BAD_ORDERS, *BAD_CHURN, ("values.csv", 250, None)]
    assert (company.folder / "causes" / "effects.parquet").exists()
    company.assert_canary_is_gone(done, *INPUTS, "values.csv")


def test_a_table_of_effects_is_taken_whole_and_orders_are_not(company):
    effects = "tag,segment,n_exposed,churn_exposed,adjusted_rr\nlogistics.delay,,50,9,\n"
    company.write("effects.csv", effects + f"{CANARY}\n")
    done = company.run("customers", "actions", "orders.csv", "--effects", "effects.csv", "-o", "a.csv")
    assert done.returncode == 3
    assert "effects.csv, row 1: too few cells" in done.stderr
    assert "the row or take it out" in done.stderr
    company.assert_canary_is_gone(done, *INPUTS, "effects.csv")


@pytest.mark.parametrize(
    "command",
    [
        ["customers", "contracts", "t.csv", "-o", "out.csv"],
        ["export", "t.csv", "-o", "out.csv"],
        ["export", "t.csv", "--by", "b", "--person", "a", "-o", "out.csv"],
        ["join-private", "offer", "t.csv", "--on", "a", "-o", "offer.json", "--state", "join.key"],
        ["dp", "figures", "t.csv", "--by", "b", "--group", "x", "--person", "a", "--dataset", "d"],
        ["abtest", "t.csv", "--variant", "b", "--outcome", "a"],
        ["review", "import", "t.csv"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_table_that_is_right_as_a_whole_or_not_at_all_is_an_error_without_a_quarantine(shell, command):
    if command[0] == "dp":
        pytest.importorskip("opendp")
    shell.write("t.csv", f"a,b,row,sample,text,sentiment,model_sentiment,model_tags\n{CANARY}\n")
    done = shell.run(*command)
    assert done.returncode == 3, done.stderr
    assert "t.csv, row 0: too few cells: 1 instead of 8" in done.stderr
    assert "hint: mend the row or take it out" in done.stderr
    assert "quarantine" not in done.stderr
    assert not {"out.csv", "offer.json"} & shell.files()
    shell.assert_canary_is_gone(done, "t.csv")


def tagged(shell) -> str:
    """A table of `voc tag` in which one text is not UTF-8."""
    texts = ["物流太慢了，等了五天", "质量太差了"] * 10
    rows = [f"{n % 7},客户,{text}" for n, text in enumerate(texts)]
    shell.write("a.csv", "\n".join(["session_id,speaker,text", *rows]) + "\n")
    assert shell.run("tag", "a.csv", "-o", "t.parquet").returncode == 0
    path = shell.folder / "t.parquet"
    table = pq.read_table(path)
    at = table.column_names.index("text")
    raw = [text.encode() for text in table["text"].to_pylist()]
    raw[3] = CANARY.encode() + b"\xff"
    broken = pa.array(raw, pa.binary()).view(pa.string())
    pq.write_table(table.set_column(at, table.schema.field("text"), broken), path)
    return "t.parquet"


@pytest.mark.parametrize(
    ("command", "output"),
    [
        (["conversations", "t.parquet", "-o", "chats.csv"], "chats.csv"),
        (["taxonomy", "migrate", "t.parquet", "-o", "moved.jsonl", "--to", "own.yaml"], "moved.jsonl"),
        (["review", "export", "t.parquet", "-o", "r.json"], "r.json"),
    ],
    ids=lambda part: part if isinstance(part, str) else part[0],
)
def test_a_bad_row_of_a_tagged_table_is_set_aside(shell, command, output):
    source = tagged(shell)
    shell.write("own.yaml", OWN_TAXONOMY)
    done = shell.run(*command)
    assert done.returncode == 4, done.stderr
    assert f"1 row set aside → {output}.quarantine.jsonl" in done.stdout
    (bad,) = quarantined(shell, f"{output}.quarantine.jsonl")
    assert bad["row"] == 3
    assert (shell.folder / output).exists()
    shell.assert_canary_is_gone(done, source)


def test_commands_that_write_nothing_count_bad_rows_and_list_them_where_asked(shell):
    source = tagged(shell)
    before = shell.files()
    done = shell.run("topics", "drift", source, source)
    assert done.returncode == 4, done.stderr
    assert (
        "2 rows cannot be read and were left out, the first: t.parquet, row 3, column 'text'" in done.stdout
    )
    assert shell.files() == before
    done = shell.run("topics", "discover", source, "--baseline", source, "--quarantine", "bad.jsonl")
    assert done.returncode == 4, done.stderr
    assert [line["row"] for line in quarantined(shell, "bad.jsonl")] == [3, 3]
    shell.assert_canary_is_gone(done, source)


def test_labelled_rows_that_cannot_be_read_are_set_aside_and_a_limit_goes_first(shell):
    rows = [f"第{n}条{('很好用，喜欢', '太差了，生气')[n % 2]},{(1, -1)[n % 2]}" for n in range(60)]
    rows[0] = "太差了，生气，退货,1"
    shell.write("own.csv", "\n".join(["text,label", *rows, f"{CANARY}"]) + "\n")
    done = shell.run("train", "own.csv", "-o", "own.npz")
    assert done.returncode == 4, done.stderr
    assert quarantined(shell, "own.npz.quarantine.jsonl")[0]["row"] == 60
    assert (shell.folder / "own.npz").exists()
    done = shell.run("evaluate", "sentiment", "own.csv", "--model", "fast", "--quarantine", "bad.jsonl")
    assert done.returncode == 4, done.stderr
    assert quarantined(shell, "bad.jsonl")[0]["row"] == 60
    limit = shell.run("evaluate", "sentiment", "own.csv", "--model", "fast", "--minimum", "1", "--json")
    assert limit.returncode == 1, limit.stderr
    assert json.loads(limit.stdout)["quarantined"] == 1
    shell.assert_canary_is_gone(done, "own.csv")
