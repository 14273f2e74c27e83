"""What the checks see: a sensor, a cluster that is loaded once, and what is kept of all clusters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import xarray as xr

from thetamix.network.limits import SOIL_MOISTURE
from thetamix.network.schema import midpoints, time_step
from thetamix.quality.checks.findings import Finding
from thetamix.quality.flags.daily import daily_means
from thetamix.quality.flags.ranges import LIMITS

SHALLOW = 0.15  # [m] down to here the soil answers to rain within hours


@dataclass(frozen=True)
class TimeAxis:
    """The time axis of a network.

    Attributes
    ----------
    stamps, middle
        Ends of the intervals and their midpoints (time), UTC.
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
class ClusterRecord:
    """A cluster.

    Attributes
    ----------
    name
        Its id.
    time
        The time axis.
    depths
        (depth) [m].
    labels
        Of the replicates (replicate).
    sensor_names
        (depth, replicate); empty where there is none.
    readings
        Soil moisture (depth, replicate, time) [m3 m-3], float64.
    forcing
        Variables over time by name (time), float64.
    soil_temperature
        (depth, time) [degC], or None.
    latitude, longitude
        [degrees]; NaN where they are not known.
    upper_limit
        The largest soil moisture that its soil can have [m3 m-3].
    source
        The cluster in its file: what few checks need is read when they ask.
    """

    name: str
    time: TimeAxis
    depths: np.ndarray
    labels: list[str]
    sensor_names: np.ndarray
    readings: np.ndarray
    forcing: dict[str, np.ndarray]
    soil_temperature: np.ndarray | None
    latitude: float
    longitude: float
    upper_limit: float
    source: xr.Dataset

    def finding(
        self,
        message: str,
        evidence: float,
        *,
        depth: int | None = None,
        replicate: int | None = None,
        steps: np.ndarray | None = None,
        **other: Any,
    ) -> Finding:
        """Write down what was seen here.

        Parameters
        ----------
        message, evidence, **other
            See :class:`Finding`.
        depth, replicate
            Positions, where it is about one sensor.
        steps
            Numbers of the steps that it is about: the first and the last one are its time span.
        """
        if depth is not None:
            other["depth"] = float(self.depths[depth])
        if replicate is not None:
            other["replicate"] = self.labels[replicate]
        if steps is not None:
            other["start"], other["end"] = self.time.stamps[steps[[0, -1]]]
        return Finding(message=message, evidence=evidence, cluster=self.name, **other)

    def flagged(self, depth: int, replicate: int, steps: np.ndarray) -> bool:
        """Return whether all readings of a sensor at these steps carry a flag."""
        if "soil_moisture_flag" not in self.source:
            return False
        flags = self.source["soil_moisture_flag"].isel(depth=depth, replicate=replicate).to_numpy()
        return bool(flags[steps].all())

    @cached_property
    def sensors(self) -> list["SensorRecord"]:
        """The sensors that have readings."""
        there = np.argwhere(np.isfinite(self.readings).any(axis=-1))
        return [SensorRecord(self, int(depth), int(replicate)) for depth, replicate in there]

    @cached_property
    def topsoil(self) -> int | None:
        """Position of the shallowest depth with readings, where that is shallow."""
        present = np.flatnonzero(np.isfinite(self.readings).any(axis=(1, 2)))
        return int(present[0]) if present.size and self.depths[present[0]] <= SHALLOW else None

    def daily(self, values: np.ndarray) -> np.ndarray:
        """Average values over days (..., time) to (..., day); NaN where less than half of a day is there."""
        flat = values.reshape(-1, values.shape[-1])
        return daily_means(flat, self.time.day, self.time.per_day).reshape(*values.shape[:-1], -1)

    @cached_property
    def daily_readings(self) -> np.ndarray:
        """Daily means of the readings (depth, replicate, day) [m3 m-3]."""
        return self.daily(self.readings)


@dataclass(frozen=True)
class SensorRecord:
    """A sensor of a cluster, by the positions of its depth and its replicate."""

    cluster: ClusterRecord
    depth: int
    replicate: int

    @property
    def values(self) -> np.ndarray:
        """Its readings (time) [m3 m-3]."""
        readings: np.ndarray = self.cluster.readings[self.depth, self.replicate]
        return readings

    @property
    def title(self) -> str:
        """What it is called in messages."""
        name = self.cluster.sensor_names[self.depth, self.replicate]
        return f"sensor {name}" if name else f"replicate {self.cluster.labels[self.replicate]}"

    @property
    def finding(self) -> Callable[..., Finding]:
        """Write down what was seen of it, see :meth:`ClusterRecord.finding`."""
        return partial(self.cluster.finding, depth=self.depth, replicate=self.replicate)


@dataclass(frozen=True)
class NetworkRecord:
    """What is kept of all clusters while they are read one by one, for the checks that compare them.

    Attributes
    ----------
    names
        Of the clusters (cluster).
    time
        The time axis.
    latitude, longitude
        (cluster) [degrees]; NaN where they are not known.
    attributes
        Variables over the clusters by name (cluster).
    kept
        What each check keeps of each cluster (cluster), by the function that makes it.
    """

    names: list[str]
    time: TimeAxis
    latitude: np.ndarray
    longitude: np.ndarray
    attributes: dict[str, np.ndarray]
    kept: dict[Callable[[ClusterRecord], Any], list[Any]] = field(default_factory=dict)


def read_cluster(cluster: xr.Dataset, time: TimeAxis) -> ClusterRecord:
    """Load one cluster of a network."""
    readings = cluster["soil_moisture"].to_numpy().astype(np.float64)
    labels = cluster["replicate_label"] if "replicate_label" in cluster.variables else cluster["replicate"]
    names = cluster["sensor_id"].to_numpy() if "sensor_id" in cluster else np.full(readings.shape[:2], "")
    forcing = {
        str(name): variable.to_numpy().astype(np.float64)
        for name, variable in cluster.data_vars.items()
        if variable.dims == ("time",) and np.issubdtype(variable.dtype, np.number)
    }
    soil_temperature = None
    if "soil_temperature" in cluster and {"depth", "time"} <= set(map(str, cluster["soil_temperature"].dims)):
        measured = cluster["soil_temperature"]
        over = [name for name in measured.dims if name not in ("depth", "time")]
        soil_temperature = measured.mean(over).transpose("depth", "time").to_numpy().astype(np.float64)
    return ClusterRecord(
        name=str(cluster["cluster_id"].item()),
        time=time,
        depths=cluster["depth"].to_numpy(),
        labels=[str(label) for label in labels.to_numpy()],
        sensor_names=names.astype(str),
        readings=readings,
        forcing=forcing,
        soil_temperature=soil_temperature,
        latitude=_number(cluster, "latitude"),
        longitude=_number(cluster, "longitude"),
        upper_limit=float(np.nanmax([SOIL_MOISTURE[1], *(_number(cluster, name) for name in LIMITS)])),
        source=cluster,
    )


def _number(cluster: xr.Dataset, name: str) -> float:
    return float(cluster[name]) if name in cluster.variables else np.nan


def read_network(network: xr.Dataset) -> NetworkRecord:
    """Read what is known of all clusters before any is loaded."""
    step = time_step(network["time"])
    middle = midpoints(network["time"], step)
    day = middle.astype("datetime64[D]").astype(np.int64)
    stamps = network["time"].to_numpy().astype("datetime64[ns]")
    nowhere = np.full(network.sizes["cluster"], np.nan)
    return NetworkRecord(
        names=[str(name) for name in network["cluster_id"].to_numpy()],
        time=TimeAxis(stamps, middle, float(step / np.timedelta64(1, "h")), day - day[0]),
        latitude=network["latitude"].to_numpy() if "latitude" in network.variables else nowhere,
        longitude=network["longitude"].to_numpy() if "longitude" in network.variables else nowhere,
        attributes={
            str(name): variable.to_numpy()
            for name, variable in network.data_vars.items()
            if variable.dims == ("cluster",)
        },
    )
