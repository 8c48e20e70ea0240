"""Names how identifiable a data set is, after the four grades of GB/T 42460-2023.

The standard grades de-identified data from 1 (identifies a person directly) to 4 (aggregates). It leaves the
threshold of acceptable risk to the scene of sharing; here the policy's k decides, with risk = 1 / group size.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from voc.privacy.disclosure.anonymity import Anonymity

__all__ = ["Grade", "GradedExport", "grade"]


class Grade(IntEnum):
    """Grade of identifiability; the higher, the safer."""

    DIRECT = 1
    """Holds direct identifiers."""
    RISKY = 2
    """No direct identifiers, but groups of quasi-identifiers below the threshold."""
    ACCEPTABLE = 3
    """No direct identifiers, and the risk of finding a person again is below the threshold."""
    AGGREGATE = 4
    """Aggregates that hold no rows of persons."""

    @property
    def zh(self) -> str:
        """Chinese display name."""
        return {1: "能直接识别主体", 2: "已去直接标识符", 3: "重标识风险可接受", 4: "聚合数据"}[self.value]


@dataclass(frozen=True)
class GradedExport:
    """A grade with what led to it."""

    grade: Grade
    direct: tuple[str, ...]
    """Columns that identify a person directly."""
    anonymity: Anonymity | None
    """None for aggregates."""


def grade(direct: tuple[str, ...], anonymity: Anonymity | None) -> GradedExport:
    """Grade a data set from its direct identifiers and its anonymity; None stands for aggregates."""
    if direct:
        found = Grade.DIRECT
    elif anonymity is None:
        found = Grade.AGGREGATE
    else:
        found = Grade.ACCEPTABLE if anonymity.holds else Grade.RISKY
    return GradedExport(found, direct, anonymity)
