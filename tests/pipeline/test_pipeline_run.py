"""A run folder is brought up to date: what is unchanged is skipped, what changed is done again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.config.pipeline import PipelineConfig, load_pipeline
from voc.errors import ColumnError, OutputExistsError
from voc.pipeline import schedule
from voc.pipeline.run import dry_run, run_pipeline

FILE = """
version: 1
name: small
vars: {data: ""}
inputs:
  reviews:
    role: feedback
    path: "{data}/reviews.csv"
    columns: {text: 内容, feedback_id: 编号, customer_id: 客户, ts: 时间}
    constants: {channel: 天猫}
    keep: [城市]
  orders: {role: orders, path: "{data}/orders.csv"}
tag: {model: fast}
customers: {}
rootcause: {min_match_rate: 0}
report: {title: 小样}
out: "{data}/run"
"""

REVIEWS = """编号,客户,时间,内容,城市,电话
1,c1,2024-03-01,物流太慢了等了五天才到,杭州,13800138000
2,c2,2024-03-02,东西不错很喜欢,杭州,13800138001
2,c2,2024-03-02,东西不错很喜欢,杭州,13800138001
3,c1,2024-03-05,打13900139000没人接,宁波,13800138000
"""

ORDERS = "customer_id,order_id,ts,amount\n" + "".join(
    f"c{n % 3},o{n},2024-{n % 12 + 1:02}-{n % 28 + 1:02},{20 + n}\n" for n in range(60)
)


@pytest.fixture(autouse=True)
def _own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOC_HOME", str(tmp_path / "home"))


@pytest.fixture
def config(tmp_path: Path) -> PipelineConfig:
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="gb18030")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load_pipeline(path, [f"data={tmp_path}"])


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("run.json", "steps.json")
    }


def test_a_run_folder_holds_every_table_and_the_report(config: PipelineConfig):
    result = run_pipeline(config, workers=1)
    assert result.exit_code == 0
    names = {str(path.relative_to(result.folder)) for path in result.folder.rglob("*") if path.is_file()}
    assert {
        "masked/reviews.parquet",
        "masked/orders.parquet",
        "tagged/reviews.parquet",
        "feedback.parquet",
        "tags.parquet",
        "customers.parquet",
        "effects.parquet",
        "report.json",
        "report.html",
        "report.xlsx",
        "report.md",
        "run.json",
    } <= names


def test_orders_of_too_short_a_time_leave_the_causes_out_and_not_the_report(tmp_path: Path, config):
    config = load_pipeline(tmp_path / "small.yaml", [f"data={tmp_path}", "rootcause.horizon_days=900"])
    result = run_pipeline(config, workers=1)
    assert result.exit_code == 0
    [effects] = [outcome.result for outcome in result.outcomes if outcome.name == "effects"]
    assert effects.notes == ("left out: the orders cover 359 days, the design needs 944",)
    assert pq.read_metadata(result.folder / "effects.parquet").num_rows == 0
    assert (result.folder / "report.html").is_file()


def test_only_wanted_columns_are_carried_and_customers_are_keyed_alike(config: PipelineConfig):
    folder = run_pipeline(config, workers=1).folder
    masked = pq.read_table(folder / "masked/reviews.parquet")
    assert "电话" not in masked.schema.names
    assert "customer_id" not in masked.schema.names
    assert masked["channel"].to_pylist() == ["天猫"] * 4
    assert masked["城市"].to_pylist()[3] == "宁波"
    keys = set(masked["customer_key"].to_pylist())
    assert keys <= set(pq.read_table(folder / "customers.parquet")["customer_key"].to_pylist())
    assert "13900139000" not in str(masked.to_pylist())


def test_order_numbers_are_pseudonyms_that_tell_orders_apart(config: PipelineConfig):
    folder = run_pipeline(config, workers=1).folder
    numbers = pq.read_table(folder / "masked/orders.parquet")["order_id"].to_pylist()
    assert len(set(numbers)) == 60
    assert all(number.startswith("<订单号:") for number in numbers)


def test_exact_repeats_are_left_out_once(config: PipelineConfig):
    folder = run_pipeline(config, workers=1).folder
    assert pq.read_metadata(folder / "tagged/reviews.parquet").num_rows == 4
    feedback = pq.read_table(folder / "feedback.parquet")
    assert feedback["feedback_id"].to_pylist() == ["1", "2", "3"]
    assert set(feedback["input"].to_pylist()) == {"reviews"}


def test_tags_name_evidence_that_stands_in_the_text(config: PipelineConfig):
    folder = run_pipeline(config, workers=1).folder
    texts = {
        row["feedback_id"]: row["text"] for row in pq.read_table(folder / "feedback.parquet").to_pylist()
    }
    tags = pq.read_table(folder / "tags.parquet").to_pylist()
    assert any(row["display"] == "投诉类型:物流延迟" and row["feedback_id"] == "1" for row in tags)
    for row in tags:
        assert texts[row["feedback_id"]][row["start"] : row["end"]] == row["evidence"]


def test_a_second_run_does_nothing_and_a_change_redoes_what_hangs_on_it(
    config: PipelineConfig, tmp_path: Path
):
    first = run_pipeline(config, workers=1)
    before = digests(first.folder)
    again = run_pipeline(config, workers=1)
    assert all(outcome.skipped for outcome in again.outcomes)
    assert digests(again.folder) == before
    assert [outcome.result for outcome in again.outcomes] == [outcome.result for outcome in first.outcomes]
    (tmp_path / "reviews.csv").write_text(REVIEWS + "4,c3,2024-03-09,包装破了,杭州,\n", encoding="gb18030")
    planned = {step.name: step.up_to_date for step in dry_run(config)}
    assert planned["mask:orders"]
    assert not planned["tags"]
    changed = {outcome.name: outcome.skipped for outcome in run_pipeline(config, workers=1).outcomes}
    assert changed["mask:orders"]
    assert changed["customers"]
    assert not changed["mask:reviews"]
    assert not changed["report"]


def test_a_damaged_table_is_made_again(config: PipelineConfig):
    first = run_pipeline(config, workers=1)
    before = digests(first.folder)
    (first.folder / "tags.parquet").write_bytes(b"broken")
    run_pipeline(config, workers=1)
    assert digests(first.folder) == before


def test_same_inputs_same_bytes_with_any_number_of_workers(
    config: PipelineConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schedule, "LEAST_BYTES", 0)  # tables are small, and steps run beside each other
    one = run_pipeline(config, workers=1, out=tmp_path / "one")
    two = run_pipeline(config, workers=2, out=tmp_path / "two")
    assert digests(one.folder) == digests(two.folder)


def test_the_manifest_tells_inputs_outputs_and_versions(config: PipelineConfig):
    folder = run_pipeline(config, workers=1).folder
    event = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert event["eventType"] == "COMPLETE"
    by_name = {Path(item["name"]).name: item for item in event["inputs"]}
    assert by_name["reviews.csv"]["inputFacets"]["inputStatistics"]["rowCount"] == 4
    assert "feedback.parquet" in {item["name"] for item in event["outputs"]}
    assert {"policy", "model", "taxonomy"} <= set(event["run"]["facets"]["voc_versions"]["versions"])


def test_a_folder_with_other_things_in_it_is_refused(config: PipelineConfig, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious.txt").write_text("x")
    with pytest.raises(OutputExistsError):
        run_pipeline(config, out=other)
    assert [path.name for path in other.iterdir()] == ["precious.txt"]


def test_a_dry_run_writes_nothing(config: PipelineConfig, tmp_path: Path):
    planned = dry_run(config)
    assert [step.name for step in planned] == [
        "mask:reviews",
        "mask:orders",
        "tag:reviews",
        "feedback",
        "tags",
        "customers",
        "cohorts",
        "value",
        "risk",
        "survival",
        "satisfaction",
        "effects",
        "actions",
        "report",
    ]
    assert not (tmp_path / "run").exists()


def test_rows_set_aside_are_counted_and_give_exit_code_4(config: PipelineConfig, tmp_path: Path):
    (tmp_path / "reviews.csv").write_text(REVIEWS + "5,c3,2024-02-31,好,杭州,\n", encoding="gb18030")
    result = run_pipeline(config, workers=1)
    assert result.quarantined == 1
    assert result.exit_code == 4
    line = json.loads((result.folder / "quarantine/reviews.jsonl").read_text(encoding="utf-8"))
    assert (line["row"], line["column"]) == (4, "时间")


def test_rows_that_share_an_id_but_not_their_content_all_stay(config: PipelineConfig, tmp_path: Path):
    (tmp_path / "reviews.csv").write_text(REVIEWS + "1,c3,2024-03-09,包装破了,杭州,\n", encoding="gb18030")
    folder = run_pipeline(config, workers=1).folder
    ids = pq.read_table(folder / "feedback.parquet")["feedback_id"]
    assert ids.to_pylist() == ["1", "2", "3", "1-2"]
    assert isinstance(ids, pa.ChunkedArray)


def test_the_report_does_not_count_what_the_policy_keeps_as_masked(tmp_path: Path, config: PipelineConfig):
    text = REVIEWS + "4,c2,2024-03-06,我有高血压,杭州,13800138000\n"
    (tmp_path / "reviews.csv").write_text(text, encoding="gb18030")
    folder = run_pipeline(config, workers=1).folder
    assert "我有高血压" in pq.read_table(folder / "feedback.parquet")["text"].to_pylist()
    report = json.loads((folder / "report.json").read_text("utf-8"))
    kinds = {row["entity"]: (row["spans"], row["kept"]) for row in report["privacy"]["rows"]}
    assert kinds == {"CN_MOBILE": (1, False), "HEALTH": (1, True)}
    assert report["privacy"]["spans"] == 1
    told = (folder / "report.md").read_text("utf-8")
    assert "分析之前遮盖了 **1** 处个人信息" in told
    assert "| 健康状况 | 一般敏感 | 1 | 1 | 按策略保留原文 |" in told
    assert "| 手机号 | 一般敏感 | 1 | 1 | 已遮盖 |" in told


def test_a_column_under_another_name_is_told_with_its_setting(tmp_path: Path, config: PipelineConfig):
    (tmp_path / "reviews.csv").write_text(REVIEWS.replace("内容", "买家说"), encoding="utf-8")
    with pytest.raises(ColumnError) as caught:
        run_pipeline(config, workers=1)
    assert "name yours: --set inputs.reviews.columns.text=YOURS" in str(caught.value)


def test_one_slip_among_the_ratings_is_told_and_satisfaction_stays(tmp_path: Path):
    stars = [
        *(f"{n},c{n % 3},2024-03-01,东西不错{n},{n % 5 + 1}" for n in range(150)),
        "150,c1,2024-03-02,很好,99",
    ]
    (tmp_path / "reviews.csv").write_text("编号,客户,时间,内容,星\n" + "\n".join(stars), encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    path = tmp_path / "rated.yaml"
    rated = FILE.replace("ts: 时间}", "ts: 时间, rating: 星}").replace("    keep: [城市]\n", "")
    path.write_text(rated, encoding="utf-8")
    result = run_pipeline(load_pipeline(path, [f"data={tmp_path}"]), workers=1)
    rows = pq.read_table(result.folder / "satisfaction.parquet").to_pylist()
    assert rows[0]["ratings"] == 150
    told = (result.folder / "report.md").read_text("utf-8")
    assert "| 评分不在量尺之内、未计入满意度的反馈 | 1 |" in told
    assert ". 满意度\n" in told
