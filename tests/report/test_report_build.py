from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_sample import FEEDBACK_SCHEMA, TAXONOMY, write_sample, write_taxonomy

from voc.errors import ColumnError, ConfigError, InputError
from voc.report.build import ReportInputs, build_report
from voc.report.intervals import newcombe, share, wilson
from voc.report.model import Grain, GroupRow, Report, load_report
from voc.report.strings import load_strings
from voc.report.summary import group_direction, summary_topics


@pytest.fixture(scope="session")
def feedback(sample):
    """Rows of customers, with their complaint tags, by pandas."""
    frames = [pq.read_table(path).to_pandas() for path in sample.inputs.tagged]
    table = pd.concat(frames, ignore_index=True)
    table = table[table["speaker"].isna() | (table["speaker"] == "customer")].reset_index(drop=True)
    table["complaints"] = [{tag["tag"] for tag in tags if tag["polarity"] == -1} for tags in table["tags"]]
    return table


def test_headline_counts(report, feedback, sample):
    head = report.headline
    assert head.feedback == len(feedback)
    assert head.rows == sum(pq.read_metadata(path).num_rows for path in sample.inputs.tagged)
    assert head.complaint.count == sum(map(bool, feedback["complaints"]))
    assert (head.negative.count, head.negative.n) == (
        (feedback["sentiment"] == -1).sum(),
        feedback["sentiment"].notna().sum(),
    )
    assert head.customers == feedback["customer_key"].nunique()
    assert head.negative.ci_lower == pytest.approx(wilson(head.negative.count, head.negative.n).lower)


def test_complaints_by_tag_and_group(report, feedback):
    exploded = feedback["complaints"].explode().dropna()
    expected = exploded.value_counts()
    assert {row.id: row.complaints.count for row in report.tags()} == expected.to_dict()
    groups = feedback["complaints"].map(lambda tags: {tag.split(".")[0] for tag in tags}).explode().dropna()
    assert {group.id: group.complaints.count for group in report.groups} == groups.value_counts().to_dict()
    first = report.tags()[0]
    assert (first.id, first.zh) == ("logistics.delay", "物流延迟")
    assert first.complaints.share == pytest.approx(expected.iloc[0] / len(feedback))


def test_change_of_the_last_full_month(report, feedback):
    assert report.trend.grain is Grain.MONTH
    assert (report.trend.current, report.trend.previous) == (date(2025, 5, 1), date(2025, 4, 1))
    month = feedback["ts"].dt.strftime("%Y-%m")
    has = feedback["complaints"].map(lambda tags: "logistics.delay" in tags)
    now, before = (month == "2025-05"), (month == "2025-04")
    counts = (int(has[now].sum()), int(now.sum()), int(has[before].sum()), int(before.sum()))
    row = next(row for row in report.tags() if row.id == "logistics.delay")
    assert (row.current.count, row.current.n, row.previous.count, row.previous.n) == counts
    assert row.change == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
    assert row.change_ci_lower == pytest.approx(newcombe(*counts).lower)
    assert row.change_ci_lower > 0
    assert row.change_q_value < 0.05


def test_trend_points(report, feedback):
    month = feedback["ts"].dt.strftime("%Y-%m")
    complained = feedback["complaints"].map(bool)
    for point in report.trend.points:
        chosen = month == f"{point.start:%Y-%m}"
        assert point.n == chosen.sum()
        assert point.complaint.count == complained[chosen].sum()
    assert [point.full for point in report.trend.points][-2:] == [True, False]
    line = report.trend.tags[0]
    assert sum(point.count for point in line.points) == report.tags()[0].complaints.count


def test_sentiment_by_channel_and_product(report, feedback):
    for rows, column in ((report.channels, "channel"), (report.products, "product")):
        for row in rows:
            chosen = feedback[column].isna() if row.name is None else feedback[column] == row.name
            assert row.feedback == chosen.sum()
            assert row.negative.count == (feedback.loc[chosen, "sentiment"] == -1).sum()
            counts = feedback.loc[chosen, "complaints"].explode().dropna().value_counts()
            assert counts[row.top_tag] == counts.max()
        named = [row for row in rows if row.name is not None]
        assert [row.negative.share for row in named] == sorted(
            (row.negative.share for row in named), reverse=True
        )
    assert report.products[-1].name is None


def test_segments_and_churn(report, sample, feedback):
    customers = pq.read_table(sample.inputs.customers).to_pandas()
    complainers = set(feedback.loc[feedback["complaints"].map(bool), "customer_key"].dropna())
    for row in report.segments.rows:
        own = customers[customers["segment"] == row.name]
        assert row.customers == len(own)
        assert row.revenue == pytest.approx(own["revenue"].sum())
        assert row.complaint.count == own["customer_key"].isin(complainers).sum()
        assert row.churn.count == own["churned_at"].notna().sum()
    assert report.headline.churn.count == customers["churned_at"].notna().sum()


def test_coverage_of_customers(report, sample, feedback):
    known = set(pq.read_table(sample.inputs.customers)["customer_key"].to_pylist())
    keys = feedback["customer_key"].dropna()
    coverage = report.quality.coverage
    assert coverage.with_customer == len(keys)
    assert coverage.without_customer == len(feedback) - len(keys)
    assert coverage.matched == keys.isin(known).sum()
    assert coverage.unmatched_customers == len(set(keys) - known)


def test_masked_spans_of_agents_count_too(report, sample):
    spans = pd.concat(
        [pq.read_table(path, columns=["pii"]).to_pandas() for path in sample.inputs.tagged], ignore_index=True
    )["pii"].map(list)
    assert report.privacy.spans == spans.map(len).sum()
    assert report.privacy.rows_with_spans == spans.map(bool).sum()
    assert report.privacy.rows_scanned == len(spans)
    kinds = spans.explode().dropna().map(lambda span: span["entity"]).value_counts().to_dict()
    assert {row.entity: row.spans for row in report.privacy.rows} == kinds
    assert [row.tier for row in report.privacy.rows] == ["core"] * 2 + ["general"] * 5


def test_quotes_are_found_in_the_masked_texts(report, feedback):
    texts = feedback.set_index("feedback_id")["text"]
    assert {tag.id for tag in report.quotes} >= {row.id for row in report.tags()[:8]}
    for tag in report.quotes:
        assert 1 <= len(tag.quotes) <= 3
        assert len({quote.feedback_id for quote in tag.quotes}) == len(tag.quotes)
        for quote in tag.quotes:
            assert quote.text in texts[quote.feedback_id]
            assert 0 <= quote.start < quote.end <= len(quote.text)


def test_the_same_tables_give_the_same_bytes_in_any_layout(report, sample, tmp_path):
    """Row groups and the number of threads decide nothing."""
    tagged = []
    for path in sample.inputs.tagged:
        tagged.append(tmp_path / path.name)
        pq.write_table(pq.read_table(path), tagged[-1], row_group_size=97)
    again = build_report(replace(sample.inputs, tagged=tagged))
    assert again.to_json() == report.to_json()


def test_a_report_is_read_back_from_its_json(report, tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(report.to_json())
    assert load_report(path) == report


def test_half_a_year_is_told_by_week(tmp_path):
    report = build_report(write_sample(tmp_path, rows=300, days=90).inputs)
    assert report.trend.grain is Grain.WEEK
    assert report.trend.points[0].start == date(2024, 1, 1)


def _write(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def _tags(*rows):
    return pa.array(rows, FEEDBACK_SCHEMA.field("tags").type)


def _mention(tag, polarity=-1, start=0, end=2):
    return {"tag": tag, "polarity": polarity, "start": start, "end": end, "score": 0.9}


@pytest.fixture
def taxonomy(tmp_path):
    return write_taxonomy(tmp_path)


def test_reviews_alone_give_a_report_without_customers_and_causes(tmp_path, taxonomy):
    path = _write(
        tmp_path / "reviews.parquet",
        text=["太慢了", "很好", "慢死了"],
        tags=_tags([_mention("logistics.delay")], [], [_mention("logistics.delay")]),
        sentiment=pa.array([-1, 1, -1], pa.int8()),
    )
    report = build_report(ReportInputs(tagged=[path], taxonomy=taxonomy))
    assert report.segments is report.causes is report.trend is report.privacy is report.period is None
    assert report.channels == report.products == ()
    assert report.tags()[0].complaints.count == 2
    assert {"no_time", "no_customers"} <= set(report.notes)
    assert report.headline.customers is None


def test_no_rows_give_a_report_that_says_so(tmp_path, taxonomy):
    pq.write_table(FEEDBACK_SCHEMA.empty_table(), tmp_path / "empty.parquet")
    report = build_report(ReportInputs(tagged=[tmp_path / "empty.parquet"], taxonomy=taxonomy))
    assert report.headline.feedback == 0
    assert report.headline.negative is None
    assert report.groups == ()
    assert report.notes[0] == "empty"


def test_exploded_tags_stand_in_for_a_missing_column(tmp_path, taxonomy):
    tagged = _write(tmp_path / "a.parquet", feedback_id=["1", "2", "3"], text=["太慢了", "好", "太慢"])
    tags = _write(
        tmp_path / "tags.parquet",
        feedback_id=["1", "1", "3", "9"],
        tag=["logistics.delay", "logistics.delay", "logistics.delay", "price.high"],
        polarity=pa.array([-1, -1, 1, -1], pa.int8()),
    )
    report = build_report(ReportInputs(tagged=[tagged], tags=tags, taxonomy=taxonomy))
    [row] = report.tags()
    assert (row.id, row.complaints.count, row.praises) == ("logistics.delay", 1, 1)


def test_without_tags_anywhere_the_column_is_named(tmp_path, taxonomy):
    tagged = _write(tmp_path / "a.parquet", feedback_id=["1"], tag=["x"])
    with pytest.raises(ColumnError, match="tags"):
        build_report(ReportInputs(tagged=[tagged], taxonomy=taxonomy))


def test_ids_that_two_inputs_share_are_not_mixed_up(tmp_path, taxonomy):
    first = _write(tmp_path / "a.parquet", feedback_id=["1"], tags=_tags([_mention("price.high")]))
    second = _write(tmp_path / "b.parquet", feedback_id=["1"], tags=_tags([_mention("price.high")]))
    report = build_report(ReportInputs(tagged=[first, second], taxonomy=taxonomy))
    assert report.tags()[0].complaints.count == 2
    assert report.quality.duplicate_ids == 1


def test_a_tag_outside_the_taxonomy_keeps_its_id(tmp_path, taxonomy):
    path = _write(tmp_path / "a.parquet", tags=_tags([_mention("own.thing")]))
    [row] = build_report(ReportInputs(tagged=[path], taxonomy=taxonomy)).tags()
    assert row.zh == "own.thing"


def test_churn_comes_from_its_own_table_too(tmp_path, taxonomy):
    tagged = _write(tmp_path / "a.parquet", tags=_tags([]))
    keys = [f"k{i}" for i in range(40)]
    customers = _write(tmp_path / "c.parquet", customer_key=keys, segment=["vip"] * 40)
    churn = _write(tmp_path / "d.parquet", customer_key=keys[:12], churned_at=[None, *["2025-01-01"] * 11])
    inputs = ReportInputs(tagged=[tagged], customers=customers, churn=churn, taxonomy=taxonomy)
    assert build_report(inputs).headline.churn.count == 11


def test_times_may_be_texts_or_carry_a_zone(tmp_path, taxonomy):
    tags = _tags([], [])
    texts = _write(tmp_path / "a.parquet", ts=["2025-03-01 10:00:00", "gibberish"], tags=tags)
    late_in_utc = datetime(2025, 3, 1, 23, 30, tzinfo=UTC)
    zoned = pa.array([late_in_utc] * 2, pa.timestamp("us", "UTC"))
    zones = _write(tmp_path / "b.parquet", ts=zoned, tags=tags)
    report = build_report(ReportInputs(tagged=[texts, zones], taxonomy=taxonomy))
    assert report.quality.without_ts == 1
    assert (report.period.start, report.period.end) == (date(2025, 3, 1), date(2025, 3, 2))


def test_wrong_quality_counts_are_all_named(tmp_path, taxonomy):
    tagged = _write(tmp_path / "a.parquet", tags=_tags([]))
    quality = {"reviews": {"rows_read": "many"}, "chats": {"rows_raed": 3}}
    with pytest.raises(ConfigError) as failure:
        build_report(ReportInputs(tagged=[tagged], quality=quality, taxonomy=taxonomy))
    assert {fault.path for fault in failure.value.faults} == {"reviews.rows_read", "chats.rows_raed"}


def test_files_that_cannot_be_read_are_named_without_their_content(tmp_path, taxonomy):
    path = tmp_path / "a.parquet"
    path.write_text("手机号 13800001234", encoding="utf-8")
    with pytest.raises(InputError) as failure:
        build_report(ReportInputs(tagged=[path], taxonomy=taxonomy))
    assert "a.parquet" in str(failure.value)
    assert "13800001234" not in str(failure.value)
    with pytest.raises(InputError):
        build_report(ReportInputs(tagged=[], taxonomy=taxonomy))


def test_the_sample_taxonomy_is_named_in_full(report):
    assert {group.zh for group in report.groups} == {group["zh"] for group in TAXONOMY["tags"]}
    assert isinstance(report, Report)


def test_a_product_stands_out_only_where_chance_among_so_many_does_not_explain_it():
    overall = share(6550, 10_000)
    lone = [
        GroupRow(
            name="破壁机",
            feedback=306,
            negative=share(221, 306),
            complaint=share(1, 306),
            top_tag=None,
            top_tag_zh=None,
            negative_q_value=0.22,
        )
    ]
    assert lone[0].negative.ci_lower > overall.share
    assert group_direction(lone[0], overall) == "unclear"
    assert group_direction(lone[0].model_copy(update={"negative_q_value": 0.01}), overall) == "up"
    less = lone[0].model_copy(update={"negative_q_value": 0.01, "negative": share(100, 306)})
    assert group_direction(less, overall) == "down"


def test_groups_are_tested_against_all_other_feedback_and_corrected_for_their_number(report, feedback):
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import proportions_ztest

    scored = feedback[feedback["sentiment"].notna()]
    named = [row for row in report.products if row.name is not None]
    p_values = []
    for row in named:
        inside = scored["product"] == row.name
        negative = scored["sentiment"] == -1
        p_values.append(
            proportions_ztest(
                [(negative & inside).sum(), (negative & ~inside).sum()], [inside.sum(), (~inside).sum()]
            )[1]
        )
    wanted = multipletests(p_values, method="fdr_bh")[1]
    assert [row.negative_q_value for row in named] == pytest.approx(list(wanted), rel=1e-6)
    assert "groups" in report.notes


def test_the_summary_says_which_feedback_the_negative_share_leaves_out(report):
    def scope(unread: int) -> str:
        quality = report.quality.model_copy(update={"without_sentiment": unread})
        shown = report.model_copy(update={"quality": quality})
        sentences = dict(summary_topics(shown, load_strings("zh")))
        return "".join(part.text for part in sentences["scope"])

    assert "有 5,859 条没有可以判断的文字" in scope(5859)
    assert "没有可以判断的文字" not in scope(0)
