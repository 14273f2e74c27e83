"""A synthetic network and the law that it was drawn from.

>>> simulation = simulate(clusters=3, years=0.1, seed=1, truth_profiles=8)
>>> dict(simulation.network["soil_moisture"].sizes)
{'cluster': 3, 'depth': 3, 'replicate': 3, 'time': 877}
>>> dict(simulation.truth["component_mean"].sizes)
{'cluster': 3, 'depth': 3, 'time': 877, 'component': 8}
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from thetamix import __version__
from thetamix.errors import InputError, nearest
from thetamix.network.assemble import assemble
from thetamix.network.quality import range_flags
from thetamix.simulation.geology import GEOLOGIES, GEOLOGY_NAMES
from thetamix.simulation.law import noise_free, true_law
from thetamix.simulation.layout import coordinates
from thetamix.simulation.profiles import Cluster, draw_cluster, draw_profiles
from thetamix.simulation.scene import (
    DEPTHS,
    FIRST_CLUSTER,
    Scene,
    follow,
    recorded,
    set_scene,
    zone_outcome,
    zone_profiles,
)
from thetamix.simulation.seeds import Stream, stream
from thetamix.simulation.sensors import NOISE_SD, gaps

#: What can be switched off.
CAUSES = ("bypass", "gaps", "noise", "offsets", "radar", "scatter")
HOURS_PER_YEAR = 8766


@dataclass(frozen=True)
class Simulation:
    """A synthetic network and its law.

    Attributes
    ----------
    network
        As every reader makes it.
    truth
        The law of a new replicate at each place, depth and time, noise and offset included: ``component_weight``,
        ``component_mean``, ``component_sd`` (cluster, depth, time, component), as in a prediction file. None where
        it was not asked for.
    """

    network: xr.Dataset
    truth: xr.Dataset | None


def simulate(
    clusters: int = 9,
    years: float = 2.0,
    seed: int = 1,
    *,
    replicates: int = 3,
    step_hours: int = 1,
    start: str = "2013-01-01",
    truth_profiles: int = 64,
    without: Sequence[str] = (),
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
        Profiles installed in each cluster.
    step_hours
        Step of the network [h], a divisor of 24; the physics is always hourly, or shorter while it rains.
    start
        Beginning of the first interval, UTC.
    truth_profiles
        Profiles of each cluster from which the truth is made; 0 for none. Each takes 4 bytes for a depth, cluster
        and step.
    without
        Names of :data:`CAUSES` to switch off: macropore flow, missing readings, sensor noise, gain and offset of
        sensors, the error of reported rain, differences between the soils of a cluster.

    Returns
    -------
    Simulation
        Network and truth.

    Raises
    ------
    InputError
        If a number is not possible or a cause not known.
    """
    steps = _check(clusters, years, replicates, step_hours, truth_profiles, without)
    begin = _hour(start)
    places = [draw_cluster(seed, number) for number in range(clusters)]
    scene = set_scene(seed, begin, steps, step_hours, places, without)
    areal, areal_site = zone_profiles(seed, without)
    parts, sites = [areal], [areal_site]
    for purpose, count in ((Stream.INSTALLED, replicates), (Stream.TRUTH, truth_profiles)):
        for number, place in enumerate(places):
            if count:
                parts.append(draw_profiles(seed, place, purpose, number, count, without))
                sites.append(np.full(count, FIRST_CLUSTER + number))
    courses = follow(scene, parts, sites, ledger=areal.count)
    streams, reference = zone_outcome(next(courses).ledger, step_hours)
    exact = noise_free(courses, seed, clusters, Stream.INSTALLED, replicates, without)
    readings = _spoil(np.ascontiguousarray(exact.transpose(0, 1, 3, 2)), seed, step_hours, without)
    width = np.timedelta64(step_hours, "h")
    network = assemble(
        {
            "soil_moisture": readings,
            "soil_moisture_flag": range_flags(readings),
            **_sensors(places, replicates),
            **_forcing(scene),
            **_zones(streams, reference, places),
            **_attributes(places),
        },
        cluster_id=[place.name for place in places],
        depth=DEPTHS,
        replicate_label=[_letter(number) for number in range(replicates)],
        time=begin + width * np.arange(1, steps + 1),
        step=width,
        about=_about(seed, without),
    )
    if not truth_profiles:
        return Simulation(network, None)
    mean = noise_free(courses, seed, clusters, Stream.TRUTH, truth_profiles, without)
    return Simulation(network, true_law(mean, without, network))


def _check(
    clusters: int,
    years: float,
    replicates: int,
    step_hours: int,
    truth_profiles: int,
    without: Sequence[str],
) -> int:
    """Refuse what cannot be; return the number of steps."""
    for cause in without:
        if cause not in CAUSES:
            raise InputError(f"cannot simulate without {cause!r}; {nearest(cause, CAUSES)}")
    for name, value, least in (
        ("clusters", clusters, 1),
        ("replicates", replicates, 1),
        ("truth profiles", truth_profiles, 0),
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
    for cluster in range(clusters):
        if "noise" not in without:
            for replicate in range(replicates):
                for depth in range(depths):
                    random = stream(seed, Stream.NOISE, cluster, replicate, depth)
                    readings[cluster, depth, replicate] += NOISE_SD * random.standard_normal(
                        steps, dtype=np.float32
                    )
        if "gaps" not in without:
            missing = gaps(seed, cluster, depths, replicates, steps, step_hours)
            readings[cluster][missing] = np.nan
    return readings


def _sensors(places: list[Cluster], replicates: int) -> dict[str, np.ndarray]:
    shape = (len(places), DEPTHS.size, replicates)
    names = [
        f"{place.name}_{_letter(replicate)}_{depth * 100:.0f}cm"
        for place in places
        for depth in DEPTHS
        for replicate in range(replicates)
    ]
    return {
        "sensor_id": np.array(names, dtype=object).reshape(shape),
        "sensor_depth": np.broadcast_to(DEPTHS[:, None], shape).copy(),
    }


def _forcing(scene: Scene) -> dict[str, np.ndarray]:
    """Give the forcing as reported (cluster, time), float32."""
    air = scene.weather
    hourly = {
        "precipitation": scene.reported,
        "potential_evapotranspiration": air.potential_evapotranspiration[:, FIRST_CLUSTER:],
        "air_temperature": air.air_temperature[:, FIRST_CLUSTER:],
    }
    return {
        name: np.ascontiguousarray(recorded(values, scene.step_hours).T, dtype=np.float32)
        for name, values in hourly.items()
    }


def _zones(streams: np.ndarray, reference: np.ndarray, places: list[Cluster]) -> dict[str, np.ndarray]:
    """Give discharge and reference of each cluster's geology."""
    zone = [GEOLOGY_NAMES.index(place.geology) for place in places]
    return {
        "discharge": streams.T[zone].astype(np.float32),
        "discharge_gauge": np.array([f"{place.geology} stream" for place in places], dtype=object),
        "reference_soil_moisture": reference.transpose(2, 1, 0)[zone].astype(np.float32),
    }


def _attributes(places: list[Cluster]) -> dict[str, np.ndarray]:
    latitude, longitude = coordinates(places)
    text = {
        "geology": [place.geology for place in places],
        "soil_type": [GEOLOGIES[place.geology].soil_type for place in places],
        "land_use": [place.land_use for place in places],
    }
    return {
        "elevation": np.array([place.elevation for place in places]),
        "latitude": latitude,
        "longitude": longitude,
        **{name: np.array(words, dtype=object) for name, words in text.items()},
    }


def _letter(number: int) -> str:
    return string.ascii_uppercase[number] if number < 26 else f"R{number + 1}"


def _about(seed: int, without: Sequence[str]) -> dict[str, str]:
    causes = ", ".join(sorted(set(without))) or "nothing"
    return {
        "title": "Simulated network of replicate soil moisture sensors",
        "summary": "Soil moisture of replicate profiles in clusters on marl, schist and sandstone: layered soil "
        "with scattered parameters under stochastic weather, read by sensors with noise, offsets and gaps.",
        "source": f"thetamix {__version__} simulation",
        # No date: the same seed gives the same bytes.
        "history": f"simulated by thetamix {__version__} with seed {seed}, without {causes}",
        "simulation_seed": str(seed),
        "simulation_without": causes,
    }
