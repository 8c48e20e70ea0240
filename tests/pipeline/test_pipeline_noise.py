"""A report with differential privacy: its section shows noise and interval, and the budget is spent."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voc.config.pipeline import NoiseConfig
from voc.errors import GateError
from voc.pipeline.protection.private_figures import private_complaints


def test_complaints_by_segment_with_noise(tmp_path, monkeypatch):
    pytest.importorskip("opendp")
    monkeypatch.setenv("VOC_HOME", str(tmp_path / "home"))
    from voc.tagging.taxonomy import load_taxonomy

    [first, second, *_] = sorted(tag.id for tag in load_taxonomy().tags)
    people = [f"c{at}" for at in range(400)]
    pq.write_table(
        pa.table(
            {
                "customer_key": people + people,
                "tag": [first] * 400 + [second] * 400,
                "polarity": pa.array([-1] * 400 + [1] * 400, pa.int8()),
            }
        ),
        tmp_path / "tags.parquet",
    )
    pq.write_table(
        pa.table({"customer_key": people, "segment": ["a"] * 300 + ["b"] * 100}),
        tmp_path / "customers.parquet",
    )
    settings = NoiseConfig(dataset="october", epsilon=2.0, max_groups=1)
    found = private_complaints(
        tmp_path / "tags.parquet", tmp_path / "customers.parquet", settings, policy="protected"
    )
    by_cell = {(row.tag, row.segment): row for row in found.rows}
    assert by_cell[first, "a"].customers == pytest.approx(300, abs=20)
    assert by_cell[first, "b"].customers == pytest.approx(100, abs=20)
    assert by_cell[second, "a"].customers == pytest.approx(0, abs=20)  # praise is no complaint
    assert all(row.ci_lower < row.customers < row.ci_upper for row in found.rows)
    assert found.scale == pytest.approx(0.5, rel=0.01)
    assert found.epsilon_left == pytest.approx(1.0)
    with pytest.raises(GateError, match="october"):
        private_complaints(
            tmp_path / "tags.parquet", tmp_path / "customers.parquet", settings, policy="protected"
        )


def test_the_section_is_in_every_rendering():
    from voc.report.model import NoisyFigures, NoisyRow
    from voc.report.strings import load_strings
    from voc.report.tables import noisy

    class Report:
        noisy = NoisyFigures(
            epsilon=1.0,
            epsilon_left=2.0,
            scale=1.0,
            max_groups=1,
            rows=(NoisyRow(tag="t", segment="a", customers=12.0, ci_lower=9.0, ci_upper=15.0),),
        )

    for lang in ("zh", "en"):
        table = noisy(Report(), load_strings(lang))
        assert table.rows == (("t", "a", 12, 9, 15),)
        assert table.title
