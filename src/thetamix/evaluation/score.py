"""What a score is; the table of all of them is :mod:`thetamix.evaluation.scores`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thetamix.evaluation.sample import WeightedSample


@dataclass(frozen=True)
class Score:
    """A score.

    Attributes
    ----------
    title
        For tables.
    function
        Of one forecaster's sample of one series under several weightings of its steps; returns a value for each
        weighting (draw), NaN where it is undefined.
    higher_is_better
        True for KGE, rank correlation, log-likelihood.
    """

    title: str
    function: Callable[[WeightedSample], np.ndarray]
    higher_is_better: bool
