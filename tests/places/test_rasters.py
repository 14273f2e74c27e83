"""Maps made by hand, in degrees and in a projection: what the clusters get is what was drawn."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from thetamix.network.check import check_network
from thetamix.places.rasters import add_classes, add_terrain, read_raster, sample
from thetamix.places.terrain import slope_and_aspect, topographic_wetness
from thetamix.places.texture import TEXTURE_CLASSES, add_texture_properties
from thetamix.simulation.geology import TEXTURES
from thetamix.system.errors import InputError

rasterio = pytest.importorskip("rasterio")
pyproj = pytest.importorskip("pyproj")

LATITUDE, LONGITUDE = np.array([49.76, 49.78]), np.array([5.87, 5.90])


def draw(path: Path, crs: str, of, *, pixel: float, nodata: float | None = None, dtype: str = "float32") -> Path:
    """Write a map around the places whose values are a function of easting and northing."""
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(LONGITUDE, LATITUDE)
    west, north = x.min() - 20 * pixel, y.max() + 20 * pixel
    columns, rows = int((x.max() - west) / pixel) + 20, int((north - y.min()) / pixel) + 20
    east = west + (np.arange(columns) + 0.5) * pixel
    northing = north - (np.arange(rows) + 0.5) * pixel
    values = np.broadcast_to(of(east[None, :], northing[:, None]), (rows, columns)).astype(dtype)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype=dtype,
        crs=crs,
        nodata=nodata,
        transform=rasterio.Affine(pixel, 0, west, 0, -pixel, north),
    ) as file:
        file.write(values, 1)
    return path


@pytest.fixture
def places(make_network) -> xr.Dataset:
    return make_network(clusters=2, steps=10, latitude=LATITUDE, longitude=LONGITUDE, elevation=None)


@pytest.mark.parametrize(("crs", "pixel"), [("EPSG:4326", 2e-4), ("EPSG:2169", 20.0), ("EPSG:32631", 20.0)])
def test_a_plane_is_met_exactly_in_any_projection(tmp_path, crs, pixel):
    to_map = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_map.transform(LONGITUDE, LATITUDE)
    path = draw(
        tmp_path / "plane.tif",
        crs,
        lambda e, n: 300 + (e - x[0]) / pixel + 2 * (n - y[0]) / pixel,
        pixel=pixel,
    )
    found = sample(read_raster(path), LATITUDE, LONGITUDE)
    assert_allclose(found, 300 + (x - x[0]) / pixel + 2 * (y - y[0]) / pixel, atol=2e-3)


def test_terrain_of_a_slope(tmp_path, places):
    # It falls by 1 m in 10 m to the south-west.
    path = draw(tmp_path / "hill.tif", "EPSG:2169", lambda e, n: (e + n) * 0.1 / np.sqrt(2), pixel=20.0)
    network = add_terrain(places, path)
    assert_allclose(network["slope"], np.degrees(np.arctan(0.1)), rtol=1e-3)
    assert_allclose(network["northness"], -np.sqrt(0.5), atol=1e-3)
    assert_allclose(network["eastness"], -np.sqrt(0.5), atol=1e-3)
    assert np.isfinite(network["topographic_wetness"]).all()
    check_network(network, "with terrain")
    assert network["elevation"].attrs["units"] == "m"


def test_elevations_of_the_table_fill_what_the_map_lacks(tmp_path, places):
    to_map = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2169", always_xy=True)
    x, _ = to_map.transform(LONGITUDE, LATITUDE)

    def half(east, north):
        return np.where(east > x.mean(), -9999.0, 300.0 + 0 * north)

    path = draw(tmp_path / "half.tif", "EPSG:2169", half, pixel=20.0, nodata=-9999.0)
    network = add_terrain(places.assign(elevation=(("cluster",), [1.0, 2.0])), path)
    assert network["elevation"].to_numpy().tolist() == [300.0, 2.0]
    assert np.isnan(network["slope"][1])


def test_classes_by_name(tmp_path, places):
    to_map = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True)
    x, _ = to_map.transform(LONGITUDE, LATITUDE)
    path = draw(
        tmp_path / "soil.tif",
        "EPSG:32631",
        lambda e, n: np.where(e > x.mean(), 2, 1) + 0 * n,
        pixel=50.0,
        dtype="uint8",
    )
    network = add_classes(places, path, "texture", {1: "Loam", 2: "silty clay"})
    assert network["texture"].to_numpy().tolist() == ["Loam", "silty clay"]
    network = add_texture_properties(network)
    assert_allclose(network["porosity"], [0.451, 0.492])
    assert_allclose(network["saturated_conductivity"], [25.0, 3.71])
    check_network(network, "with soil")
    with pytest.raises(InputError, match="cluster c01 lies in class 2, which has no name"):
        add_classes(places, path, "texture", {1: "loam"})
    with pytest.raises(InputError, match="is 'lava'"):
        add_texture_properties(places.assign(texture=(("cluster",), np.array(["loam", "lava"], object))))
    with pytest.raises(InputError, match="no attribute 'texture'"):
        add_texture_properties(places)


def test_textures_are_those_of_the_simulation():
    for name, texture in TEXTURES.items():
        assert TEXTURE_CLASSES[name] == (texture.porosity, texture.conductivity)


def test_errors_say_which_map_and_what_to_do(tmp_path, places):
    path = draw(tmp_path / "map.tif", "EPSG:2169", lambda e, n: e + n, pixel=20.0)
    with pytest.raises(InputError, match=r"map\.tif: has no value at any cluster.*check the coordinates"):
        sample(read_raster(path), LATITUDE - 10, LONGITUDE)
    (tmp_path / "no.tif").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a readable raster"):
        read_raster(tmp_path / "no.tif")
    with pytest.raises(InputError, match=r"none\.tif"):
        read_raster(tmp_path / "none.tif")
    with pytest.raises(InputError, match="cluster c01 has no coordinates"):
        add_terrain(places.assign_coords(latitude=("cluster", [49.76, np.nan])), path)
    with pytest.raises(InputError, match="lacks"):
        add_terrain(places.drop_vars("latitude"), path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_map_must_say_where_it_is(tmp_path):
    with rasterio.open(tmp_path / "lost.tif", "w", driver="GTiff", width=3, height=3, count=1, dtype="uint8") as file:
        file.write(np.ones((3, 3), dtype=np.uint8), 1)
    with pytest.raises(InputError, match="coordinate system"):
        read_raster(tmp_path / "lost.tif")


@pytest.mark.parametrize(("east", "north", "aspect"), [(1, 0, 90), (0, 1, 0), (-1, 0, 270), (0, -1, 180), (1, 1, 45)])
def test_aspect_is_downhill(east, north, aspect):
    rows, columns = np.mgrid[0:6, 0:7]
    surface = -(east * columns - north * rows) * 3.0
    slope, found = slope_and_aspect(surface, 30.0, 30.0)
    assert_allclose(found[1:-1, 1:-1], aspect)
    assert_allclose(slope[1:-1, 1:-1], np.degrees(np.arctan(0.1 * np.hypot(east, north))))


def test_flat_ground_faces_nowhere():
    slope, aspect = slope_and_aspect(np.full((4, 4), 7.0), 10.0, 10.0)
    assert (slope == 0).all()
    assert np.isnan(aspect).all()


def test_water_gathers_in_a_valley():
    rows, columns = np.mgrid[0:20, 0:21]
    valley = np.abs(columns - 10) * 2.0 - rows * 0.5
    wetness = topographic_wetness(valley, 10.0, 10.0)
    assert (wetness[5:, 10] > wetness[5:, 5] + 1).all()
    assert (np.diff(wetness[1:-1, 10]) > 0).all()
    # On a plane that falls to the south each pixel has its own column above it: a = rows times the pixel.
    plane = topographic_wetness(-rows * 1.0, 10.0, 10.0)
    assert_allclose(plane[1:-1, 10], np.log((rows[1:-1, 10] + 1) * 10.0 / 0.1))
    holes = valley.copy()
    holes[3, 3] = np.nan
    assert np.isnan(topographic_wetness(holes, 10.0, 10.0)[3, 3])
