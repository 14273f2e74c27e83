"""What maps say of the clusters: terrain and classes sampled from GeoTIFF in any projection (extra ``geo``).

>>> network = add_terrain(network, "elevation.tif")  # doctest: +SKIP
>>> network = add_classes(network, "soil.tif", "texture", {1: "loam", 2: "clay"})  # doctest: +SKIP
>>> network = add_texture_properties(network)  # doctest: +SKIP
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from thetamix.places.terrain import slope_and_aspect, topographic_wetness
from thetamix.system.errors import InputError
from thetamix.system.files import require_file

#: Metres in a degree of latitude, for maps in degrees; of longitude times the cosine of the latitude.
METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Raster:
    """One band of a map, north up.

    Attributes
    ----------
    values
        (row, column), the first row in the north; NaN where there is no value.
    west, north
        Outer corner, in units of the projection.
    width, height
        Of a pixel, in units of the projection.
    crs
        Name of the coordinate system.
    geographic
        True where units are degrees.
    path
        Where it came from.
    """

    values: np.ndarray
    west: float
    north: float
    width: float
    height: float
    crs: str
    geographic: bool
    path: str

    @property
    def pixel_metres(self) -> tuple[float, float]:
        """Width and height of a pixel [m]; of maps in degrees at their middle."""
        if not self.geographic:
            return self.width, self.height
        middle = np.radians(self.north - self.height * self.values.shape[0] / 2)
        return float(self.width * METRES_PER_DEGREE * np.cos(middle)), self.height * METRES_PER_DEGREE


def read_raster(path: str | Path) -> Raster:
    """Read the first band of a GeoTIFF.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Raster
        The band; scale and offset of the file are applied.

    Raises
    ------
    InputError
        If rasterio is not installed, the file is missing or no raster, or says not where on earth it is.
    """
    rasterio = _rasterio()
    path = require_file(Path(path), "raster")
    try:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise InputError(f"{path}: says not which coordinate system it is in; set one with gdal_edit -a_srs")
            affine = file.transform
            if affine.b or affine.d or affine.e >= 0:
                raise InputError(f"{path}: is not north up; warp it with gdalwarp")
            band = file.read(1, masked=True)
            values = band.astype(np.float64).filled(np.nan) * file.scales[0] + file.offsets[0]
            return Raster(
                values,
                affine.c,
                affine.f,
                affine.a,
                -affine.e,
                str(file.crs),
                file.crs.is_geographic,
                str(path),
            )
    except rasterio.errors.RasterioIOError as error:
        raise InputError(f"{path}: not a readable raster ({error})") from error


def sample(raster: Raster, latitude: np.ndarray, longitude: np.ndarray, *, classes: bool = False) -> np.ndarray:
    """Look values up at places.

    Parameters
    ----------
    raster
        The map.
    latitude, longitude
        (place) [degrees], WGS 84.
    classes
        True takes the pixel that a place lies in; otherwise values are interpolated between the four pixels around
        it (bilinear), the nearest where one of these has none.

    Returns
    -------
    numpy.ndarray
        (place), in the map's units; NaN outside the map and where it has no value.

    Raises
    ------
    InputError
        If the map has no value at any of the places.
    """
    from pyproj import Transformer

    transform = Transformer.from_crs("EPSG:4326", raster.crs, always_xy=True)
    x, y = transform.transform(np.asarray(longitude), np.asarray(latitude))
    column = (np.asarray(x) - raster.west) / raster.width - 0.5
    row = (raster.north - np.asarray(y)) / raster.height - 0.5
    rows, columns = raster.values.shape
    inside = (row >= -0.5) & (row < rows - 0.5) & (column >= -0.5) & (column < columns - 0.5)
    row, column = np.where(inside, row, 0.0), np.where(inside, column, 0.0)
    values = raster.values
    at = (
        np.clip(np.round(row), 0, rows - 1).astype(int),
        np.clip(np.round(column), 0, columns - 1).astype(int),
    )
    nearest = np.where(inside, values[at], np.nan)
    if not np.isfinite(nearest).any():
        raise InputError(
            f"{raster.path}: has no value at any cluster (the first is at latitude {np.asarray(latitude)[0]:g}, "
            f"longitude {np.asarray(longitude)[0]:g}); take a map of the region, or check the coordinates"
        )
    if classes:
        return nearest
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    down, right = row - top, column - left

    def corner(below: int, beside: int) -> np.ndarray:
        # In the outer half of the outer pixels the edge goes on.
        found: np.ndarray = values[np.clip(top + below, 0, rows - 1), np.clip(left + beside, 0, columns - 1)]
        return found

    upper = corner(0, 0) * (1 - right) + corner(0, 1) * right
    lower = corner(1, 0) * (1 - right) + corner(1, 1) * right
    between: np.ndarray = np.where(inside, upper * (1 - down) + lower * down, np.nan)
    return np.where(np.isfinite(between), between, nearest)


def add_terrain(network: xr.Dataset, path: str | Path) -> xr.Dataset:
    """Add elevation, slope, aspect and topographic wetness of the clusters from a map of elevation.

    Parameters
    ----------
    network
        With ``latitude`` and ``longitude`` (cluster).
    path
        GeoTIFF of elevation [m].

    Returns
    -------
    xarray.Dataset
        The network with ``elevation`` [m], ``slope`` [degrees], ``northness`` and ``eastness`` (cosine and sine of
        the aspect, 0 where it is flat: angles do not average) [1], and ``topographic_wetness`` [ln m], all
        (cluster). Where the map has no value they are NaN; an elevation that the network has is kept there.

    Raises
    ------
    InputError
        See :func:`read_raster` and :func:`sample`.
    """
    raster = read_raster(path)
    places = _places(network)
    slope, aspect = slope_and_aspect(raster.values, *raster.pixel_metres)
    north, east = np.cos(np.radians(aspect)), np.sin(np.radians(aspect))
    known = np.isfinite(slope)
    layers = {
        "elevation": (raster.values, "elevation of the surface", "m"),
        "slope": (slope, "slope of the surface", "degrees"),
        "northness": (np.where(known, np.nan_to_num(north), np.nan), "cosine of the aspect", "1"),
        "eastness": (np.where(known, np.nan_to_num(east), np.nan), "sine of the aspect", "1"),
        "topographic_wetness": (
            topographic_wetness(raster.values, *raster.pixel_metres),
            "topographic wetness index ln(a / tan b)",
            "1",
        ),
    }
    added = {}
    for name, (values, long_name, units) in layers.items():
        layer = replace(raster, values=values)
        attributes = {"long_name": long_name, "units": units, "source": Path(raster.path).name}
        if name == "elevation":
            attributes["standard_name"] = "surface_altitude"
        found = sample(layer, *places)
        if name in network.variables:
            found = np.where(np.isfinite(found), found, network[name].to_numpy())
        added[name] = (("cluster",), found, attributes)
    return network.assign(added)


def add_classes(network: xr.Dataset, path: str | Path, name: str, classes: Mapping[int, str]) -> xr.Dataset:
    """Add a text attribute of the clusters from a map of classes, such as soil type or land cover.

    Parameters
    ----------
    network
        With ``latitude`` and ``longitude`` (cluster).
    path
        GeoTIFF of class numbers.
    name
        Of the attribute: ``soil_type``, ``land_use``, ``texture``.
    classes
        Name of each number.

    Returns
    -------
    xarray.Dataset
        The network with the attribute (cluster); empty text where the map has no value.

    Raises
    ------
    InputError
        If a cluster lies in a class without a name; see also :func:`read_raster` and :func:`sample`.
    """
    numbers = sample(read_raster(path), *_places(network), classes=True)
    words = []
    for number, cluster in zip(numbers, network["cluster_id"].to_numpy(), strict=True):
        if np.isnan(number):
            words.append("")
            continue
        if int(number) not in classes:
            raise InputError(
                f"{path}: cluster {cluster} lies in class {number:g}, which has no name; add it to the classes"
            )
        words.append(classes[int(number)])
    attributes = {"long_name": name.replace("_", " "), "source": Path(path).name}
    return network.assign({name: (("cluster",), np.array(words, dtype=object), attributes)})


def _places(network: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    for name in ("latitude", "longitude"):
        if name not in network.variables:
            raise InputError(f"maps need the {name} of the clusters, which the network lacks; add it to the sensors")
    latitude, longitude = network["latitude"].to_numpy(), network["longitude"].to_numpy()
    lost = ~(np.isfinite(latitude) & np.isfinite(longitude))
    if lost.any():
        name = network["cluster_id"].to_numpy()[int(lost.argmax())]
        raise InputError(f"cluster {name} has no coordinates; maps need those of all clusters")
    return latitude, longitude


def _rasterio() -> Any:
    try:
        import rasterio
        import rasterio.errors
    except ImportError as error:
        raise InputError("maps need the package rasterio; install it with: pip install rasterio") from error
    return rasterio
