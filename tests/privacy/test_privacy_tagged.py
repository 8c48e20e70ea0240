"""Names and addresses without a cue, found by the tagger that ships with voc."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc.errors import InputError
from voc.io.artefacts import read_artefact
from voc.privacy.engine import Engine
from voc.privacy.evaluation.name_tickets import name_tickets
from voc.privacy.gate import encode
from voc.privacy.ner.labels import best_path, label_ids, labels_of, spans_of
from voc.privacy.ner.network import SECOND
from voc.privacy.ner.scores import name_scores
from voc.privacy.ner.tagger import NameTagger, artefact_path, name_tagger
from voc.privacy.recognizers.tagged import TaggedFinder

KINDS = ("PERSON", "CN_ADDRESS")


def read_tickets() -> list[tuple[str, list[tuple[int, int, str]]]]:
    return [(case.text, [tuple(label) for label in case.labels]) for case in name_tickets()]


def located(engine: Engine, texts: list[str]) -> list[list[tuple[int, int, str]]]:
    return [
        [(span.start, span.end, span.entity) for span in spans if span.entity in KINDS]
        for spans in engine.find(texts)
    ]


def test_tickets_written_by_hand(engine):
    tickets = read_tickets()
    found = located(engine, [text for text, _ in tickets])
    pairs = [(spans, here) for (_, spans), here in zip(tickets, found, strict=True)]
    person, address = name_scores("tickets", pairs, ("PERSON", "CN_ADDRESS"))
    assert person.labels > 60
    assert person.f1 >= 0.9
    assert address.labels > 20
    assert address.overlap_f1 >= 0.95


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("昨天王建国来过，东西没带走", "王建国"),
        ("这件事是陈晓燕处理的", "陈晓燕"),
        ("跟赵志伟沟通了三次", "赵志伟"),
        ("让林淑芬给我回个电话", "林淑芬"),
    ],
)
def test_names_without_a_cue(found, text, name):
    assert ("PERSON", name) in found(text)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("客户阿迪力来电，包裹压坏了", "PERSON", "阿迪力"),
        ("隔壁邱奶奶拿错了快递", "PERSON", "邱奶奶"),
        ("柜员小栾让我填了三遍表", "PERSON", "小栾"),
        ("投保人：次仁卓玛；关系：母子", "PERSON", "次仁卓玛"),
        (
            "老家在山东省菏泽市郓城县侯咽集镇杨寺村，爸妈不会用",
            "CN_ADDRESS",
            "山东省菏泽市郓城县侯咽集镇杨寺村",
        ),
        (
            "我们这里是甘肃省甘南州夏河县拉卜楞镇人民西街，桑吉加",
            "CN_ADDRESS",
            "甘肃省甘南州夏河县拉卜楞镇人民西街",
        ),
        (
            "车在通辽市科尔沁区霍林河大街与民航路交口抛锚了",
            "CN_ADDRESS",
            "通辽市科尔沁区霍林河大街与民航路交口",
        ),
        (
            "收货地址是浙江省金华市义乌市福田街道长春二区36栋4单元",
            "CN_ADDRESS",
            "浙江省金华市义乌市福田街道长春二区36栋4单元",
        ),
        ("门铃坏了，云岭路万象公馆7-2-2304", "CN_ADDRESS", "云岭路万象公馆7-2-2304"),
    ],
)
def test_odd_names_and_addresses_beside_words_that_announce_them(found, text, entity, value):
    assert (entity, value) in found(text)


def test_tickets_that_nothing_was_mended_after(engine):
    tickets = name_tickets("unseen")
    found = located(engine, [case.text for case in tickets])
    pairs = [
        ([tuple(label) for label in case.labels], here) for case, here in zip(tickets, found, strict=True)
    ]
    person, address = name_scores("unseen", pairs, KINDS)
    assert person.labels > 150
    assert address.labels > 100
    assert person.overlap_f1 >= 0.85
    assert address.overlap_f1 >= 0.9


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("快递被春燕拿走了", "春燕"),
        ("那双鞋是给晓楠买的", "晓楠"),
        ("昨天是俊杰值的夜班", "俊杰"),
        ("多亏了佳怡提醒我", "佳怡"),
        ("这事别跟立峰说", "立峰"),
        ("材料被景丽华取走了", "景丽华"),
        ("票找白文斌拿", "白文斌"),
    ],
)
def test_names_in_the_middle_of_a_sentence(found, text, name):
    assert ("PERSON", name) in found(text)


@pytest.mark.parametrize(
    "text", ["祝老师节日快乐", "我和先生都说好，电话13912345678", "吓出一身冷汗；结账很慢"]
)
def test_what_only_looks_like_a_name(found, text):
    assert "PERSON" not in {entity for entity, _ in found(text)}


def test_a_number_with_hyphens_behind_every_digit_is_no_address(found):
    assert "CN_ADDRESS" not in [entity for entity, _ in found("卡号6-2-1-4-8-3-0-7-7-5-8-1-6-6-0-5。")]


def test_a_hardware_address_is_no_address(found):
    assert found("的CB-DD-A9-3A-E7-17一直没人理") == [("MAC_ADDRESS", "CB-DD-A9-3A-E7-17")]


def test_log_probabilities_are_those_of_every_character():
    tagger = name_tagger()
    texts = ["昨天王建国来过", "", "好"]
    for text, told in zip(texts, tagger.log_probabilities(texts, "cluener"), strict=True):
        assert told.shape == (len(text), len(labels_of(tagger.readings["cluener"])))
        assert np.exp(told).sum(axis=1) == pytest.approx(np.ones(len(text)), abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "我从广州寄到成都，走了六天",
        "江苏省苏州市姑苏区的买家",
        "万一坏了怎么办，高兴不起来",
        "王者荣耀不卡，张小泉剪刀很快，老干妈很香",
        "看了三遍张爱玲和鲁迅的书",
        "孙悟空和林黛玉的玩偶",
        "和描述不符，颜色偏黄，金属边框有划痕",
        "何必呢，任何问题都找不到人",
        "双十一买的，明明有货却不发",
    ],
)
def test_public_names_words_and_coarse_places_stay(found, text):
    assert found(text) == []


def test_a_customer_may_have_the_name_of_a_public_person(found):
    assert found("收货人：李娜") == [("PERSON", "李娜")]
    assert found("喜欢李娜的球风") == []


def test_a_batch_finds_what_each_text_alone_holds(engine):
    texts = [text for text, _ in read_tickets()]
    together = engine.find(texts)
    assert together == [engine.find([text])[0] for text in texts]
    assert together == [engine.find_in(text) for text in texts]


def test_what_many_texts_likely_hold_is_what_each_holds():
    tagger = name_tagger()
    texts = [text for text, _ in read_tickets()]
    texts += ["", "好", "快递放在门口就走了，" * 80 + "昨天王建国来过", *texts[:3]]
    sure = [
        [tag for tag in tagger.tag(text) if tag.score >= 0.6 and tag.end - tag.start > 1] for text in texts
    ]
    assert sum(map(len, sure)) > 60
    assert tagger.likely_tags(texts, 0.6) == sure
    assert [tagger.likely_tags([text], 0.6)[0] for text in texts] == sure


def test_two_networks_tell_their_mean():
    arrays = read_artefact(artefact_path())
    first = {name: array for name, array in arrays.items() if not name.startswith(SECOND)}
    twice = first | {f"{SECOND}{name}": array for name, array in first.items()}
    other = first | {f"{SECOND}{name}": array for name, array in first.items()}
    other[f"{SECOND}out_bias"] = first["out_bias"] - np.float16(1)
    other[f"{SECOND}out_bias"][0] += np.float16(3)  # sees nothing more often
    texts = [text for text, _ in read_tickets()]
    alone, both, mean = (NameTagger(one) for one in (first, twice, other))
    found, again = ([tag for row in one.likely_tags(texts, 0.6) for tag in row] for one in (alone, both))
    assert [tag[:3] for tag in again] == [tag[:3] for tag in found]
    assert [tag.score for tag in again] == pytest.approx([tag.score for tag in found], abs=1e-4)
    fewer, more = (sum(map(len, one.likely_tags(texts, 0.6))) for one in (mean, alone))
    assert 0 < fewer < more
    (told,), (before,) = mean.log_probabilities(texts[:1]), alone.log_probabilities(texts[:1])
    assert np.exp(told).sum(axis=1) == pytest.approx(np.ones(len(told)), abs=1e-4)
    assert (told[:, 0] >= before[:, 0] - 1e-6).all()


def test_a_screen_that_fails_flags_all_rows(policy, monkeypatch):
    finder = TaggedFinder()

    def fail(texts: list[str]) -> None:
        raise RuntimeError

    monkeypatch.setattr(finder, "screen", fail)
    engine = Engine(policy, finders=[finder])
    assert [span.entity for span in engine.find(["昨天王建国来过"])[0]] == ["PERSON"]


def test_rows_that_are_not_flagged_hold_nothing():
    finder = TaggedFinder()
    texts = [*(text for text, _ in read_tickets()), "", "好", "👍👍", "\ud800王建国"]
    offsets = np.cumsum([0, *(len(encode(text)) for text in texts)])
    flags = finder.screen(encode("".join(texts)), offsets)
    assert flags.any()
    assert not any(finder.find(text) for text, flag in zip(texts, flags.tolist(), strict=True) if not flag)


PIECES = st.sampled_from(
    [
        "王建国",
        "欧阳静",
        "小李",
        "张师傅",
        "买买提·吐尔逊",
        "北京市朝阳区",
        "建国路88号",
        "阳光小区3栋2单元501",
        "，",
        "。",
        "\n",
        " ",
        "说",
        "的",
        "我住在",
        "客服",
        "13800138000",
        "😀",
        "\u200b",
        "<姓名>",
        "***",
        "鲁迅",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_spans_lie_in_the_text_and_never_overlap_and_masking_twice_is_masking_once(engine, text):
    masked, spans = engine.mask([text])
    found = spans[0]
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    again, left = engine.mask([masked[0]])
    assert (again[0], left[0]) == (masked[0], [])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["voc", "cluener", "dh_msra_ner"]))
def test_tags_lie_in_the_text_and_never_overlap(text, reading):
    tags = name_tagger().tag(text, reading)
    assert all(0 <= tag.start < tag.end <= len(text) and 0 <= tag.score <= 1 for tag in tags)
    assert all(one.end <= other.start for one, other in pairwise(tags))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(["PER", "ADR"])), max_size=5))
def test_labels_lead_back_to_their_spans(parts):
    spans, at = [], 0
    for gap, length, kind in parts:
        spans.append((at + gap, at + gap + length, kind))
        at += gap + length
    kinds = ("PER", "ADR")
    ids = label_ids(at + 1, spans, kinds)
    scores = [[0.0 if label == wanted else -50.0 for label in range(9)] for wanted in ids]
    path = best_path(scores, kinds)
    assert path == ids
    assert [tag[:3] for tag in spans_of(path, scores, kinds)] == spans


@given(st.lists(st.lists(st.floats(-9, 0), min_size=9, max_size=9), min_size=1, max_size=8))
def test_the_best_path_is_made_of_whole_spans(scores):
    labels = labels_of(("PER", "ADR"))
    letters = " ".join(labels[label] for label in best_path(scores, ("PER", "ADR")))
    span = "O|S-PER|S-ADR|B-PER( I-PER)* E-PER|B-ADR( I-ADR)* E-ADR"
    assert re.fullmatch(f"(?:{span})(?: (?:{span}))*", letters)


def test_long_texts_are_read_like_short_ones():
    tagger = name_tagger()
    text = "快递放在门口就走了，" * 80 + "昨天王建国来过" + "，没有人管" * 90
    at = text.index("王建国")
    assert (at, at + 3, "PER") in [tag[:3] for tag in tagger.tag(text)]


def test_damaged_weights_are_told():
    with pytest.raises(InputError, match="damaged"):
        NameTagger({"meta": np.frombuffer(b"{}", dtype=np.uint8)})


def test_scores_by_hand():
    labels = [(0, 3, "PER"), (5, 8, "PER")]
    (row,) = name_scores("x", [(labels, [(0, 3, "PER"), (6, 8, "PER"), (9, 11, "PER")]), ([], [])], ["PER"])
    assert (row.labels, row.found) == (2, 3)
    assert row.precision == pytest.approx(1 / 3)
    assert row.recall == pytest.approx(1 / 2)
    assert row.f1 == pytest.approx(2 / 5)
    assert row.overlap_recall == 1
    assert row.overlap_precision == pytest.approx(2 / 3)
    assert row.leaked == pytest.approx(1 / 6)
    assert row.f1_ci.lower <= row.f1 <= row.f1_ci.upper
