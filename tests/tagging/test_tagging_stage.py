"""The tagging stage takes masked text only, gives the same rows for any batching, and quotes its evidence."""

from __future__ import annotations

import pickle
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voc.errors import ColumnError, ConfigError, UnmaskedTextError, UsageError
from voc.privacy.stage import TrustStage
from voc.tagging.explode import explode_tags
from voc.tagging.models import snownlp_model
from voc.tagging.stage import TagStage

TEXTS = [
    "物流太慢了，等了五天才到货，打<手机号>没人接",
    "质量很好，价格不贵",
    None,
    "",
    "包装破了😀，ＡＰＰ老是闪退",
    "客服态度不好但是退款很快",
]
PIECES = st.sampled_from(
    [
        *("物流", "很慢", "不", "质量", "好", "，", "。", "客服", "<姓名>", "😀", "Ａ", "\u200b"),
        *("太贵了", "但是", " ", "\n", "12", "é", "İ"),
    ]
)
COLUMNS = {"tokens", "sentiment", "sentiment_score", "tags", "intent", "severity"}


def masked(texts: list[str | None], **columns: list[object]) -> pa.RecordBatch:
    batch = pa.record_batch(
        {"text": pa.array(texts, pa.string()), **{k: pa.array(v) for k, v in columns.items()}}
    )
    return TrustStage(("text",)).build()(batch)


@pytest.fixture(scope="module")
def tag():
    return TagStage().build()


def test_the_schema_is_as_declared(tag):
    batch = masked(TEXTS, other=list(range(len(TEXTS))))
    done = tag(batch)
    assert done.schema.equals(TagStage().output_schema(batch.schema), check_metadata=True)
    assert set(done.schema.names) == {"text", "other"} | COLUMNS
    assert done.column("text").equals(batch.column("text"))


def test_raw_text_is_refused():
    batch = pa.record_batch({"text": ["物流慢"]})
    with pytest.raises(UnmaskedTextError, match="text"):
        TagStage().build()(batch)


def test_a_missing_column_names_the_nearest():
    with pytest.raises(ColumnError, match="did you mean 'text'"):
        TagStage(text_column="txt").output_schema(pa.schema([("text", pa.string())]))


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'fast'"):
        TagStage(model="fst").fingerprint()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=6))
def test_evidence_is_the_text_between_its_offsets(tag, texts: list[str]):
    done = tag(masked(list(texts)))
    for text, tags in zip(texts, done.column("tags").to_pylist(), strict=True):
        for item in tags:
            assert 0 <= item["start"] < item["end"] <= len(text)
            assert text[item["start"] : item["end"]] == item["evidence"]
            assert item["polarity"] in (-1, 0, 1)
            assert 0 <= item["score"] <= 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=2, max_size=8))
def test_a_text_gets_the_same_alone_and_among_others(tag, texts: list[str]):
    together = tag(masked(list(texts))).to_pylist()
    alone = [tag(masked([text])).to_pylist()[0] for text in texts]
    assert together == alone


def test_placeholders_stay_whole(tag):
    tokens = tag(masked(TEXTS[:1])).column("tokens")[0].as_py()
    assert "<手机号>" in tokens


def test_only_the_customers_turns_are_judged(tag):
    texts = ["物流太慢了", "物流太慢了", "物流太慢了"]
    done = tag(masked(list(texts), speaker=["customer", "agent", None])).to_pylist()
    assert [bool(row["tags"]) for row in done] == [True, False, True]
    assert [row["sentiment"] for row in done][1] is None


def test_own_terms_count_without_training(tmp_path: Path):
    path = tmp_path / "own.tsv"
    path.write_text("term\ttag\tpolarity\n打滚慢\tlogistics.delay\t-1\n", encoding="utf-8")
    done = TagStage(user_lexicon=path).build()(masked(["这次打滚慢"])).to_pylist()
    assert ("logistics.delay", -1, "打滚慢") in {
        (item["tag"], item["polarity"], item["evidence"]) for item in done[0]["tags"]
    }
    assert TagStage(user_lexicon=path).fingerprint() != TagStage().fingerprint()


def test_faults_of_own_terms_are_told_at_once(tmp_path: Path):
    path = tmp_path / "own.tsv"
    path.write_text("慢\tlogistics.dely\t-1\n快\tlogistics.delay\t7\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        TagStage(user_lexicon=path).build()
    assert [fault.path for fault in caught.value.faults] == ["line 1", "line 2"]


def test_a_term_of_the_user_may_stand_for_several_tags(tmp_path: Path):
    path = tmp_path / "terms.tsv"
    path.write_text("等五天\tlogistics.delay\t-1\n等五天\tservice.slow\t-1\n", encoding="utf-8")
    done = TagStage(user_lexicon=path).build()(masked(["等五天"])).to_pylist()
    assert {tag["tag"] for tag in done[0]["tags"]} >= {"logistics.delay", "service.slow"}
    path.write_text("等五天\tlogistics.delay\t-1\n等五天\tlogistics.delay\t1\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        TagStage(user_lexicon=path).build()
    assert [(fault.path, fault.hint) for fault in caught.value.faults] == [("line 2", "line 1")]


def test_the_description_travels_to_workers(tag):
    again = pickle.loads(pickle.dumps(TagStage()))
    assert again == TagStage()
    assert again.build()(masked(list(TEXTS))).equals(tag(masked(list(TEXTS))))


def test_snownlp_can_be_chosen():
    stage = TagStage(model="snownlp")
    done = stage.build()(masked(["非常好，很满意", "太差了，垃圾"])).to_pylist()
    assert done[0]["sentiment_score"] > done[1]["sentiment_score"]
    assert stage.fingerprint() != TagStage().fingerprint()


def test_a_text_without_end_is_as_sure_as_can_be(tag):
    done = tag(masked(["慢" * 1_000_000])).to_pylist()
    assert (done[0]["sentiment"], done[0]["sentiment_score"]) == (-1, 0.0)


def test_a_missing_snownlp_names_what_to_install(monkeypatch):
    monkeypatch.setattr(snownlp_model, "version", _not_there)
    with pytest.raises(UsageError) as caught:
        snownlp_model.SnowNlpBackend()
    assert caught.value.hint == "python -m pip install snownlp"


def _not_there(name: str) -> str:
    raise PackageNotFoundError(name)


def test_exploded_tags_have_a_row_each_with_display_names(tag):
    batch = masked(list(TEXTS), feedback_id=[str(n) for n in range(len(TEXTS))])
    done = tag(batch)
    rows = explode_tags(done).to_pylist()
    assert len(rows) == sum(len(tags) for tags in done.column("tags").to_pylist())
    assert "投诉类型:物流延迟" in {row["display"] for row in rows if row["feedback_id"] == "0"}
    assert {row["feedback_id"] for row in rows}.isdisjoint({"2", "3"})
