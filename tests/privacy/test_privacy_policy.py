"""The policy file: complete, strict, and able to tell a column by its name."""

from __future__ import annotations

import pickle
import re

import pytest

from voc.config.resources import lexicon
from voc.errors import ConfigError, UsageError
from voc.privacy.ner import installed, tagger
from voc.privacy.policy import Operator, Policy, load_policy
from voc.privacy.policy_diff import differences
from voc.privacy.recognizers.registry import all_finders
from voc.privacy.weak_rules import weak_rules
from voc.types import Legal, Tier

BASE = """
version: 1
name: mine
text: {core: redact, general: label, none: keep}
column: {core: redact, general: pseudonym, none: keep}
"""


def test_default_knows_every_entity_that_a_recogniser_returns(policy):
    for finder in all_finders():
        for entity in finder.entities:
            assert policy.rule(entity).label


def test_tiers_and_legal_classes_of_the_catalogue(policy):
    assert policy.rule("CN_BANK_CARD").tier is Tier.CORE
    assert policy.rule("CN_BANK_CARD").legal is Legal.SENSITIVE
    assert policy.rule("CN_RESIDENT_ID").legal is Legal.COMBO
    assert policy.rule("CN_MOBILE").tier is Tier.GENERAL
    assert policy.rule("GENDER").tier is Tier.NONE


@pytest.mark.parametrize(
    ("column", "entity"),
    [
        ("姓名", "PERSON"), ("客户姓名", "PERSON"), ("昵称", "PERSON"), ("userName", "PERSON"),
        ("联系人", "PERSON"),
        ("手机号", "CN_MOBILE"), ("联系电话", "CN_MOBILE"),
        ("phone", "CN_MOBILE"), ("contactPhone", "CN_MOBILE"),
        ("CONTACT_PHONE", "CN_MOBILE"), ("身份证号", "CN_RESIDENT_ID"), ("id_card", "CN_RESIDENT_ID"),
        ("邮箱", "EMAIL"), ("e-mail", "EMAIL"), ("收货地址", "CN_ADDRESS"), ("银行卡号", "CN_BANK_CARD"),
        ("会员卡号", "CUSTOMER_ID"), ("地区", "REGION"), ("年龄段", "AGE_BAND"), ("user_id", "CUSTOMER_ID"),
        ("订单号", "ORDER_NO"), ("order_no", "ORDER_NO"), ("快递单号", "WAYBILL_NO"),
        ("运单号", "WAYBILL_NO"),
        ("保单号", "ACCOUNT_NO"), ("登录账号", "ACCOUNT_NO"), ("收款账号", "CN_BANK_CARD"),
        ("抖音号", "SOCIAL_ACCOUNT"), ("车架号", "VIN"), ("统一社会信用代码", "CN_USCC"),
        ("经度", "GEO_POINT"), ("lng", "GEO_POINT"), ("设备编号", "IMEI"), ("香港身份证", "HK_ID"),
        ("手机（必填）", "CN_MOBILE"), ("IP地址", "IP_ADDRESS"), ("邮箱地址", "EMAIL"),
    ],
)  # fmt: skip
def test_columns_by_name(policy, column, entity):
    assert policy.entity_of_column(column) == entity


@pytest.mark.parametrize(
    "column",
    ["商品名称", "商品", "product_name", "店铺名",
     "评价内容", "text", "渠道", "channel", "ts", "rating", "order_id",
     "工单号", "评分", "feedback_id", "session_id", "speaker", "amount", "file_name", "", "customer_key",
     "注册时间", "电话次数"],
)  # fmt: skip
def test_other_columns(policy, column):
    assert policy.entity_of_column(column) is None


def test_own_policy_by_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(BASE + "entities: {CN_MOBILE: {tier: core}, PERSON: {text: partial}}\n", encoding="utf-8")
    policy = load_policy(path)
    assert policy.rule("CN_MOBILE").text is Operator.REDACT
    assert policy.rule("PERSON").text is Operator.PARTIAL
    assert policy.rule("PERSON").column is Operator.PSEUDONYM


def test_every_fault_is_told_with_a_hint(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BASE + "entities: {CN_MOBIL: {tier: core}}\ncolumns: {PERSONN: 姓名}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert [fault.path for fault in caught.value.faults] == ["entities.CN_MOBIL", "columns.PERSONN"]
    assert "CN_MOBILE" in str(caught.value)


def test_a_wrong_operator_is_told(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BASE + "entities: {PERSON: {text: erase}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"entities\.PERSON\.text"):
        load_policy(path)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("defualt", "did you mean 'default'"), ("protectd", "did you mean 'protected'"), ("zzz", "the path of")],
)
def test_an_unknown_name_is_told(name, hint):
    with pytest.raises(UsageError, match=name) as caught:
        load_policy(name)
    assert hint in (caught.value.hint or "")


def test_fingerprint_follows_the_content(policy):
    assert policy.fingerprint() == load_policy().fingerprint()
    assert policy.fingerprint() != policy.model_copy(update={"min_score": 0.6}).fingerprint()
    assert pickle.loads(pickle.dumps(policy)) == policy


def test_fingerprint_follows_the_weights_of_the_models(policy, tmp_path, monkeypatch):
    before = policy.fingerprint()
    other = tmp_path / "names.npz"
    other.write_bytes(tagger.artefact_path().read_bytes() + b"\0")
    monkeypatch.setattr(tagger, "artefact_path", lambda: other)
    tagger.weights_digest.cache_clear()
    try:
        assert policy.fingerprint() != before
    finally:
        tagger.weights_digest.cache_clear()
    folder = tmp_path / "own" / "model"
    folder.mkdir(parents=True)
    told = set()
    for content in (b"1", b"2", b"1"):
        (folder / "weights").write_bytes(content)
        installed.installed_digest.cache_clear()
        told.add(load_policy(ner=[f"transformers:{folder.parent}"]).fingerprint())
    assert len(told) == 2


def test_every_lexicon_tells_its_source_and_licence():
    folder = lexicon("privacy/default.yaml").parent
    for path in sorted(folder.glob("*.yaml")):
        head = path.read_text(encoding="utf-8").split("version:")[0]
        assert "# source: " in head, path.name
        assert "# licence: " in head, path.name


def test_every_entity_has_a_level_and_a_clause(policy):
    for entity, rule in policy.rules.items():
        assert 1 <= rule.level <= 5, entity
        assert rule.clause, entity
    assert policy.rule("SECRET").level == 4


def test_a_short_file_protects_no_less(tmp_path, policy):
    path = tmp_path / "mine.yaml"
    path.write_text(BASE, encoding="utf-8")
    mine = load_policy(path)
    assert mine.columns == policy.columns
    assert mine.aggregation == policy.aggregation


def test_an_unknown_entity_in_an_aggregation_is_told(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BASE + "aggregation: [{all_of: PERSN CN_MOBILE, tier: core}]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"aggregation\.0\.PERSN"):
        load_policy(path)


def test_faults_of_form_and_unknown_entities_are_told_together(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        BASE
        + "min_scor: 0.6\ncolumns: {PERSN: [a]}\n"
        + "entities: {CN_MOBIL: {text: label}, CN_MOBILE: {text: erase}}\n"
        + "aggregation: [{all_of: [PERSON, CN_ADDRES], tier: core}]\n"
        + "access: {roles: {boss: {entities: {EMIAL: clear}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert {fault.path: fault.hint for fault in caught.value.faults if fault.hint} == {
        "min_scor": "did you mean 'min_score'?",
        "columns.PERSN": "did you mean 'PERSON'?",
        "entities.CN_MOBIL": "did you mean 'CN_MOBILE'?",
        "aggregation.0.CN_ADDRES": "did you mean 'CN_ADDRESS'?",
        "access.roles.boss.entities.EMIAL": "did you mean 'EMAIL'?",
    }
    assert "entities.CN_MOBILE.text" in [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("field", "before", "after", "weaker"),
    [
        ("text", "label", "keep", True),
        ("text", "label", "partial", True),
        ("text", "pseudonym", "generalise", True),
        ("text", "generalise", "keep", True),
        ("text", "label", "pseudonym", False),
        ("text", "partial", "label", False),
        ("text", "partial", "generalise", False),
        ("column", "pseudonym", "partial", True),
        ("column", "redact", "pseudonym", True),
        ("column", "label", "surrogate", True),
        ("column", "encrypt", "partial", True),
        ("column", "label", "encrypt", False),
        ("column", "encrypt", "pseudonym", False),
        ("column", "pseudonym", "redact", False),
    ],
)
def test_more_of_a_value_to_be_seen_is_less_protection(policy, field, before, after, weaker):
    def with_operator(operator: str) -> Policy:
        rule = policy.rules["EMAIL"].model_copy(update={field: Operator(operator)})
        return policy.model_copy(update={"rules": {**policy.rules, "EMAIL": rule}})

    [found] = differences(with_operator(before), with_operator(after))
    assert found == (f"EMAIL.{field}", before, after, weaker)


def test_differences_say_where_less_is_protected(tmp_path, policy):
    path = tmp_path / "mine.yaml"
    text = "entities: {CN_MOBILE: {tier: none, text: keep}, HEALTH: {text: label}}\nmin_score: 0.6\n"
    base = lexicon("privacy/default.yaml").read_text(encoding="utf-8")
    base = re.sub(r"(?ms)^entities:\n(?:  .*?\n)+", "", base).replace("min_score: 0.5\n", "")
    path.write_text(base + text, encoding="utf-8")
    found = {one.where: one for one in differences(policy, load_policy(path))}
    assert found["CN_MOBILE.tier"].weaker
    assert found["CN_MOBILE.text"].weaker
    assert not found["HEALTH.text"].weaker
    assert found["min_score"][1:] == ("0.5", "0.6", True)
    assert differences(policy, policy) == ()


def _weak(tmp_path, lines: str):
    path = tmp_path / "mine.yaml"
    path.write_text(BASE + lines, encoding="utf-8")
    return {one.entity: one for one in weak_rules(load_policy(path))}


def test_what_is_sensitive_and_stays_in_clear_is_told_with_its_tier_and_law(tmp_path):
    found = _weak(tmp_path, "entities: {CN_MOBILE: {text: keep}, CN_RESIDENT_ID: {tier: none}}\n")
    assert set(found) == {"CN_MOBILE", "CN_RESIDENT_ID"}
    mobile, identity = found["CN_MOBILE"], found["CN_RESIDENT_ID"]
    assert (mobile.tier, mobile.lowered_to, mobile.clear) == (Tier.GENERAL, None, ("texts",))
    assert (identity.tier, identity.lowered_to) == (Tier.CORE, Tier.NONE)
    assert identity.clear == ("texts", "columns")
    assert identity.legal is Legal.COMBO
    assert "PIPL 4" in identity.clause


def test_a_lower_tier_is_told_though_nothing_stays_in_clear(tmp_path):
    [one] = _weak(tmp_path, "entities: {CN_BANK_CARD: {tier: general}, REGION: {tier: general}}\n").values()
    assert (one.entity, one.lowered_to, one.clear) == ("CN_BANK_CARD", Tier.GENERAL, ())


@pytest.mark.parametrize("name", ["default", "protected"])
def test_packed_policies_are_not_weak(name):
    assert weak_rules(load_policy(name)) == ()


def test_a_default_of_ones_own_is_held_to_the_packed_one(tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_HOME", str(tmp_path))
    own = tmp_path / "lexicons" / "privacy" / "default.yaml"
    own.parent.mkdir(parents=True)
    packed = lexicon("privacy/default.yaml").read_text(encoding="utf-8")
    own.write_text(
        packed.replace("CN_ADDRESS: {column: label}", "CN_ADDRESS: {column: keep}"), encoding="utf-8"
    )
    [one] = weak_rules(load_policy("default"))
    assert (one.entity, one.clear) == ("CN_ADDRESS", ("columns",))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PRESON", "'PERSON'"),
        ("cn_mobile", "'CN_MOBILE'"),
        ("手机号码", "'CN_MOBILE'"),
        ("ZZZ", "voc policy show"),
    ],
)
def test_an_unknown_entity_comes_with_what_was_meant(tmp_path, name, hint):
    path = tmp_path / "bad.yaml"
    path.write_text(BASE + f"entities: {{{name}: {{text: keep}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    [fault] = caught.value.faults
    assert hint in (fault.hint or "")
