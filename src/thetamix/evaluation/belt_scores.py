"""Variability: whether predicted belts are distributed as those of the readings.

Bischof et al. (2025), Tables 3 and F2: the Wasserstein-1 distance between the marginal distributions of observed and
predicted belts in a group × depth (`belt_w1`). Beside it the same with *matched* belts (`belt_w1_matched`, see
:mod:`.belts`), which is 0 for the true law of many places; and both for each series before averaging
(`..._of_series`), so that places whose belts are too wide do not make up for places whose belts are too narrow. A
single place has one draw of its sensors' offsets: the last two have a floor above 0 for a law of *any* replicate.

A distance is never negative, and that of a resampled record is larger on average: near 0, its interval lies above it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from thetamix.evaluation.belts import SeriesBelts
from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import ALL, Estimate, Label, cell_of, cells_of, mean
from thetamix.evaluation.marginals import Marginal, distance
from thetamix.evaluation.sample import weighted_mean
from thetamix.evaluation.series_scores import ScoreEstimates

#: The scores of this subject and what tables call them.
TITLES = {
    "belt_w1": "Wasserstein-1 of belts",
    "belt_w1_matched": "Wasserstein-1 of matched belts",
    "belt_w1_of_series": "Wasserstein-1 of belts, each series",
    "belt_w1_matched_of_series": "Wasserstein-1 of matched belts, each series",
    "belt_observed": "Observed belt",
    "belt_predicted": "Predicted belt",
    "belt_matched": "Matched belt",
    "log_likelihood_of_moments": "Log-likelihood of the moments' Gaussian",
}
#: Those of all series of a group × depth together, and the belts that they compare with the observed ones.
POOLED = {"belt_w1": "predicted", "belt_w1_matched": "matched"}


@dataclass
class BeltScores:
    """Gathers the belts of all series, and scores them.

    Attributes
    ----------
    group
        Of the clusters (cluster).
    units
        What the bootstrap draws.
    """

    group: Sequence[str]
    units: Units
    _marginals: dict[Label, Marginal] = field(default_factory=dict)
    _series: dict[tuple[str, str], dict[Label, Estimate]] = field(default_factory=dict)

    def add(self, belts: SeriesBelts) -> None:
        """Gather the belts of one series."""
        cell = cell_of(belts.series, self.group)
        units = self.units.of(belts.series.cluster, belts.steps)
        there = frozenset(np.unique(units).tolist())
        for name, predicted in belts.predicted.items():
            matched = belts.matched[name]
            observed = np.where(np.isfinite(predicted), belts.observed, np.nan)
            marginals = {
                "observed": _marginal(observed, units),
                "predicted": _marginal(predicted, units),
                "matched": _marginal(matched, units[belts.drawn_at], belts.steps_of_a_draw),
            }
            for kind, marginal in marginals.items():
                key = (*cell, name, kind)
                self._marginals.setdefault(key, Marginal())
                self._marginals[key] += marginal
            of_moments = moments_log_likelihood(belts, name)
            scores = {
                "belt_w1_of_series": (observed, self._distance(marginals["observed"], marginals["predicted"])),
                "belt_w1_matched_of_series": (observed, self._distance(marginals["observed"], marginals["matched"])),
                "belt_observed": (observed, self._mean(observed, units)),
                "belt_predicted": (predicted, self._mean(predicted, units)),
                "belt_matched": (observed, self._mean(matched, units[belts.drawn_at])),
                "log_likelihood_of_moments": (of_moments, self._mean(of_moments, units)),
            }
            for score, (of_steps, (value, draws)) in scores.items():
                undefined = bool(np.isnan(value))
                counted = 0 if undefined else int(np.isfinite(of_steps).sum())
                self._series.setdefault((name, score), {})[*cell, belts.series.cluster_id] = Estimate(
                    value, draws.astype(np.float32), counted, int(undefined), there
                )

    def estimates(self) -> ScoreEstimates:
        """Return the scores of the series, where there are any, and of each group × depth.

        Scores that are undefined everywhere, as those of point forecasts, are left out.
        """
        result: ScoreEstimates = {
            (name, score, ""): dict(self._pooled(name, kind))
            for name in dict.fromkeys(name for name, _ in self._series)
            for score, kind in POOLED.items()
        }
        for (name, score), series in self._series.items():
            result[name, score, ""] = {**series, **cells_of(series, self.units)}
        return {
            key: estimates
            for key, estimates in result.items()
            if any(np.isfinite(estimate.value) for estimate in estimates.values())
        }

    def _pooled(self, name: str, kind: str) -> Iterator[tuple[Label, Estimate]]:
        of_series = self._series[name, f"belt_w1{'_matched' if kind == 'matched' else ''}_of_series"]
        for (*cell, _), cell_mean in cells_of(of_series, self.units).items():
            observed, other = (self._marginals[*cell, name, k] for k in ("observed", kind))
            value, draws = self._distance(observed, other)
            yield (*cell, ALL), Estimate(value, draws, cell_mean.n, cell_mean.undefined, observed.units)

    def _distance(self, observed: Marginal, other: Marginal) -> tuple[np.ndarray, np.ndarray]:
        return distance(observed, other)[0], distance(observed, other, self.units.weights)

    def _mean(self, values: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        defined = values[np.isfinite(values)]
        return mean(values), weighted_mean(self.units.weights, units[np.isfinite(values)], defined)


def _marginal(belts: np.ndarray, units: np.ndarray, weight: float = 1.0) -> Marginal:
    marginal = Marginal()
    defined = np.isfinite(belts)
    if defined.any():
        marginal.add(belts[defined], units[defined], weight)
    return marginal


def moments_log_likelihood(belts: SeriesBelts, name: str) -> np.ndarray:
    """Compute the log-likelihood of the readings under the one Gaussian with the mixture's mean and variance.

    Bischof et al. (2025), appendix B, have this formula. It is what the mixture itself scores only where it has one
    component.

    Returns
    -------
    numpy.ndarray
        Mean over the replicates (step) [nats]; NaN for point forecasts and where there is no prediction.
    """
    forecast = belts.forecasts[name]
    if forecast.is_point or not belts.readings.size:
        return np.full(belts.steps.size, np.nan)
    expectation, variance = (values[:, None] for values in forecast.moments)
    error = belts.readings - expectation
    result: np.ndarray = (-0.5 * (np.log(2 * np.pi * variance) + error**2 / variance)).mean(axis=1)
    return result
