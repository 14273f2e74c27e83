"""The scores of every study. A new one is a function of a weighted sample, and its line in :data:`SCORES`."""

from operator import attrgetter

import numpy as np

from thetamix.evaluation.dynamics import correlation, kge, ubrmse
from thetamix.evaluation.sample import WeightedSample
from thetamix.evaluation.score import Score


def _kge(weighted: WeightedSample) -> np.ndarray:
    return kge(weighted.moments)


def _rank_correlation(weighted: WeightedSample) -> np.ndarray:
    return weighted.observed_ranks.correlation(weighted.predicted_ranks)


def _correlation(weighted: WeightedSample) -> np.ndarray:
    return correlation(weighted.moments)


def _ubrmse(weighted: WeightedSample) -> np.ndarray:
    return ubrmse(weighted.moments)


def _mse(weighted: WeightedSample) -> np.ndarray:
    return weighted.moments["mse"]


def _rmse(weighted: WeightedSample) -> np.ndarray:
    root: np.ndarray = np.sqrt(weighted.moments["mse"])
    return root


def _mean_of(name: str, title: str, *, higher_is_better: bool) -> Score:
    """Make a score of what a sample holds for each step."""
    values = attrgetter(name)
    return Score(
        title,
        lambda weighted: weighted.mean(values(weighted.sample)),
        higher_is_better=higher_is_better,
        steps=lambda sample: np.isfinite(values(sample)),
    )


SCORES: dict[str, Score] = {
    "kge": Score("KGE", _kge, higher_is_better=True),
    "rank_correlation": Score("Rank correlation", _rank_correlation, higher_is_better=True),
    "correlation": Score("Correlation", _correlation, higher_is_better=True),
    "mse": Score("MSE", _mse, higher_is_better=False),
    "rmse": Score("RMSE", _rmse, higher_is_better=False),
    "ubrmse": Score("ubRMSE", _ubrmse, higher_is_better=False),
    "crps": _mean_of("crps", "CRPS", higher_is_better=False),
    "log_likelihood": _mean_of("log_likelihood", "Log-likelihood", higher_is_better=True),
    "crps_of_replicate": _mean_of("crps_of_replicate", "CRPS, each replicate", higher_is_better=False),
    "log_likelihood_of_replicate": _mean_of(
        "log_likelihood_of_replicate", "Log-likelihood, each replicate", higher_is_better=True
    ),
}
