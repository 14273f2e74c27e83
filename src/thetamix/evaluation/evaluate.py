"""Score the forecasters' files, series by series, with both bootstraps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.evaluation.bootstrap import step_weights, unit_weights
from thetamix.evaluation.sample import series_samples
from thetamix.evaluation.scores import SCORES, Sample
from thetamix.network.observations import ReplicateRule
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import Series
from thetamix.splits.schemes import block_numbers


@dataclass(frozen=True)
class Resampling:
    """How scores are resampled.

    Attributes
    ----------
    unit
        ``blocks`` or ``clusters``: what is drawn for inference. Clusters where the question is an unseen place.
    block
        Length of a calendar block.
    unit_draws
        How often units are drawn.
    step_draws, step_share
        The paper's resampling of time steps.
    """

    unit: str
    block: np.timedelta64
    unit_draws: int
    step_draws: int
    step_share: float


@dataclass(frozen=True)
class SeriesScores:
    """The scores of one series.

    Attributes
    ----------
    series
        Which.
    value
        By score.
    unit_draws
        By score: under the draws of calendar blocks (draw). Where clusters are drawn, the value again.
    step_draws
        By score: under the paper's draws of time steps (draw).
    steps, unpredicted
        Number of steps that were scored, and that lack a prediction.
    units
        The calendar blocks (or the cluster) that the scored steps are of.
    """

    series: Series
    value: dict[str, float]
    unit_draws: dict[str, np.ndarray]
    step_draws: dict[str, np.ndarray]
    steps: int
    unpredicted: int
    units: frozenset[int]


def evaluate(
    network: xr.Dataset,
    readings: np.ndarray,
    part: np.ndarray,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    resampling: Resampling,
    seed: int,
    report: Callable[[float], None],
) -> dict[str, list[SeriesScores]]:
    """Score prediction files on the evaluation part, all at the same steps.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.sample.series_samples`.
    resampling
        How scores are resampled.
    seed
        Of the paper's draws.
    report
        Takes the share that is done.

    Returns
    -------
    dict of list of SeriesScores
        By forecaster: one for each series with evaluated readings.
    """
    numbers = block_numbers(midpoints(network["time"], time_step(network["time"])), resampling.block)
    blocks = numbers - numbers[0]
    drawn = block_draws(int(blocks[-1]) + 1, resampling.unit_draws) if resampling.unit == "blocks" else None
    results: dict[str, list[SeriesScores]] = {name: [] for name in predictions}
    for one in series_samples(network, readings, part, rule, predictions):
        rng = np.random.default_rng([seed, one.series.cluster, one.series.depth])
        step_draws = step_weights(one.steps.size, resampling.step_draws, resampling.step_share, rng)
        for name, sample in one.samples.items():
            value = score(sample, np.ones((1, one.steps.size)))
            results[name].append(
                SeriesScores(
                    series=one.series,
                    value={title: float(values[0]) for title, values in value.items()},
                    unit_draws=score(sample, drawn, blocks[one.steps])
                    if drawn is not None
                    else {title: np.repeat(values, resampling.unit_draws) for title, values in value.items()},
                    step_draws=score(sample, step_draws),
                    steps=one.steps.size,
                    unpredicted=one.unpredicted[name],
                    units=frozenset(
                        [one.series.cluster] if drawn is None else np.unique(blocks[one.steps]).tolist()
                    ),
                )
            )
        report((one.series.cluster + 1) / network.sizes["cluster"])
    return results


def block_draws(blocks: int, draws: int) -> np.ndarray:
    """Draw calendar blocks: the same draws for every series, forecaster and seed.

    Parameters
    ----------
    blocks
        Number of calendar blocks that the network spans.
    draws
        How often to draw.

    Returns
    -------
    numpy.ndarray
        How often each block was drawn (draw, block).
    """
    return unit_weights(blocks, draws, 0, "blocks")


def score(sample: Sample, weights: np.ndarray, units: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Compute every score that is defined for a sample.

    Parameters
    ----------
    sample
        Of one series.
    weights
        (draw, unit).
    units
        The unit of each step (step); None: each step is one.

    Returns
    -------
    dict of numpy.ndarray
        By score (draw).
    """
    return {name: entry.function(sample, weights, units) for name, entry in SCORES.items()}
