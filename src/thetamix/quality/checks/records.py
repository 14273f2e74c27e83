"""What the checks see of a cluster, loaded once, and of the whole network."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr

from thetamix.network.schema import midpoints, time_step
from thetamix.quality.checks.findings import Finding, Severity
from thetamix.quality.flags.daily import daily_means

HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Clock:
    """The time axis.

    Attributes
    ----------
    stamps
        Ends of the intervals (time), ``datetime64[ns]``, UTC.
    middle
        Their midpoints (time).
    hours
        Length of a step [h].
    day
        Number of each step's day, UTC, from 0 (time).
    """

    stamps: np.ndarray
    middle: np.ndarray
    hours: float
    day: np.ndarray

    @property
    def per_day(self) -> float:
        """Steps in a day."""
        return 24 / self.hours

    @property
    def years(self) -> float:
        """Length of the record [a]."""
        return self.stamps.size * self.hours / 8766


@dataclass(frozen=True)
class Place:
    """One cluster.

    Attributes
    ----------
    number, name
        Its position and its id.
    clock
        The time axis.
    depths
        (depth) [m].
    labels
        Of the replicates (replicate).
    sensors
        Names of the sensors (depth, replicate); empty where there is none.
    readings
        Soil moisture (depth, replicate, time) [m3 m-3], float64.
    forcing
        Variables over time by name (time), float64.
    soil_temperature
        (depth, time) [degC], or None.
    latitude, longitude
        [degrees]; NaN where they are not known.
    """

    number: int
    name: str
    clock: Clock
    depths: np.ndarray
    labels: list[str]
    sensors: np.ndarray
    readings: np.ndarray
    forcing: dict[str, np.ndarray]
    soil_temperature: np.ndarray | None
    latitude: float
    longitude: float

    def finding(
        self,
        severity: Severity,
        message: str,
        advice: str,
        *,
        evidence: float,
        unit: str,
        depth: int | None = None,
        replicate: int | None = None,
        steps: np.ndarray | None = None,
    ) -> Finding:
        """Write down what was seen here.

        Parameters
        ----------
        severity, message, advice, evidence, unit
            See :class:`Finding`.
        depth, replicate
            Positions, where it is about one sensor.
        steps
            Numbers of the steps that it is about: the first and the last one are its time span.

        Returns
        -------
        Finding
            Whose check is yet to be named.
        """
        return Finding(
            check="",
            severity=severity,
            message=message,
            advice=advice,
            cluster=self.name,
            depth=None if depth is None else float(self.depths[depth]),
            replicate="" if replicate is None else self.labels[replicate],
            start=None if steps is None else self.clock.stamps[steps[0]],
            end=None if steps is None else self.clock.stamps[steps[-1]],
            evidence=float(evidence),
            unit=unit,
        )

    def each_sensor(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Go through the sensors that have readings: depth, replicate, readings (time)."""
        for depth, replicate in np.argwhere(np.isfinite(self.readings).any(axis=-1)):
            yield int(depth), int(replicate), self.readings[depth, replicate]

    @cached_property
    def shallowest(self) -> int | None:
        """Position of the shallowest depth with readings."""
        present = np.flatnonzero(np.isfinite(self.readings).any(axis=(1, 2)))
        return int(present[0]) if present.size else None

    def daily(self, values: np.ndarray) -> np.ndarray:
        """Average values over days (..., time) to (..., day); NaN where less than half of a day is there."""
        flat = values.reshape(-1, values.shape[-1])
        return daily_means(flat, self.clock.day, self.clock.per_day).reshape(*values.shape[:-1], -1)

    @cached_property
    def daily_readings(self) -> np.ndarray:
        """Daily means of the readings (depth, replicate, day) [m3 m-3]."""
        return self.daily(self.readings)


@dataclass
class Overview:
    """What is kept of all clusters while they are read one by one, for the checks that compare them.

    Attributes
    ----------
    clock
        The time axis.
    names
        Of the clusters (cluster).
    latitude, longitude
        (cluster) [degrees].
    attributes
        Variables over the clusters by name (cluster).
    rain
        Daily sums of each cluster [mm], a list of (day).
    responses
        For each cluster the strength of the soil's response to rain at each lag (lag).
    """

    clock: Clock
    names: list[str]
    latitude: np.ndarray
    longitude: np.ndarray
    attributes: dict[str, np.ndarray]
    rain: list[np.ndarray] = field(default_factory=list)
    responses: list[np.ndarray] = field(default_factory=list)


def read_clock(network: xr.Dataset) -> Clock:
    """Read the time axis of a network.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    Clock
        Its time axis.
    """
    step = time_step(network["time"])
    middle = midpoints(network["time"], step)
    day = middle.astype("datetime64[D]").astype(np.int64)
    stamps = network["time"].to_numpy().astype("datetime64[ns]")
    return Clock(stamps, middle, float(step / HOUR), day - day[0])


def read_place(network: xr.Dataset, number: int, clock: Clock) -> Place:
    """Load a cluster.

    Parameters
    ----------
    network
        The network.
    number
        Position of the cluster.
    clock
        The time axis.

    Returns
    -------
    Place
        The cluster.
    """
    one = network.isel(cluster=number)
    readings = one["soil_moisture"].to_numpy().astype(np.float64)
    labels = one["replicate_label"] if "replicate_label" in one.variables else one["replicate"]
    sensors = one["sensor_id"].to_numpy() if "sensor_id" in one else np.full(readings.shape[:2], "")
    forcing = {
        str(name): variable.to_numpy().astype(np.float64)
        for name, variable in one.data_vars.items()
        if variable.dims == ("time",) and np.issubdtype(variable.dtype, np.number)
    }
    soil_temperature = None
    if "soil_temperature" in one and {"depth", "time"} <= set(map(str, one["soil_temperature"].dims)):
        found = one["soil_temperature"]
        over = [name for name in found.dims if name not in ("depth", "time")]
        soil_temperature = found.mean(over).transpose("depth", "time").to_numpy().astype(np.float64)
    return Place(
        number=number,
        name=str(one["cluster_id"].item()),
        clock=clock,
        depths=one["depth"].to_numpy(),
        labels=[str(label) for label in labels.to_numpy()],
        sensors=sensors.astype(str),
        readings=readings,
        forcing=forcing,
        soil_temperature=soil_temperature,
        latitude=float(one["latitude"]) if "latitude" in one.variables else np.nan,
        longitude=float(one["longitude"]) if "longitude" in one.variables else np.nan,
    )


def read_overview(network: xr.Dataset, clock: Clock) -> Overview:
    """Read what is known of all clusters before any is loaded.

    Parameters
    ----------
    network
        The network.
    clock
        The time axis.

    Returns
    -------
    Overview
        Without rain and responses.
    """
    clusters = network.sizes["cluster"]
    attributes = {
        str(name): variable.to_numpy()
        for name, variable in network.data_vars.items()
        if variable.dims == ("cluster",)
    }

    def coordinate(name: str) -> np.ndarray:
        return network[name].to_numpy() if name in network.variables else np.full(clusters, np.nan)

    return Overview(
        clock=clock,
        names=[str(name) for name in network["cluster_id"].to_numpy()],
        latitude=coordinate("latitude"),
        longitude=coordinate("longitude"),
        attributes=attributes,
    )
