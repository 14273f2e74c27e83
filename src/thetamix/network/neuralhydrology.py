"""A network as other programs read it: the generic format of neuralhydrology.

The format is a folder with ``time_series/ID.nc`` (coordinate ``date``), ``attributes/attributes.csv`` (a row for each
ID) and lists of IDs; see the documentation of neuralhydrology (Kratzert et al. 2022, doi:10.21105/joss.04050),
dataset ``generic``.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, write_text

_NOT_FOR_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


def export_neuralhydrology(
    network: xr.Dataset, folder: Path, reject: Sequence[str] = ("C01", "C02", "C03")
) -> list[str]:
    """Write a network in the generic format of neuralhydrology: a file for each series.

    Parameters
    ----------
    network
        The network.
    folder
        Where; made if it is not there.
    reject
        Flags whose readings become NaN.

    Returns
    -------
    list of str
        IDs of the series: ``CLUSTER_10cm``. Their files hold the forcing, ``soil_moisture_A`` … for each replicate
        and ``soil_moisture``, the mean where all replicates of the series are there; ``date`` is the start of the
        interval, as that program has it.

    Raises
    ------
    InputError
        If two series would have the same name.
    """
    from thetamix.network.observations import cluster_observations

    folder = Path(folder)
    start = network["time_bounds"].isel(bound=0).to_numpy()
    forcing = [str(name) for name, values in network.data_vars.items() if values.dims == ("cluster", "time")]
    labels = [str(label) for label in network["replicate_label"].to_numpy()]
    rows: dict[str, dict[str, object]] = {}
    for number, name in enumerate(network["cluster_id"].to_numpy()):
        cluster = network.isel(cluster=[number]).load()
        readings = cluster_observations(cluster.isel(cluster=0), reject)
        for at, depth in enumerate(cluster["depth"].to_numpy()):
            there = np.isfinite(readings[at]).any(axis=1)
            if not there.any():
                continue
            identifier = f"{_NOT_FOR_NAMES.sub('_', str(name))}_{depth * 100:g}cm"
            if identifier in rows:
                raise InputError(
                    f"clusters {name!r} and another become the same name {identifier!r}; rename one of them"
                )
            values = {f"soil_moisture_{labels[k]}": readings[at, k] for k in np.flatnonzero(there)}
            values["soil_moisture"] = readings[at, there].mean(axis=0)  # NaN unless all are there
            values |= {variable: cluster[variable].to_numpy()[0] for variable in forcing}
            _write(folder / "time_series" / f"{identifier}.nc", values, start, network)
            rows[identifier] = _attributes(cluster) | {"depth": float(depth), "replicates": int(there.sum())}
    if not rows:
        raise InputError("there is not one reading to export; reject fewer flags")
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("gauge_id")
    write_text(folder / "attributes" / "attributes.csv", table.to_csv())
    write_text(folder / "series.txt", "\n".join(rows) + "\n")
    return list(rows)


def _attributes(cluster: xr.Dataset) -> dict[str, object]:
    return {
        str(name): values.to_numpy()[0]
        for name, values in cluster.variables.items()
        if values.dims == ("cluster",) and name != "cluster_id"
    }


def _write(path: Path, values: dict[str, np.ndarray], start: np.ndarray, network: xr.Dataset) -> None:
    def attributes(name: str) -> dict[str, str]:
        source = name if name in network else "soil_moisture"
        return {"units": str(network[source].attrs.get("units", "1"))}

    data = xr.Dataset(
        {name: ("date", array.astype(np.float32), attributes(name)) for name, array in values.items()},
        coords={"date": ("date", start)},
    )
    with atomic_path(path) as temporary:
        data.to_netcdf(
            temporary,
            engine="netcdf4",
            encoding={
                "date": {"units": "minutes since 1970-01-01", "dtype": "int64", "_FillValue": None},
                **{name: {"zlib": True, "complevel": 4} for name in values},
            },
        )
