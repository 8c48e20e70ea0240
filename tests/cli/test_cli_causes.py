"""`voc rootcause`, `whatif`, `explain-change` and `abtest` as processes: files, exit codes, messages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.rootcause.effect import EFFECT_COLUMNS

START = pd.Timestamp("2023-01-01")


def write_company(folder: Path, n: int = 900, days: int = 330) -> None:
    """Orders, tags and churn; a complaint of late delivery multiplies the risk of leaving by six."""
    rng = np.random.default_rng(3)
    gone, delayed = np.full(n, days), np.zeros(n, bool)
    orders, tags = [], []
    for day in range(days):
        here = gone > day
        leaves = here & (day > 0) & (rng.random(n) < np.where(delayed, 6.0, 1.0) * 0.001)
        gone[leaves] = day
        buys = np.flatnonzero(here & ~leaves & ((rng.random(n) < 0.05) | (day == 0)))
        orders += [(who, day) for who in buys]
        for tag, share in (("logistics.delay", 0.04), ("price.high", 0.06)):
            writes = buys[rng.random(len(buys)) < share]
            tags += [(who, day, tag) for who in writes]
            if tag == "logistics.delay":
                delayed[writes] = True
    frame = pd.DataFrame(orders, columns=["customer_id", "day"])
    frame["ts"] = START + pd.to_timedelta(frame.pop("day"), unit="D")
    frame["order_id"] = np.arange(len(frame))
    frame["amount"] = np.round(rng.gamma(2, 50, len(frame)) + 1, 2)
    frame.to_csv(folder / "orders.csv", index=False)
    frame = pd.DataFrame(tags, columns=["customer_id", "day", "tag"])
    frame["ts"] = START + pd.to_timedelta(frame.pop("day"), unit="D")
    frame["feedback_id"], frame["polarity"] = np.arange(len(frame)), -1
    frame.to_csv(folder / "tags.csv", index=False)
    churned = START + pd.to_timedelta(np.where(gone == days, np.nan, gone), unit="D")
    pd.DataFrame({"customer_id": np.arange(n), "churned_at": churned}).to_csv(
        folder / "churn.csv", index=False
    )


def write_experiment(path: Path) -> None:
    """Faster delivery to half of the customers, of whom fewer left."""
    rng = np.random.default_rng(5)
    group = rng.choice(["as before", "faster"], 4000)
    churned = rng.random(4000) < np.where(group == "faster", 0.10, 0.16)
    pd.DataFrame({"group": group, "churned": churned}).to_csv(path, index=False)


ROOTCAUSE = ("rootcause", "--tags", "tags.csv", "--orders", "orders.csv", "--churn", "churn.csv")


@pytest.fixture
def company(shell):
    write_company(shell.folder)
    return shell


def test_effects_report_and_what_follows_from_them(company):
    write_experiment(company.folder / "test.csv")
    done = company.run(
        "abtest", "test.csv", "--variant", "group", "--outcome", "churned", "--tag", "logistics.delay",
        "-o", "test.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "supports the cause: yes" in done.stdout

    (company.folder / "scores.csv").write_text(
        "tag,precision,recall,n_found,n_true\nlogistics.delay,0.9,0.8,200,200\n", encoding="utf-8"
    )
    done = company.run(
        *ROOTCAUSE, "-o", "causes", "--horizon", "60", "--negative-control", "price.high",
        "--tagger-scores", "scores.csv", "--experiment", "test.json", "--lang", "en", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["match_rate"] == 1.0
    folder = company.folder / "causes"
    assert {path.name for path in folder.iterdir()} >= {
        "effects.parquet", "causes.json", "report.html", "report.json", "report.xlsx", "report.md",
    }  # fmt: skip
    table = pq.read_table(folder / "effects.parquet")
    assert tuple(table.column_names) == EFFECT_COLUMNS
    first = table.to_pylist()[0]
    assert (first["tag"], first["segment"], first["evidence_level"]) == (
        "logistics.delay",
        None,
        "experiment",
    )
    assert {row["evidence_level"] for row in table.to_pylist()[1:]} <= {"adjusted", "associated"}
    assert first["q_value"] < 0.01
    assert first["revenue_at_risk"] > 0
    behind = json.loads((folder / "causes.json").read_text(encoding="utf-8"))
    [control] = behind["doubts"]["negative_controls"]
    assert control["rr_ci_lower"] < 1 < control["rr_ci_upper"]
    corrected = next(row for row in behind["effects"] if row["tag"] == "logistics.delay")
    assert corrected["tagger_rr"] > first["adjusted_rr"]
    html = (folder / "report.html").read_text(encoding="utf-8")
    for words in ("Revenue at risk", "Placebo date", "Permuted labels", "Is there anybody to compare with?"):
        assert words in html

    done = company.run(
        "whatif", "causes", "--tag", "logistics.delay", "--cost", "1000-2000", "--mends", "0.5"
    )
    assert done.returncode == 0, done.stderr
    assert "chance of a loss" in done.stdout
    again = company.run("whatif", "causes", "--tag", "logistic.delay", "--cost", "1000")
    assert again.returncode == 2
    assert "did you mean 'logistics.delay'" in again.stderr


def test_existing_output_is_kept_without_force(company):
    (company.folder / "causes").mkdir()
    (company.folder / "causes" / "mine.txt").write_text("x", encoding="utf-8")
    done = company.run(*ROOTCAUSE, "-o", "causes")
    assert done.returncode == 2
    assert "--force" in done.stderr


@pytest.mark.parametrize("table", ["tags.csv", "churn.csv"])
def test_tables_that_name_customers_differently_stop_with_their_match_rate(company, table):
    frame = pd.read_csv(company.folder / table)
    frame["customer_id"] = "U-" + frame["customer_id"].astype(str)
    frame.to_csv(company.folder / table, index=False)
    done = company.run(*ROOTCAUSE, "-o", "causes")
    assert done.returncode == 1
    assert "(0.0%) belong to a customer with orders, the limit is 50.0%" in done.stderr
    assert "U-" not in done.stderr
    assert not (company.folder / "causes").exists()


def test_groups_of_the_wrong_size_fail_the_gate(shell):
    group = ["a"] * 2000 + ["b"] * 1600
    frame = pd.DataFrame({"group": group, "churned": np.random.default_rng(1).integers(0, 2, 3600)})
    frame.to_csv(shell.folder / "test.csv", index=False)
    done = shell.run("abtest", "test.csv", "--variant", "group", "--outcome", "churned")
    assert done.returncode == 1
    assert "sample ratio mismatch" in done.stderr


@pytest.mark.parametrize(
    ("option", "wrong", "meant"),
    [("--tag", "xx.delay", "logistics.delay"), ("--segment", "vpi", "vip")],
)
def test_experiment_on_what_is_not_there_is_refused_with_the_nearest_name(shell, option, wrong, meant):
    write_experiment(shell.folder / "test.csv")
    done = shell.run(
        "abtest", "test.csv", "--variant", "group", "--outcome", "churned", option, wrong, "-o", "test.json"
    )
    assert done.returncode == 2
    assert repr(wrong) in done.stderr
    assert f"did you mean '{meant}'" in done.stderr
    assert not (shell.folder / "test.json").exists()


def test_experiment_on_a_tag_of_the_table_is_taken(shell):
    write_experiment(shell.folder / "test.csv")
    frame = pd.read_csv(shell.folder / "test.csv").assign(tag="ours.slow")
    frame.to_csv(shell.folder / "test.csv", index=False)
    done = shell.run("abtest", "test.csv", "--variant", "group", "--outcome", "churned", "--tag", "ours.slow")
    assert done.returncode == 0, done.stderr


def write_run(folder: Path) -> None:
    """A finished run in which late deliveries of one channel doubled in the second month."""
    rng = np.random.default_rng(2)
    n = 4000
    second = np.arange(n) >= n // 2
    channel = rng.choice(["天猫", "京东"], n)
    late = rng.random(n) < np.where(second & (channel == "京东"), 0.30, 0.10)
    dear = rng.random(n) < 0.08
    ids = np.arange(n).astype(str)
    day = np.where(second, 31, 0) + rng.integers(0, 28, n)
    ts = pd.Timestamp("2024-03-01") + pd.to_timedelta(day, unit="D")
    folder.mkdir()
    feedback = pa.table({"feedback_id": ids, "ts": pa.array(ts), "channel": channel})
    pq.write_table(feedback, folder / "feedback.parquet")
    tagged = [
        (who, tag) for mask, tag in ((late, "logistics.delay"), (dear, "price.high")) for who in ids[mask]
    ]
    tags = pa.table({"feedback_id": [who for who, _ in tagged], "tag": [tag for _, tag in tagged]})
    pq.write_table(tags.append_column("polarity", pa.array([-1] * len(tagged))), folder / "tags.parquet")
    (folder / "report.json").write_text('{"quality": {"inputs": []}}', encoding="utf-8")


def test_what_moved_the_rate_is_found_by_tag_and_channel(shell):
    write_run(shell.folder / "run")
    done = shell.run(
        "explain-change",
        "complaint-rate",
        "run",
        "--before",
        "2024-03",
        "--after",
        "2024-04",
        "-o",
        "change.json",
    )
    assert done.returncode == 0, done.stderr
    assert "logistics.delay *" in done.stdout
    assert "* explains most of the change" in done.stdout
    facts = json.loads((shell.folder / "change.json").read_text(encoding="utf-8"))
    chosen = {found["name"]: found["chosen"] for found in facts["dimensions"]}
    assert chosen["tag"] == ["logistics.delay"]
    assert chosen["channel"] == ["京东"]
    for found in facts["dimensions"]:
        total = sum(one["contribution"] for one in found["elements"])
        assert total == pytest.approx(facts["difference"])
    assert "book-keeping" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("complaint", "run"), 2, "unknown metric 'complaint'"),
        (("complaint-rate", "run", "--before", "2024-03"), 2, "give both --before and --after"),
        (("complaint-rate", "run", "--before", "2024-04", "--after", "2024-03"), 2, "must end before"),
        (("complaint-rate", "run", "--before", "soon", "--after", "2024-03"), 2, "'soon' is no period"),
        (("complaint-rate", "run", "--before", "2020-01", "--after", "2024-03"), 2, "the period has no data"),
        (("churn-rate", "run"), 3, "the run has no orders"),
        (("complaint-rate", "nowhere"), 3, "is no finished run"),
    ],
)
def test_wrong_questions_about_a_change_are_told(shell, arguments, code, words):
    write_run(shell.folder / "run")
    done = shell.run("explain-change", *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr


def test_texts_without_tags_are_to_be_tagged_first(shell):
    shell.write("reviews.csv", "客户编号,评价时间,评价内容\nc1,2024-01-02,物流太慢\n")
    shell.write("orders.csv", "customer_id,order_id,ts,amount\nc1,o1,2024-01-01,10\n")
    done = shell.run("rootcause", "--tags", "reviews.csv", "--orders", "orders.csv", "-o", "causes")
    assert done.returncode == 2
    assert "holds no tags" in done.stderr
    assert "voc tag" in done.stderr


def test_columns_of_the_tables_may_have_names_of_their_own(company):
    for name, columns in (("orders", {"ts": "下单时间", "amount": "实付"}), ("tags", {"ts": "提交日期"})):
        table = pd.read_csv(company.folder / f"{name}.csv").rename(columns=columns)
        table.to_csv(company.folder / f"own-{name}.csv", index=False)
    own = ("rootcause", "--tags", "own-tags.csv", "--orders", "own-orders.csv", "--churn", "churn.csv")
    mapping = ("--map", "下单时间=ts", "--map", "提交日期=ts", "--map", "实付=amount")
    assert company.run(*ROOTCAUSE, "-o", "plain").returncode == 0
    done = company.run(*own, *mapping, "-o", "own")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(company.folder / "own" / "effects.parquet") == pq.read_table(
        company.folder / "plain" / "effects.parquet"
    )
    actions = ("customers", "actions", "own-orders.csv", "--effects", "own/effects.parquet")
    done = company.run(*actions, "-o", "actions.csv", *mapping[:2], *mapping[4:])
    assert done.returncode == 0, done.stderr
    done = company.run(*own, *mapping, "--map", "折扣=amount", "-o", "wrong")
    assert done.returncode == 2
    assert "no column '折扣'" in done.stderr


def test_a_tagged_table_without_a_known_time_names_its_own_columns(company):
    company.write("tagged.csv", "customer_id,提交日期,tags\n1,2023-02-01,[]\n")
    done = company.run("rootcause", "--tags", "tagged.csv", "--orders", "orders.csv", "-o", "out")
    assert done.returncode == 2
    assert "tagged.csv: no column 'ts'" in done.stderr
    assert "提交日期" in done.stderr
    assert "--map YOURS=ts" in done.stderr
