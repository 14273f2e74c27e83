"""Template of a score: copy it to ``src/thetamix/evaluation/``, and add a line to ``SCORES`` of ``scores.py``."""

import numpy as np

from thetamix.evaluation.sample import WeightedSample
from thetamix.evaluation.score import Score


def mean_absolute_error(weighted: WeightedSample) -> np.ndarray:
    """Compute the mean absolute error of the expectation (draw) [m3 m-3]; NaN without a complete step."""
    sample = weighted.sample
    return weighted.mean(np.abs(sample.predicted - sample.observed))


MEAN_ABSOLUTE_ERROR = Score("Mean absolute error", mean_absolute_error, higher_is_better=False)
