"""A sample company with known truth: customers, orders, feedback texts, and planted causes of churn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voc.simulator.company import CompanyFiles, write_company

__all__ = ["CompanyFiles", "write_company"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from voc.simulator import company

        return getattr(company, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
