"""What comparisons, figures and pages have to know of a study."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import xarray as xr

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.settings import Evaluation
from thetamix.forecasters.base import Forecaster, Role
from thetamix.network.missing import UNKNOWN, is_absent
from thetamix.network.settings import Quality
from thetamix.splits.settings import Split


class StudyFacts(Protocol):
    """A resolved study, as far as scores and reports look at it; :class:`thetamix.study.settings.Study` is one."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def quality(self) -> Quality:
        """Which readings count."""

    @property
    def split(self) -> Split:
        """How readings are shared out."""

    @property
    def evaluation(self) -> Evaluation:
        """How scores are grouped and resampled."""

    @property
    def forecasters(self) -> Mapping[str, Forecaster]:
        """The forecasters by name, each form of a reference by itself."""

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds."""


def named(study: StudyFacts, *roles: Role) -> list[str]:
    """Return the names of the forecasters with one of these roles, in the order of the study."""
    return [name for name, entry in study.forecasters.items() if entry.role in roles]


def cluster_groups(study: StudyFacts, network: xr.Dataset) -> list[str]:
    """Return the group of each cluster (cluster); "all" where the study or the network has none."""
    attribute = study.evaluation.attribute
    if attribute is None or attribute not in network:
        return [ALL] * network.sizes["cluster"]
    values = network[attribute].to_numpy()
    return [UNKNOWN if absent else str(name) for name, absent in zip(values, is_absent(values), strict=True)]
