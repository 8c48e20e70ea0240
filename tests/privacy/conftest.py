"""An engine without a key, and a home of its own for keys."""

from __future__ import annotations

import pytest

from voc.privacy.engine import Engine
from voc.privacy.policy import Policy, load_policy


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("VOC_HOME", str(tmp_path_factory.mktemp("voc-home")))
    monkeypatch.delenv("VOC_KEY_FILE", raising=False)


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load_policy()


@pytest.fixture(scope="session")
def engine(policy: Policy) -> Engine:
    return Engine(policy)


@pytest.fixture(scope="session")
def found(engine: Engine):
    """Return a function: text -> {(entity, value)} in order."""

    def find(text: str) -> list[tuple[str, str]]:
        return [(span.entity, text[span.start : span.end]) for span in engine.find([text])[0]]

    return find
