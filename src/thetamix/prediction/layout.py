"""What all prediction files have: the names of their variables, and the places and times that these are for."""

import netCDF4
import numpy as np
import xarray as xr

from thetamix.network.netcdf import EPOCH

PARAMETERS = ("component_weight", "component_mean", "component_sd")
DIMENSIONS = ("cluster", "depth", "time", "component")

_LONG_NAMES = {
    "component_weight": "weight of the component",
    "component_mean": "mean of the component",
    "component_sd": "standard deviation of the component; 0 for a point forecast",
}


def define_parameters(
    file: netCDF4.Dataset, dimensions: tuple[str, ...], chunks: tuple[int, ...], coordinates: str
) -> None:
    """Define the variables of the mixtures.

    Parameters
    ----------
    file
        Open for writing, with these dimensions.
    dimensions
        Of the variables.
    chunks
        Sizes of a chunk along them.
    coordinates
        Names of variables that label them; "" for none.
    """
    for name in PARAMETERS:
        variable = file.createVariable(
            name,
            "f4",
            dimensions,
            zlib=True,
            complevel=1,
            shuffle=True,
            chunksizes=chunks,
            fill_value=np.float32(np.nan),
        )
        units = "1" if name == "component_weight" else "m3 m-3"
        variable.setncatts({"long_name": _LONG_NAMES[name], "units": units})
        if coordinates:
            variable.coordinates = coordinates


def define_labels(file: netCDF4.Dataset, network: xr.Dataset) -> None:
    """Write the clusters, depths and times of a network.

    Parameters
    ----------
    file
        Open for writing, with the dimensions cluster, depth and time.
    network
        The network.
    """
    names = file.createVariable("cluster_id", str, ("cluster",))
    names.setncatts({"long_name": "name of the cluster", "cf_role": "timeseries_id"})
    names[:] = np.array([str(name) for name in network["cluster_id"].to_numpy()], dtype=object)
    depth = file.createVariable("depth", "f8", ("depth",))
    depth.setncatts({"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"})
    depth[:] = network["depth"].to_numpy()
    time = file.createVariable("time", "i8", ("time",))
    time.setncatts({"standard_name": "time", "long_name": "end of the interval, UTC", "units": EPOCH, "axis": "T"})
    time.calendar = "standard"
    time[:] = network["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
