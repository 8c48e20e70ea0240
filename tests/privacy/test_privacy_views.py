"""Roles see what they are granted, and nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest
from made_values import mobile, resident_id

from voc.errors import ConfigError, UsageError
from voc.privacy.access.rules import RoleView, Sight
from voc.privacy.access.views import ViewStage, policy_for
from voc.privacy.policy import load_policy
from voc.privacy.stage import MaskStage
from voc.privacy.vault.sealing import VaultSpec
from voc.privacy.vault.vault import Vault
from voc.types import Stage, Tier

ROWS = pa.record_batch(
    {
        "customer_id": ["7", "8"],
        "text": [f"打{mobile(1)}没人接", f"身份证{resident_id(2)}"],
        "身份证号": [resident_id(1), None],
        "收货地址": ["北京市朝阳区建国路88号2单元301", ""],
        "生日": ["1990-03-07", "1985-12-01"],
        "消费习惯": ["母婴", "数码"],
        "渠道": ["天猫", "京东"],
        "__row__": pa.array([0, 1]),
    }
)


@pytest.fixture
def policy():
    Vault.create().close()
    return load_policy("protected")


def masked(policy, rows=ROWS):
    return MaskStage(("text",), policy, vault=VaultSpec("t")).build()(rows)


def seen(policy, role):
    stage = ViewStage(policy, role)
    assert isinstance(stage, Stage)
    table = masked(policy)
    shown = stage.build()(table)
    assert shown.schema.equals(stage.output_schema(table.schema), check_metadata=True)
    return shown.to_pylist()


def test_marketing_sees_labels_and_preferences(policy):
    [first, second] = seen(policy, "marketing")
    assert first["text"] == "打<手机号>没人接"
    assert first["身份证号"] == "<身份证号>"
    assert first["消费习惯"] == "母婴"
    assert first["渠道"] == "天猫"
    assert second["身份证号"] is None
    assert all(span["token"] is None for span in first["pii"] + second["pii"])


def test_risk_sees_tokens_and_can_ask(policy):
    [first, second] = seen(policy, "risk")
    assert first["身份证号"].startswith("<身份证号:")
    assert second["text"].startswith("身份证<身份证号:")
    token = first["身份证号"][-17:-1]
    with Vault.open() as vault:
        assert vault.open_tokens([token])[0].text == resident_id(1)


def test_what_is_not_granted_is_masked(policy):
    nobody = policy.access.model_copy(update={"roles": {"guest": RoleView()}})
    [first, _] = seen(policy.model_copy(update={"access": nobody}), "guest")
    assert first["渠道"] == "***"
    assert first["消费习惯"] == "***"
    assert first["text"] == "***"
    assert first["身份证号"] == "<身份证号>"


def test_masking_for_a_role_generalises_from_the_value(policy):
    rules = policy_for(policy, "marketing")
    shown = MaskStage(("text",), rules).build()(ROWS)
    [first, second] = ViewStage(policy, "marketing").build()(shown).to_pylist()
    assert first["收货地址"] == "北京市朝阳区<地址>"
    assert first["生日"] == "<1990-1999年出生>"
    assert second["收货地址"] == ""
    assert first["身份证号"] == "<身份证号>"
    assert not rules.encrypts


def test_column_before_entity_before_tier():
    view = RoleView(
        tiers={Tier.GENERAL: Sight.TOKEN},
        entities={"EMAIL": Sight.MASKED},
        columns={"邮箱": Sight.CLEAR, "*": Sight.CLEAR},
    )
    assert view.sight("CN_MOBILE", Tier.GENERAL) is Sight.TOKEN
    assert view.sight("EMAIL", Tier.GENERAL) is Sight.MASKED
    assert view.sight("EMAIL", Tier.GENERAL, "邮箱") is Sight.CLEAR
    assert view.sight("CN_RESIDENT_ID", Tier.CORE) is Sight.MASKED
    assert view.sight(None, None, "渠道") is Sight.CLEAR


def test_faults_of_the_section_are_told(policy, tmp_path):
    with pytest.raises(UsageError, match="did you mean 'marketing'"):
        ViewStage(policy, "marketting").build()
    with pytest.raises(UsageError, match="names no roles"):
        policy_for(load_policy(), "marketing")
    base = "version: 1\nname: x\ntext: {core: label, general: label, none: keep}\n"
    base += "column: {core: label, general: label, none: keep}\n"
    for section, word in (
        ("access: {roles: {a: {entities: {CN_MOBIL: token}}}}", "CN_MOBILE"),
        ("access: {roles: {a: {tiers: {core: open}}}}", "core"),
        ("access: {approvals: {core: {approvers: 3, roles: [a, b]}}}", "different roles"),
        ("access: {roles: {a: {}}, approvals: {core: {approvers: 1, roles: [b]}}}", "no role b"),
        ("suite: des", "suite"),
    ):
        (tmp_path / "p.yaml").write_text(base + section + "\n")
        with pytest.raises(ConfigError, match=word):
            load_policy(tmp_path / "p.yaml")


def test_without_a_vault_nothing_is_encrypted_in_silence(policy, tmp_path):
    with pytest.raises(Exception, match="voc vault init"):
        MaskStage(("text",), policy, vault=VaultSpec("t", str(tmp_path / "none.db"))).build()
    rows = ROWS.drop_columns(["__row__"])
    shown = masked(policy, rows=rows.select(["text"]).slice(0, 1))  # no core value in it: no row is needed
    assert shown.column("text").to_pylist() == ["打<手机号>没人接"]
    with pytest.raises(UsageError, match="stands in no row"):
        masked(policy, rows=rows)
