"""Weather from elsewhere into a network that there is: ``thetamix import forcing``.

Station tables and grids are matched to the clusters on the great circle; what each value comes from is kept in the
file. The network is copied one cluster after the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

import numpy as np
import xarray as xr

from thetamix._version import __version__
from thetamix.network.assemble import label_variable
from thetamix.network.netcdf import open_network
from thetamix.network.schema import time_step
from thetamix.network.streaming import write_clusters
from thetamix.readers import Note, OnProgress, silent
from thetamix.readers.grids.grid_keys import WeatherMapping
from thetamix.readers.grids.grid_weather import read_grid
from thetamix.readers.tables.clocks.clock_remarks import clock_remarks
from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.files.opening import as_folder, each_file
from thetamix.readers.tables.forcing_tables import FORCING, ForcingSource, match_sources
from thetamix.readers.tables.mapping import load_mapping
from thetamix.readers.tables.places.stations import Clusters, Variables, read_stations
from thetamix.system.errors import InputError
from thetamix.weather.pet import potential_evapotranspiration

#: Forcing so long before and after the network's time is looked at.
_AROUND = np.timedelta64(400 * 24, "h")


@dataclass(frozen=True)
class ForcingReader:
    """Weather from elsewhere, for a network: station tables, grids, ERA5-Land."""

    mapping: Annotated[Path, "What they mean (YAML)."]
    into: Annotated[Path, "The network file that the weather is for."]

    def read(self, source: Path, output: Path, progress: OnProgress = silent, note: Note = silent) -> None:
        """Write the network with its weather; `output` may be the network itself.

        Parameters
        ----------
        source
            Where the tables and grids are; or an archive of it.
        output
            The network file to write.
        progress
            Hears what is being done.
        note
            Hears what a careful user wants to know.

        Raises
        ------
        InputError
            If the mapping, a table, a grid or the network is wrong.
        """
        keys = load_mapping(self.mapping, WeatherMapping)
        with open_network(self.into, readings=False) as network, as_folder(Path(source)) as folder:
            result, notes = with_weather(network, self.into, folder, keys, self.mapping, progress)
            history = f"thetamix {__version__}: import forcing --mapping {Path(self.mapping).name}"
            result.attrs["history"] = f"{network.attrs.get('history', '')}\n{history}".strip()
            write_clusters(result, _clusters(result, progress), Path(output))
        for sentence in notes:
            note(sentence)


def with_weather(
    network: xr.Dataset, source: Path, folder: Path, keys: WeatherMapping, mapping: Path, progress: OnProgress
) -> tuple[xr.Dataset, list[str]]:
    """Return a network with the weather that a mapping describes, and what a careful user wants to know.

    Parameters
    ----------
    network
        With the places, the depths and the time.
    source
        Its file, for messages.
    folder
        Where the tables and grids are.
    keys
        The mapping.
    mapping
        Its file, for messages.
    progress
        Hears what is being done.

    Raises
    ------
    InputError
        If a table, a grid or the network is wrong.
    """
    step = time_step(network["time"])
    axis = Axis(network["time"].to_numpy()[0], step, network.sizes["time"])
    keys = keys.model_copy(update={"step": f"{int(step // np.timedelta64(1, 's'))}s"})
    names = [name for name in ("latitude", "longitude", "discharge_gauge") if name in network.variables]
    attributes = {name: network[name].to_numpy() for name in names}
    clusters = Clusters(source, [str(name) for name in network["cluster_id"].to_numpy()], attributes)
    depths = network["depth"].to_numpy().tolist()
    variables: Variables = {}
    notes: list[str] = []
    grids = ((mapping, *read_grid(folder, grid, keys, axis, depths, clusters, progress)) for grid in keys.grids)
    for where, more, remarks in chain(_tables(folder, keys, axis, clusters, progress), grids):
        for name in more:
            if name in variables and not name.endswith(("_station", "_distance", "_borrowed")):
                raise InputError(f"{where}: {name} comes from two sources; keep one")
        variables |= more
        notes += remarks
    how = keys.potential_evapotranspiration
    forcing = {*FORCING, "reference_soil_moisture"}
    present = [name for name in variables if name in network.variables and name in forcing]
    if how is not None and "potential_evapotranspiration" in {*network.variables, *variables}:
        present.append("potential_evapotranspiration")
    if present and not keys.replace:
        raise InputError(
            f"{mapping}: the network has {', '.join(present)} already; say replace: true, or leave it out of the "
            "mapping"
        )
    result = network.drop_vars([name for name in (*variables, *present) if name in network.variables])
    for name, values in variables.items():
        result[name] = label_variable(name, values)
    if how is not None:
        pet = potential_evapotranspiration(result, how.method, wind_height=how.wind_height)
        result["potential_evapotranspiration"] = pet
        notes.append(f"potential_evapotranspiration: {pet.attrs['comment']}")
    return result, notes


def _clusters(network: xr.Dataset, progress: OnProgress) -> Iterator[Mapping[str, np.ndarray]]:
    names = [name for name, variable in network.data_vars.items() if {"cluster", "time"} <= set(variable.dims)]
    for at in range(network.sizes["cluster"]):
        progress("writing the network", at / network.sizes["cluster"])
        cluster = network.isel(cluster=at)
        yield {str(name): cluster[name].to_numpy() for name in names}


def _tables(
    folder: Path, keys: WeatherMapping, axis: Axis, clusters: Clusters, progress: OnProgress
) -> Iterator[tuple[Path, Variables, list[str]]]:
    """Yield the table, what it has for the clusters, and what a careful user wants to know, of each variable."""
    stations = read_stations(folder, keys)
    period = axis.first - _AROUND, axis.ends[-1] + _AROUND
    for sources in tables_of(folder, keys, period, progress):
        yield from match_sources(sources, axis, stations, clusters, keys, progress)
        yield folder, {}, clock_remarks(sources)


def tables_of(
    folder: Path, keys: WeatherMapping, period: tuple[np.datetime64, np.datetime64], progress: OnProgress
) -> Iterator[list[ForcingSource]]:
    """Yield the tables of each entry of a mapping, their times looked at within a period.

    Raises
    ------
    InputError
        If a table has no time in it, or times that are not regular.
    """
    for table in keys.forcing:
        stepped = table.model_copy(update={"step": table.step or keys.step})
        sources = [ForcingSource(folder, file, keys, station) for file, station in each_file(folder, [stepped])]
        for source in sources:
            source.look(period, progress)
            if source.scan.empty:
                raise InputError(
                    f"{source.column}: no time lies near the network's; check time_format and utc_offset"
                )
            source.settle(source.scan.main_phase, "the table's own regular grid", progress)
        yield sources
