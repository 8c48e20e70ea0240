"""The recognisers in a stock Presidio engine find what the fast engine finds."""

from __future__ import annotations

import subprocess
import sys

import pytest
from made_values import bank_card, mobile, resident_id

from voc.privacy.evaluation.cases import cases
from voc.privacy.presidio import recognizers

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def analyzer():
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    from voc.privacy.presidio import add_recognizers, blank_nlp_engine

    registry = RecognizerRegistry(supported_languages=["zh"])
    add_recognizers(registry)
    return AnalyzerEngine(registry=registry, nlp_engine=blank_nlp_engine(), supported_languages=["zh"])


@pytest.mark.parametrize(
    "text",
    [
        f"联系我{mobile(1)}谢谢",
        f"身份证{resident_id(2)}，卡号{bank_card(2)}",
        "邮箱li.wei@qq.com，微信号abc_12345",
        "１３８００１３８０００是我的",
        "京A12345停在建国路88号",
        "找王先生，座机010-66668888",
        "QQ:123456789，订单号202311011234",
    ],
)
def test_the_same_as_the_fast_engine(analyzer, engine, text):
    results = analyzer.analyze(text, language="zh")
    spans = engine.find([text])[0]
    found = {(result.entity_type, result.start, result.end) for result in results}
    assert {(span.entity, span.start, span.end) for span in spans} <= found


def test_results_explain_themselves_without_quoting(analyzer):
    value = mobile(3)
    [result] = analyzer.analyze(f"打{value}", language="zh", return_decision_process=True)
    explanation = result.analysis_explanation
    assert explanation.recognizer == "mobile.v2"
    assert "segment" in explanation.textual_explanation
    assert value not in str(explanation)


def test_only_the_wanted_entities(analyzer):
    text = f"打{mobile(1)}，li@qq.com"
    assert [r.entity_type for r in analyzer.analyze(text, language="zh", entities=["EMAIL"])] == ["EMAIL"]


def test_a_near_miss_is_told_as_not_valid(analyzer):
    [result] = analyzer.analyze(
        "身份证号110105194912310021", language="zh", entities=["CN_RESIDENT_ID"], return_decision_process=True
    )
    assert result.analysis_explanation.validation_result is False


def test_every_recogniser_is_presidios_own_kind():
    from presidio_analyzer import EntityRecognizer

    from voc.privacy import recognizers as room
    from voc.privacy.presidio import recognizers
    from voc.privacy.recognizers.registry import all_finders

    built = recognizers()
    assert all(isinstance(one, EntityRecognizer) for one in built)
    assert [one.name for one in built] == [finder.name for finder in all_finders()]
    assert room.MobileRecognizer().supported_language == "zh"


def test_the_fast_engine_does_not_load_presidio():
    code = "import sys, voc.privacy.stage; print({'presidio_analyzer', 'spacy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


SAMPLES = [case for case in cases(5, 1) if case.part in ("shaped", "links", "cued") and len(case.labels) == 1]


def test_every_entity_is_found_by_a_stock_engine_and_explained(analyzer):
    missing = {entity for one in recognizers() for entity in one.supported_entities}
    texts = [(case.text, case.labels[0].entity) for case in SAMPLES]
    texts += [("收货人张伟", "PERSON"), ("住建国路88号3号楼", "CN_ADDRESS"), ("我有糖尿病", "HEALTH")]
    texts += [("女儿王小雨今年8岁，在实验小学三年级", "MINOR")]
    for text, entity in texts:
        if entity not in missing:
            continue
        for result in analyzer.analyze(text, language="zh", entities=[entity], return_decision_process=True):
            assert result.analysis_explanation.textual_explanation
            missing.discard(result.entity_type)
    assert missing == set()


def test_the_released_anonymizer_takes_the_results(analyzer):
    from presidio_anonymizer import AnonymizerEngine

    text = "联系我13800138000，护照E12345678"
    results = analyzer.analyze(text, language="zh", entities=["CN_MOBILE", "CN_PASSPORT"])
    assert AnonymizerEngine().anonymize(text, results).text == "联系我<CN_MOBILE>，护照<CN_PASSPORT>"
