"""The design of the churn analysis: landmarks, and the windows before and after each of them.

Joining "ever complained" to "ever left" answers wrongly: who stays longer has more time to complain (immortal
time; Suissa 2008), and who is leaving complains while leaving (reverse causation). Here the same question is
asked at several fixed days, the landmarks (Anderson, Cain and Gelber 1983; van Houwelingen 2007). At each one

- only customers count who are still there at the landmark and through the gap after it,
- what they complained of counts when it lies in the exposure window that ends at the landmark,
- their churn counts when it lies in the horizon, which begins after the gap,
- what they are compared by (segment, activity, tenure, earlier complaints) is measured at the landmark.

```
   exposure          gap        horizon
|──────────────L|──────────|────────────────────────|
 complaints            no one        churn
```

Time goes by whole days; day d holds everything from 00:00 of that day. Windows are open to the left and
closed to the right: exposure (L − exposure, L], outcome (L + gap, L + gap + horizon].

Landmarks are `every_days` apart. By default that is the length of the exposure window, so that every
complaint counts once and a churn at several landmarks; one customer stands at several landmarks too, and
intervals take account of both (`mantel_haenszel`). With `every_days` as long as the horizon no churn is
counted twice: pooling such intervals is the person-period analysis of Cupples et al. (1988) and D'Agostino et
al. (1990), at the price of complaints that fall between two exposure windows.

References
----------
Anderson, J. R., Cain, K. C. and Gelber, R. D. (1983), Journal of Clinical Oncology 1, 710–719.
Cupples, L. A. et al. (1988), Statistics in Medicine 7, 205–218.
D'Agostino, R. B. et al. (1990), Statistics in Medicine 9, 1501–1515.
van Houwelingen, H. C. (2007), Scandinavian Journal of Statistics 34, 70–85.
Suissa, S. (2008), American Journal of Epidemiology 167, 492–499.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voc.errors import UsageError
from voc.how_many import how_many

__all__ = ["Days", "Design", "as_days"]

Days = NDArray[np.datetime64]
"""Days, as `datetime64[D]`; NaT where there is none."""


def as_days(times: NDArray[np.datetime64]) -> Days:
    """Return the day of each time."""
    return times.astype("datetime64[D]")


@dataclass(frozen=True)
class Design:
    """Lengths of the windows, in days."""

    exposure_days: int = 30
    """Complaints of so many days up to the landmark count."""
    gap_days: int = 14
    """Days after the landmark in which churn is not counted; who leaves in them is left out."""
    horizon_days: int = 90
    """Churn of so many days after the gap counts."""
    every_days: int = 30
    """Days from one landmark to the next. Below `horizon_days` a churn is counted at several landmarks."""
    history_days: int = 180
    """Complaints of so many days before the exposure window are the customer's earlier complaints."""
    active_days: int = 90
    """When churn is inactivity: a customer is there at the landmark who ordered within so many days."""

    def __post_init__(self) -> None:
        least = {"gap_days": 0}
        for name in (
            "exposure_days",
            "gap_days",
            "horizon_days",
            "every_days",
            "history_days",
            "active_days",
        ):
            value, bound = getattr(self, name), least.get(name, 1)
            if value < bound:
                raise UsageError(f"{name} must be {bound} or more, not {value}", where="design")

    @property
    def span_days(self) -> int:
        """Days that the windows of one landmark cover."""
        return self.exposure_days + self.gap_days + self.horizon_days

    @property
    def overlapping(self) -> bool:
        """Whether one churn may be counted at several landmarks."""
        return self.every_days < self.horizon_days

    def landmarks(self, first: np.datetime64, last: np.datetime64) -> Days:
        """Return the landmarks that data from day `first` to day `last` have room for, in order.

        The last one is set so that its horizon ends on `last`; the others follow backwards.

        Raises
        ------
        UsageError
            When there is no room for one.
        """
        start, end = as_days(np.asarray(first)), as_days(np.asarray(last))
        latest = end - np.timedelta64(self.gap_days + self.horizon_days, "D")
        earliest = start + np.timedelta64(self.exposure_days - 1, "D")
        room = int((latest - earliest).astype(int))
        if room < 0:
            covered = int((end - start).astype(int)) + 1
            raise UsageError(
                f"the orders cover {how_many(covered, 'day')}, the design needs {self.span_days}",
                where="landmarks",
                hint="shorten exposure_days, gap_days or horizon_days, or give a longer history",
            )
        steps = np.arange(room // self.every_days, -1, -1)
        return np.asarray(latest - steps * np.timedelta64(self.every_days, "D"))
