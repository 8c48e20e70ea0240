"""`voc export`, `voc release` and `voc join-private` as a user runs them."""

from __future__ import annotations

import json
import subprocess

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from conftest import VOC, Shell


@pytest.fixture
def customers(shell: Shell) -> Shell:
    count = 240
    table = {
        "customer_key": [f"k{number}" for number in range(count)],
        "城市": ["杭州" if number % 2 else "北京" for number in range(count)],
        "电话": [f"138****{1000 + number % 2}" for number in range(count)],
        "segment": ["VIP" if number % 3 else "普通" for number in range(count)],
        "churned": [number % 5 == 0 for number in range(count)],
    }
    table["城市"][7] = "拉萨"
    pq.write_table(pa.table(table), shell.folder / "customers.parquet")
    return shell


def test_export_refuses_a_person_alone_and_says_how_many(customers: Shell) -> None:
    done = customers.run("export", "customers.parquet", "-o", "out.csv", "--sensitive", "segment")
    assert done.returncode == 1
    assert "1 of 3 groups (1 rows) are below 10 persons" in done.stderr
    assert not (customers.folder / "out.csv").exists()


def test_export_takes_small_groups_out_and_grades_the_rest(customers: Shell) -> None:
    done = customers.run("export", "customers.parquet", "-o", "out.csv", "--suppress", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["rows_in"], facts["rows_out"], facts["grade"]) == (240, 239, 3)
    assert facts["quasi"] == ["城市", "电话"]
    graded = json.loads((customers.folder / "out.csv.grade.json").read_text())
    assert graded["anonymity"]["k"] >= 10


def test_export_refuses_what_is_not_masked(customers: Shell) -> None:
    pq.write_table(
        pa.table({"手机": ["13912345678"] * 30, "城市": ["杭州"] * 30}), customers.folder / "raw.parquet"
    )
    done = customers.run("export", "raw.parquet", "-o", "out.csv")
    assert done.returncode == 1
    assert "identify persons directly: 手机" in done.stderr
    assert "13912345678" not in done.stderr


def test_release_hides_small_cells(customers: Shell) -> None:
    command = ("release", "customers.parquet", "-o", "counts.csv", "--by", "城市", "--by", "segment")
    assert customers.run(*command).returncode == 0
    rows = pacsv.read_csv(customers.folder / "counts.csv").to_pylist()
    lhasa = [row for row in rows if row["城市"] == "拉萨"]
    assert all(row["persons"] in (None, 0) for row in lhasa)
    assert {row["hidden"] for row in rows} >= {"small", "complement"}
    whole = next(row for row in rows if row["城市"] == row["segment"] == "合计")
    assert whole["persons"] == 240


def test_release_with_noise_until_the_budget_is_spent(customers: Shell) -> None:
    pytest.importorskip("opendp")
    command = ("release", "customers.parquet", "--by", "segment", "--rate", "churned", "--epsilon", "2")
    first = customers.run(*command, "-o", "a.csv", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["budget_left"] == pytest.approx(1.0)
    rows = pacsv.read_csv(customers.folder / "a.csv").to_pylist()
    assert all(row["lower"] <= row["value"] <= row["upper"] for row in rows)
    second = customers.run(*command, "-o", "b.csv")
    assert second.returncode == 1
    assert "the privacy budget is spent" in second.stderr
    assert not (customers.folder / "b.csv").exists()


def test_two_companies_join_through_files(shell: Shell) -> None:
    """Each in its own process, and folder; what passes between them holds no number."""
    ours = [f"138{number:08}" for number in range(60)]
    theirs = [f"+86 138-{number // 10_000:04}-{number % 10_000:04}" for number in range(40, 120)]
    for name, values in (("ours", ours), ("theirs", theirs)):
        (shell.folder / name).mkdir()
        pacsv.write_csv(pa.table({"phone": values}), shell.folder / name / "people.csv")

    def run(side: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(VOC), "join-private", *arguments],
            cwd=shell.folder / side,
            env=shell.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    common = ("--key", "phone", "--context", "test")
    begun = run("ours", "begin", "people.csv", *common, "-o", "../one.json")
    assert begun.returncode == 0, begun.stderr
    answered = run("theirs", "answer", "../one.json", "people.csv", *common, "-o", "../two.json")
    assert answered.returncode == 0, answered.stderr
    wrong = run("ours", "finish", "../two.json", "-o", "shared.csv", "--context", "other")
    assert wrong.returncode == 3
    done = run("ours", "finish", "../two.json", "-o", "shared.csv", "--context", "test")
    assert done.returncode == 0, done.stderr
    assert pacsv.read_csv(shell.folder / "ours" / "shared.csv").to_pylist() == [
        {"left": "全部", "right": "全部", "persons": 20}
    ]
    letters = (shell.folder / "one.json").read_text() + (shell.folder / "two.json").read_text()
    assert "138000" not in letters
    assert not (shell.folder / "ours" / "join-secret.key").exists()
    assert not any("secret" in path.name for path in (shell.folder / "theirs").iterdir())
