"""Variability: whether predicted belts are distributed as those of the readings.

Bischof et al. (2025), Tables 3 and F2: the Wasserstein-1 distance between the marginal distributions of observed and
predicted belts in a geology × depth (`belt_w1`). Beside it the same with *matched* belts (`belt_w1_matched`, see
:mod:`.belts`), which is 0 for the true law of many places; and both for each series before averaging
(`..._of_series`), so that places whose belts are too wide do not make up for places whose belts are too narrow. A
single place has one draw of its sensors' offsets: the last two have a floor above 0 for a law of *any* replicate.

A distance is never negative, and that of a resampled record is larger on average: near 0, its interval lies above it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from thetamix.evaluation.belts import SeriesBelts
from thetamix.evaluation.dynamics import sums
from thetamix.evaluation.estimates import ALL, Estimate, Estimates, Place, mean_of_series
from thetamix.evaluation.marginals import Marginal, distance

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
#: Those of all series of a geology × depth together, and the belts that they compare with the observed ones.
POOLED = {"belt_w1": "predicted", "belt_w1_matched": "matched"}


@dataclass(frozen=True)
class Units:
    """What the bootstrap for inference draws: calendar blocks, or clusters.

    Attributes
    ----------
    blocks
        Number of the calendar block of each time step (time); None where clusters are drawn.
    weights
        How often each unit was drawn (draw, unit).
    """

    blocks: np.ndarray | None
    weights: np.ndarray

    def of(self, cluster: int, steps: np.ndarray) -> np.ndarray:
        """Give the unit of some steps of a cluster (step)."""
        return np.full(steps.size, cluster) if self.blocks is None else self.blocks[steps]


@dataclass
class Variability:
    """Gathers the belts of all series, and scores them.

    Attributes
    ----------
    geology
        Of the clusters (cluster).
    units
        What the bootstrap draws.
    """

    geology: Sequence[str]
    units: Units
    _marginals: dict[tuple[str, str, str, str], Marginal] = field(default_factory=dict)
    _series: dict[tuple[str, str], dict[Place, Estimate]] = field(default_factory=dict)

    def add(self, belts: SeriesBelts) -> None:
        """Take the belts of one series.

        Parameters
        ----------
        belts
            Of the series.
        """
        place = (self.geology[belts.series.cluster], f"{belts.series.depth_m:g}", belts.series.cluster_id)
        units = self.units.of(belts.series.cluster, belts.steps)
        there = frozenset(np.unique(units).tolist())
        for name, predicted in belts.predicted.items():
            matched = belts.matched[name]
            observed = np.where(np.isfinite(predicted), belts.observed, np.nan)
            three = {
                "observed": self._gathered(observed, units),
                "predicted": self._gathered(predicted, units),
                "matched": self._gathered(matched, units[belts.drawn_at], belts.steps_of_a_draw),
            }
            for kind, marginal in three.items():
                key = (*place[:2], name, kind)
                self._marginals.setdefault(key, Marginal())
                self._marginals[key] += marginal
            found = {
                "belt_w1_of_series": self._distance(three["observed"], three["predicted"]),
                "belt_w1_matched_of_series": self._distance(three["observed"], three["matched"]),
                "belt_observed": self._mean(observed, units),
                "belt_predicted": self._mean(predicted, units),
                "belt_matched": self._mean(matched, units[belts.drawn_at]),
                "log_likelihood_of_moments": self._mean(moments_log_likelihood(belts, name), units),
            }
            for score, (value, draws) in found.items():
                self._series.setdefault((name, score), {})[place] = Estimate(
                    value, draws.astype(np.float32), belts.steps.size, int(np.isnan(value)), there
                )

    def estimates(self) -> dict[str, dict[str, Estimates]]:
        """Score what was gathered.

        Returns
        -------
        dict
            By forecaster and score: estimates of the series where the score has them, and of each geology × depth.
            Scores that are undefined everywhere, as those of point forecasts, are left out.
        """
        result: dict[str, dict[str, Estimates]] = {name: {} for name, _ in self._series}
        for name, scores in result.items():
            for score, kind in POOLED.items():
                scores[score] = dict(self._pooled(name, kind))
        for (name, score), of_series in self._series.items():
            result[name][score] = of_series | self._cells(of_series)
        return {
            name: {
                score: estimates
                for score, estimates in scores.items()
                if any(np.isfinite(one.value) for one in estimates.values())
            }
            for name, scores in result.items()
        }

    def _pooled(self, name: str, kind: str) -> Iterator[tuple[Place, Estimate]]:
        of_series = self._series[name, f"belt_w1{'_matched' if kind == 'matched' else ''}_of_series"]
        for geology, depth in sorted({place[:2] for place in of_series}):
            observed, said = (self._marginals[geology, depth, name, k] for k in ("observed", kind))
            value, draws = self._distance(observed, said)
            members = [one for place, one in of_series.items() if place[:2] == (geology, depth)]
            undefined = sum(one.undefined for one in members)
            yield (
                (geology, depth, ALL),
                Estimate(value, draws, len(members) - undefined, undefined, observed.units),
            )

    def _cells(self, of_series: dict[Place, Estimate]) -> dict[Place, Estimate]:
        cells: dict[Place, Estimate] = {}
        for geology, depth in sorted({place[:2] for place in of_series}):
            members = [one for place, one in of_series.items() if place[:2] == (geology, depth)]
            # Where clusters are drawn, the draws of a series are its value, or NaN where it was not drawn.
            clusters = None if self.units.blocks is not None else [min(one.units or ()) for one in members]
            times = None if clusters is None else self.units.weights[:, clusters].T
            cells[geology, depth, ALL] = mean_of_series(members, times)
        return cells

    def _gathered(self, belts: np.ndarray, units: np.ndarray, weight: float = 1.0) -> Marginal:
        marginal = Marginal()
        known = np.isfinite(belts)
        if known.any():
            marginal.add(belts[known], units[known], weight)
        return marginal

    def _distance(self, observed: Marginal, said: Marginal) -> tuple[float, np.ndarray]:
        return float(distance(observed, said)[0]), distance(observed, said, self.units.weights)

    def _mean(self, values: np.ndarray, units: np.ndarray) -> tuple[float, np.ndarray]:
        known = np.isfinite(values)
        columns = np.stack([values[known], np.ones(int(known.sum()))], axis=1)
        total, count = sums(self.units.weights, columns, units[known]).T
        draws = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        return float(values[known].mean()) if known.any() else np.nan, draws


def moments_log_likelihood(belts: SeriesBelts, name: str) -> np.ndarray:
    """Give the log-likelihood of the readings under the one Gaussian with the mixture's mean and variance.

    Bischof et al. (2025), appendix B, have this formula. It is what the mixture itself scores only where it has one
    component.

    Parameters
    ----------
    belts
        Readings and mixtures of a series.
    name
        Of the forecaster.

    Returns
    -------
    numpy.ndarray
        Mean over the replicates (step) [nats]; NaN for point forecasts and where there is no prediction.
    """
    said = belts.forecasts[name]
    if said.is_point or not belts.readings.size:
        return np.full(belts.steps.size, np.nan)
    mean, variance = (values[:, None] for values in said.moments)
    error = belts.readings - mean
    result: np.ndarray = (-0.5 * (np.log(2 * np.pi * variance) + error**2 / variance)).mean(axis=1)
    return result
