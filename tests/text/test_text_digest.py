"""Digests of word lists and weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.errors import InputError
from voc.text.lexicons import digest


def test_a_file_to_digest_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="file not found"):
        digest([b"before", tmp_path / "own.tsv"])


def test_a_digest_hangs_on_the_bytes_and_their_bounds(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"ab")
    other.write_bytes(b"ab")
    assert digest([one]) == digest([other]) == digest([b"ab"])
    assert digest([b"a", b"b"]) != digest([b"ab"])
