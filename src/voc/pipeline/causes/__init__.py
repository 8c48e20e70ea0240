"""From tables of orders, complaint tags and churn to the effects of complaints on churn.

The glue between `voc.customers` (ibis tables) and `voc.rootcause` (numpy arrays). `inputs` joins customers as
strings and tells what was left out, `panel` measures RFM at every landmark with the rule of
`voc.customers.rfm`, `value` says what a customer is worth, `analysis` runs it all, `output` writes it.
"""

from __future__ import annotations

from voc.pipeline.causes.analysis import CauseResult, cause_effects
from voc.pipeline.causes.output import EFFECTS_SCHEMA, effects_to_arrow
from voc.pipeline.causes.settings import CauseSettings

__all__ = ["EFFECTS_SCHEMA", "CauseResult", "CauseSettings", "cause_effects", "effects_to_arrow"]
