"""All quality checks applied to a network, and what they remarked."""

import collections
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.schema import FLAGS, SERIES_DIMENSIONS, VARIABLES, midpoints, time_step
from thetamix.network.streaming import by_cluster, placeholder, series_variables, write_clusters
from thetamix.quality.flags import ismn_flags as ismn
from thetamix.quality.flags.ranges import LIMITS, range_flags
from thetamix.quality.flags.sibling_flags import flags_of_siblings

COLUMNS = ("flag", "meaning", "cluster", "depth", "n", "share")
Row = tuple[str, str, str, float, int, float]


def flag_network(network: xr.Dataset, progress: Callable[[float], None] | None = None) -> np.ndarray:
    """Flag the readings of a network that fits into memory; flags that it has already are kept.

    Checks whose ancillary data the network lacks are left out: C03 needs ``porosity`` (cluster), D01
    ``soil_temperature`` and D03 ``reference_soil_temperature`` (cluster, depth, time) [degC], D02
    ``air_temperature``, D04 ``precipitation`` and D05 ``reference_precipitation`` (cluster, time) [mm h-1]. A cluster
    with a ``soil_moisture_limit`` gets C02 by that alone: what 0.60 marked before is taken back.

    Parameters
    ----------
    network
        The network; one cluster is read at a time.
    progress
        Told the share that is done.

    Returns
    -------
    numpy.ndarray
        Flag bits (cluster, depth, replicate, time), int32; a missing reading gains none.
    """
    flags = np.zeros(network["soil_moisture"].shape, dtype=np.int32)
    for cluster, (_, bits) in enumerate(_flags_by_cluster(network, progress)):
        flags[cluster] = bits
    return flags


def flag_file(
    network: xr.Dataset, output: Path | None, progress: Callable[[float], None] | None = None
) -> tuple[pd.DataFrame, int]:
    """Flag a network one cluster after the other, so that memory does not grow with it, and count.

    Parameters
    ----------
    network
        The network, in its file.
    output
        Where the flagged network is written; None: nowhere.
    progress
        Told the share that is done.

    Returns
    -------
    summary : pandas.DataFrame
        Of :func:`summarise`.
    readings : int
        How many there are.
    """
    rows: list[Row] = []
    readings = 0

    def clusters() -> Iterator[dict[str, np.ndarray]]:
        nonlocal readings
        for record, flags in _flags_by_cluster(network, progress):
            present = np.isfinite(record["soil_moisture"].to_numpy())
            readings += int(present.sum())
            rows.extend(_count(record, present, flags))
            others = [name for name in series_variables(network) if name != "soil_moisture_flag"]
            yield {name: record[name].to_numpy() for name in others} | {"soil_moisture_flag": flags}

    if output is None:
        collections.deque(clusters(), maxlen=0)
    else:
        flags = placeholder(network["soil_moisture"].shape, np.int32)
        write_clusters(with_flags(network, flags), clusters(), output)
    return _table(rows), readings


def _flags_by_cluster(
    network: xr.Dataset, progress: Callable[[float], None] | None
) -> Iterator[tuple[xr.Dataset, np.ndarray]]:
    """Yield each cluster, read, and its flag bits (depth, replicate, time), with those that it has already."""
    step = time_step(network["time"])
    day = midpoints(network["time"], step).astype("datetime64[D]").astype(np.int64)
    for number, record in enumerate(by_cluster(network)):
        flags = flag_cluster(record.load(), day - day[0], float(step / np.timedelta64(1, "h")))
        if "soil_moisture_flag" in network:
            before = record["soil_moisture_flag"].to_numpy().astype(np.int32)
            if "soil_moisture_limit" in record and np.isfinite(record["soil_moisture_limit"]):
                before &= ~FLAGS["C02"][0]
            flags |= before
        yield record, flags
        if progress is not None:
            progress((number + 1) / network.sizes["cluster"])


def flag_cluster(cluster: xr.Dataset, day: np.ndarray, step_hours: float) -> np.ndarray:
    """Flag the readings of one cluster of a network.

    Parameters
    ----------
    cluster
        With ``soil_moisture`` (depth, replicate, time) [m3 m-3].
    day
        Number of each step's day, from 0 (time).
    step_hours
        Length of a step [h].

    Returns
    -------
    numpy.ndarray
        Flag bits (depth, replicate, time), int32.
    """
    # The checks subtract and square: double precision, so that the noise of quiet sensors is theirs.
    stored = cluster["soil_moisture"].to_numpy()
    readings = stored.astype(np.float64)
    limits = (cluster[name].to_numpy().reshape(1) if name in cluster else None for name in LIMITS)
    flags: np.ndarray = range_flags(stored[None], *limits)[0]
    read = np.any(np.isfinite(readings), axis=-1)
    bits = flags[read]
    for name, mask in _dubious(cluster, readings, read, step_hours):
        bits[mask] |= FLAGS[name][0]
    flags[read] = bits
    for depth, series in enumerate(readings):
        for name, mask in flags_of_siblings(series, day, step_hours).items():
            flags[depth][mask] |= FLAGS[name][0]
    flags[~np.isfinite(readings)] = 0
    return flags


def with_flags(network: xr.Dataset, flags: np.ndarray) -> xr.Dataset:
    """Insert flags into a network.

    Parameters
    ----------
    network
        The network; not changed.
    flags
        Bits (cluster, depth, replicate, time), from :func:`flag_network`.

    Returns
    -------
    xarray.Dataset
        The network with ``soil_moisture_flag`` and the meanings of its bits.
    """
    standard = VARIABLES["soil_moisture_flag"]
    variable = xr.Variable(
        SERIES_DIMENSIONS,
        flags,
        {
            "long_name": standard.long_name,
            "standard_name": standard.standard_name,
            "flag_masks": np.array([bit for bit, _ in FLAGS.values()], dtype=np.int32),
            "flag_meanings": " ".join(f"{name}_{meaning}" for name, (_, meaning) in FLAGS.items()),
        },
    )
    readings = network["soil_moisture"].assign_attrs(ancillary_variables="soil_moisture_flag")
    return network.assign(soil_moisture=readings, soil_moisture_flag=variable)


def summarise(network: xr.Dataset, flags: np.ndarray | xr.DataArray) -> pd.DataFrame:
    """Count the flags of each series.

    Parameters
    ----------
    network
        Names the clusters and depths, and says where readings are.
    flags
        Bits (cluster, depth, replicate, time); read a series at a time where they are in a file.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: one row for each flag, cluster and depth [m] that has it; ``n`` readings carry it,
        ``share`` of those that are there.
    """
    rows: list[Row] = []
    for number, record in enumerate(by_cluster(network)):
        present = np.isfinite(record["soil_moisture"].to_numpy())
        rows.extend(_count(record, present, flags[number]))
    return _table(rows)


def _count(cluster: xr.Dataset, present: np.ndarray, flags: np.ndarray | xr.DataArray) -> Iterator[Row]:
    """Count the flags (depth, replicate, time) of each series of a cluster, where readings are present."""
    name, depths = str(cluster["cluster_id"].item()), cluster["depth"].to_numpy()
    for depth, there in enumerate(present):
        total = int(there.sum())
        carried = np.asarray(flags[depth])[there]
        for flag, (bit, meaning) in FLAGS.items():
            n = int(np.count_nonzero(carried & bit))
            if n:
                yield flag, meaning, name, float(depths[depth]), n, n / total


def _table(rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {flag: number for number, flag in enumerate(FLAGS)}
    return table.sort_values("flag", key=lambda flag: flag.map(order), kind="stable", ignore_index=True)


def _dubious(
    cluster: xr.Dataset, readings: np.ndarray, read: np.ndarray, step_hours: float
) -> Iterator[tuple[str, np.ndarray]]:
    """Apply the checks D01 to D10 to what was read (depth, replicate); yield flags and masks (sensor, time)."""
    level = np.nonzero(read)[0]
    for flag, name in (("D01", "soil_temperature"), ("D03", "reference_soil_temperature")):
        if name in cluster and cluster[name].dims == ("depth", "time"):
            yield flag, cluster[name].to_numpy()[level] < 0
    sensors = readings[read]
    if "air_temperature" in cluster:
        yield "D02", np.broadcast_to(cluster["air_temperature"].to_numpy() < 0, sensors.shape)
    sensor_depth = _depths(cluster, readings.shape)[read]
    shallow = sensor_depth <= ismn.SHALLOW + 1e-6
    for flag, name in (("D04", "precipitation"), ("D05", "reference_precipitation")):
        if name in cluster and cluster[name].dims == ("time",):
            rain = cluster[name].to_numpy().astype(np.float64)
            yield flag, ismn.rises_without_rain(sensors, rain, sensor_depth, step_hours) & shallow[:, None]
    yield "D06", ismn.spikes(sensors, step_hours)
    broken = ismn.breaks(sensors, step_hours)
    falling = np.diff(sensors, axis=-1, prepend=np.nan) < 0
    yield "D07", broken & falling
    yield "D08", broken & ~falling
    yield "D09", ismn.constant_low(sensors, step_hours)
    yield "D10", ismn.saturated_plateaus(sensors, step_hours)


def _depths(cluster: xr.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """Return the depth of each sensor [m], the nominal one where the true one is not known."""
    nominal = np.broadcast_to(cluster["depth"].to_numpy()[:, None], shape[:2])
    if "sensor_depth" not in cluster:
        return nominal
    true = cluster["sensor_depth"].to_numpy()
    return np.where(np.isfinite(true), true, nominal)
