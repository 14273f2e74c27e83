"""The scores, by name. Each is a function of one series' sample under given weights of its time steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from thetamix.evaluation.dynamics import Ranked, kge, moments, sums


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


@dataclass(frozen=True)
class Drawn:
    """A sample under several weightings of its steps, and what its scores share.

    Attributes
    ----------
    sample
        Of one forecaster and series.
    weights
        (draw, unit): how often each unit was drawn.
    units
        The unit of each step (step); None: each step is one.
    like
        Another forecaster's, of the same series under the same weightings: where the two are scored at the same
        steps, the readings are ranked once.
    """

    sample: Sample
    weights: np.ndarray
    units: np.ndarray | None = None
    like: "Drawn | None" = None

    def chosen(self, known: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Give weights and units of some of the steps (step)."""
        if known.all():  # as almost always: no need to copy the weights of all steps
            return self.weights, self.units
        if self.units is None:
            return self.weights[:, known], None
        return self.weights, self.units[known]

    @cached_property
    def paired(self) -> np.ndarray:
        """Where both are there: mean of the readings and expectation (step)."""
        known: np.ndarray = np.isfinite(self.sample.observed) & np.isfinite(self.sample.predicted)
        return known

    @cached_property
    def moments(self) -> dict[str, np.ndarray]:
        """Moments of readings and expectation; see :func:`thetamix.evaluation.dynamics.moments`."""
        o, p = self.sample.observed[self.paired], self.sample.predicted[self.paired]
        return moments(o, p, *self.chosen(self.paired))

    @cached_property
    def observed_ranks(self) -> Ranked:
        """Ranks of the readings."""
        observed = self.sample.observed[self.paired]
        if self.like is not None and np.array_equal(self.paired, self.like.paired):
            return self.like.observed_ranks
        return Ranked(observed, *self.chosen(self.paired))


ScoreFunction = Callable[[Drawn], np.ndarray]  # gives a value for each weighting (draw)


@dataclass(frozen=True)
class Score:
    """A score.

    Attributes
    ----------
    title
        For tables.
    function
        Of a sample under weightings; gives (draw).
    higher_is_better
        True for KGE, rank correlation, log-likelihood.
    """

    title: str
    function: ScoreFunction
    higher_is_better: bool


def _kge(drawn: Drawn) -> np.ndarray:
    return kge(drawn.moments)


def _mse(drawn: Drawn) -> np.ndarray:
    return drawn.moments["mse"]


def _rmse(drawn: Drawn) -> np.ndarray:
    root: np.ndarray = np.sqrt(drawn.moments["mse"])
    return root


def _rank_correlation(drawn: Drawn) -> np.ndarray:
    predicted = Ranked(drawn.sample.predicted[drawn.paired], *drawn.chosen(drawn.paired))
    return drawn.observed_ranks.correlation(predicted)


def _mean_of(name: str) -> ScoreFunction:
    def mean(drawn: Drawn) -> np.ndarray:
        values = getattr(drawn.sample, name)
        known = np.isfinite(values)
        weights, units = drawn.chosen(known)
        columns = np.stack([values[known], np.ones(int(known.sum()))], axis=1)
        total, count = sums(weights, columns, units).T
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
