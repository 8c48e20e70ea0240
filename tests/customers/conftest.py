"""Published data sets, from packages that ship them or from a folder that the environment names."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest


def _cdnow(name: str) -> Path:
    """A file of the CDNOW data, which the package lifetimes ships; the package itself is not imported."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        pytest.skip("the CDNOW data come with the package lifetimes")
    return Path(found.origin).parent / "datasets" / name


@pytest.fixture(scope="session")
def cdnow_summary() -> pd.DataFrame:
    """ID, frequency, recency and T in weeks: the 1/10 sample of Fader, Hardie and Lee (2005)."""
    return pd.read_csv(_cdnow("cdnow_customers_summary.csv"))


@pytest.fixture(scope="session")
def cdnow_orders() -> pa.Table:
    """customer_key, order_id, ts, amount of the 1/10 sample, January 1997 to June 1998."""
    rows = [line.split() for line in _cdnow("CDNOW_sample.txt").read_text().splitlines() if line.strip()]
    frame = pd.DataFrame(
        {
            "customer_key": [row[1] for row in rows],
            "order_id": [f"{row[1]}-{number}" for number, row in enumerate(rows)],
            "ts": pd.to_datetime([row[2] for row in rows]),
            "amount": [float(row[4]) for row in rows],
        }
    )
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of further public data sets that VOC_TEST_DATA names."""
    folder = os.environ.get("VOC_TEST_DATA")
    if not folder:
        pytest.skip("VOC_TEST_DATA names no folder of public data sets")
    return Path(folder)
