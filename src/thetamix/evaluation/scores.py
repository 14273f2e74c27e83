"""The scores of every study. A new one is a function of a weighted sample, and its line in :data:`SCORES`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thetamix.evaluation.dynamics import kge
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


def _kge(weighted: WeightedSample) -> np.ndarray:
    return kge(weighted.moments)


def _rank_correlation(weighted: WeightedSample) -> np.ndarray:
    return weighted.observed_ranks.correlation(weighted.predicted_ranks)


def _mse(weighted: WeightedSample) -> np.ndarray:
    return weighted.moments["mse"]


def _rmse(weighted: WeightedSample) -> np.ndarray:
    root: np.ndarray = np.sqrt(weighted.moments["mse"])
    return root


def _crps(weighted: WeightedSample) -> np.ndarray:
    return weighted.mean(weighted.sample.crps)


def _log_likelihood(weighted: WeightedSample) -> np.ndarray:
    return weighted.mean(weighted.sample.log_likelihood)


def _crps_of_replicate(weighted: WeightedSample) -> np.ndarray:
    return weighted.mean(weighted.sample.crps_of_replicate)


def _log_likelihood_of_replicate(weighted: WeightedSample) -> np.ndarray:
    return weighted.mean(weighted.sample.log_likelihood_of_replicate)


SCORES: dict[str, Score] = {
    "kge": Score("KGE", _kge, higher_is_better=True),
    "rank_correlation": Score("Rank correlation", _rank_correlation, higher_is_better=True),
    "mse": Score("MSE", _mse, higher_is_better=False),
    "rmse": Score("RMSE", _rmse, higher_is_better=False),
    "crps": Score("CRPS", _crps, higher_is_better=False),
    "log_likelihood": Score("Log-likelihood", _log_likelihood, higher_is_better=True),
    "crps_of_replicate": Score("CRPS, each replicate", _crps_of_replicate, higher_is_better=False),
    "log_likelihood_of_replicate": Score(
        "Log-likelihood, each replicate", _log_likelihood_of_replicate, higher_is_better=True
    ),
}
