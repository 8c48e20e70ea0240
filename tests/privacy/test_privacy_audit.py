"""The audit log: whatever is done to the file is found."""

from __future__ import annotations

import os
import shutil

import pytest

from voc.errors import InputError, OutputError, UsageError
from voc.privacy.audit.anchor import read_anchor, write_anchor
from voc.privacy.audit.entry import Entry
from voc.privacy.audit.log import AuditLog
from voc.privacy.audit.verify import verify


@pytest.fixture
def log(tmp_path):
    made = AuditLog(tmp_path / "audit")
    for number in range(6):
        made.append(Entry("alice", "vault.seal", rows=number + 1, entities={"CN_MOBILE": number + 1}))
    return made


def kinds(log: AuditLog, *anchors) -> set[str]:
    return {finding.kind for finding in verify(log, anchors).findings}


def lines(log: AuditLog) -> list[bytes]:
    return log.path.read_bytes().splitlines(keepends=True)


def test_a_sound_log(log):
    found = verify(log)
    assert found.sound
    assert found.entries == found.head.seq == 6
    assert [entry["rows"] for entry in log.entries()] == [1, 2, 3, 4, 5, 6]


def test_edited(log):
    log.path.write_bytes(log.path.read_bytes().replace(b'"rows":3', b'"rows":9'))
    [finding] = verify(log).findings
    assert (finding.line, finding.kind) == (3, "changed")


def test_deleted(log):
    kept = lines(log)
    log.path.write_bytes(b"".join(kept[:2] + kept[3:]))
    assert verify(log).findings[0][:2] == (3, "missing")


def test_reordered(log):
    kept = lines(log)
    kept[1], kept[2] = kept[2], kept[1]
    log.path.write_bytes(b"".join(kept))
    assert "missing" in kinds(log)


def test_doubled_and_foreign(log):
    kept = lines(log)
    log.path.write_bytes(b"".join([*kept, kept[-1]]))
    assert not verify(log).sound
    log.path.write_bytes(b"".join([*kept[:3], b'{"seq":4,"mac":"' + b"0" * 64 + b'"}\n', *kept[3:]]))
    assert not verify(log).sound


def test_truncated_is_found_by_the_head(log):
    log.path.write_bytes(b"".join(lines(log)[:4]))
    assert kinds(log) == {"truncated"}


def test_truncated_together_with_its_head_is_found_by_an_anchor(log, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(log.folder, old)
    log.append(Entry("alice", "vault.shred"))
    write_anchor(log, tmp_path / "anchor.json")
    anchor = read_anchor(tmp_path / "anchor.json")
    assert verify(log, [anchor]).sound
    for name in ("audit.jsonl", "audit.head"):
        shutil.copy(old / name, log.folder / name)
    assert verify(log).sound  # wound back whole: only what is elsewhere can tell
    assert kinds(log, anchor) == {"truncated"}
    log.append(Entry("mallory", "vault.seal"))
    assert kinds(log, anchor) == {"anchor"}


def test_a_forged_anchor_or_head(log, tmp_path):
    write_anchor(log, tmp_path / "anchor.json")
    text = (tmp_path / "anchor.json").read_text()
    (tmp_path / "anchor.json").write_text(text.replace('"seq": 6', '"seq": 5'))
    with pytest.raises(InputError, match="not signed"):
        read_anchor(tmp_path / "anchor.json")
    head = log.folder / "audit.head"
    head.write_text(head.read_text().replace("6 ", "5 ", 1))
    assert kinds(log) == {"head"}
    head.unlink()
    assert kinds(log) == {"head"}


def test_half_an_entry_of_a_killed_process_is_mended_and_told(log):
    with log.path.open("ab") as file:
        file.write(b'{"seq":7,"at":"20')
    assert kinds(log) == {"torn"}
    log.append(Entry("alice", "vault.seal"))
    assert verify(log).sound
    assert [entry["action"] for entry in log.entries()][-2:] == ["audit.mend", "vault.seal"]


def test_concurrent_writers_keep_one_chain(log):
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                for _ in range(25):
                    log.append(Entry("alice", "view"))
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    found = verify(log)
    assert found.sound
    assert found.entries == 106


def test_no_personal_value_can_stand_in_it():
    for bad in ("13800138000", "alice smith", "王小明", "a" * 65):
        with pytest.raises(UsageError):
            Entry(bad, "view")
    with pytest.raises(UsageError):
        Entry("alice", "view", request="13800138000x!")
    with pytest.raises(UsageError):
        Entry("alice", "view", entities={"13800138000": 1})


def test_without_its_key_the_log_is_not_continued(log, tmp_path):
    other = AuditLog(log.folder, key_file=tmp_path / "none.key")
    with pytest.raises(InputError, match="missing"):
        other.append(Entry("alice", "view"))
    (tmp_path / "k").write_text("00" * 32)
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        verify(AuditLog(log.folder, key_file=tmp_path / "k"))
    (tmp_path / "k").chmod(0o600)
    assert len(verify(AuditLog(log.folder, key_file=tmp_path / "k")).findings) >= 6


def test_what_cannot_be_recorded_is_told(tmp_path):
    (tmp_path / "audit").write_text("a file, no folder")
    with pytest.raises(OutputError, match="cannot be written"):
        AuditLog(tmp_path / "audit").append(Entry("alice", "view"))
