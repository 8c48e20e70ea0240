"""`voc doctor` and the READMEs name the extras that the package has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from voc.pipeline.checkup import EXTRAS

ROOT = Path(__file__).parents[2]
FOR_DEVELOPERS = {"test", "bench", "dev"}


@pytest.fixture(scope="module")
def extras() -> dict[str, set[str]]:
    """Names of the packages of each extra for users."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        name: {re.match(r"[\w-]+", line)[0] for line in lines}
        for name, lines in project["optional-dependencies"].items()
        if name not in FOR_DEVELOPERS
    }


def test_doctor_looks_at_every_extra_and_its_packages(extras):
    packages = {name: needed - {"ibis-framework"} for name, needed in extras.items()}
    assert {name: set(needed) for name, needed in EXTRAS.items()} == packages


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_readme_tells_what_each_extra_is_for(extras, name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| ", text, flags=re.MULTILINE)) >= set(extras)
