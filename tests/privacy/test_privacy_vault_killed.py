"""kill -9 at a hundred random points of masking, rotating and re-encrypting: no value lost, none in clear."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pyarrow as pa
import pytest
from made_values import mobile

from voc.privacy.policy import Operator, load_policy
from voc.privacy.stage import MaskStage
from voc.privacy.vault.key_source import FileSource
from voc.privacy.vault.rotation import reencrypt, rotate
from voc.privacy.vault.sealing import VaultSpec
from voc.privacy.vault.vault import Cell, State, Value, Vault

ROUNDS = 34  # of each of three works


def begun(work) -> int:
    """Run `work` in a child."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def killed_after(seconds: float, work) -> None:
    """Run `work` in a child, and kill it after a while as `kill -9` does."""
    child = begun(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def seconds_of(work) -> float:
    """How long `work` takes in a child that nobody kills."""
    started = time.perf_counter()
    os.waitpid(begun(work), 0)
    return time.perf_counter() - started


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    numbers = [mobile(at) for at in range(240)]
    with Vault.create(str(folder / "v.db"), source=FileSource(folder / "k")) as vault:
        sealed = [
            Value(Cell("t", "c", str(at), "CN_MOBILE"), f"p{at // 2}", text)
            for at, text in enumerate(numbers)
        ]
        tokens = vault.seal(sealed)
        vault.database.forget_freed_pages()
    return folder, tokens, numbers


def assert_whole(folder: Path, tokens: list[str], numbers: list[str]) -> None:
    with Vault.open(str(folder / "v.db"), source=FileSource(folder / "k")) as vault:
        assert [value.text for value in vault.open_tokens(tokens)] == numbers
    for path in folder.iterdir():
        data = path.read_bytes()
        assert not any(number.encode() in data for number in numbers)


@pytest.mark.parametrize("work", ["rotate", "reencrypt"])
def test_killed_while_keys_change(filled, tmp_path, work):
    original, tokens, numbers = filled
    pick = random.Random(work)
    unfinished = 0

    def change_in(folder: Path) -> None:
        source = FileSource(folder / "k")
        with Vault.open(str(folder / "v.db"), source=source) as vault:
            if work == "rotate":
                rotate(vault, source, batch=4)
            else:
                reencrypt(vault, batch=4)

    spare = copied(original, tmp_path / "whole")
    whole = seconds_of(lambda: change_in(spare))
    for attempt in range(ROUNDS):
        folder = copied(original, tmp_path / str(attempt))
        killed_after(pick.uniform(0.0, 1.2 * whole), lambda folder=folder: change_in(folder))
        assert_whole(folder, tokens, numbers)
        with Vault.open(str(folder / "v.db"), source=FileSource(folder / "k")) as vault:
            unfinished += vault.status().unfinished is not None
            assert vault.status().unfinished in (None, work)
        change_in(folder)
        assert_whole(folder, tokens, numbers)
    assert unfinished, "no kill hit the work itself"


def test_killed_while_masking(tmp_path):
    """What a masked row points to is in the vault whenever the process is killed; a rerun is the same."""
    numbers = [mobile(at) for at in range(120)]
    policy = load_policy()
    rule = policy.rule("CN_MOBILE").model_copy(update={"column": Operator.ENCRYPT})
    policy = policy.model_copy(update={"rules": {**policy.rules, "CN_MOBILE": rule}})
    pick = random.Random(3)
    rows = pa.record_batch({"手机号": numbers, "__row__": pa.array(range(120))})
    with_some, whole = 0, 0.0
    expected: list[str] | None = None
    for attempt in range(ROUNDS + 1):
        folder = tmp_path / str(attempt)
        source = FileSource(tmp_path / "k")
        if attempt == 0:
            Vault.create(str(tmp_path / "empty" / "v.db"), source=source).close()
            spec = VaultSpec("t", str(tmp_path / "empty" / "v.db"), f"file:{tmp_path / 'k'}")
            MaskStage((), policy, whole_columns={"手机号": "CN_MOBILE"}, vault=spec).build()  # warm lexicons
        copied(tmp_path / "empty", folder)
        spec = VaultSpec("t", str(folder / "v.db"), f"file:{tmp_path / 'k'}")
        stage = MaskStage((), policy, whole_columns={"手机号": "CN_MOBILE"}, vault=spec)
        written = folder / "out.txt"

        def mask(stage=stage, written=written) -> None:
            function = stage.build()
            with written.open("w", encoding="utf-8") as out:
                for at in range(0, 120, 3):
                    batch = function(rows.slice(at, 3))
                    out.write("\n".join(batch.column("手机号").to_pylist()) + "\n")
                    out.flush()

        if attempt == 0:
            whole = seconds_of(mask)
            continue
        killed_after(pick.uniform(0.0, 1.2 * whole), mask)
        lines = written.read_text(encoding="utf-8").split("\n")[:-1] if written.exists() else []
        with_some += 0 < len(lines) < 120
        tokens = [line[-17:-1] for line in lines]
        with Vault.open(str(folder / "v.db"), source=source) as vault:
            assert [value.text for value in vault.open_tokens(tokens)] == numbers[: len(tokens)]
            assert {value.state for value in vault.open_tokens(vault.find())} <= {State.OPENED}
        for path in folder.iterdir():
            assert not any(number.encode() in path.read_bytes() for number in numbers)
        if attempt % 8 == 0:
            mask()
            again = written.read_text(encoding="utf-8").split("\n")[:-1]
            expected = expected or again
            assert again == expected
    assert with_some, "no kill hit the masking itself"
