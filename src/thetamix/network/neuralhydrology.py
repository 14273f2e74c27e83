"""A network as other programs read it: the generic format of neuralhydrology.

The format is a folder with ``time_series/ID.nc`` (coordinate ``date``), ``attributes/attributes.csv`` (a row for each
ID) and lists of IDs; see the documentation of neuralhydrology (Kratzert et al. 2022, doi:10.21105/joss.04050),
dataset ``generic``.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, write_text

#: Characters of a cluster's name in the name of a file; disks have room for 255.
LONGEST = 80
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
        IDs of the series: ``CLUSTER_10cm``, with other characters than ASCII letters, digits, ``_``, ``.`` and ``-``
        replaced; ``attributes.csv`` has the clusters' own names in the column ``cluster``. The files hold the
        forcing, ``soil_moisture_A`` … for each replicate and ``soil_moisture``, the mean where all replicates of the
        series are there; ``date`` is the start of the interval, as that program has it.

    Raises
    ------
    InputError
        If there is no reading, or two depths have the same name.
    """
    from thetamix.network.observations import cluster_observations

    folder = Path(folder)
    start = network["time_bounds"].isel(bound=0).to_numpy()
    forcing = [str(name) for name, values in network.data_vars.items() if values.dims == ("cluster", "time")]
    labels = _safe_names([str(label) for label in network["replicate_label"].to_numpy()])
    depths = [f"{depth * 100:g}cm" for depth in network["depth"].to_numpy()]
    if len(set(depths)) < len(depths):
        raise InputError(f"depths that are too near to be told apart: {', '.join(depths)}; give them nominal ones")
    rows: dict[str, dict[str, object]] = {}
    for number, name in enumerate(_safe_names([str(name) for name in network["cluster_id"].to_numpy()])):
        cluster = network.isel(cluster=[number]).load()
        readings = cluster_observations(cluster.isel(cluster=0), reject)
        for at, depth in enumerate(cluster["depth"].to_numpy().tolist()):
            there = np.isfinite(readings[at]).any(axis=1)
            if not there.any():
                continue
            identifier = f"{name}_{depths[at]}"
            values = {f"soil_moisture_{labels[k]}": readings[at, k] for k in np.flatnonzero(there)}
            values["soil_moisture"] = readings[at, there].mean(axis=0)  # NaN unless all are there
            values |= {variable: cluster[variable].to_numpy()[0] for variable in forcing}
            _write(folder / "time_series" / f"{identifier}.nc", values, start, network)
            rows[identifier] = _attributes(cluster) | {"depth": depth, "replicates": int(there.sum())}
    if not rows:
        raise InputError("there is not one reading to export; reject fewer flags")
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("gauge_id")
    write_text(folder / "attributes" / "attributes.csv", table.to_csv())
    write_text(folder / "series.txt", "\n".join(rows) + "\n")
    return list(rows)


def _safe_names(names: Sequence[str]) -> list[str]:
    """Return a name for files and variables for each name: distinct, on disks that take no notice of case, too.

    What would be the same, or is too long, ends in a checksum of the name itself.
    """
    safe = [_NOT_FOR_NAMES.sub("_", name)[:LONGEST] for name in names]
    times = Counter(name.lower() for name in safe)
    return [
        short if times[short.lower()] == 1 and len(name) <= LONGEST else f"{short}-{_checksum(name)}"
        for name, short in zip(names, safe, strict=True)
    ]


def _checksum(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _attributes(cluster: xr.Dataset) -> dict[str, object]:
    texts_and_numbers = {
        str(name): values.to_numpy()[0]
        for name, values in cluster.variables.items()
        if values.dims == ("cluster",) and name != "cluster_id"
    }
    return {"cluster": str(cluster["cluster_id"].to_numpy()[0]), **texts_and_numbers}


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
