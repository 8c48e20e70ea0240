"""What the tests of reading and writing share."""

from __future__ import annotations

import pytest

from voc.io import Quarantine


@pytest.fixture
def aside(tmp_path):
    """A quarantine in a folder of its own."""
    with Quarantine(tmp_path / "aside" / "bad.jsonl") as quarantine:
        yield quarantine
