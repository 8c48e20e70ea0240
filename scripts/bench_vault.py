"""Speed of pseudonyms, vault, reveal, rotation and audit check, in CPU time of one core.

    python scripts/bench_vault.py [--values 100000] [--rotate 1000000] [--entries 300000]

Machines differ and may be shared, so the bare cipher runs beside it for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from voc.privacy.audit.entry import Entry
from voc.privacy.audit.log import MARK, AuditLog, chained
from voc.privacy.audit.verify import verify
from voc.privacy.pseudonym import Pseudonyms
from voc.privacy.vault.key_source import FileSource
from voc.privacy.vault.rotation import reencrypt, rotate
from voc.privacy.vault.suites import SUITES
from voc.privacy.vault.vault import Cell, Value, Vault

BATCH = 8192
PEOPLE = 3  # values of one person


def timed(work: Callable[[], object]) -> float:
    """Seconds of CPU time."""
    began = time.process_time()
    work()
    return time.process_time() - began


def report(what: str, count: int, seconds: float, target: str) -> None:
    """Print a line."""
    print(f"{what:<44} {count / seconds:>12,.0f}/s   {target}", flush=True)


def bench_pseudonyms(count: int) -> None:
    """Tokens of phone numbers."""
    numbers = [f"138{at:08d}" for at in range(count)]
    for suite in SUITES:
        pseudonyms = Pseudonyms(os.urandom(32), suite)
        seconds = timed(partial(_tokens, pseudonyms, numbers))
        report(f"pseudonyms, {suite}", count, seconds, "target 150,000/s")


def _tokens(pseudonyms: Pseudonyms, numbers: Sequence[str]) -> list[str]:
    return [pseudonyms.token("CN_MOBILE", text) for text in numbers]


def bench_bare(count: int) -> None:
    """The cipher alone."""
    for name, suite in SUITES.items():
        key, bound = os.urandom(suite.key_bytes), b"b" * 80
        seconds = timed(lambda: [suite.seal(key, b"13800138000", bound) for _ in range(count)])  # noqa: B023
        report(f"bare {name}, nothing stored", count, seconds, "for comparison")


def filled(folder: Path, suite: str, count: int) -> tuple[Vault, list[str], float]:
    """Return a vault with values, some of their tokens, and the seconds that sealing took."""
    vault = Vault.create(str(folder / f"{suite}-{count}.db"), source=FileSource(folder / "k"), suite=suite)
    tokens: list[str] = []
    seconds = 0.0
    for start in range(0, count, BATCH):
        part = [
            Value(Cell("orders", "手机号", str(at), "CN_MOBILE"), f"person{at // PEOPLE}", f"138{at:08d}")
            for at in range(start, min(start + BATCH, count))
        ]
        began = time.process_time()
        found = vault.seal(part)
        seconds += time.process_time() - began
        tokens += found[: 10_000 - len(tokens)]
    return vault, tokens, seconds


def bench_vault(folder: Path, count: int) -> None:
    """Sealing, opening, sealing anew."""
    for suite, target in (("aes", "target 30,000/s"), ("gm", "target 10,000/s")):
        vault, tokens, seconds = filled(folder, suite, count)
        report(f"encrypt to vault, {suite}", count, seconds, target)
        vault.envelope.reload()
        opening = timed(partial(vault.open_tokens, tokens))
        print(f"{'reveal of ' + format(len(tokens), ',') + ', ' + suite:<44} {opening:>12.2f} s   target 2 s")
        seconds = timed(partial(reencrypt, vault))
        report(f"reencrypt, {suite}", count, seconds, "")
        vault.close()


def bench_rotation(folder: Path, count: int) -> None:
    """Rotation of many records, told on the way."""
    vault, _, seconds = filled(folder, "aes", count)
    report(f"encrypt to vault, aes, {count:,} records", count, seconds, "target 30,000/s")
    began, last = time.process_time(), 0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if done * 4 // total > last:
            last = done * 4 // total
            print(
                f"  rotation {done:,} of {total:,} keys after {time.process_time() - began:.1f} s", flush=True
            )

    rotate(vault, FileSource(folder / "k"), progress=tell)
    print(f"{'rotation of ' + format(count, ',') + ' records':<44} {time.process_time() - began:>12.1f} s")
    vault.close()


def bench_audit(folder: Path, count: int) -> None:
    """Checking of a long log."""
    log = AuditLog(folder / "audit", key_file=folder / "audit.key")
    head = log.append(Entry("alice", "vault.init"))
    previous = head.mac
    with log.path.open("ab") as file:  # the chain as `append` writes it, without a flush to disk for each
        for seq in range(2, count + 1):
            entry = Entry(
                "alice", "access.reveal", role="risk", purpose="audit", request="3f9a0c51d2e7", rows=seq
            )
            told = {"seq": seq, "at": "2024-01-01T00:00:00.000+00:00", **entry.facts()}
            body = json.dumps(told, separators=(",", ":")).encode()[:-1]
            previous = chained(log.key, previous, body)
            file.write(body + MARK + previous.encode() + b'"}\n')
    found = []
    seconds = timed(lambda: found.append(verify(log)))
    assert found[0].sound
    assert found[0].entries == count
    report("audit verify", count, seconds, "target 100,000/s")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=100_000)
    parser.add_argument("--rotate", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=300_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voc-bench-") as name:
        folder = Path(name)
        bench_pseudonyms(chosen.values)
        bench_bare(chosen.values)
        bench_vault(folder, chosen.values)
        bench_audit(folder, chosen.entries)
        if chosen.rotate:
            bench_rotation(folder, chosen.rotate)


if __name__ == "__main__":
    main()
