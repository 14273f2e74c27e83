"""What a run is asked beyond its scores: variability, its components, modes and the aggregate distribution.

The pass over the evaluated series that scores them feeds all of these too; what each keeps does not grow with the
length of the record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.aggregate_density import AggregateDistribution, without_faint
from thetamix.evaluation.belt_scores import Units, Variability
from thetamix.evaluation.belts import belts_of_mixtures, series_belts
from thetamix.evaluation.estimates import ALL, Estimates, estimate_margins, mean_over_seeds
from thetamix.evaluation.margins import with_mean_over_seeds
from thetamix.evaluation.moisture_states import state_limits
from thetamix.evaluation.multimodality import Multimodality
from thetamix.evaluation.nonsequential import nonsequential_responses
from thetamix.evaluation.paired_series import EvaluatedSeries
from thetamix.evaluation.recurring import Recurring
from thetamix.evaluation.replicate_agreement import replicate_correlation
from thetamix.evaluation.replicate_variance import ALL_STATES, COMPONENTS, Components, VarianceComponents
from thetamix.evaluation.series_scores import Resampling, cluster_draws, unit_draws
from thetamix.evaluation.state_belts import LEVELS, BeltsByState
from thetamix.network.by_series import Part, Readings
from thetamix.network.schema import midpoints, time_step
from thetamix.splits.parts import EVALUATION, lies_in
from thetamix.splits.schemes import block_numbers

COMPONENT_COLUMNS = [
    "forecaster",
    "seed",
    "geology",
    "depth",
    "state_low",
    "state_high",
    "component",
    "value",
    "low",
    "high",
    "n_series",
]
CLUSTER_DRAWS = 1000


@dataclass(frozen=True)
class Diagnosis:
    """What one seed says; :func:`further_scores` and :func:`over_seeds` put seeds together.

    Attributes
    ----------
    seed
        Of the split.
    variability
        By forecaster and score: estimates by place (see :data:`~thetamix.evaluation.belt_scores.TITLES`).
    components
        By forecaster (or "observed"), state and component: estimates by place.
    belt_by_state, multimodality, distribution
        Tables of this seed.
    """

    seed: int
    variability: dict[str, dict[str, Estimates]]
    components: Components
    belt_by_state: pd.DataFrame
    multimodality: pd.DataFrame
    distribution: pd.DataFrame


class Diagnostics:
    """Gathers what is to be said of one seed, a series at a time.

    Parameters
    ----------
    network, part
        See :func:`thetamix.evaluation.paired_series.evaluated_series`.
    geology
        Of the clusters (cluster).
    resampling
        What is drawn for intervals; the same blocks or clusters as for the scores.
    seed
        Of the split and of the draws of matched belts.
    """

    def __init__(
        self,
        network: xr.Dataset,
        part: Part,
        geology: Sequence[str],
        resampling: Resampling,
        seed: int,
    ) -> None:
        numbers = block_numbers(midpoints(network["time"], time_step(network["time"])), resampling.block)
        self._seed = seed
        self._evaluated = np.any(lies_in(part, EVALUATION).steps(), axis=1)
        self._belts = Recurring(belts_of_mixtures)
        self._variability = Variability(geology, Units(*unit_draws(network, part, resampling)))
        self._by_state = BeltsByState(geology, seed)
        self._components = VarianceComponents(geology, numbers - numbers[0])
        self._modes = Multimodality(network, geology, seed)
        self._distribution = AggregateDistribution(geology, seed)

    def add(self, one: EvaluatedSeries) -> None:
        """Take one series.

        Parameters
        ----------
        one
            Readings and mixtures at the evaluated steps.
        """
        belts = series_belts(one, self._seed, belts_of=self._belts)
        self._variability.add(belts)
        self._by_state.add(belts)
        self._components.add(one)
        self._modes.add(one)
        self._distribution.add(one)

    def diagnosis(self) -> Diagnosis:
        """Say what was gathered.

        Returns
        -------
        Diagnosis
            Of this seed.
        """
        return Diagnosis(
            seed=self._seed,
            variability=self._variability.estimates(),
            components=self._components.estimates(cluster_draws(self._evaluated, CLUSTER_DRAWS)),
            belt_by_state=self._by_state.table(),
            multimodality=self._modes.table(),
            distribution=self._distribution.table(),
        )


def further_scores(diagnoses: Sequence[Diagnosis]) -> dict[tuple[str, int], Mapping[str, Estimates]]:
    """Give the scores of variability as :func:`thetamix.evaluation.estimates.score_table` takes them.

    Parameters
    ----------
    diagnoses
        One for each seed.

    Returns
    -------
    dict
        By forecaster and seed: estimates by score.
    """
    return {(name, one.seed): scores for one in diagnoses for name, scores in one.variability.items()}


def over_seeds(diagnoses: Sequence[Diagnosis]) -> dict[str, pd.DataFrame]:
    """Make the tables of all seeds, with their mean as seed "all".

    Parameters
    ----------
    diagnoses
        One for each seed.

    Returns
    -------
    dict of pandas.DataFrame
        ``belt_by_state``, ``variance_components``, ``multimodality`` and ``distribution``.
    """
    by_state, modes, density = (
        pd.concat([getattr(one, name) for one in diagnoses], ignore_index=True)
        for name in ("belt_by_state", "multimodality", "distribution")
    )
    return {
        "belt_by_state": with_mean_over_seeds(by_state, ["mean", *LEVELS], ["n"]),
        "variance_components": pd.DataFrame(_component_rows(diagnoses), columns=COMPONENT_COLUMNS),
        "multimodality": with_mean_over_seeds(modes, ["strict", "dip", "discharge", "rainy_share"], ["n"]),
        "distribution": without_faint(with_mean_over_seeds(density, ["density"])),
    }


def describe_record(network: xr.Dataset, readings: Readings, geology: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Make the tables that need no forecast: what the readings themselves say.

    Parameters
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    geology
        Of the clusters (cluster).

    Returns
    -------
    dict of pandas.DataFrame
        ``replicate_correlation`` and ``nonsequential``.
    """
    return {
        "replicate_correlation": replicate_correlation(network, readings, geology),
        "nonsequential": nonsequential_responses(network, readings, geology),
    }


def _component_rows(diagnoses: Sequence[Diagnosis]) -> Iterator[tuple[object, ...]]:
    names = list(dict.fromkeys(name for one in diagnoses for name, _, _ in one.components))
    keys = {key for one in diagnoses for key in one.components}
    for key in sorted(keys, key=lambda k: (names.index(k[0]), k[1], COMPONENTS.index(k[2]))):
        name, state, component = key
        limits = (np.nan, np.nan) if state == ALL_STATES else state_limits(state)
        by_seed = {str(one.seed): one.components[key] for one in diagnoses if key in one.components}
        for seed, estimates in (by_seed | {ALL: mean_over_seeds(list(by_seed.values()))}).items():
            for (geology, depth, _), e in estimate_margins(estimates).items():
                yield name, seed, geology, depth, *limits, component, e.value, *e.interval, e.n
