"""Calibrate the soil model to each series and write what it says, with its error, as a prediction file."""

import zlib
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from thetamix.forecasters.base import ForecastContext
from thetamix.forecasters.process.forcing import SurfaceForcing, into_records, surface_of
from thetamix.forecasters.process.readings import dress, fit_gain, sum_readings
from thetamix.forecasters.process.search import minimise
from thetamix.forecasters.process.soil_layers import PARAMETERS, follow, from_unit
from thetamix.network.series import Series, series
from thetamix.prediction.prediction_file import write_prediction

# The search takes long steps where nothing happens. The forecast takes the network's, or a quarter of a day: within
# steps that were put together, it would know what is still to come.
LONGEST_IN_SEARCH, MOST_IN_SEARCH = 24.0, 3.0  # [h], [mm]
LONGEST, MOST = 6.0, 1.0  # [h], [mm]
PROFILES_AT_ONCE = 4096


def forecast_calibrated(context: ForecastContext, *, population: int, generations: int) -> None:
    """Write the calibrated soil model of each series, one Gaussian a step.

    Parameters
    ----------
    context
        The network, with precipitation, potential evapotranspiration and air temperature, and its training part.
        Series without training readings at a time of complete forcing have no prediction.
    population
        Candidates for the parameters of each series, at least 4.
    generations
        How often they are improved.

    Raises
    ------
    InputError
        If the network lacks one of the three forcings.
    """
    network = context.network
    surface = surface_of(network)
    trained = context.trained.within(surface.complete)
    members = [entry for entry in series(network) if trained[entry.cluster, entry.depth].any()]
    title = f"calibrated soil model, {population} candidates x {generations} generations"
    with write_prediction(context.output, network, 1, title=title) as prediction:
        size = max(PROFILES_AT_ONCE // population, 1)
        for start in range(0, len(members), size):
            group = members[start : start + size]
            report = partial(_within, context.report, start, len(group), len(members))
            readings = [context.of(entry)[0] for entry in group]
            chosen = [trained[entry.cluster, entry.depth] for entry in group]
            parameters = calibrate(
                surface,
                group,
                readings,
                chosen,
                context.seed,
                population=population,
                generations=generations,
                report=report,
            )
            moisture = course(surface, group, parameters)
            for number, entry in enumerate(group):
                mean, sd = dress(moisture[:, number], readings[number], chosen[number])
                valid = np.where(surface.complete[entry.cluster], 1.0, np.nan)[:, None]
                prediction.write(entry.cluster, entry.depth, valid, mean[:, None] * valid, sd[:, None] * valid)
            report(1.0)
    context.report(1.0)


def calibrate(
    surface: SurfaceForcing,
    members: Sequence[Series],
    readings: Sequence[np.ndarray],
    trained: Sequence[np.ndarray],
    seed: int,
    *,
    population: int,
    generations: int,
    report: Callable[[float], None],
) -> np.ndarray:
    """Search for the parameters under which the readings of each series are best explained.

    Parameters
    ----------
    surface
        The forcing.
    members
        The series; each has training readings.
    readings
        Of each series (replicate, time) [m3 m-3].
    trained
        Which of them are trained on, boolean.
    seed
        Of the search. A series' draws depend on it and on the series' name alone.
    population, generations
        See :func:`forecast_calibrated`.
    report
        Takes the share that is done.

    Returns
    -------
    numpy.ndarray
        Values of :data:`~thetamix.forecasters.process.soil_layers.PARAMETERS` (series, parameter).
    """
    records, first = into_records(surface, longest=LONGEST_IN_SEARCH, most=MOST_IN_SEARCH)
    sums = [sum_readings(values, chosen, first) for values, chosen in zip(readings, trained, strict=True)]
    site = np.repeat([entry.cluster for entry in members], population)
    depth = np.repeat([entry.depth_m for entry in members], population)

    def cost(candidates: np.ndarray) -> np.ndarray:
        moisture = follow(from_unit(candidates.reshape(-1, len(PARAMETERS))), site, depth, records)
        own = np.split(moisture, len(members), axis=1)
        return np.stack([fit_gain(each, course)[1] for each, course in zip(sums, own, strict=True)])

    generators = [np.random.default_rng([seed, zlib.crc32(entry.name.encode())]) for entry in members]
    best = minimise(cost, generators, len(PARAMETERS), population=population, generations=generations, report=report)
    return from_unit(best)


def course(surface: SurfaceForcing, members: Sequence[Series], parameters: np.ndarray) -> np.ndarray:
    """Follow the calibrated soils at the network's own steps.

    Parameters
    ----------
    surface
        The forcing.
    members
        The series.
    parameters
        Of each (series, parameter).

    Returns
    -------
    numpy.ndarray
        Moisture of the soil model (time, series) [m3 m-3].
    """
    records, _ = into_records(surface, longest=min(surface.step, LONGEST), most=MOST)
    site, depth = (np.array([getattr(entry, name) for entry in members]) for name in ("cluster", "depth_m"))
    return follow(parameters, site, depth, records)


def _within(report: Callable[[float], None], start: int, size: int, total: int, share: float) -> None:
    """Report the share that is done of one of several groups."""
    report((start + share * size) / total)
