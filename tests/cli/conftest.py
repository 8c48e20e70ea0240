"""A shell to run the installed `voc` command in, and one in which a vault is there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_shell import CANARY, Shell, make_shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    # a short name, as users have it: sockets take no long ones
    with tempfile.TemporaryDirectory(prefix="voc-", ignore_cleanup_errors=True) as temporary:
        yield make_shell(tmp_path, temporary)


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
