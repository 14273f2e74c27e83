"""Weather from elsewhere into a network that there is: ``thetamix import forcing``.

Station tables and grids are matched to the clusters on the great circle; what each value comes from is kept in the
file. The network is copied one cluster after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.netcdf import open_network
from thetamix.network.schema import time_step
from thetamix.network.streaming import write_clusters
from thetamix.readers import Note, OnProgress
from thetamix.readers.grids.grid_keys import WeatherMapping
from thetamix.readers.grids.grid_weather import Found, known_variable, read_grid
from thetamix.readers.tables.forcing_tables import KNOWN, ForcingSource
from thetamix.readers.tables.mapping_file import load
from thetamix.readers.tables.opening import expand
from thetamix.readers.tables.stations import read_stations, to_clusters
from thetamix.readers.tables.times import Axis
from thetamix.readers.tables.unpacking import as_folder
from thetamix.system.errors import InputError
from thetamix.weather.pet import potential_evapotranspiration


@dataclass(frozen=True)
class NetworkClusters:
    """The clusters of a network, as the matching of stations needs them."""

    source: Path
    cluster_id: Sequence[str]
    attributes: Mapping[str, np.ndarray]


def import_forcing(
    folder: Path,
    mapping: Path,
    network: Path,
    path: Path,
    progress: OnProgress | None = None,
    note: Note | None = None,
) -> None:
    """Add weather to a network.

    Parameters
    ----------
    folder
        Where the tables and grids are; or an archive of it.
    mapping
        The YAML file that says what they mean; see :mod:`thetamix.readers.grids.grid_keys`.
    network
        The network file.
    path
        The network file to write; it may be the same.
    progress
        Is told what is being done and which share of it is done.
    note
        Is told what a careful user wants to know.

    Raises
    ------
    InputError
        If the mapping, a table, a grid or the network is wrong.
    """
    keys = load(Path(mapping), WeatherMapping)
    tell: OnProgress = progress or (lambda _what, _share: None)
    with open_network(network) as there, as_folder(Path(folder)) as opened:
        step = time_step(there["time"])
        axis = Axis(there["time"].to_numpy()[0], step, there.sizes["time"])
        keys = keys.model_copy(update={"step": f"{int(step // np.timedelta64(1, 's'))}s"})
        clusters = NetworkClusters(
            Path(network),
            [str(name) for name in there["cluster_id"].to_numpy()],
            {n: there[n].to_numpy() for n in ("latitude", "longitude", "discharge_gauge") if n in there.variables},
        )
        found, notes = _tables(opened, keys, axis, clusters, tell)
        for grid in keys.grids:
            more, remarks = read_grid(opened, grid, keys, axis, there["depth"].to_numpy().tolist(), clusters, tell)
            _once(found, more, str(mapping))
            found |= more
            notes += remarks
        added = _added(there, found, keys, mapping)
        write_clusters(added, _clusters(added, tell), Path(path))
    for sentence in notes:
        if note is not None:
            note(sentence)


def _once(found: Mapping[str, object], more: Mapping[str, object], where: str) -> None:
    twice = [name for name in more if name in found and not name.endswith(("_station", "_distance", "_borrowed"))]
    if twice:
        raise InputError(f"{where}: {twice[0]} comes from two sources; keep one")


def _added(there: xr.Dataset, found: Found, keys: WeatherMapping, mapping: Path) -> xr.Dataset:
    """Give the network with what was found."""
    taken = [name for name in found if name in there.variables and name in {*KNOWN, "reference_soil_moisture"}]
    if keys.potential_evapotranspiration is not None and "potential_evapotranspiration" in {
        *there.variables,
        *found,
    }:
        taken.append("potential_evapotranspiration")
    if taken and not keys.replace:
        raise InputError(
            f"{mapping}: the network has {', '.join(taken)} already; say replace: true, or leave it out of the "
            "mapping"
        )
    added = there.drop_vars([name for name in (*found, *taken) if name in there.variables])
    for name, values in found.items():
        added[name] = values if isinstance(values, xr.Variable) else known_variable(name, values)
    if keys.potential_evapotranspiration is not None:
        how = keys.potential_evapotranspiration
        added["potential_evapotranspiration"] = potential_evapotranspiration(
            added, how.method, wind_height=how.wind_height
        )
    added.attrs["history"] = (
        f"{there.attrs.get('history', '')}\nthetamix {__version__}: import forcing --mapping {Path(mapping).name}"
    ).strip()
    return added


def _clusters(network: xr.Dataset, tell: OnProgress) -> Iterator[Mapping[str, np.ndarray]]:
    series = [n for n, one in network.data_vars.items() if {"cluster", "time"} <= set(one.dims)]
    for at in range(network.sizes["cluster"]):
        tell("writing the network", at / network.sizes["cluster"])
        one = network.isel(cluster=at)
        yield {str(name): one[name].to_numpy() for name in series}


def _tables(
    folder: Path, keys: WeatherMapping, axis: Axis, clusters: NetworkClusters, tell: OnProgress
) -> tuple[Found, list[str]]:
    found: Found = {}
    notes: list[str] = []
    stations = read_stations(folder, keys)
    period = axis.first - 400 * np.timedelta64(24, "h"), axis.ends[-1] + 400 * np.timedelta64(24, "h")
    for table in keys.forcing:
        series: dict[str, dict[str, np.ndarray]] = {}
        for file, station in expand(folder, table.file):
            update = {"file": file, "step": table.step or keys.step}
            source = ForcingSource(folder, table.model_copy(update=update), keys, station)
            source.look(period, tell)
            if not source.scan.phases:
                raise InputError(
                    f"{source.column}: no time lies near the network's; check time_format and utc_offset"
                )
            source.scan.require_phase(source.scan.main_phase, source.column, "the table's own regular grid")
            for name, stated in source.read(axis, tell).items():
                series.setdefault(name, {}).update(stated)
        for name, stated in series.items():
            variables, remarks = to_clusters(name, stated, stations, clusters, str(folder / table.file), keys)
            _once(found, variables, str(folder / table.file))
            found |= variables
            notes += remarks
    return found, notes
