"""The scores, by name. Each is a function of one series' sample under given weights of its time steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from thetamix.evaluation.dynamics import kge, moments, rank_correlation, sums


@dataclass(frozen=True)
class Sample:
    """What one forecaster said about one series at the evaluated steps, and what was read.

    Attributes
    ----------
    observed
        Mean of the replicates (step) [m3 m-3]; NaN where one of them is missing.
    predicted
        Expectation of the mixture (step) [m3 m-3].
    crps
        Of the replicates' readings under the series' mixture, averaged over them (step) [m3 m-3].
    log_likelihood
        Likewise (step) [nats]; NaN for point forecasts.
    crps_of_replicate, log_likelihood_of_replicate
        Of each reading under its own replicate's distribution (step); NaN for forecasters that do not tell
        replicates apart.
    """

    observed: np.ndarray
    predicted: np.ndarray
    crps: np.ndarray
    log_likelihood: np.ndarray
    crps_of_replicate: np.ndarray
    log_likelihood_of_replicate: np.ndarray


class ScoreFunction(Protocol):
    """A score of one series; see :class:`Score`."""

    def __call__(self, sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
        """Give the score under each weighting (draw)."""


@dataclass(frozen=True)
class Score:
    """A score.

    Attributes
    ----------
    title
        For tables.
    function
        Of a sample, weights (draw, unit) and the unit of each step (step), None where each step is one; gives (draw).
    higher_is_better
        True for KGE, rank correlation, log-likelihood.
    """

    title: str
    function: ScoreFunction
    higher_is_better: bool


def _chosen(
    known: np.ndarray, weights: np.ndarray, units: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    if known.all():  # as almost always: no need to copy the weights of all steps
        return weights, units
    return (weights[:, known], None) if units is None else (weights, units[known])


def _paired(
    sample: Sample, weights: np.ndarray, units: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    known = np.isfinite(sample.observed) & np.isfinite(sample.predicted)
    return sample.observed[known], sample.predicted[known], *_chosen(known, weights, units)


def _kge(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    return kge(moments(*_paired(sample, weights, units)))


def _mse(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    return moments(*_paired(sample, weights, units))["mse"]


def _rmse(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    root: np.ndarray = np.sqrt(_mse(sample, weights, units))
    return root


def _rank_correlation(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
    return rank_correlation(*_paired(sample, weights, units))


def _mean_of(name: str) -> ScoreFunction:
    def mean(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> np.ndarray:
        values = getattr(sample, name)
        known = np.isfinite(values)
        chosen, its_units = _chosen(known, weights, units)
        columns = np.stack([values[known], np.ones(int(known.sum()))], axis=1)
        total, count = sums(chosen, columns, its_units).T
        result: np.ndarray = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        return result

    return mean


#: The scores of every study. A new one is a function and an entry here.
SCORES: Mapping[str, Score] = {
    "kge": Score("KGE", _kge, higher_is_better=True),
    "rank_correlation": Score("Rank correlation", _rank_correlation, higher_is_better=True),
    "mse": Score("MSE", _mse, higher_is_better=False),
    "rmse": Score("RMSE", _rmse, higher_is_better=False),
    "crps": Score("CRPS", _mean_of("crps"), higher_is_better=False),
    "log_likelihood": Score("Log-likelihood", _mean_of("log_likelihood"), higher_is_better=True),
    "crps_of_replicate": Score("CRPS, each replicate", _mean_of("crps_of_replicate"), higher_is_better=False),
    "log_likelihood_of_replicate": Score(
        "Log-likelihood, each replicate", _mean_of("log_likelihood_of_replicate"), higher_is_better=True
    ),
}
