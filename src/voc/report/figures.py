"""Figures as a reader sees them."""

from __future__ import annotations

__all__ = ["change", "count", "money", "p_value", "ratio", "share", "share_interval"]

MINUS = "−"


def count(value: int) -> str:
    """Return `1,234`."""
    return f"{value:,}"


def money(value: float) -> str:
    """Return a sum of money, without a unit: `1,234,567`."""
    return f"{value:,.0f}".replace("-", MINUS)


def share(value: float) -> str:
    """Return a fraction as a percentage of one decimal: `12.3%`; tiny ones as `<0.1%`."""
    if 0 < value < 0.0005:
        return "<0.1%"
    return f"{value * 100:.1f}%"


def share_interval(lower: float, upper: float) -> str:
    """Return `11.0–13.7%`."""
    return f"{lower * 100:.1f}–{upper * 100:.1f}%"


def change(value: float) -> str:
    """Return a difference of fractions in percentage points with its sign: `+1.8`."""
    points = f"{abs(value) * 100:.1f}"
    if points == "0.0":
        return points
    return f"{'+' if value > 0 else MINUS}{points}"


def ratio(value: float) -> str:
    """Return a ratio of two decimals, large ones of one: `1.83`, `12.4`."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def p_value(value: float) -> str:
    """Return `0.030`, or `<0.001`."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"
