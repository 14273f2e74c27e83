"""All that a study asks of its prediction files: paired series, statistics of each, sums, means, tables.

Each seed's files are read once, a series at a time. What is gathered does not grow with the length of the record.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import xarray as xr

from thetamix.evaluation.aggregate_density import AggregateDensity, density_table
from thetamix.evaluation.belt_scores import BeltScores
from thetamix.evaluation.belts import belts_of_mixtures, series_belts
from thetamix.evaluation.bootstrap import Resampling, Units, calendar_blocks, draw_clusters, draw_units
from thetamix.evaluation.calibration_sums import Calibration
from thetamix.evaluation.calibration_table import calibration_table
from thetamix.evaluation.crps_decomposition import Decomposition, decomposition_table
from thetamix.evaluation.estimates import Estimate, Label
from thetamix.evaluation.floor import FLOORS
from thetamix.evaluation.forecaster_differences import comparison_table
from thetamix.evaluation.long_table import Unpredicted, score_table, seed_spread
from thetamix.evaluation.multimodality import Multimodality, multimodality_table
from thetamix.evaluation.nonsequential import nonsequential_responses
from thetamix.evaluation.paired_series import paired_series
from thetamix.evaluation.recurring import Recurring
from thetamix.evaluation.replicate_agreement import replicate_correlation
from thetamix.evaluation.replicate_variance import Components, VarianceComponents, variance_table
from thetamix.evaluation.series_scores import ScoreEstimates, SeriesScores
from thetamix.evaluation.state_belts import BeltsByState, belt_table
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule
from thetamix.system.errors import InputError

CLUSTER_DRAWS = 1000


class Assessment:
    """What the prediction files of a study are worth.

    Parameters
    ----------
    network, readings, rule
        See :func:`thetamix.evaluation.paired_series.paired_series`.
    group
        Of the clusters (cluster).
    resampling
        How scores are resampled.
    """

    def __init__(
        self,
        network: xr.Dataset,
        readings: Readings,
        rule: ReplicateRule,
        group: Sequence[str],
        resampling: Resampling,
    ) -> None:
        self._network, self._readings, self._rule = network, readings, rule
        self._group, self._resampling = group, resampling
        self._units: dict[str, Units] = {}
        self._scores: dict[str, ScoreEstimates] = {}
        self._unpredicted: dict[str, Unpredicted] = {}
        self._calibration: dict[str, Calibration] = {}
        self._decomposition: dict[str, Decomposition] = {}
        self._components: dict[str, Components] = {}
        self._belts, self._modes, self._density = (dict[str, dict[Label, Estimate]]() for _ in range(3))

    def add(
        self, seed: int, part: Part, predictions: Mapping[str, xr.Dataset], report: Callable[[float], None]
    ) -> None:
        """Assess the prediction files of a seed, all at the same steps; each is read once.

        Parameters
        ----------
        seed
            Of the split and of all draws but those of blocks and clusters.
        part, predictions
            See :func:`thetamix.evaluation.paired_series.paired_series`.
        report
            Takes the share that is done.

        Raises
        ------
        InputError
            If a forecaster has the name of a floor.
        """
        for name in FLOORS:
            if name in predictions:
                raise InputError(f"forecasters.{name}: that is the name of a floor; take another name")
        network, group, resampling, key = self._network, self._group, self._resampling, str(seed)
        units = draw_units(network, part, resampling)
        blocks = calendar_blocks(network, resampling.block)
        scores = SeriesScores(self._readings, group, units, resampling, seed)
        calibration, decomposition = Calibration(group, units), Decomposition(group)
        belts, belt_scores, by_state = Recurring(belts_of_mixtures), BeltScores(group, units), BeltsByState(group)
        components = VarianceComponents(group, blocks, draw_clusters(part, CLUSTER_DRAWS))
        modes, density = Multimodality(network, group), AggregateDensity(group)

        for series in paired_series(network, self._readings, part, self._rule, predictions):
            for gatherer in (calibration, decomposition, components, modes, density, scores):
                gatherer.add(series)
            of_series = series_belts(series, seed, belts_of=belts)
            belt_scores.add(of_series)
            by_state.add(of_series)
            report((series.series.cluster + 1) / network.sizes["cluster"])
        self._units[key] = units
        self._scores[key] = scores.estimates() | belt_scores.estimates()
        self._unpredicted[key] = scores.unpredicted
        self._calibration[key], self._decomposition[key] = calibration, decomposition
        self._components[key], self._belts[key] = components.estimates(), by_state.estimates()
        self._modes[key], self._density[key] = modes.estimates(), density.estimates()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Build the tables of all seeds, and those of the readings themselves.

        Returns
        -------
        dict of pandas.DataFrame
            ``scores``, and the long tables by name.
        """
        scores = score_table(self._scores, self._unpredicted)
        return {
            "scores": scores,
            "belt_by_state": belt_table(self._belts),
            "variance_components": variance_table(self._components),
            "multimodality": multimodality_table(self._modes),
            "distribution": density_table(self._density),
            "replicate_correlation": replicate_correlation(self._network, self._readings, self._group),
            "nonsequential": nonsequential_responses(self._network, self._readings, self._group),
            "calibration": calibration_table(self._calibration),
            "crps_decomposition": decomposition_table(self._decomposition),
            "comparison": comparison_table(self._scores, self._units),
            "seed_spread": seed_spread(scores),
        }
