"""A shell to run the installed `voc` command in, and one in which a vault is there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_shell import CANARY, Shell, make_shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    # a short name, as users have it: sockets take no long ones
    with tempfile.TemporaryDirectory(prefix="voc-", ignore_cleanup_errors=True) as temporary:
        yield make_shell(tmp_path, temporary)


@pytest.fixture
def orders(shell: Shell) -> str:
    """Orders of 250 customers over 18 months, some of whom stop."""
    rng = np.random.default_rng(1)
    rows = []
    for who in range(250):
        day, gap = int(rng.integers(0, 200)), rng.gamma(2, 15) + 5
        while day < 540:
            rows.append((f"c{who:03}", day, round(float(rng.gamma(2, 40)) + 1, 2)))
            if rng.random() < 0.05:
                break
            day += 1 + int(rng.exponential(gap))
    start = np.datetime64("2024-01-01", "us")
    table = pa.table(
        {
            "customer_id": [row[0] for row in rows],
            "order_id": [str(i) for i in range(len(rows))],
            "ts": [start + np.timedelta64(row[1], "D") for row in rows],
            "amount": [row[2] for row in rows],
        }
    )
    pq.write_table(table, shell.folder / "orders.parquet")
    return "orders.parquet"


@pytest.fixture(scope="session")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with two approvers, and a table whose phone numbers are in it, made by the command once."""
    folder = tmp_path_factory.mktemp("protected")
    with tempfile.TemporaryDirectory(prefix="voc-") as temporary:
        made = make_shell(folder, temporary)
        rows = [
            f"f{at},c{at // 2},{CANARY if not at else 13912340000 + at},"
            f"{'北京' if at < 40 else '上海'},物流太慢,{10 * at}"
            for at in range(60)
        ]
        made.write(
            "reviews.csv", "feedback_id,customer_id,手机号,城市,content,金额\n" + "\n".join(rows) + "\n"
        )
        for arguments in (
            ["vault", "init"],
            ["access", "keygen", "alice", "--role", "risk"],
            ["access", "keygen", "bob", "--role", "compliance"],
            ["mask", "reviews.csv", "-o", "masked.parquet", "--policy", "protected", "--text", "content"],
        ):
            done = made.run(*arguments)
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def house(shell: Shell, protected: Path) -> Shell:
    """A copy of it to work in."""
    for name in ("home", "work"):
        shutil.copytree(protected / name, shell.folder.parent / name, dirs_exist_ok=True)
    return shell
