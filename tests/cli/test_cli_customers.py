"""`voc customers …` through real processes: files, exit codes, and what is told."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


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


@pytest.fixture
def tags(shell) -> pa.Table:
    rng = np.random.default_rng(2)
    rows = 900
    return pa.table(
        {
            "customer_id": [f"c{who:03}" for who in rng.integers(0, 250, rows)],
            "ts": np.datetime64("2024-01-01", "s")
            + rng.integers(0, 540 * 86_400, rows).astype("timedelta64[s]"),
            "tag": rng.choice(["service.unresolved", "logistics.delay"], rows),
            "polarity": rng.choice([-1, 1], rows),
            "evidence": [f"{row}" for row in range(rows)],
        }
    )


def test_list_at_risk_hangs_neither_on_the_order_of_rows_nor_on_further_columns(shell, orders, tags):
    pq.write_table(tags, shell.folder / "tags.parquet")
    rng = np.random.default_rng(3)
    turned = tags.take(rng.permutation(len(tags))).append_column("source", pa.array(["model"] * len(tags)))
    pq.write_table(turned, shell.folder / "turned.parquet")
    bought = pq.read_table(shell.folder / orders)
    pq.write_table(bought.take(rng.permutation(len(bought))), shell.folder / "turned-orders.parquet")
    for orders_, tags_, out in ((orders, "tags", "one"), ("turned-orders.parquet", "turned", "two")):
        done = shell.run("customers", "risk", orders_, "--tags", f"{tags_}.parquet", "-o", f"{out}.parquet")
        assert done.returncode == 0, done.stderr
    found = [(shell.folder / f"{name}.parquet").read_bytes() for name in ("one", "two")]
    assert found[0] == found[1]
    listed = pq.read_table(shell.folder / "one.parquet")
    assert {"evidence", "complained_on"} <= set(listed.column_names)
    assert listed["evidence"].null_count < len(listed)


def test_tags_column_that_is_missing_is_told_with_the_nearest(shell, orders, tags):
    renamed = tags.rename_columns(["customer_id", "ts", "tag", "polarities", "evidence"])
    pq.write_table(renamed, shell.folder / "tags.parquet")
    done = shell.run("customers", "risk", orders, "--tags", "tags.parquet", "-o", "risk.parquet")
    assert done.returncode != 0
    assert "'polarities'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["rfm", "cohorts", "clv", "risk", "survival"])
def test_day_before_all_orders_is_refused_with_their_first_day(shell, orders, command):
    done = shell.run("customers", command, orders, "--as-of", "2023-01-01", "-o", "out.csv")
    assert done.returncode == 2
    assert "no order is of 2023-01-01 or earlier" in done.stderr
    assert "the first after it is of 2024-01-0" in done.stderr
    assert shell.files() == {orders}


def test_customers_without_revenue_have_no_share_of_it(shell):
    rows = "a,1,2024-01-03,5\na,2,2024-01-03,-5\n"
    name = shell.write("few.csv", f"customer_id,order_id,ts,amount\n{rows}")
    done = shell.run("customers", "rfm", name, "-o", "rfm.csv")
    assert done.returncode == 0, done.stderr
    shares = [line.split()[-1] for line in done.stdout.splitlines()[2:]]
    assert shares == ["–"] * 4


@pytest.mark.parametrize(
    ("head", "told"),
    [("customer_id,tag,sentiment", "no column 'segment'"), (None, "holds no effects")],
    ids=["a table of another kind", "words for numbers"],
)
def test_actions_refuse_a_table_that_holds_no_effects(shell, orders, head, told):
    from voc.pipeline.causes.output import EFFECTS_SCHEMA

    columns = head or ",".join(EFFECTS_SCHEMA.names)
    name = shell.write("effects.csv", f"{columns}\n{','.join(['x'] * len(columns.split(',')))}\n")
    done = shell.run("customers", "actions", orders, "--effects", name, "-o", "out.csv")
    assert done.returncode == 2
    assert told in done.stderr
    assert "give effects.parquet" in done.stderr
    assert shell.files() == {orders, name}


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


def test_value_model_is_held_to_as_many_last_days_as_asked(shell, orders):
    done = shell.run("customers", "clv", orders, "-o", "clv.csv", "--holdout", "120", "--json")
    assert done.returncode == 0, done.stderr
    held = json.loads(done.stdout)["holdout"]
    assert held["days"] == 120
    assert held["actual_total"] > 0


def test_satisfaction_by_segment(shell, orders):
    rows = "".join(f"c{n:03},{n % 5 + 1}\n" for n in range(200))
    name = shell.write("reviews.csv", "customer_id,rating\n" + rows)
    done = shell.run("customers", "satisfaction", name, "--orders", orders, "-o", "nps.csv", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["counts"]["scale"] == 5
    assert facts["rows"][0]["segment"] is None
    assert len(facts["rows"]) > 1


def test_segments_have_one_name_in_every_table(shell, orders):
    name = shell.write("reviews.csv", "customer_id,rating\n" + "".join(f"c{n:03},5\n" for n in range(200)))
    by_value = shell.run("customers", "rfm", orders, "-o", "rfm.csv").stdout
    by_rating = shell.run("customers", "satisfaction", name, "--orders", orders, "-o", "nps.csv").stdout
    for told in (by_value, by_rating):
        assert "  churn_risk 流失风险  " in told
    assert "  vip 高价值  " in by_value


@pytest.mark.parametrize("wanted", [None, "bad.jsonl"])
def test_ratings_that_cannot_be_read_are_set_aside(shell, orders, wanted):
    rows = "".join(f"c{n:03},{n % 5 + 1}\n" for n in range(200))
    name = shell.write("reviews.csv", f"客户编号,评分\n{rows}c001,打13912345678\nc002,\n")
    table = pq.read_table(shell.folder / orders)
    pq.write_table(
        table.set_column(3, "amount", pa.array(["?", *map(str, table["amount"].to_pylist()[1:])])),
        shell.folder / orders,
    )
    more = ["--quarantine", wanted] if wanted else []
    done = shell.run(
        "customers", "satisfaction", name, "--orders", orders, "--map", "评分=rating", "-o", "nps.csv", *more
    )
    assert done.returncode == 4, done.stderr
    place = wanted or "nps.csv.quarantine.jsonl"
    assert f"2 rows set aside → {place}" in done.stdout
    bad = [json.loads(line) for line in (shell.folder / place).read_text(encoding="utf-8").splitlines()]
    assert [(line["row"], line["column"]) for line in bad] == [(200, "评分"), (0, "amount")]
    assert [line["source"].rsplit("/", 1)[-1] for line in bad] == [name, orders]
    assert (shell.folder / "nps.csv").exists()
    shell.assert_canary_is_gone(done, name)


def test_a_rating_outside_the_scale_is_told(shell):
    rows = "".join(f"c{n:03},{n % 5 + 1}\n" for n in range(200))
    name = shell.write("reviews.csv", f"customer_id,rating\n{rows}c001,99\n")
    done = shell.run("customers", "satisfaction", name, "-o", "nps.csv")
    assert done.returncode == 0, done.stderr
    assert "1 rating outside the scale left out" in done.stderr
    assert "all      200" in done.stdout


def test_ratings_without_a_fault_leave_no_quarantine(shell, orders):
    name = shell.write("reviews.csv", "customer_id,rating\nc001,5\nc002,1\n")
    done = shell.run("customers", "satisfaction", name, "-o", "nps.csv", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["quarantined"] == 0
    assert shell.files() == {name, orders, "nps.csv"}
    assert "1 row → " in shell.run("customers", "satisfaction", name, "-o", "again.csv").stdout


def _churn(shell, prefix: str = "c") -> str:
    lines = [f"{prefix}{n:03},2025-0{1 + n % 5}-10,{('price', 'moved')[n % 2]}" for n in range(100)]
    return shell.write("churn.csv", "\n".join(["customer_id,churned_at,reason", *lines]) + "\n")


@pytest.mark.parametrize("command", ["survival", "risk"])
def test_churn_table_of_other_ids_stops_with_its_match_rate(shell, orders, command):
    done = shell.run("customers", command, orders, "--churn", _churn(shell, "x"), "-o", "out.csv")
    assert done.returncode == 1
    assert "0 of 100 customers (0.0%) are in both tables" in done.stderr
    assert "join of churn and orders" in done.stderr
    assert not (shell.folder / "out.csv").exists()


def test_customer_table_of_other_ids_stops_with_its_match_rate(shell, orders):
    name = shell.write("customers.csv", "customer_id,registered_at\nx1,2024-01-01\nc001,2024-01-01\n")
    done = shell.run("customers", "cohorts", orders, "--customers", name, "-o", "out.csv")
    assert done.returncode == 1
    assert "1 of 250 customers (0.4%) are in both tables" in done.stderr
    again = shell.run(
        "customers", "cohorts", orders, "--customers", name, "-o", "out.csv", "--min-match", "0"
    )
    assert again.returncode == 0, again.stderr


def test_ways_out_add_up_to_those_who_left(shell, orders):
    done = shell.run(
        "customers", "exits", orders, "--churn", _churn(shell), "--reason", "reason", "-o", "out.parquet",
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(shell.folder / "out.parquet").to_pylist()
    assert {row["exit"] for row in rows} == {"price", "moved"}
    assert sum(row["events"] for row in rows) == json.loads(done.stdout)["left"]
    shell.run("customers", "survival", orders, "--churn", "churn.csv", "-o", "curve.parquet")
    curve = [row for row in pq.read_table(shell.folder / "curve.parquet").to_pylist() if row["group"] is None]
    last = {row["exit"]: row["incidence"] for row in rows}
    assert sum(last.values()) == pytest.approx(1 - curve[-1]["survival"])


def test_mapping_counts_in_each_input_that_has_its_column(shell, orders):
    lines = [f"c{n:03},2025-0{1 + n % 5}-10,{('price', 'moved')[n % 2]}" for n in range(100)]
    name = shell.write("churn.csv", "\n".join(["会员,注销时间,原因", *lines]) + "\n")
    done = shell.run(
        "customers", "exits", orders, "--churn", name, "--reason", "原因", "-o", "out.csv",
        "--map", "注销时间=churned_at", "--map", "会员=customer_id",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "price" in done.stdout


def test_mapping_of_tags_names_their_customers_and_times(shell, orders):
    lines = [f"c{n:03},2024-10-{1 + n % 28:02},logistics.delay,-1" for n in range(0, 250, 3)]
    name = shell.write("tags.csv", "\n".join(["会员,何时,tag,polarity", *lines]) + "\n")
    mapping = ["--map", "会员=customer_id", "--map", "何时=ts"]
    done = shell.run("customers", "risk", orders, "--tags", name, "-o", "out.csv", *mapping)
    assert done.returncode == 0, done.stderr


def _with_own_names(shell, orders, tags: pa.Table) -> list[str]:
    """Orders and tags under names of their own, whose times have different ones; the mapping of both."""
    table = pq.read_table(shell.folder / orders)
    named = {"ts": "下单时间", "amount": "实付金额"}
    pq.write_table(
        table.rename_columns([named.get(name, name) for name in table.column_names]),
        shell.folder / "own-orders.parquet",
    )
    named = {"ts": "提交日期"}
    pq.write_table(
        tags.rename_columns([named.get(name, name) for name in tags.column_names]),
        shell.folder / "own-tags.parquet",
    )
    pairs = ["下单时间=ts", "提交日期=ts", "实付金额=amount"]
    return [part for pair in pairs for part in ("--map", pair)]


def test_two_inputs_may_each_name_a_column_in_their_way(shell, orders, tags):
    pq.write_table(tags, shell.folder / "tags.parquet")
    mapping = _with_own_names(shell, orders, tags)
    plain = shell.run("customers", "risk", orders, "--tags", "tags.parquet", "-o", "plain.csv")
    own = shell.run(
        "customers", "risk", "own-orders.parquet", "--tags", "own-tags.parquet", "-o", "own.csv", *mapping
    )
    assert (plain.returncode, own.returncode) == (0, 0), own.stderr
    assert (shell.folder / "own.csv").read_bytes() == (shell.folder / "plain.csv").read_bytes()


def test_two_columns_of_one_input_are_not_one(shell, orders):
    pairs = ["--map", "ts=region", "--map", "order_id=region"]
    done = shell.run("customers", "rfm", orders, "-o", "out.csv", *pairs)
    assert done.returncode == 2
    assert f"error: {orders}: two columns are mapped to 'region': 'ts', 'order_id'" in done.stderr
    assert not (shell.folder / "out.csv").exists()


def test_a_column_under_an_unknown_name_is_told_with_the_option(shell, orders, tags):
    _with_own_names(shell, orders, tags)
    done = shell.run("customers", "rfm", "own-orders.parquet", "-o", "out.csv")
    assert done.returncode == 2
    assert "no column 'ts'" in done.stderr
    assert "name yours: --map YOURS=ts" in done.stderr


def test_mapping_that_no_input_has_is_told_with_the_nearest_column(shell, orders):
    done = shell.run(
        "customers", "exits", orders, "--churn", _churn(shell), "--reason", "reason", "-o", "out.csv",
        "--map", "raeson=channel",
    )  # fmt: skip
    assert done.returncode == 2
    assert "orders.parquet, churn.csv: no column 'raeson'" in done.stderr
    assert "did you mean 'reason'" in done.stderr
    assert "out.csv" not in shell.files()


def test_way_out_that_is_no_column_is_told_with_the_nearest(shell, orders):
    done = shell.run(
        "customers", "exits", orders, "--churn", _churn(shell), "--reason", "raeson", "-o", "o.csv"
    )
    assert done.returncode == 2
    assert "did you mean 'reason'" in done.stderr


def test_contracts_are_projected_as_published(shell):
    # Fader and Hardie (2007), table 1: the regular segment, fitted to five years, seven more projected
    kept = [1000, 631, 468, 382, 326, 289, 262, 241]
    lines = [f"{n},{count}" for n, count in enumerate(kept)]
    name = shell.write("cohort.csv", "\n".join(["renewal,customers", *lines]) + "\n")
    done = shell.run("customers", "contracts", name, "-o", "out.parquet", "--periods", "5", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["alpha"], facts["beta"]) == pytest.approx((0.704, 1.182), abs=0.003)
    rows = pq.read_table(shell.folder / "out.parquet").to_pylist()
    assert [row["customers"] for row in rows] == [*map(float, kept), *[None] * 5]
    assert rows[12]["projected"] == pytest.approx(0.170, abs=0.012)


def test_contracts_with_a_gap_are_told(shell):
    name = shell.write("cohort.csv", "renewal,customers\n0,100\n2,50\n3,20\n")
    done = shell.run("customers", "contracts", name, "-o", "out.csv")
    assert done.returncode == 3
    assert "renewals must be 0, 1, 2" in done.stderr


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("0,100\n1,八十\n2,60\n", "column 'customers', row 1: not a number"),
        ("0,100\n1,80\n2,\n", "column 'customers', row 2: empty"),
        ("0,100\nx,80\n2,60\n", "column 'renewal', row 1: not a number"),
    ],
)
def test_a_cell_of_contracts_that_is_no_number_is_told_by_its_place(shell, cells, told):
    done = shell.run(
        "customers", "contracts", shell.write("c.csv", f"renewal,customers\n{cells}"), "-o", "o.csv"
    )
    assert done.returncode == 3
    assert told in done.stderr
    assert "八十" not in done.stderr


def test_contracts_take_numbers_as_people_write_them(shell):
    name = shell.write("c.csv", 'renewal,customers\n0,"1,000"\n1,631\n2,468\n3,382\n')
    done = shell.run("customers", "contracts", name, "-o", "o.parquet")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(shell.folder / "o.parquet")["customers"].to_pylist()[:2] == [1000.0, 631.0]


def test_a_curve_is_not_told_beyond_the_days_that_customers_were_watched(shell):
    lines = [f"c{n},o{n},2024-0{1 + n % 9}-05,10" for n in range(90)]
    orders = shell.write("orders.csv", "\n".join(["customer_id,order_id,ts,amount", *lines]) + "\n")
    done = shell.run("customers", "survival", orders, "-o", "o.parquet", "--inactive", "60")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines() if "2024-H" in line}
    assert rows["2024-H2"] == "–"


def _complaints(shell) -> str:
    lines = [f"{n},c{n:03},2024-10-{1 + n % 28:02},logistics.delay,-1" for n in range(0, 250, 3)]
    return shell.write("tags.csv", "\n".join(["feedback_id,customer_id,ts,tag,polarity", *lines]) + "\n")


def test_hazards_ask_for_their_extra_or_give_a_row_a_tag(shell, orders):
    done = shell.run("customers", "hazards", orders, "--tags", _complaints(shell), "-o", "out.parquet")
    if importlib.util.find_spec("lifelines") is None:
        assert done.returncode == 2
        assert "pip install 'voc[survival]'" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    (row,) = pq.read_table(shell.folder / "out.parquet").to_pylist()
    assert row["covariate"] == "logistics.delay"
    assert row["ci_lower"] < row["hazard_ratio"] < row["ci_upper"]


def test_complaint_without_a_leaver_is_told_apart_from_results(shell, orders):
    pytest.importorskip("lifelines")
    name = _complaints(shell)
    early = "".join(f"x{n},c{n:03},2024-07-01,price.high,-1\n" for n in range(1, 250, 2))
    with (shell.folder / name).open("a", encoding="utf-8") as file:
        file.write(early)
    done = shell.run(
        "customers", "hazards", orders, "--tags", name, "--churn", _churn(shell), "-o", "out.parquet"
    )
    assert done.returncode == 0, done.stderr
    rows = {row["covariate"]: row for row in pq.read_table(shell.folder / "out.parquet").to_pylist()}
    assert (rows["price.high"]["left"], rows["price.high"]["hazard_ratio"]) == (0, None)
    assert rows["logistics.delay"]["left"] > 0
    assert "1 tag without a ratio" in done.stderr
    assert "Warning" not in done.stderr


_RUN = """
version: 1
name: small
inputs:
  reviews:
    role: feedback
    path: "{here}/reviews.csv"
    columns: {text: text, feedback_id: id, customer_id: customer_id, ts: ts, rating: rating}
  orders: {role: orders, path: "{here}/orders.parquet"}
  churn: {role: churn, path: "{here}/churn.csv", keep: [reason]}
tag: {model: fast}
customers: {exit_reason: reason, survival_days: 120}
report: {lang: en, formats: [html]}
out: out
"""


def _reviews(shell, prefix: str) -> None:
    rows = [f"{n},{prefix}{n:03},2024-0{n % 8 + 2}-11,物流太慢了等了五天,{n % 5 + 1}" for n in range(200)]
    shell.write("reviews.csv", "\n".join(["id,customer_id,ts,text,rating", *rows]) + "\n")


def test_run_whose_tables_name_customers_differently_stops_at_a_limit_that_can_be_set(shell, orders):
    _reviews(shell, "90")
    _churn(shell)
    file = shell.write("small.yaml", _RUN)
    done = shell.run("run", file, "--workers", "1")
    assert done.returncode == 1
    assert "join of tags and orders: 0 of 200 customers (0.0%) are in both tables" in done.stderr
    assert "the limit is 30.0%" in done.stderr
    assert "customers.min_match_rate" in done.stderr
    assert not (shell.folder / "out" / "report.html").exists()
    again = shell.run("run", file, "--workers", "1", "--set", "customers.min_match_rate=0")
    assert again.returncode == 0, again.stderr
    assert (shell.folder / "out" / "report.html").exists()


def test_run_joins_ids_whatever_their_type_and_draws_how_customers_stay_and_leave(shell, orders):
    table = pq.read_table(shell.folder / orders)
    number = pa.array([float(who[1:]) + 1000 for who in table["customer_id"].to_pylist()])
    pq.write_table(table.set_column(0, "customer_id", number), shell.folder / orders)
    _reviews(shell, "1")
    shell.write("churn.csv", (shell.folder / _churn(shell)).read_text(encoding="utf-8").replace("\nc", "\n1"))
    done = shell.run("run", shell.write("small.yaml", _RUN), "--workers", "1")
    assert done.returncode == 0, done.stderr
    life = json.loads((shell.folder / "out" / "report.json").read_text(encoding="utf-8"))["life"]
    assert [one["grouping"] for one in life["staying"]][:2] == ["all", "complaint"]
    assert life["staying"][0]["curves"][0]["customers"] == 250
    assert {row["name"] for row in life["exits"]} == {"price", "moved"}
    page = (shell.folder / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="chart-staying-wide"' in page
    assert 'id="chart-exits-narrow"' in page
