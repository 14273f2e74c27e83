"""Distances and projections against pyproj's ellipsoid and a brute-force search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pyproj import Geod

from thetamix.places.matching import borrow, geographic, great_circle, nearest_stations
from thetamix.system.errors import InputError

LATITUDE, LONGITUDE = st.floats(-90, 90), st.floats(-180, 360)
PLACE = st.tuples(LATITUDE, LONGITUDE)


@given(PLACE, PLACE)
def test_distance_is_the_ellipsoids_within_its_flattening(one, other):
    _, _, metres = Geod(ellps="GRS80").inv(one[1], one[0], other[1], other[0])
    assert_allclose(great_circle(*one, *other), metres, rtol=6e-3, atol=1e-3)


@given(st.lists(PLACE, min_size=1, max_size=6), st.lists(PLACE, min_size=1, max_size=6))
def test_nearest_is_the_smallest_of_all_distances(places, stations):
    here, there = np.array(places).T, np.array(stations).T
    index, metres = (values[:, 0] for values in nearest_stations(*here, *there, 1))
    every = great_circle(here[0][:, None], here[1][:, None], there[0], there[1])
    assert_allclose(metres, every.min(axis=1), rtol=1e-6, atol=0.1)
    assert_allclose(every[np.arange(len(places)), index], metres, rtol=1e-6, atol=0.1)


def test_across_the_date_line_and_at_the_pole():
    index, metres = nearest_stations(
        np.array([0.0, 89.9]), np.array([-179.9, 10.0]), np.array([0, 0, 89.9]), np.array([179.9, -170, 190]), 1
    )
    assert index.tolist() == [[0], [2]]
    assert_allclose(metres, [[22239], [22239]], rtol=1e-4)


def test_projected_coordinates():
    # The false origin of UTM zone 31.
    latitude, longitude = geographic(np.array([500000.0, np.nan]), np.array([0.0, 1.0]), "EPSG:32631")
    assert_allclose(latitude, [0, np.nan], atol=1e-9)
    assert_allclose(longitude, [3, np.nan], atol=1e-9)


def test_coordinates_outside_their_system():
    with pytest.raises(InputError, match=r"are outside EPSG:2169; check crs and the columns"):
        geographic(np.array([80000.0, 1e12]), np.array([100000.0, 1e12]), "EPSG:2169")
    with pytest.raises(InputError, match="not a known coordinate system"):
        geographic(np.array([0.0]), np.array([0.0]), "Gauss")


@pytest.mark.parametrize(
    ("easting", "northing", "crs", "words"),
    [
        (
            5_590_000,
            460_000,
            "EPSG:32632",
            r"latitude 3\.11, longitude 50\.58, far from .*easting and northing exchanged",
        ),
        (
            460.1,
            5590.2,
            "EPSG:32632",
            "at the origin of WGS 84 / UTM zone 32N, where no place is: are they kilometres",
        ),
        (-9999, -9999, "EPSG:32632", "codes for missing values"),
    ],
)
def test_coordinates_that_a_projection_is_not_made_for(easting, northing, crs, words):
    with pytest.raises(InputError, match=words):
        geographic(np.array([np.nan, easting]), np.array([np.nan, northing]), crs)


@pytest.mark.parametrize(
    ("easting", "northing", "crs", "latitude", "longitude"),
    [
        (800_000, 5_828_000, "EPSG:32632", 52.52, 13.42),  # Berlin, in the zone beside it
        (2_500_000, 5_100_000, "EPSG:2193", -43.70, -175.83),  # across the date line
        (900_000, 6_500_000, "EPSG:3857", 50.31, 8.08),  # the whole world
        (100, 200, "+proj=tmerc +lat_0=50 +lon_0=8 +datum=WGS84", 50.0, 8.0),  # a system of the place's own
    ],
)
def test_coordinates_that_are_sound(easting, northing, crs, latitude, longitude):
    where = geographic(np.array([easting]), np.array([northing]), crs)
    assert_allclose(np.ravel(where), [latitude, longitude], atol=0.006)


def test_several_stations_in_order_of_distance():
    rng = np.random.default_rng(1)
    place = rng.uniform(-80, 80, 20), rng.uniform(-180, 360, 20)
    station = rng.uniform(-90, 90, 50), rng.uniform(-180, 360, 50)
    index, distance = nearest_stations(*place, *station, 5)
    all_of_them = great_circle(place[0][:, None], place[1][:, None], *station)
    np.testing.assert_array_equal(index, all_of_them.argsort(axis=1)[:, :5])
    np.testing.assert_allclose(distance, np.sort(all_of_them, axis=1)[:, :5])
    index, _ = nearest_stations(*place, *(one[:3] for one in station), 5)
    assert index.shape == (20, 3)


def test_gaps_come_from_the_next_nearest():
    gap = np.nan
    series = [np.array([1, gap, gap, gap]), np.array([2, 2, gap, gap]), np.array([3.0, 3, 3, gap])]
    index, distance = np.array([[0, 1, 2], [2, 1, 0]]), np.array([[1.0, 2, 3], [1.0, 2, 3]])
    values, borrowed = borrow(series, index, distance, np.inf)
    np.testing.assert_array_equal(values, [[1, 2, 3, gap], [3, 3, 3, gap]])
    np.testing.assert_allclose(borrowed, [2 / 3, 0])
    values, borrowed = borrow(series, index, distance, 2.5)
    np.testing.assert_array_equal(values, [[1, 2, gap, gap], [3, 3, 3, gap]])
    values, borrowed = borrow(series, index, distance, 0.5)
    assert np.isnan(values).all()
    assert (borrowed == 0).all()
