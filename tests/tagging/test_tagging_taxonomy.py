"""The taxonomy: stable ids, Chinese names, displays, and lexicons that name no tag that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from voc.errors import ConfigError, UsageError
from voc.tagging.lexicon.cues import LEXICONS, compile_cues
from voc.tagging.taxonomy import load_taxonomy
from voc.text.lexicons import read_header, read_lexicon


def test_packed_taxonomy():
    taxonomy = load_taxonomy()
    assert len(taxonomy.tags) == 54
    assert taxonomy.display("logistics.delay") == "投诉类型:物流延迟"
    assert len({tag.zh for tag in taxonomy.tags}) == 54


def test_unknown_tag_names_the_nearest():
    with pytest.raises(UsageError, match=r"did you mean 'logistics\.delay'"):
        load_taxonomy().require("logistics.dely")


def test_repeated_ids_are_refused(tmp_path: Path):
    path = tmp_path / "taxonomy.yaml"
    child = "{id: a, zh: 甲, is: x}"
    path.write_text(
        f"version: 1\ntags:\n  - {{id: g, zh: 组, children: [{child}, {child}]}}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="stands twice"):
        load_taxonomy(path)


def test_every_tag_has_cues():
    named = {tag for name in LEXICONS for tag in read_lexicon(f"tagging/{name}.yaml")["tags"]}
    assert named == set(load_taxonomy().ids)
    compile_cues(load_taxonomy())


@pytest.mark.parametrize("name", [*LEXICONS, "opinions", "clauses", "intent", "spelling"])
def test_lexicons_name_source_and_licence(name: str):
    from voc.config.resources import lexicon

    header = read_header(lexicon(f"tagging/{name}.yaml"))
    assert header.source
    assert header.licence == "Apache-2.0"
