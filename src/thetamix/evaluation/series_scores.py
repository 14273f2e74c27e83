"""Score the forecasters' files and the floors, series by series, with both bootstraps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix.evaluation.bootstrap import step_weights, unit_weights
from thetamix.evaluation.floor import FLOORS, floor_samples
from thetamix.evaluation.paired_series import EvaluatedSeries, evaluated_series
from thetamix.evaluation.sample import series_samples
from thetamix.evaluation.scores import SCORES, Drawn
from thetamix.network.by_series import Part, Readings
from thetamix.network.observations import ReplicateRule
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import Series
from thetamix.splits.parts import EVALUATION, lies_in
from thetamix.splits.schemes import block_numbers
from thetamix.system.errors import InputError


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
        By score: under the draws of calendar blocks (draw), float32. Where clusters are drawn, the value again.
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
    readings: Readings,
    part: Part,
    rule: ReplicateRule,
    predictions: Mapping[str, xr.Dataset],
    resampling: Resampling,
    seed: int,
    report: Callable[[float], None],
    also: Sequence[Callable[[EvaluatedSeries], None]] = (),
) -> dict[str, list[SeriesScores]]:
    """Score prediction files on the evaluation part, and the floors, all at the same steps.

    Parameters
    ----------
    network, readings, part, rule, predictions
        See :func:`thetamix.evaluation.paired_series.evaluated_series`.
    resampling
        How scores are resampled.
    seed
        Of the paper's draws.
    report
        Takes the share that is done.
    also
        Each of them takes every evaluated series too: so that everything is read once.

    Returns
    -------
    dict of list of SeriesScores
        By forecaster, and by :data:`~thetamix.evaluation.floor.FLOORS`: one for each series with evaluated readings.

    Raises
    ------
    InputError
        If a forecaster has the name of a floor.
    """
    for name in FLOORS:
        if name in predictions:
            raise InputError(f"forecasters.{name}: that is the name of a floor; take another name")
    blocks, drawn = unit_draws(network, part, resampling)
    results: dict[str, list[SeriesScores]] = {name: [] for name in (*predictions, *FLOORS)}
    for one in evaluated_series(network, readings, part, rule, predictions):
        for take in also:
            take(one)
        rng = np.random.default_rng([seed, one.series.cluster, one.series.depth])
        siblings = readings[one.series.cluster, one.series.depth][:, one.steps].T.astype(np.float64)
        weightings = {
            "once": (np.ones((1, one.steps.size)), None),
            "steps": (step_weights(one.steps.size, resampling.step_draws, resampling.step_share, rng), None),
        }
        if blocks is not None:
            weightings["units"] = (drawn, blocks[one.steps])
        before: dict[str, Drawn] = {}
        for name, sample in (series_samples(one) | floor_samples(siblings, one.readings)).items():
            before = {kind: Drawn(sample, *how, like=before.get(kind)) for kind, how in weightings.items()}
            found = {kind: score(it) for kind, it in before.items()}
            results[name].append(
                SeriesScores(
                    series=one.series,
                    value={title: float(values[0]) for title, values in found["once"].items()},
                    unit_draws=_repeated(found["once"], resampling.unit_draws)
                    if blocks is None
                    else _single(found["units"]),
                    step_draws=found["steps"],
                    steps=one.steps.size,
                    unpredicted=one.unpredicted.get(name, 0),
                    units=frozenset(
                        [one.series.cluster] if blocks is None else np.unique(blocks[one.steps]).tolist()
                    ),
                )
            )
        report((one.series.cluster + 1) / network.sizes["cluster"])
    return results


def unit_draws(network: xr.Dataset, part: Part, resampling: Resampling) -> tuple[np.ndarray | None, np.ndarray]:
    """Draw what is drawn for inference, among what is evaluated: the same for every series and forecaster.

    Parameters
    ----------
    network
        Names the times.
    part
        The split.
    resampling
        What is drawn, and how often.

    Returns
    -------
    blocks : numpy.ndarray or None
        The calendar block of each time step (time), counted from that of the first; None where clusters are drawn.
    weights : numpy.ndarray
        How often each block or cluster was drawn (draw, unit).
    """
    if resampling.unit == "clusters":
        return None, cluster_draws(np.any(lies_in(part, EVALUATION).steps(), axis=1), resampling.unit_draws)
    numbers = block_numbers(midpoints(network["time"], time_step(network["time"])), resampling.block)
    blocks = numbers - numbers[0]
    among = np.zeros(int(blocks[-1]) + 1, dtype=bool)
    among[blocks[lies_in(part, EVALUATION).steps().any(axis=0)]] = True
    return blocks, unit_weights(among.size, resampling.unit_draws, 0, "blocks", among)


def cluster_draws(evaluated: np.ndarray, draws: int) -> np.ndarray:
    """Draw clusters from those that are evaluated.

    Parameters
    ----------
    evaluated
        Which are (cluster), boolean.
    draws
        How often to draw.

    Returns
    -------
    numpy.ndarray
        How often each cluster was drawn (draw, cluster).
    """
    return unit_weights(evaluated.size, draws, 0, "clusters", evaluated)


def _single(draws: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    # A large network has many series, each with a thousand draws of every score.
    return {name: values.astype(np.float32) for name, values in draws.items()}


def _repeated(value: dict[str, np.ndarray], draws: int) -> dict[str, np.ndarray]:
    return {name: np.broadcast_to(values, draws) for name, values in value.items()}


def score(drawn: Drawn) -> dict[str, np.ndarray]:
    """Compute every score that is defined for a sample.

    Parameters
    ----------
    drawn
        The sample of one series, under several weightings.

    Returns
    -------
    dict of numpy.ndarray
        By score (draw).
    """
    return {name: entry.function(drawn) for name, entry in SCORES.items()}
