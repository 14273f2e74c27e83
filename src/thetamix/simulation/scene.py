"""What all profiles of a simulation share: weather, water that reaches the ground, how time is stepped.

Sites are columns of the forcing: first the gauged catchment of each geology, then the reference's cell of each
geology, then the clusters. The first ones are always there, so nothing depends on how many clusters there are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from thetamix.simulation.catchment import (
    REFERENCE_SKILL,
    discharge,
    reference_moisture,
    reference_profiles,
    smear,
)
from thetamix.simulation.column import CENTRES, Profiles, concatenate
from thetamix.simulation.geology import GEOLOGIES
from thetamix.simulation.integration import WET_SUBSTEPS, Course, Ledger, Recording, integrate
from thetamix.simulation.profiles import DEVIATES, Cluster, draw_profiles
from thetamix.simulation.rainfall import rain, season
from thetamix.simulation.seeds import Stream
from thetamix.simulation.simulated_weather import Weather, calendar, radar_factor, regime, weather
from thetamix.simulation.site_layout import LATITUDE, LONGITUDE, PIXELS, nearest_pixel, smooth_pixels, zones
from thetamix.simulation.surface import COVERS, land_demand, pass_surface

#: Depths of the sensors [m]: centres of soil layers.
DEPTHS = np.array([0.1, 0.3, 0.5])
OBSERVED = tuple(int(np.argmin(abs(CENTRES - depth))) for depth in DEPTHS)
WARM_UP = 120 * 24  # [h] before the record: the soil forgets where it began
CATCHMENT_PROFILES = 4  # of each geology
WET_RAIN = 0.1  # [mm h-1] in some catchment's mean: the soil takes shorter steps
BLOCK = 1024  # profiles followed together: their state fits into the processor's cache
ZONES = len(GEOLOGIES)
FIRST_CLUSTER = 2 * ZONES  # site of the first cluster


@dataclass(frozen=True)
class Scene:
    """Forcing of a simulation, warm-up included.

    Attributes
    ----------
    weather
        At the sites (time, site).
    reported
        Rain at the clusters as the radar has it (time, cluster) [mm h-1].
    supply, demand
        Of the soil (time, site) [mm h-1].
    substeps
        In how many parts the soil takes each hour (time).
    step_hours
        Step of the record [h].
    """

    weather: Weather
    reported: np.ndarray
    supply: np.ndarray
    demand: np.ndarray
    substeps: np.ndarray
    step_hours: int


def set_scene(
    seed: int,
    begin: np.datetime64,
    steps: int,
    step_hours: int,
    clusters: Sequence[Cluster],
    without: Sequence[str] = (),
) -> Scene:
    """Draw the forcing.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    begin
        Beginning of the record, UTC.
    steps, step_hours
        Of the record: how many, and how long [h].
    clusters
        Where.
    without
        Causes switched off: ``radar`` reports the true rain.

    Returns
    -------
    Scene
        Hourly, from :data:`WARM_UP` hours before the record.
    """
    start = begin - np.timedelta64(WARM_UP, "h")
    hours = WARM_UP + steps * step_hours
    day, _ = calendar(start, hours)
    wetness = regime(seed, hours)
    depth = rain(seed, hours, day[0], PIXELS, wetness)
    elsewhere = rain(seed, hours, day[0], PIXELS, wetness, realisation=1)
    centres, heights = zones()
    wide = smooth_pixels(centres)
    own = nearest_pixel(np.array([cluster.place for cluster in clusters]))
    coarse = smear(REFERENCE_SKILL * depth + (1 - REFERENCE_SKILL) * elsewhere)
    air = weather(
        seed,
        start,
        np.concatenate([depth @ wide.T, coarse @ wide.T, depth @ own.T], axis=1),
        wetness=wetness,
        raining=(depth > 0).mean(axis=1),
        elevation=np.concatenate([heights, heights, [cluster.elevation for cluster in clusters]]),
        latitude=LATITUDE,
        longitude=LONGITUDE,
    )
    covers = ["mixed"] * FIRST_CLUSTER + [cluster.land_use for cluster in clusters]
    ground = pass_surface(
        air.precipitation,
        air.air_temperature,
        land_demand(air.potential_evapotranspiration, season(day), covers),
        np.array([COVERS[name].canopy for name in covers]),
    )
    # From the catchments' rain alone: steps do not depend on which clusters there are.
    wet = air.precipitation[:, :ZONES].max(axis=1) > WET_RAIN
    reported = air.precipitation[:, FIRST_CLUSTER:]
    if "radar" not in without:
        errors = np.stack([radar_factor(seed, pixel, hours) for pixel in range(len(PIXELS))], axis=1)
        reported = reported * (errors @ own.T)
    return Scene(air, reported, ground.supply, ground.demand, np.where(wet, WET_SUBSTEPS, 1), step_hours)


def recorded(values: np.ndarray, step_hours: int) -> np.ndarray:
    """Average hourly values over the steps of the record.

    Parameters
    ----------
    values
        (time, ...) hourly, warm-up included.
    step_hours
        Step of the record [h].

    Returns
    -------
    numpy.ndarray
        (time, ...) of the record.
    """
    record = values[WARM_UP:]
    if step_hours == 1:
        return record
    mean: np.ndarray = record.reshape(-1, step_hours, *record.shape[1:]).mean(axis=1)
    return mean


def follow(
    scene: Scene,
    parts: Sequence[Profiles],
    sites: Sequence[np.ndarray],
    ledger: int = 0,
    report: Callable[[float, str], None] | None = None,
) -> Iterator[Course]:
    """Follow sets of profiles, as many sets at a time as fit into the cache.

    Parameters
    ----------
    scene
        The forcing.
    parts
        Sets of profiles.
    sites
        Whose forcing the profiles of each set get, one array (profile) for a set.
    ledger
        For how many of the first set's profiles the balance is kept.
    report
        Called now and then with the share that is done and how many profiles that are.

    Yields
    ------
    Course
        Of one set at a time, in their order; the first with the ledger.
    """
    first, done, everything = 0, 0, sum(part.count for part in parts)
    while first < len(parts):
        last, total = first + 1, parts[first].count
        while last < len(parts) and total + parts[last].count <= BLOCK:
            total += parts[last].count
            last += 1
        course = integrate(
            concatenate(list(parts[first:last])),
            scene.supply,
            scene.demand,
            np.concatenate(sites[first:last]),
            substeps=scene.substeps,
            progress=_share(report, done, total, everything) if report else None,
            record=Recording(
                observed=OBSERVED, ledger=ledger if first == 0 else 0, skip=WARM_UP, every=scene.step_hours
            ),
        )
        done += total
        ends = np.cumsum([part.count for part in parts[first:last]])[:-1]
        for moisture in np.split(course.moisture, ends, axis=2):
            yield Course(moisture, course.ledger)
        first = last


def _share(report: Callable[[float, str], None], done: int, now: int, everything: int) -> Callable[[float], None]:
    """Convert the share of one integration into that of all."""
    return lambda share: report((done + now * share) / everything, f"{everything} profiles")


def zone_profiles(seed: int, without: Sequence[str]) -> tuple[Profiles, np.ndarray]:
    """Return the soils of the gauged catchments and of the coarse model.

    Returns
    -------
    profiles : Profiles
        :data:`CATCHMENT_PROFILES` for each geology, then the coarse model's.
    site : numpy.ndarray
        Whose forcing they get (profile).
    """
    parts = []
    for number, name in enumerate(GEOLOGIES):
        average = Cluster(name, name, "mixed", 0.0, (0.0, 0.0), np.zeros(DEVIATES))
        parts.append(draw_profiles(seed, average, Stream.CATCHMENT, number, CATCHMENT_PROFILES, without))
    zone = np.arange(ZONES)
    site = np.concatenate([np.repeat(zone, CATCHMENT_PROFILES), ZONES + zone])
    return concatenate([*parts, reference_profiles(ZONES)]), site


def zone_outcome(ledger: Ledger, step_hours: int) -> tuple[np.ndarray, np.ndarray]:
    """Convert the ledger of :func:`zone_profiles` into discharge and the reference.

    Parameters
    ----------
    ledger
        Of all of them.
    step_hours
        Step of the record [h].

    Returns
    -------
    discharge : numpy.ndarray
        Of the stream of each geology (time, zone) [m3 s-1].
    reference : numpy.ndarray
        Moisture of the coarse model in each zone (time, depth, zone) [m3 m-3].
    """
    streams = []
    for number, geology in enumerate(GEOLOGIES.values()):
        own = slice(number * CATCHMENT_PROFILES, (number + 1) * CATCHMENT_PROFILES)
        runoff, drainage = (flow[:, own].mean(axis=1) / step_hours for flow in (ledger.runoff, ledger.drainage))
        streams.append(discharge(geology, runoff, drainage, step_hours))
    coarse = ledger.moisture[..., ZONES * CATCHMENT_PROFILES :]
    return np.stack(streams, axis=1), reference_moisture(coarse, DEPTHS)
