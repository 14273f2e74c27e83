"""The scores of every study. A new one is a function of a weighted sample, and its line in :data:`SCORES`."""

import numpy as np

from thetamix.evaluation.dynamics import kge
from thetamix.evaluation.sample import WeightedSample
from thetamix.evaluation.score import Score


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
