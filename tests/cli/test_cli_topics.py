"""`voc topics discover` finds what is new; `voc topics drift` is a gate."""

from __future__ import annotations

import json


def test_discover_and_drift(shell):
    old = "text\n" + "物流太慢了，等了五天\n质量太差了\n" * 30
    new = old + "电子围栏乱扣钱，气人\n" * 15
    for name, content in (("old", old), ("new", new)):
        shell.write(f"{name}.csv", content)
        assert shell.run("tag", f"{name}.csv", "-o", f"{name}.parquet").returncode == 0
    done = shell.run("topics", "discover", "new.parquet", "--baseline", "old.parquet", "--json")
    assert done.returncode == 0, done.stderr
    clusters = json.loads(done.stdout)["clusters"]
    assert any("围栏" in phrase["phrase"] for phrase in clusters[0]["phrases"])
    assert clusters[0]["texts"] == 15
    assert shell.run("topics", "drift", "old.parquet", "old.parquet").returncode == 0
    broken = shell.run("topics", "drift", "old.parquet", "new.parquet", "--shift", "0.001")
    assert broken.returncode == 1
    assert "DRIFT" in broken.stdout


def test_a_baseline_is_needed(shell):
    done = shell.run("topics", "discover", "x.parquet")
    assert done.returncode == 2
    assert "--since" in done.stderr
