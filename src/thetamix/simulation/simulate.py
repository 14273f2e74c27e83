"""A synthetic network and the law that it was drawn from.

>>> simulation = simulate(clusters=3, years=0.1, seed=1, truth_profiles=8)
>>> dict(simulation.network["soil_moisture"].sizes)
{'cluster': 3, 'depth': 3, 'replicate': 3, 'time': 877}
>>> dict(simulation.truth["component_mean"].sizes)
{'cluster': 3, 'depth': 3, 'time': 877, 'component': 8}
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.assemble import assemble
from thetamix.quality.flags import range_flags
from thetamix.simulation.faults import FAULTS, plant_faults
from thetamix.simulation.law import noise_free, true_law
from thetamix.simulation.profiles import draw_cluster, draw_profiles
from thetamix.simulation.scene import DEPTHS, FIRST_CLUSTER, follow, set_scene, zone_outcome, zone_profiles
from thetamix.simulation.seeds import Stream
from thetamix.simulation.simulated_sensors import gaps, noise
from thetamix.simulation.truth_record import about, letter, variables
from thetamix.system.errors import InputError, nearest

#: What can be switched off: ``faults`` is all kinds of faults, which can be switched off one by one, too.
CAUSES = ("bypass", "faults", "gaps", "noise", "offsets", "radar", "scatter", *FAULTS)
HOURS_PER_YEAR = 8766


@dataclass(frozen=True)
class Simulation:
    """A synthetic network and its laws.

    Attributes
    ----------
    network
        As every reader makes it.
    truth
        The law of a new replicate at each place, depth and time, noise and offset included, faults excluded:
        ``component_weight``, ``component_mean``, ``component_sd`` (cluster, depth, time, component), as in a
        prediction file. None where it was not asked for.
    regional_truth
        The same for who knows the geology, the land use, the elevation and the weather of a cluster but nothing of
        its own soil: the best that a model without observations of the place can do. None where it was not asked for.
    faults
        The planted faults, see :func:`~thetamix.simulation.faults.plant_faults`.
    """

    network: xr.Dataset
    truth: xr.Dataset | None
    regional_truth: xr.Dataset | None
    faults: pd.DataFrame


def simulate(
    clusters: int = 9,
    years: float = 2.0,
    seed: int = 1,
    *,
    replicates: int = 3,
    step_hours: int = 1,
    start: str = "2013-01-01",
    truth_profiles: int = 64,
    regional_profiles: int = 0,
    without: Sequence[str] = (),
    report: Callable[[float, str], None] | None = None,
) -> Simulation:
    """Simulate a network of replicate sensors.

    Parameters
    ----------
    clusters
        How many; marl, schist and sandstone take turns.
    years
        Length of the record [a]; the soil runs for 120 days before it.
    seed
        The same seed gives the same arrays, bit for bit. More clusters, replicates, years or truth profiles do
        not change what the others get.
    replicates
        Profiles installed in each cluster. More of them leave the readings of the first ones as they are, but where
        the fault `swapped` exchanges one of those with a new one.
    step_hours
        Step of the network [h], a divisor of 24; the physics is always hourly, or shorter while it rains.
    start
        Beginning of the first interval, UTC.
    truth_profiles
        Profiles of each cluster from which the truth is made; 0 for none. Each takes 4 bytes for a depth, cluster
        and step.
    regional_profiles
        Profiles under each cluster's weather, each of a cluster of its own, from which the regional truth is made.
    without
        Names of :data:`CAUSES` to switch off: macropore flow, faults of sensors, missing readings, sensor noise,
        gain and offset of sensors, the error of reported rain, differences between the soils of a cluster.
    report
        Called now and then with the share that is done and a note.

    Returns
    -------
    Simulation
        Network, truths and faults.

    Raises
    ------
    InputError
        If a number is not possible or a cause not known.
    """
    counts = {
        Stream.INSTALLED: replicates,
        Stream.TRUTH: truth_profiles,
        Stream.REGIONAL: regional_profiles,
    }
    steps = _check(clusters, years, counts, step_hours, without)
    begin = _hour(start)
    places = [draw_cluster(seed, number) for number in range(clusters)]
    scene = set_scene(seed, begin, steps, step_hours, places, without)
    areal, areal_site = zone_profiles(seed, without)
    parts, sites = [areal], [areal_site]
    for purpose, count in counts.items():
        for number, place in enumerate(places):
            if count:
                parts.append(draw_profiles(seed, place, purpose, number, count, without))
                sites.append(np.full(count, FIRST_CLUSTER + number))
    courses = follow(scene, parts, sites, ledger=areal.count, report=report)
    streams, reference = zone_outcome(next(courses).ledger, step_hours)
    exact = noise_free(courses, seed, clusters, Stream.INSTALLED, replicates, without)
    readings = _spoil(np.ascontiguousarray(exact.transpose(0, 1, 3, 2)), seed, step_hours, without)
    width = np.timedelta64(step_hours, "h")
    network = assemble(
        {
            "soil_moisture": readings,
            "soil_moisture_flag": range_flags(readings),
            **variables(places, replicates, scene, streams, reference),
        },
        cluster_id=[place.name for place in places],
        depth=DEPTHS,
        replicate_label=[letter(number) for number in range(replicates)],
        time=begin + width * np.arange(1, steps + 1),
        step=width,
        about=about(seed, without),
    )
    kinds = [kind for kind in FAULTS if not {kind, "faults"} & set(without)]
    network, faults = plant_faults(network, seed, kinds)
    laws = {
        purpose: true_law(
            noise_free(courses, seed, clusters, purpose, counts[purpose], without), purpose, without, network
        )
        for purpose in (Stream.TRUTH, Stream.REGIONAL)
        if counts[purpose]
    }
    return Simulation(network, laws.get(Stream.TRUTH), laws.get(Stream.REGIONAL), faults)


def _check(
    clusters: int,
    years: float,
    counts: dict[Stream, int],
    step_hours: int,
    without: Sequence[str],
) -> int:
    """Refuse what cannot be; return the number of steps."""
    for cause in without:
        if cause not in CAUSES:
            raise InputError(f"cannot simulate without {cause!r}; {nearest(cause, CAUSES)}")
    for name, value, least in (
        ("clusters", clusters, 1),
        ("replicates", counts[Stream.INSTALLED], 1),
        ("truth profiles", counts[Stream.TRUTH], 0),
        ("regional profiles", counts[Stream.REGIONAL], 0),
    ):
        if value < least:
            raise InputError(f"{value} {name} cannot be simulated; ask for at least {least}")
    if step_hours < 1 or 24 % step_hours:
        raise InputError(f"a step of {step_hours} h does not divide a day; use 1, 2, 3, 4, 6, 8, 12 or 24")
    steps = round(years * HOURS_PER_YEAR / step_hours) if np.isfinite(years) else 0
    if steps < 2:
        raise InputError(f"{years:g} years are not two steps of {step_hours} h; simulate longer")
    return steps


def _hour(start: str) -> np.datetime64:
    try:
        return np.datetime64(start, "h")
    except ValueError as error:
        raise InputError(f"{start!r} is not a date; write it as 2013-01-01") from error


def _spoil(readings: np.ndarray, seed: int, step_hours: int, without: Sequence[str]) -> np.ndarray:
    """Add noise and gaps to readings (cluster, depth, replicate, time), in place."""
    clusters, depths, replicates, steps = readings.shape
    for cluster, depth, replicate in np.ndindex(clusters, depths, replicates):
        if "noise" not in without:
            readings[cluster, depth, replicate] += noise(seed, cluster, replicate, depth, steps, step_hours)
    for cluster in range(clusters):
        if "gaps" not in without:
            missing = gaps(seed, cluster, depths, replicates, steps, step_hours)
            readings[cluster][missing] = np.nan
    return readings
