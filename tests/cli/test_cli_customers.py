"""`voc customers …` through real processes: files, exit codes, and what is told."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def orders(shell) -> str:
    rng = np.random.default_rng(1)
    rows = []
    for who in range(250):
        day, gap = int(rng.integers(0, 200)), rng.gamma(2, 15) + 5
        while day < 540:
            rows.append((f"c{who:03}", day, round(float(rng.gamma(2, 40)) + 1, 2)))
            if rng.random() < 0.05:
                break
            day += 1 + int(rng.exponential(gap))
    start = np.datetime64("2024-01-01", "us")
    table = pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "order_id": [str(i) for i in range(len(rows))],
            "ts": [start + np.timedelta64(row[1], "D") for row in rows],
            "amount": [row[2] for row in rows],
        }
    )
    pq.write_table(table, shell.folder / "orders.parquet")
    return "orders.parquet"


@pytest.mark.parametrize(
    ("command", "column"),
    [
        (["cohorts"], "retention"),
        (["clv", "--months", "6"], "expected_value"),
        (["survival"], "survival"),
        (["risk", "--horizon", "60"], "reasons"),
    ],
    ids=["cohorts", "clv", "survival", "risk"],
)
def test_table_is_written_and_the_summary_is_json(shell, orders, command, column):
    done = shell.run("customers", command[0], orders, "-o", "out.parquet", "--json", *command[1:])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    table = pq.read_table(shell.folder / "out.parquet")
    assert column in table.column_names
    assert json.loads(done.stdout)["rows"] == len(table)


def test_accounts_of_one_person_are_mapped_and_no_phone_is_written(shell):
    accounts = "customer_id,手机号\na,13912345678\nb,+86 139-1234-5678\nc,13800138000\n"
    name = shell.write("accounts.csv", accounts)
    done = shell.run("customers", "identity", name, "-o", "persons.csv")
    assert done.returncode == 0, done.stderr
    written = (shell.folder / "persons.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in written[1:]] == [["a", "a"], ["b", "a"], ["c", "c"]]
    shell.assert_canary_is_gone(done, name)


def test_ids_that_differ_stop_with_their_match_rate(shell, orders):
    tags = "feedback_id,customer_id,ts,tag,polarity\n"
    tags += "1,9001,2024-05-01,logistics.delay,-1\n2,9002,2024-05-02,logistics.delay,-1\n"
    name = shell.write("tags.csv", tags)
    done = shell.run("customers", "risk", orders, "--tags", name, "-o", "risk.csv")
    assert done.returncode == 1
    assert "0 of 2 customers (0.0%) are in both tables" in done.stderr
    assert not (shell.folder / "risk.csv").exists()


def test_no_repeat_purchase_is_told_with_a_way_out(shell):
    name = shell.write("few.csv", "customer_id,order_id,ts,amount\na,1,2024-01-01,5\nb,2,2024-01-02,5\n")
    done = shell.run("customers", "clv", name, "-o", "clv.csv")
    assert done.returncode == 3
    assert "no customer bought a second time" in done.stderr
    assert "hint:" in done.stderr


def test_satisfaction_by_segment(shell, orders):
    rows = "".join(f"c{n:03},{n % 5 + 1}\n" for n in range(200))
    name = shell.write("reviews.csv", "customer_id,rating\n" + rows)
    done = shell.run("customers", "satisfaction", name, "--orders", orders, "-o", "nps.csv", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["counts"]["scale"] == 5
    assert facts["rows"][0]["segment"] is None
    assert len(facts["rows"]) > 1
