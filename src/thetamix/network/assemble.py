"""From plain arrays to a labelled network: dimensions, units and attributes in one place."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from thetamix.network.schema import FLAGS, VARIABLES
from thetamix.network.weather_variables import WEATHER, weather_variable

COORDINATE_VARIABLES = ("latitude", "longitude")


def assemble(
    variables: Mapping[str, np.ndarray | xr.Variable],
    *,
    cluster_id: Sequence[str],
    depth: Sequence[float] | np.ndarray,
    replicate_label: Sequence[str],
    time: np.ndarray,
    step: np.timedelta64,
    about: Mapping[str, str],
) -> xr.Dataset:
    """Label arrays as a network.

    Parameters
    ----------
    variables
        Arrays by name. Those that the schema knows take their dimensions, units and names from it; others
        come as :class:`xarray.Variable` with dimensions and attributes.
    cluster_id
        Names of the clusters (cluster).
    depth
        Nominal depths (depth) [m], positive down, increasing.
    replicate_label
        Names of the replicates (replicate): "A", "B", "C".
    time
        Ends of the intervals (time), UTC.
    step
        Length of an interval.
    about
        Global attributes: at least ``title``, ``summary``, ``source`` and ``history``.

    Returns
    -------
    xarray.Dataset
        The network, not yet checked.
    """
    stamps = np.asarray(time, dtype="datetime64[ns]")
    width = np.timedelta64(step, "ns")
    network = xr.Dataset(
        coords={
            "cluster_id": (
                "cluster",
                np.array(list(cluster_id), dtype=object),
                {"long_name": "name of the cluster", "cf_role": "timeseries_id"},
            ),
            "depth": (
                "depth",
                np.asarray(depth, dtype=np.float64),
                {
                    "standard_name": "depth",
                    "long_name": "nominal measuring depth below the surface",
                    "units": "m",
                    "positive": "down",
                    "axis": "Z",
                },
            ),
            "replicate": (
                "replicate",
                np.arange(len(replicate_label), dtype=np.int32),
                {"long_name": "number of the replicate profile", "units": "1"},
            ),
            "replicate_label": (
                "replicate",
                np.array(list(replicate_label), dtype=object),
                {"long_name": "name of the replicate profile"},
            ),
            "time": (
                "time",
                stamps,
                {
                    "standard_name": "time",
                    "long_name": "end of the interval, UTC",
                    "axis": "T",
                    "units_metadata": "leap_seconds: none",
                    "bounds": "time_bounds",
                },
            ),
        }
    )
    network["time_bounds"] = (("time", "bound"), np.stack([stamps - width, stamps], axis=1))
    for name, values in variables.items():
        network[name] = label_variable(name, values)
    network = network.set_coords([name for name in COORDINATE_VARIABLES if name in network])
    network.attrs = _global_attributes(network, width, about)
    return network


def label_variable(name: str, values: np.ndarray | xr.Variable) -> xr.Variable:
    """Label an array, in a known variable's dimensions and unit, with its attributes; return a variable as it is."""
    if isinstance(values, xr.Variable):
        return values
    if name in WEATHER:
        return weather_variable(name, values)
    variable = VARIABLES[name]
    attributes = variable.attributes()
    if name == "soil_moisture":
        attributes["ancillary_variables"] = "soil_moisture_flag"
    if name == "soil_moisture_flag":
        attributes["flag_masks"] = np.array([bit for bit, _ in FLAGS.values()], dtype=np.int32)
        attributes["flag_meanings"] = " ".join(f"{flag}_{meaning}" for flag, (_, meaning) in FLAGS.items())
    if "time" in variable.dimensions and variable.units is not None:
        attributes["cell_methods"] = "time: mean"
    return xr.Variable(variable.dimensions, values, attributes)


def cluster_variable(values: np.ndarray, long_name: str, units: str | None = None) -> xr.Variable:
    """Label what is told of each cluster (cluster) beside the schema; texts have no units."""
    attributes = {"long_name": long_name}
    if units is not None:
        attributes |= {"units": units, "coverage_content_type": "auxiliaryInformation"}
    return xr.Variable("cluster", values, attributes)


def _global_attributes(network: xr.Dataset, step: np.timedelta64, about: Mapping[str, str]) -> dict[str, object]:
    start, end = network["time_bounds"].to_numpy()[[0, -1], [0, 1]]
    attributes: dict[str, object] = {
        "Conventions": "CF-1.11, ACDD-1.3",
        "keywords": "soil moisture, replicate sensors, in-situ",
        "processing_level": "as read, with quality flags",
        **about,
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "time_coverage_start": f"{np.datetime_as_string(start, 's')}Z",
        "time_coverage_end": f"{np.datetime_as_string(end, 's')}Z",
        "time_coverage_duration": f"PT{int((end - start) / np.timedelta64(1, 's'))}S",
        "time_coverage_resolution": f"PT{int(step / np.timedelta64(1, 's'))}S",
    }
    if network.sizes["depth"]:
        depth = network["depth"].to_numpy()
        attributes["geospatial_vertical_min"] = float(depth[0])
        attributes["geospatial_vertical_max"] = float(depth[-1])
        attributes["geospatial_vertical_positive"] = "down"
        attributes["geospatial_vertical_units"] = "m"
    if all(name in network and np.isfinite(network[name]).any() for name in COORDINATE_VARIABLES):
        (south, north), (west, east) = (
            (float(network[name].min()), float(network[name].max())) for name in COORDINATE_VARIABLES
        )
        attributes |= {
            "geospatial_lat_min": south,
            "geospatial_lat_max": north,
            "geospatial_lon_min": west,
            "geospatial_lon_max": east,
            "geospatial_bounds": f"POLYGON (({south} {west}, {south} {east}, {north} {east}, {north} {west}, "
            f"{south} {west}))",
            "geospatial_bounds_crs": "EPSG:4326",
        }
    return attributes
