from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from voc.errors import InputError
from voc.io import InputFile, RunManifest
from voc.io.manifest import Dataset, config_hash


def manifest(**changes) -> RunManifest:
    base = RunManifest(
        job="reviews",
        config={"tag": {"model": "fast"}, "out": "x"},
        inputs=[Dataset.of_input(InputFile("a.csv", 12, "ab" * 32), rows=3, quarantined=1)],
        outputs=[Dataset("t.parquet", 99, "cd" * 32, 2, columns=("text", "tags"))],
        versions={"sentiment": "linear.v1", "lexicon": "ef"},
        timings={"mask": 1.23456},
        counts={"rows": 3},
        notes=["encoding: GB18030"],
    )
    return dataclasses.replace(base, **changes)


def test_shape_of_an_openlineage_event(tmp_path):
    path = tmp_path / "run.json"
    manifest(event_time="2024-01-31T08:05:09+08:00").write(path)
    event = json.loads(path.read_text())
    assert event["eventType"] == "COMPLETE"
    assert event["eventTime"] == "2024-01-31T08:05:09+08:00"
    assert event["job"] == {"namespace": "voc", "name": "reviews", "facets": event["job"]["facets"]}
    assert event["run"]["facets"]["voc_versions"]["versions"] == {"lexicon": "ef", "sentiment": "linear.v1"}
    assert event["run"]["facets"]["voc_timings"]["seconds"] == {"mask": 1.235}
    (source,) = event["inputs"]
    assert source["facets"]["voc_digest"]["sha256"] == "ab" * 32
    assert source["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert source["inputFacets"]["inputStatistics"]["voc_quarantined"] == 1
    (result,) = event["outputs"]
    assert [field["name"] for field in result["facets"]["schema"]["fields"]] == ["text", "tags"]
    assert result["outputFacets"]["outputStatistics"]["size"] == 99


def test_the_same_work_has_the_same_id():
    assert manifest().run_id == manifest(timings={"mask": 9.0}, event_time="2030-01-01T00:00:00Z").run_id
    assert manifest().run_id == manifest(config={"out": "x", "tag": {"model": "fast"}}).run_id
    assert manifest().run_id != manifest(config={"out": "y"}).run_id
    assert manifest().run_id != manifest(versions={}).run_id
    assert manifest().run_id != manifest(outputs=[]).run_id


def test_the_same_work_has_the_same_bytes(tmp_path):
    for name in ("a.json", "b.json"):
        manifest().write(tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_files_are_digested(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n1\n")
    found = Dataset.of_file(path, name="a.csv", rows=1)
    assert found == Dataset("a.csv", 5, hashlib.sha256(b"id\n1\n").hexdigest(), 1)
    with pytest.raises(InputError, match="no such file"):
        Dataset.of_file(tmp_path / "b.csv")


def test_config_hash_does_not_depend_on_the_order_of_keys():
    assert config_hash({"a": 1, "b": [1, 2]}) == config_hash({"b": [1, 2], "a": 1})
    assert config_hash({"a": 1}) != config_hash({"a": 2})
