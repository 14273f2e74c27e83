"""Scores of the forecasters' files and the floors, a series at a time, with both bootstraps."""

from collections.abc import Sequence

import numpy as np

from thetamix.evaluation.bootstrap import Resampling, Units, step_weights
from thetamix.evaluation.estimates import Estimate, Label, cell_of, cells_of, mean
from thetamix.evaluation.floor import FLOOR_SCORES, FLOORS, floor_samples
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.sample import WeightedSample, series_samples
from thetamix.evaluation.score import Score
from thetamix.evaluation.scores import SCORES
from thetamix.network.by_series import Readings
from thetamix.system.errors import named

#: Scores that are undefined rather than absent where they are NaN: the others need a density, or told replicates.
OF_EVERY_FORECASTER = ("kge", "rank_correlation", "mse", "rmse", "crps")

#: By forecaster, score, and what follows its name where it is the paper's draws that are meant: estimates of series,
#: and of cells (cluster "all").
ScoreEstimates = dict[tuple[str, str, str], dict[Label, Estimate]]


class SeriesScores:
    """Gathers the scores of all series of one seed.

    Parameters
    ----------
    readings
        Soil moisture with rejected readings removed [m3 m-3]: the floors know all.
    group
        Of the clusters (cluster).
    units, resampling
        What the bootstraps draw.
    seed
        Of the paper's draws.
    """

    def __init__(
        self, readings: Readings, group: Sequence[str], units: Units, resampling: Resampling, seed: int
    ) -> None:
        self._readings, self._group, self._units = readings, group, units
        self._resampling, self._seed = resampling, seed
        self._of_series: ScoreEstimates = {}
        #: By forecaster: of series with steps that lack a prediction their number, and that of all steps.
        self.unpredicted: dict[str, dict[Label, tuple[int, int]]] = {}

    def add(self, series: PairedSeries) -> None:
        """Score every forecaster of one series, and the floors."""
        cluster, depth = series.series.cluster, series.series.depth
        rng = np.random.default_rng([self._seed, cluster, depth])
        size = series.steps.size
        once = np.ones((1, size))
        drawn = step_weights(size, self._resampling.step_draws, self._resampling.step_share, rng)
        units = self._units.of(cluster, series.steps)
        there = frozenset(units.tolist()) or frozenset([self._units.of_cluster(cluster)])
        weightings: list[tuple[np.ndarray, np.ndarray | None]] = [(once, None), (drawn, None)]
        if self._units.blocks is not None:
            weightings.append((self._units.weights, units))
        label = (*cell_of(series.series, self._group), series.series.cluster_id)
        everyone = self._readings[cluster, depth][:, series.steps].T.astype(np.float64)
        weighted: list[WeightedSample] = []
        for name, sample in (series_samples(series) | floor_samples(everyone, series.readings)).items():
            before: Sequence[WeightedSample | None] = weighted or [None] * len(weightings)
            weighted = [WeightedSample(sample, *how, like) for how, like in zip(weightings, before, strict=True)]
            for score in FLOOR_SCORES if name in FLOORS else SCORES:
                with named(f"score {score!r} of {name} at {series.series.name}"):
                    value, of_steps, *of_units = (_draws(SCORES[score], each) for each in weighted)
                    undefined, counted = int(np.isnan(value[0])), int(SCORES[score].steps(sample).sum())
                # A large network has many series, each with a thousand draws of every score.
                single = [draws.astype(np.float32) for draws in of_units]
                draws = single[0] if single else np.broadcast_to(value, len(self._units.weights))
                for suffix, estimate in (
                    ("", Estimate(value[0], draws, counted, undefined, there)),
                    (self._resampling.suffix, Estimate(mean(of_steps), of_steps, counted, undefined)),
                ):
                    self._of_series.setdefault((name, score, suffix), {})[label] = estimate
            if series.unpredicted.get(name, 0):
                missing = series.unpredicted[name]
                self.unpredicted.setdefault(name, {})[label] = (missing, size + missing)

    def estimates(self) -> ScoreEstimates:
        """Return the scores of each series and of each group × depth."""
        return with_cells(self._of_series, self._units)


def _draws(score: Score, weighted: WeightedSample) -> np.ndarray:
    values = np.asarray(score.function(weighted))
    if values.shape != (draws := (len(weighted.weights),)):
        raise ValueError(f"its function gave the shape {values.shape}, expected one value a draw, {draws}")
    return values


def with_cells(of_series: ScoreEstimates, units: Units) -> ScoreEstimates:
    """Add the cells to the scores of series; leave out scores that a forecaster cannot have."""
    result: ScoreEstimates = {}
    for (forecaster, score, suffix), series in of_series.items():
        if score in OF_EVERY_FORECASTER or not all(estimate.undefined for estimate in series.values()):
            cells = cells_of(series, None if suffix else units)
            result[forecaster, score, suffix] = {**series, **cells}
    return result
