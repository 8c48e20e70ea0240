"""Vault, access, audit, view, export, noise and private join as a user runs them: exit codes and files."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_shell import CANARY, VOC, Shell
from postgres_server import server  # noqa: F401 - a fixture

from voc.config.resources import lexicon, packed_lexicon

PRIVATE = 0o077


def facts(shell: Shell, *arguments: str, code: int = 0) -> dict:
    done = shell.run(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout if code == 0 else done.stderr or done.stdout)


def home(shell: Shell) -> Path:
    return Path(shell.env["VOC_HOME"])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_vault_is_made_once_and_everything_in_it_is_private(house):
    again = house.run("vault", "init")
    assert again.returncode == 2
    assert "voc vault status" in again.stderr
    for path in [*home(house).rglob("*.key"), *home(house).rglob("*.db")]:
        assert not stat.S_IMODE(path.stat().st_mode) & PRIVATE, path
    house.assert_canary_is_gone(again, "reviews.csv")


def test_without_a_vault_nothing_is_masked_with_it(shell):
    shell.write("reviews.csv", f"手机号,content\n{CANARY},好\n")
    done = shell.run("mask", "reviews.csv", "-o", "m.csv", "--policy", "protected", "--text", "content")
    assert done.returncode == 3
    assert "voc vault init" in done.stderr
    shell.assert_canary_is_gone(done, "reviews.csv")
    assert shell.files() == {"reviews.csv"}


def test_nobody_is_shredded_without_a_yes(house):
    refused = house.run("vault", "shred", "--customer-stdin", stdin=b"c0\n")
    assert refused.returncode == 2
    assert "give --yes" in refused.stderr
    assert json.loads(house.run("vault", "status", "--json").stdout)["shredded"] == 0


@pytest.mark.parametrize(("answer", "code", "shredded"), [(b"n\n", 130, 0), (b"y\n", 0, 1)])
def test_shredding_asks_in_a_terminal(house, answer, code, shredded):
    subject = pq.read_table(house.folder / "masked.parquet")["customer_key"][0].as_py()
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(VOC), "vault", "shred", "--subject", subject],
        cwd=house.folder,
        env=house.env,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.write(ours, answer)
    _, told = process.communicate(timeout=120)
    assert process.returncode == code, told.decode()
    assert f"destroy the key of {subject}?" in told.decode()
    assert json.loads(house.run("vault", "status", "--json").stdout)["shredded"] == shredded


def test_export_without_a_terminal_or_passphrase_is_told_in_one_error(house):
    house.env.pop("VOC_KEY_PASSPHRASE", None)
    done = house.run("vault", "export-key", "-o", "key.json")
    assert done.returncode == 2
    assert "VOC_KEY_PASSPHRASE" in done.stderr
    assert "Warning" not in done.stderr


def test_shredding_survives_a_restore(house):
    assert house.run("vault", "backup", "-o", "v.db").returncode == 0
    house.env["VOC_KEY_PASSPHRASE"] = "correct horse battery"
    assert house.run("vault", "export-key", "-o", "key.json").returncode == 0
    shredded = house.run("vault", "shred", "--yes", "--customer-stdin", stdin=b"c0\n")
    assert (shredded.returncode, shredded.stdout) == (0, "2 values shredded\n")
    restored = facts(house, "vault", "restore", "v.db", "--exported-key", "key.json", "--force")
    assert restored == {"records": 60, "shredded_again": 1}
    assert sealed(house) == 60
    assert sealed(house, "WHERE key_id <> ''") == 58
    for name in ("v.db", "key.json"):
        assert not stat.S_IMODE((house.folder / name).stat().st_mode) & PRIVATE


def test_values_open_after_approval_once_and_for_their_reader_alone(house):
    asked = facts(house, "access", "request", "--as", "alice", "--purpose", "audit", "--column", "手机号")
    request = asked["request"]
    early = house.run("access", "reveal", request, "--as", "alice", "-o", "opened.csv")
    assert early.returncode == 1
    assert not (house.folder / "opened.csv").exists()
    assert facts(house, "access", "approve", request, "--as", "bob")["state"] == "approved"
    opened = house.run("access", "reveal", request, "--as", "alice", "-o", "opened.csv")
    assert opened.returncode == 0
    path = house.folder / "opened.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CANARY in {row["value"] for row in rows_of(path.read_text("utf-8-sig"))}
    used = house.run("access", "reveal", request, "--as", "alice", "-o", "more.csv")
    assert used.returncode == 1
    log = (home(house) / "audit" / "audit.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in log if "access.reveal" in line]
    assert [entry["outcome"] for entry in entries] == ["denied", "done", "denied"]
    house.assert_canary_is_gone(used, "reviews.csv", "opened.csv")


def test_a_refused_reveal_writes_nothing_to_stdout(house):
    request = facts(house, "access", "request", "--as", "alice", "--purpose", "audit", "--column", "手机号")[
        "request"
    ]
    early = house.run("access", "reveal", request, "--as", "alice", "-o", "-")
    assert (early.returncode, early.stdout) == (1, "")
    assert house.run("access", "approve", request, "--as", "bob").returncode == 0
    opened = house.run("access", "reveal", request, "--as", "alice", "-o", "-")
    assert opened.returncode == 0
    assert CANARY in {row["value"] for row in rows_of(opened.stdout)}
    again = house.run("access", "reveal", request, "--as", "alice", "-o", "-")
    assert (again.returncode, again.stdout) == (1, "")
    house.assert_canary_is_gone(again, "reviews.csv")


def test_whoever_has_no_key_is_refused_and_on_record(house):
    done = house.run("access", "reveal", "0123456789ab", "--as", "mallory", "-o", "-")
    assert (done.returncode, done.stdout) == (3, "")
    last = json.loads((home(house) / "audit" / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["outcome"], last["request"]) == ("access.reveal", "denied", "0123456789ab")


def test_a_policy_of_ones_own_opens_nothing(house):
    packed = lexicon("privacy/protected.yaml").read_text(encoding="utf-8")
    house.write("own.yaml", packed.replace("max_uses: 5", "max_uses: 50"))
    ask = ("access", "request", "--as", "alice", "--purpose", "audit", "--column", "手机号", "--uses", "20")
    assert house.run(*ask).returncode == 2
    request = facts(house, *ask, "--policy", "own.yaml")["request"]
    signed = house.run("access", "approve", request, "--as", "bob")
    assert (signed.returncode, "another policy" in signed.stderr) == (2, True)
    opened = house.run("access", "reveal", request, "--as", "alice", "-o", "-")
    assert (opened.returncode, opened.stdout) == (1, "")


def test_masking_for_a_role_needs_no_policy_and_takes_the_packed_one(house):
    done = house.run("mask", "reviews.csv", "-o", "seen.csv", "--view", "marketing", "--text", "content")
    assert done.returncode == 0, done.stderr
    rows = rows_of((house.folder / "seen.csv").read_text("utf-8-sig"))
    assert {row["手机号"] for row in rows} == {"<手机号>"}
    assert sealed(house) == 60  # a view seals nothing
    house.assert_canary_is_gone(done, "reviews.csv")
    wrong = house.run("mask", "reviews.csv", "-o", "w.csv", "--view", "marketting", "--text", "content")
    assert (wrong.returncode, "did you mean 'marketing'" in wrong.stderr) == (2, True)
    assert "w.csv" not in house.files()


def test_an_edited_log_is_found_out(house):
    assert house.run("audit", "anchor", "-o", "anchor.json").returncode == 0
    log = home(house) / "audit" / "audit.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1] + lines[2:]))
    done = house.run("audit", "verify", "--anchor", "anchor.json")
    assert done.returncode == 1
    assert "NOT SOUND" in done.stdout


def test_a_role_sees_what_it_is_granted(house):
    seen = house.run("view", "masked.parquet", "--role", "marketing", "-o", "-")
    assert seen.returncode == 0
    assert {row["手机号"] for row in rows_of(seen.stdout)} == {"<手机号>"}


def test_export_refuses_who_could_be_found(house):
    few = house.run("export", "masked.parquet", "-o", "out.csv", "-k", "15")  # of 上海 there are ten people
    assert few.returncode == 1
    assert "1 group with 20 rows is smaller than k = 15 (grade 2)" in few.stderr
    assert "out.csv" not in house.files()
    counted = facts(house, "export", "masked.parquet", "-o", "c.csv", "--by", "城市", "--min-cell", "11")
    assert counted["grade"]["level"] == 4
    cells = rows_of((house.folder / "c.csv").read_text("utf-8-sig"))
    assert {cell["城市"]: cell["people"] for cell in cells} == {"上海": "", "北京": "", "*": "30.0"}


def test_counts_are_of_what_a_role_sees(house):
    ask = ("export", "masked.parquet", "-o", "c.csv", "--by", "城市", "--role")
    assert house.run(*ask, "nobody").returncode == 2
    counted = facts(house, *ask, "marketing")
    assert counted["people"] == 30
    logged = json.loads(house.run("audit", "show", "--json").stdout)["entries"][-1]
    assert (logged["action"], logged["role"]) == ("export.counts", "marketing")


def test_the_log_tells_how_many_columns_were_declared_harmless(house):
    facts(house, "export", "masked.parquet", "-o", "r.csv", "-k", "1", "--not-identifying", "城市")
    logged = json.loads(house.run("audit", "show", "--json").stdout)["entries"][-1]
    assert (logged["action"], logged["declared"]) == ("export", 1)


def _tickets(shell: Shell) -> str:
    rows = "".join(
        f"T{1000 + at},2026-03-{1 + at % 28:02d} {at % 24:02d}:{at % 60:02d},{'耳机' if at % 2 else '键盘'},"
        f"物流太慢了，一共等了{at}天才送到家里来\n"
        for at in range(60)
    )
    return shell.write("t.csv", "工单号,时间,产品,内容\n" + rows)


def test_export_names_what_singles_people_out_and_how_to_mend_it(shell):
    ask = ("export", _tickets(shell), "-o", "o.csv")
    refused = shell.run(*ask)
    assert refused.returncode == 1
    assert "工单号 (values of its own, 60 of 60 rows), 时间 (exact times, 60 of 60 rows)" in refused.stderr
    for remedy in ("--coarsen", "--leave-out", "--quasi", "--not-identifying"):
        assert remedy in refused.stderr
    assert "o.csv" not in shell.files()
    done = shell.run(*ask, "--leave-out", "工单号", "--coarsen", "时间=month", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["k"], told["quasi"], told["texts"]) == (60, ["时间"], ["内容"])
    assert told["not_compared"] == ["产品", "内容"]
    assert "whoever knows a text finds its row" in done.stderr
    rows = rows_of((shell.folder / "o.csv").read_text("utf-8-sig"))
    assert {row["时间"] for row in rows} == {"2026-03"}
    assert "工单号" not in rows[0]


def test_export_tells_no_k_over_nothing(shell):
    ask = ("export", _tickets(shell), "-o", "o.csv", "--leave-out", "工单号", "--leave-out", "时间")
    refused = shell.run(*ask)
    assert (refused.returncode, "no k can be told: 产品, 内容" in refused.stderr) == (1, True)
    assert "k = " not in refused.stderr
    done = facts(shell, *ask, "--not-identifying", "产品", "--not-identifying", "内容")
    assert (done["k"], done["quasi"], done["grade"]["level"]) == (None, [], 2)
    assert done["not_identifying"] == ["产品", "内容"]
    compared = facts(shell, *ask, "--quasi", "产品", "--not-identifying", "内容", "--force")
    assert (compared["k"], compared["grade"]["level"]) == (30, 3)


def test_export_compares_days_and_grades_by_the_policy(shell):
    days = "".join(f"2026-03-{1 + at % 20:02d},耳机\n" for at in range(60))
    shell.write("d.csv", "日期,产品\n" + days)
    shared = shell.run("export", "d.csv", "-o", "o.csv", "-k", "3", "--json")
    assert (shared.returncode, json.loads(shared.stdout)["quasi"]) == (0, ["日期"])
    assert json.loads(shared.stdout)["grade"]["level"] == 2, "the policy asks for five"


def test_a_table_without_rows_has_no_k(shell):
    shell.write("head.csv", "城市,产品\n")
    done = facts(shell, "export", "head.csv", "-o", "o.csv")
    assert (done["rows"], done["k"], done["grade"]["why"]) == (0, None, "the table has no rows")


def test_wrong_wishes_of_columns_are_told(shell):
    ask = ("export", _tickets(shell), "-o", "o.csv")
    for wish, told in (
        (("--leave-out", "工单"), "did you mean '工单号'"),
        (("--person", "客户"), "no column '客户'"),
        (("--by", "产品", "--coarsen", "时间=month"), "--coarsen is for rows"),
        (("--by", "产品", "--quasi", "产品", "--drop"), "--quasi, --drop are for rows"),
        (("--coarsen", "时间"), "column=step"),
        (("--coarsen", "时间=mont"), "neither a step of time nor a width"),
        (("--coarsen", "产品=month"), "60 cells of column '产品' are no times"),
        (("--not-identifying", "时间", "--quasi", "时间"), "时间: also compared"),
        (("--leave-out", "时间", "--quasi", "时间"), "时间: also kept"),
    ):
        done = shell.run(*ask, *wish)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert "o.csv" not in shell.files()


def test_a_policy_that_keeps_numbers_in_clear_is_warned_of(shell):
    shell.write(
        "own.yaml",
        "version: 1\nname: own\ntext: {core: redact, general: label, none: keep}\n"
        "column: {core: redact, general: label, none: keep}\n"
        "entities: {CN_MOBILE: {text: keep}, CN_RESIDENT_ID: {tier: none}}\n",
    )
    done = shell.run("policy", "check", "own.yaml", "-q")
    assert done.returncode == 0
    assert "CN_MOBILE 手机号 (tier general 一般敏感, legal class pi, PIPL 4" in done.stderr
    assert "tier lowered from core to none; stays in clear in texts and columns" in done.stderr
    assert facts(shell, "policy", "check", "protected", "--fail-weaker")["weaker"] == []
    assert shell.run("policy", "check", "own.yaml", "--fail-weaker").returncode == 1


def test_a_budget_of_noise_is_not_overdrawn(house):
    ask = (
        "dp",
        "figures",
        "masked.parquet",
        "--by",
        "城市",
        "--group",
        "北京",
        "--dataset",
        "d",
        "--epsilon",
        "4",
    )
    done = house.run(*ask, "-o", "f.csv")
    assert done.returncode == 1
    assert "epsilon 4 is asked for, 3 of 3 is left" in done.stderr
    assert "f.csv" not in house.files()


def test_a_budget_is_not_spent_on_what_cannot_be_written(house):
    figures = ("dp", "figures", "masked.parquet", "--by", "城市", "--group", "北京", "--dataset", "d")
    house.write("there.csv", "x\n")
    assert house.run(*figures, "-o", "there.csv").returncode == 2
    assert house.run(*figures, "-o", "none/f.csv").returncode == 3
    assert house.run(*figures, "--kind", "sums", "--amount", "手机号", "--bound", "1").returncode == 2
    assert facts(house, "dp", "budget", "--dataset", "d")["left"] == 3
    assert house.run(*figures, "--epsilon", "4", "-o", "-").stdout == ""


def test_a_table_that_is_not_masked_is_neither_viewed_nor_exported(house):
    house.write("raw.csv", "手机号,城市\n" + "".join(f"{int(CANARY) + at},北京\n" for at in range(30)))
    done = house.run("export", "raw.csv", "-o", "e.csv")
    assert (done.returncode, "direct identifiers are left in 手机号 (grade 1)" in done.stderr) == (1, True)
    done = house.run("view", "raw.csv", "--role", "marketing", "-o", "v.csv")
    assert done.returncode == 1
    assert "voc mask SOURCE -o OUTPUT --policy protected --view marketing" in done.stderr
    assert not {"e.csv", "v.csv"} & house.files()


def test_counts_by_what_tells_who_somebody_is_are_refused(house):
    house.write("raw.csv", "手机号,城市,客户\n" + "".join(f"{CANARY},北京,c{at}\n" for at in range(30)))
    done = house.run("export", "raw.csv", "-o", "c.csv", "--by", "手机号", "--person", "客户")
    assert (done.returncode, "(grade 1)" in done.stderr) == (1, True)
    assert house.run("export", "raw.csv", "-o", "c.csv", "--by", "客户", "--person", "客户").returncode == 2
    amount = house.run(
        "export", "raw.csv", "-o", "c.csv", "--by", "城市", "--person", "客户", "--amount", "城市"
    )
    assert (amount.returncode, "column '城市', row 0: not a number" in amount.stderr) == (2, True)
    assert "c.csv" not in house.files()
    house.assert_canary_is_gone(done, "reviews.csv", "raw.csv")
    last = json.loads((home(house) / "audit" / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["outcome"]) == ("export.counts", "denied")


def test_a_vault_on_postgresql_by_its_url(shell, server):  # noqa: F811
    shell.env["VOC_VAULT"] = server
    shell.write("r.csv", "customer_id,手机号,content\n" + f"c0,{CANARY},好\nc1,13912345679,好\n")
    for arguments in (
        ["vault", "init", "--suite", "gm"],
        ["mask", "r.csv", "-o", "m.parquet", "--policy", "protected", "--text", "content"],
        ["access", "keygen", "alice", "--role", "risk"],
        ["access", "keygen", "bob", "--role", "compliance"],
        ["vault", "rotate"],
        ["vault", "reencrypt"],
        ["vault", "backup", "-o", "b.db"],
    ):
        done = shell.run(*arguments)
        assert done.returncode == 0, done.stderr
    asked = facts(shell, "access", "request", "--as", "alice", "--purpose", "audit", "--column", "手机号")
    assert facts(shell, "access", "approve", asked["request"], "--as", "bob")["state"] == "approved"
    opened = shell.run("access", "reveal", asked["request"], "--as", "alice")
    assert {row["value"] for row in rows_of(opened.stdout)} == {CANARY, "13912345679"}
    shredded = shell.run("vault", "shred", "--yes", "--customer-stdin", stdin=b"c0\n")
    assert shredded.stdout == "1 value shredded\n"
    assert facts(shell, "vault", "status")["records"] == 1
    assert CANARY.encode() not in (shell.folder / "b.db").read_bytes()
    wrong = shell.run("vault", "status", "--vault", "postgresql://voc:hush@127.0.0.1:1/none")
    assert (wrong.returncode, "hush" in wrong.stderr) == (3, False)


def test_a_killed_mask_leaves_nothing_in_clear_and_a_second_one_finishes_it(house):
    rows = "".join(f"g{at},{int(CANARY) + at},打{CANARY}没人接\n" for at in range(4500))
    house.write("big.csv", "feedback_id,手机号,content\n" + rows)
    mask = (
        "mask",
        "big.csv",
        "-o",
        "big.parquet",
        "--policy",
        "protected",
        "--text",
        "content",
        "--workers",
        "1",
    )
    process = house.start(*mask)
    while sealed(house) == 60 and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
    assert "big.parquet" not in house.files()
    house.assert_canary_is_gone(subprocess.CompletedProcess((), 0, "", ""), "reviews.csv", "big.csv")
    again = house.run(*mask)
    assert again.returncode == 0, again.stderr
    assert not [name for name in house.files() if "partial" in name or "checkpoint" in name]
    assert sealed(house) == 4560
    house.assert_canary_is_gone(again, "reviews.csv", "big.csv")
    for path in home(house).rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes()


def sealed(shell: Shell, where: str = "") -> int:
    """Values in the vault, as another program sees them."""
    with closing(sqlite3.connect(home(shell) / "vault" / "vault.db")) as vault:
        return vault.execute(f"SELECT count(*) FROM vault_records {where}").fetchone()[0]


def company(shell: Shell, name: str) -> Shell:
    """A company with a folder and keys of its own."""
    folder = shell.folder / name
    folder.mkdir()
    return Shell(folder, {**shell.env, "VOC_HOME": str(folder / "home")})


def test_two_companies_count_their_common_customers(shell):
    ours, theirs = company(shell, "ours"), company(shell, "theirs")
    lines = [f"+86 139-1234-{5600 + at},{'金卡' if at % 3 else '银卡'}" for at in range(120)]
    ours.write("customers.csv", "手机号,等级\n" + "\n".join([*lines, ",金卡"]) + "\n")
    lines = [f"1391234{5660 + at},{'年付' if at > 20 else '月付'},{at}" for at in range(100)]
    theirs.write("members.csv", "会员号码,plan,金额\n" + "\n".join(lines) + "\n")
    offer = ("join-private", "offer", "customers.csv", "--on", "手机号", "--by", "等级", "--context", "十月")
    offered = ours.run(*offer, "-o", "../offer.json", "--state", "join.key")
    assert offered.returncode == 0
    assert "they have no 手机号: 1 row" in offered.stderr
    answered = facts(
        theirs, "join-private", "answer", "members.csv", "--on", "会员号码", "--by", "plan", "--sum", "金额",
        "--bound", "100", "--offer", "../offer.json", "-o", "../answer.json",
    )  # fmt: skip
    assert (answered["theirs"], answered["ours"]) == (120, 100)
    finish = ("join-private", "finish", "../answer.json", "--state", "join.key", "-o", "common.csv")
    done = ours.run(*finish)
    assert (done.returncode, done.stdout) == (0, "common people: 60 → common.csv\n")
    cells = rows_of((ours.folder / "common.csv").read_text("utf-8-sig"))
    # numbers 5660 to 5719 are common; every third is 银卡; the first 21 pay by month
    told = {(cell["ours"], cell["theirs"]): (cell["people"], cell["sum"]) for cell in cells}
    assert told == {
        ("金卡", "年付"): ("26", str(float(sum(at for at in range(21, 60) if at % 3)))),
        ("银卡", "年付"): ("", ""),
        ("金卡", "月付"): ("14", str(float(sum(at for at in range(21) if at % 3)))),
        ("银卡", "月付"): ("", ""),
    }
    shell.assert_canary_is_gone(done, "ours/customers.csv", "theirs/members.csv")


def test_an_answer_to_another_offer_is_refused(shell):
    shell.write("t.csv", "手机号\n" + "\n".join(str(13912345678 + at) for at in range(40)) + "\n")
    for name in ("one", "two"):
        offer = ("offer", "t.csv", "--on", "手机号", "-o", f"{name}.json", "--state", f"{name}.key")
        assert shell.run("join-private", *offer).returncode == 0
    answer = ("answer", "t.csv", "--on", "手机号", "--offer", "two.json", "-o", "answer.json")
    assert shell.run("join-private", *answer).returncode == 0
    done = shell.run("join-private", "finish", "answer.json", "--state", "one.key", "-o", "common.csv")
    assert (done.returncode, "another offer" in done.stderr) == (3, True)
    assert "common.csv" not in shell.files()


def test_a_join_by_a_label_of_one_person_is_refused(shell):
    lines = [f"{13912345678 + at},{at // 39}" for at in range(40)]
    shell.write("t.csv", "手机号,等级\n" + "\n".join(lines) + "\n")
    done = shell.run(
        "join-private", "offer", "t.csv", "--on", "手机号", "--by", "等级", "-o", "o.json", "--state", "s.key"
    )
    assert (done.returncode, "1 of 2 labels" in done.stderr) == (1, True)
    assert shell.files() == {"t.csv"}


def test_policy_diff_fails_where_a_part_of_a_value_is_to_be_seen(shell):
    text = packed_lexicon("privacy/default.yaml").read_text("utf-8")
    shell.write("own.yaml", text.replace("entities:\n", "entities:\n  EMAIL: {text: partial}\n", 1))
    done = shell.run("policy", "diff", "default", "own.yaml", "--fail-weaker")
    assert done.returncode == 1, done.stderr
    assert "EMAIL.text" in done.stdout
    assert "weaker" in done.stdout


def test_columns_that_a_policy_drops_stand_in_one_row_a_kind(shell):
    text = packed_lexicon("privacy/default.yaml").read_text("utf-8")
    before, _, after = text.partition("  CN_LANDLINE: ")
    shell.write("own.yaml", f"{before}  CN_LANDLINE: 座机\n{after.partition(chr(10))[2]}")
    done = shell.run("policy", "diff", "default", "own.yaml")
    assert done.returncode == 0, done.stderr
    [row] = done.stdout.splitlines()[1:]
    assert row.split()[0] == "columns.CN_LANDLINE"
    assert "… 7 more" in row
    assert row.endswith("weaker")
