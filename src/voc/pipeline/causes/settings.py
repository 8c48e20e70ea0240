"""How causes of churn are looked for, and what is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from voc.config.pipeline import CustomersConfig, RfmConfig, RootCauseConfig
from voc.pipeline.causes.evidence import ExperimentFinding, read_experiments, read_tagger_scores
from voc.rootcause.design import Design
from voc.rootcause.effects import EffectSettings
from voc.rootcause.misclassification import TaggerScore

__all__ = ["CauseSettings"]


@dataclass(frozen=True)
class CauseSettings:
    """How causes of churn are looked for."""

    design: Design = field(default_factory=Design)
    rules: RfmConfig = field(default_factory=RfmConfig)
    as_of: date | None = None
    """Last day that counts; the day of the last order when not given."""
    min_cell: int = 10
    min_match_rate: float = 0.5
    by_segment: bool = True
    level: float = 0.95
    folds: int = 3
    """Of the doubly robust estimate."""
    draws: int = 400
    """Of the bootstrap."""
    permutations: int = 10
    """Runs with complaints dealt to other customers; 0 leaves the doubt out."""
    value_days: int = 365
    """Days over which a customer's value is counted, where it is taken from recent spend."""
    negative_controls: tuple[str, ...] = ()
    """Tags that cannot drive anybody away."""
    tagger_scores: Mapping[str, TaggerScore] = field(default_factory=dict)
    experiments: tuple[ExperimentFinding, ...] = ()
    """Findings of experiments, which raise the level of evidence."""

    @classmethod
    def from_config(
        cls, rootcause: RootCauseConfig, customers: CustomersConfig | None = None
    ) -> CauseSettings:
        """Take the settings of a pipeline file; reads the files that it names."""
        customers = customers or CustomersConfig()
        design = Design(
            exposure_days=rootcause.exposure_days,
            gap_days=rootcause.gap_days,
            horizon_days=rootcause.horizon_days,
            every_days=rootcause.every_days,
            active_days=rootcause.horizon_days,
        )
        return cls(
            design=design,
            rules=customers.rfm,
            as_of=customers.as_of,
            min_cell=rootcause.min_cell,
            min_match_rate=rootcause.min_match_rate,
            folds=rootcause.folds,
            draws=rootcause.draws,
            permutations=rootcause.permutations,
            value_days=rootcause.value_days,
            negative_controls=tuple(rootcause.negative_controls),
            tagger_scores=read_tagger_scores(rootcause.tagger_scores) if rootcause.tagger_scores else {},
            experiments=read_experiments(rootcause.experiments),
        )

    def for_effects(self) -> EffectSettings:
        """Return the part that the estimation needs."""
        return EffectSettings(
            min_cell=self.min_cell,
            level=self.level,
            n_folds=self.folds,
            draws=self.draws,
            design=self.design,
            tagger_scores=self.tagger_scores,
        )
