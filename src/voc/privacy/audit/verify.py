"""Checks the log: every entry against its mac, the end against the head and against anchors."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from voc.privacy.audit.log import MARK, START, AuditLog, Head, read_head_file

__all__ = ["Finding", "Verification", "verify"]

_MOST: Final = 20


class Finding(NamedTuple):
    """Something wrong with the log."""

    line: int
    """1-based line of the file; 0 for the log as a whole."""
    kind: str
    """`changed`, `missing`, `truncated`, `torn`, `head`, `anchor`."""
    message: str


class Verification(NamedTuple):
    """Outcome of a check."""

    entries: int
    head: Head
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """True when nothing was found."""
        return not self.findings


def verify(log: AuditLog, anchors: Sequence[Head] = ()) -> Verification:
    """Check a log. Anchors are heads that were kept elsewhere, their signatures checked already.

    After a broken link the chain is taken up from that entry as it stands, so that one edit is one finding.
    """
    findings: list[Finding] = []
    wanted = {anchor.seq: anchor for anchor in anchors}
    seen: dict[int, str] = {}
    number, previous, last_seq = 0, START, 0
    if log.path.exists():
        digest, key = hmac.digest, log.key
        chain = START.encode()
        with log.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                body, _, tail = line.rpartition(MARK)
                told = tail[:64]
                mac = digest(key, chain + body, "sha256").hex().encode()
                if mac != told or tail[64:] != b'"}\n' or not body.startswith(b'{"seq":%d,' % (last_seq + 1)):
                    finding, last_seq, told = _explain(line, number, last_seq, mac)
                    if len(findings) < _MOST:
                        findings.append(finding)
                else:
                    last_seq += 1
                chain = told
                if last_seq in wanted:
                    seen[last_seq] = told.decode("ascii", "replace")
        previous = chain.decode("ascii", "replace")
    head = Head(last_seq, previous)
    findings += _ends(log, head, wanted, seen)
    return Verification(number, head, tuple(findings))


def _explain(line: bytes, number: int, last_seq: int, mac: bytes) -> tuple[Finding, int, bytes]:
    """Tell what is wrong with a line, and where to take up the chain."""
    if not line.endswith(b"\n"):
        return Finding(number, "torn", "half an entry, left by a stopped process"), last_seq, mac
    try:
        entry = json.loads(line)
        seq, told = int(entry["seq"]), str(entry["mac"]).encode()
    except (ValueError, KeyError, TypeError):
        return Finding(number, "changed", "no entry"), last_seq + 1, mac
    if seq != last_seq + 1:
        message = f"entry {seq} stands where {last_seq + 1} is expected: removed, added or moved"
        return Finding(number, "missing", message), seq, told
    return Finding(number, "changed", f"entry {seq} is not what was written, or the one before it"), seq, told


def _ends(log: AuditLog, head: Head, wanted: dict[int, Head], seen: dict[int, str]) -> list[Finding]:
    findings = []
    kept = read_head_file(log)
    if kept is None and head.seq:
        findings.append(Finding(0, "head", "audit.head is missing"))
    elif kept is not None and kept.seq < 0:
        findings.append(Finding(0, "head", "audit.head was changed"))
    elif kept is not None and kept.seq > head.seq:
        message = f"the log ends at entry {head.seq}, but {kept.seq} were written"
        findings.append(Finding(0, "truncated", message))
    for seq, anchor in sorted(wanted.items()):
        if seq > head.seq:
            findings.append(
                Finding(0, "truncated", f"the log ends at entry {head.seq}, an anchor knows {seq}")
            )
        elif seq and seen.get(seq) != anchor.mac:
            findings.append(Finding(0, "anchor", f"entry {seq} is not the one that was anchored"))
    return findings
