"""What the checks need to know of a study, in plain values."""

from dataclasses import dataclass

import numpy as np

from thetamix.network.observations import ReplicateRule


@dataclass(frozen=True)
class FitPlan:
    """What one trained forecaster takes in.

    Attributes
    ----------
    name
        Of the forecaster.
    forcing
        Names of its forcing, and whether each is optional.
    attributes
        Names of its attributes.
    sequence
        Length of its windows [steps].
    """

    name: str
    forcing: tuple[tuple[str, bool], ...]
    attributes: tuple[str, ...]
    sequence: int


@dataclass(frozen=True)
class RivalPlan:
    """What a forecaster that is not trained like these needs.

    Attributes
    ----------
    name
        Of the forecaster.
    attributes
        Names of attributes that it groups by.
    variables
        Names of other variables that it reads.
    scheme
        Of the only split under which it can say anything; None: any.
    """

    name: str
    attributes: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    scheme: str | None = None


@dataclass(frozen=True)
class StudyPlan:
    """What a study will do with a network.

    Attributes
    ----------
    reject
        Flags that a reading must not carry.
    replicates
        ``all`` or ``any``.
    seeds
        That draw the splits.
    scheme, block, evaluation_share, gap, period
        Of the split, see :func:`thetamix.splits.draw.draw_split`.
    fits
        The forecasters that are trained.
    rivals
        Others.
    """

    reject: tuple[str, ...]
    replicates: ReplicateRule
    seeds: tuple[int, ...]
    scheme: str
    block: np.timedelta64
    evaluation_share: float
    gap: np.timedelta64
    period: tuple[np.datetime64, np.datetime64] | None
    fits: tuple[FitPlan, ...]
    rivals: tuple[RivalPlan, ...] = ()
