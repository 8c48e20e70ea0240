from __future__ import annotations

import pytest
from report_sample import write_sample

from voc.report.build import build_report


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def report(sample):
    return build_report(sample.inputs)
