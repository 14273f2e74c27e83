"""What a score is; the table of all of them is :mod:`thetamix.evaluation.scores`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thetamix.evaluation.sample import Sample, WeightedSample


def paired_steps(sample: Sample) -> np.ndarray:
    """Mark the steps at which both are there, the mean of all replicates and the expectation (step)."""
    return sample.paired


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
    steps
        Marks the steps of a sample that it is computed from (step): they are its ``n``.
    """

    title: str
    function: Callable[[WeightedSample], np.ndarray]
    higher_is_better: bool
    steps: Callable[[Sample], np.ndarray] = paired_steps
