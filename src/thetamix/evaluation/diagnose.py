"""What a run is asked beyond its scores: variability, its components, modes and the aggregate distribution.

One pass over the evaluated series feeds all of them; what each keeps does not grow with the length of the record.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.aggregate import ALL, Estimates, estimate_margins, mean_over_seeds
from thetamix.evaluation.aggregate_distribution import AggregateDistribution, without_faint
from thetamix.evaluation.belts import series_belts
from thetamix.evaluation.evaluate import Resampling, cluster_draws, unit_draws
from thetamix.evaluation.evaluated import evaluated_series
from thetamix.evaluation.heteroscedasticity import LEVELS, BeltsByState
from thetamix.evaluation.margins import with_mean_over_seeds
from thetamix.evaluation.multimodality import Multimodality
from thetamix.evaluation.replicates import replicate_correlation
from thetamix.evaluation.responses import nonsequential_responses
from thetamix.evaluation.states import state_limits
from thetamix.evaluation.variability import Units, Variability
from thetamix.evaluation.variance_components import ALL_STATES, COMPONENTS, Components, VarianceComponents
from thetamix.network.observations import ReplicateRule
from thetamix.network.schema import midpoints, time_step
from thetamix.splits.parts import EVALUATION
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
        By forecaster and score: estimates by place (see :data:`~thetamix.evaluation.variability.TITLES`).
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


def diagnose(
    network: xr.Dataset,
    readings: np.ndarray,
    part: np.ndarray,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    geology: Sequence[str],
    resampling: Resampling,
    seed: int,
    report: Callable[[float], None],
) -> Diagnosis:
    """Diagnose prediction files on the evaluation part, all at the same steps.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.evaluated.evaluated_series`.
    geology
        Of the clusters (cluster).
    resampling
        What is drawn for intervals; the same blocks or clusters as for the scores.
    seed
        Of the split and of the draws of matched belts.
    report
        Takes the share that is done.

    Returns
    -------
    Diagnosis
        Of this seed.
    """
    numbers = block_numbers(midpoints(network["time"], time_step(network["time"])), resampling.block)
    variability = Variability(geology, Units(*unit_draws(network, part, resampling)))
    by_state = BeltsByState(geology, seed)
    components = VarianceComponents(geology, numbers - numbers[0])
    modes = Multimodality(network, geology, seed)
    distribution = AggregateDistribution(geology, seed)
    for one in evaluated_series(network, readings, part, rule, predictions):
        belts = series_belts(one, seed)
        variability.add(belts)
        by_state.add(belts)
        components.add(one)
        modes.add(one)
        distribution.add(one)
        report((one.series.cluster + 1) / network.sizes["cluster"])
    clusters = cluster_draws((part == EVALUATION).any(axis=(1, 2, 3)), CLUSTER_DRAWS)
    return Diagnosis(
        seed=seed,
        variability=variability.estimates(),
        components=components.estimates(clusters),
        belt_by_state=by_state.table(),
        multimodality=modes.table(),
        distribution=distribution.table(),
    )


def further_scores(diagnoses: Sequence[Diagnosis]) -> dict[tuple[str, int], Mapping[str, Estimates]]:
    """Give the scores of variability as :func:`thetamix.evaluation.aggregate.score_table` takes them.

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


def describe_record(
    network: xr.Dataset, readings: np.ndarray, geology: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Make the tables that need no forecast: what the readings themselves say.

    Parameters
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed (cluster, depth, replicate, time) [m3 m-3].
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
