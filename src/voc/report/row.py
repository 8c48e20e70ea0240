"""What every row of the report is: frozen, without unknown fields, its numbers short."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["Number", "Row"]


def _short(value: float | None) -> float | None:
    """Round to 9 significant digits, so that the bytes do not hang on the last bits of a sum."""
    return None if value is None else float(f"{value:.9g}")


Number = Annotated[float, AfterValidator(_short), Field(allow_inf_nan=False)]
"""A finite number of 9 significant digits."""


class Row(BaseModel):
    """Base of all rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)
