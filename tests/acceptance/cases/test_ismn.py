"""Archives of the ISMN as they come: flags that lack, codes in rain, odd depths and names, rows between the hours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from thetamix.network.netcdf import open_network
from thetamix.network.schema import FLAGS

from ...readers.ismn_archives import STATIC, Archive, hours

DAY = hours("2020-03-01", 24)


class Imported(Archive):
    """An archive that is imported by the command line."""

    def __init__(self, folder: Path, form: str, thetamix: Callable[..., Any]) -> None:
        super().__init__(folder / "archive", form)
        self.thetamix = thetamix

    def run(self, *options: object, pack: bool = True) -> tuple[int, str, xr.Dataset | None]:
        """Return the exit code, everything that is printed, and the network."""
        out = self.folder.parent / "n.nc"
        source = self.packed(out.parent / "a.zip") if pack else self.folder
        result = self.thetamix("import", "ismn", source, "-o", out, *options)
        words = result.out + result.err
        assert "Traceback" not in words
        if result.code:
            return result.code, words, None
        with open_network(out) as network:
            return result.code, words, network.load()


@pytest.fixture(params=["header", "ceop"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, thetamix: Callable[..., Any]) -> Imported:
    return Imported(tmp_path, request.param, thetamix)


@pytest.fixture
def small(tmp_path: Path, thetamix: Callable[..., Any]) -> Imported:
    return Imported(tmp_path, "header", thetamix)


def test_rows_without_a_flag(case, thetamix):
    folder = case("ismn-flag-missing")
    assert thetamix("import", "ismn", "a.zip", "-o", "n.nc").code == 0
    with open_network(folder / "n.nc") as network:
        readings, flags = (network[name].squeeze().load() for name in ("soil_moisture", "soil_moisture_flag"))
    at = network["time"].to_index()
    assert np.isnan(readings).sum("time").to_numpy().tolist() == [1, 0, 0]
    # By hand from the files: 04:00 of 5 March has the flag nan, 05:00 NA, 20:00 of 21 March C03; T has none at all.
    for cluster in (0, 2):
        assert_allclose(readings[cluster, at.get_loc("2020-03-05 04:00")], 0.2182, rtol=1e-6)
        assert_allclose(readings[cluster, at.get_loc("2020-03-05 05:00")], 0.2180, rtol=1e-6)
        flagged = np.flatnonzero(flags[cluster])
        assert flagged.tolist() == [at.get_loc("2020-03-21 20:00")]
        assert flags[cluster, flagged[0]] == FLAGS["C03"][0]
    assert not flags[1].any()


@pytest.mark.parametrize(
    ("end", "flags"),
    [
        ("", 0),  # no flags at all
        (" G", 0),  # the provider's is cut
        (" D03", FLAGS["D03"][0]),
        ("  M", 0),  # the archive's is empty: M is the provider's
        (" nan M", 0),
        (" NA M", 0),
    ],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_rows_with_fewer_fields(archive, end, flags, everywhere):
    values = np.linspace(0.2, 0.3, 24).round(4)
    file = archive.sensor("NET", "s", DAY, values, "D01")
    lines = file.read_text().splitlines()
    first = 1 if archive.form == "header" else 0
    rows = range(first, len(lines)) if everywhere else [first, first + 5, len(lines) - 1]
    for row in rows:
        lines[row] = lines[row].removesuffix(" D01 M") + end
    file.write_text("\n".join(lines) + "\n")
    code, _, network = archive.run()
    assert code == 0
    assert_allclose(network["soil_moisture"].squeeze(), values, rtol=1e-6)
    found = network["soil_moisture_flag"].to_numpy().ravel()
    other = np.setdiff1d(np.arange(24), np.array(rows) - first)
    assert (found[np.array(rows) - first] == flags).all()
    assert (found[other] == FLAGS["D01"][0]).all()


@pytest.mark.parametrize(("cut", "kept"), [(4, True), (6, False), (13, False), (20, False)])
def test_a_file_that_ends_within_a_line(archive, cut, kept):
    values = np.linspace(0.2, 0.3, 24).round(4)
    file = archive.sensor("NET", "s", DAY, values)
    whole = file.read_text()
    file.write_text(whole[: len(whole) - 1 - cut])
    code, words, network = archive.run(pack=False)
    assert code == 0
    assert_allclose(network["soil_moisture"].squeeze(), values[: 24 if kept else 23], rtol=1e-6)
    assert ("the file is cut within its last line, which is left out" in words) is not kept


def test_codes_in_rain_and_temperature(case, thetamix):
    folder = case("ismn-rain-codes")
    result = thetamix("import", "ismn", "a.zip", "-o", "n.nc")
    assert result.code == 0
    words = result.out + result.err
    assert "N3_N3_a_p_0.000000_0.000000_G_20200301_20200531.stm: 3 number(s) that cannot be precipitation" in words
    assert "the first at 2020-03-01T17:00 UTC" in words
    with open_network(folder / "n.nc") as network:
        rain, warmth = network["precipitation"][0].load(), network["air_temperature"][0].load()
    assert float(rain.max()) == 2
    assert float(rain.sum()) == 442
    assert int(np.isnan(rain).sum()) == 4
    assert_allclose(rain[np.isfinite(rain)].max(), 2)
    assert_allclose([warmth.min(), warmth.max()], 12.3, rtol=1e-6)


def test_codes_with_a_good_flag_in_soil_moisture(archive):
    values = np.full(24, 0.25)
    values[[3, 7, 9, 11]] = 9999, -99.99, 9999999, -9999
    archive.sensor("NET", "s", DAY, values)
    code, words, network = archive.run()
    assert code == 0
    readings = network["soil_moisture"].to_numpy().ravel()
    assert np.flatnonzero(np.isnan(readings)).tolist() == [3, 7, 9, 11]
    assert_allclose(readings[np.isfinite(readings)], 0.25)
    assert "3 number(s) that cannot be soil_moisture are missing" in words
    assert "the first at 2020-03-01T03:00 UTC" in words


def test_most_of_a_record_is_a_code(small):
    values = np.full(24, 9999.0)
    values[:10] = 0.25
    small.sensor("NET", "s", DAY, values)
    code, words, network = small.run()
    assert code == 0
    assert int(np.isfinite(network["soil_moisture"]).sum()) == 10
    assert "14 number(s)" in words


@pytest.mark.parametrize("options", [(), ("--network", "NET")])
def test_an_instrument_with_a_slash(archive, options):
    archive.sensor("NET", "s", DAY, 0.2, instrument="Plain")
    file = archive.sensor("NET", "s", DAY, 0.3, instrument="X", depth=(0.2, 0.2))
    nested = file.parent / file.name.replace("X", "ThetaProbe-ML2/x")
    nested.parent.mkdir()
    file.rename(nested)
    code, _, network = archive.run(*options)
    assert code == 0
    assert network["cluster_id"].to_numpy().tolist() == ["NET_s"]
    assert_allclose(network["depth"], [0.05, 0.2])
    assert_allclose(network["soil_moisture"].isel(time=0).squeeze(), [0.2, 0.3], rtol=1e-6)
    assert network["sensor_id"].to_numpy().ravel().tolist() == ["Plain", "ThetaProbe-ML2/x"]


def test_sensors_around_a_depth_belong_to_it(archive):
    archive.sensor("REM", "a", DAY, 0.2, depth=(0.0, 0.05))
    archive.sensor("REM", "b", DAY, 0.3, depth=(0.05, 0.05))
    archive.sensor("REM", "c", DAY, 0.4, depth=(0.5, 0.5))
    code, words, network = archive.run("--depths", "0.05", "--tolerance", "0.01")
    assert code == 0
    assert network["cluster_id"].to_numpy().tolist() == ["REM_a", "REM_b"]
    assert_allclose(network["soil_moisture"].isel(time=0).squeeze(), [0.2, 0.3], rtol=1e-6)
    assert_allclose(network["sensor_depth"].squeeze(), [0.025, 0.05])
    assert "1 sensor(s) around a depth, and taken for it: REM 1 at 0 to 0.05 m as 0.05 m" in words
    assert "1 sensor(s) not within 0.01 m of a depth, nor around one: REM 1 at 0.5 m" in words
    assert "1 station(s) without a sensor at the depths are left out: REM c" in words


@pytest.mark.parametrize(
    ("extent", "depth"), [((0.0, 0.05), 0.05), ((0.0, 0.3), 0.1), ((0.0, 0.19), 0.1), ((0.1, 0.5), 0.2)]
)
def test_of_several_depths_that_of_the_middle(small, extent, depth):
    small.sensor("NET", "s", DAY, 0.2, depth=extent)
    small.sensor("NET", "t", DAY, 0.2, depth=(0.05, 0.05))
    code, _, network = small.run("--depths", "0.05 0.1 0.2")
    assert code == 0
    there = np.isfinite(network["soil_moisture"].isel(time=0, replicate=0, cluster=0))
    assert_allclose(network["depth"].to_numpy()[there.to_numpy()], [depth])


def test_dropped_sensors_are_counted_by_network(small):
    for number in range(14):
        small.sensor("AAA", f"s{number:02d}", DAY, 0.2, depth=(1.0, 1.0))
    small.sensor("BBB", "t", DAY, 0.2, depth=(0.05, 0.05))
    code, words, network = small.run("--depths", "0.05")
    assert code == 0
    assert network.sizes["cluster"] == 1
    assert "14 sensor(s) not within 0.02 m of a depth, nor around one: AAA 14 at 1 m" in words
    assert "14 station(s) without a sensor at the depths are left out: AAA s00, AAA s01" in words
    assert "AAA s13" in words
    code, words, _ = small.run("--depths", "0.05", "--network", "AAA", "--network", "BBB")
    assert code == 2
    assert "network AAA has no soil moisture that is wanted" in words


def test_a_named_network_without_a_reading(small):
    small.sensor("AAA", "s", DAY, -9999)
    small.sensor("BBB", "t", DAY, 0.2)
    code, words, network = small.run()
    assert code == 0
    assert network.sizes["cluster"] == 2
    assert "1 station(s) without a single reading: AAA s" in words
    code, words, _ = small.run("--network", "AAA", "--network", "BBB")
    assert code == 2
    assert "network AAA has no soil moisture that is wanted" in words


def test_metadata_that_cannot_be(archive):
    archive.station("NET", "s", STATIC.replace("0.30;0.46", "0.30;1.75").replace("0.30;20.00", "0.30;-999"))
    archive.sensor("NET", "s", DAY, 0.2, place=(50, 6, -99.9))
    archive.sensor("NET", "t", DAY, 0.2, place=(0, 0, 300))
    code, words, network = archive.run()
    assert code == 0
    assert_allclose(network["elevation"], [np.nan, 300])
    assert_allclose(network["porosity"], [np.nan, 0.46])
    assert_allclose(network["clay"], [np.nan, 20])
    for sentence in (
        "1 station(s) with a number that cannot be elevation, which is missing: NET s (-99.9)",
        "1 station(s) with a number that cannot be porosity, which is missing: NET s (1.75)",
        "1 station(s) with a number that cannot be clay, which is missing: NET s (-999)",
        "1 cluster(s) at latitude 0, longitude 0, in the sea: NET t",
    ):
        assert sentence in words


def test_stations_that_are_elsewhere(small):
    for name, longitude in {"a": 6.0, "b": 6.1, "c": 6.2, "d": -6.0}.items():
        small.sensor("NET", name, DAY, 0.2, place=(50, longitude, 300))
    small.sensor("FAR", "e", DAY, 0.2, place=(-36, 150, 300))
    small.sensor("FAR", "e", DAY, 0.2, place=(-36, 151, 300), depth=(0.2, 0.2))
    code, words, _ = small.run()
    assert code == 0
    assert "1 cluster(s) far from the others, check the coordinates: NET d (8" in words
    assert "sign of longitude?" in words
    # A degree of longitude at 36° S: 111.2 km cos 36°.
    assert "1 station(s) of which files have different places, the first is taken: FAR e (90.0 km)" in words


def test_an_archive_without_soil_moisture(small):
    small.sensor("NET", "s", DAY, 1.0, code="p", depth=(0, 0))
    code, words, _ = small.run()
    assert code == 2
    assert "no soil moisture of it is wanted, or can be read" in words


def test_depths_of_sensors_outside_the_period(small):
    small.sensor("NET", "s", DAY, 0.2, depth=(0.5, 0.5))
    small.sensor("NET", "s", hours("2010-03-01", 24), 0.2, depth=(0.05, 0.05), instrument="Old")
    code, words, _ = small.run("--depths", "0.05", "--start", "2020-01-01")
    assert code == 2
    assert "no sensor is within 0.02 m of the depths 0.05 m; the archive has 0.5 m" in words


def test_quarters_of_hours(archive):
    quarters = pd.date_range("2020-03-01 00:15", periods=96, freq="15min")
    archive.sensor("NET", "s", quarters, np.linspace(0.2, 0.3, 96).round(4))
    archive.sensor("NET", "s", quarters, 0.5, code="p", instrument="Gauge", depth=(0, 0))
    code, words, network = archive.run()
    assert code == 0
    # The readings at the full hours; of rain the sum of four quarters.
    assert_allclose(network["soil_moisture"].squeeze(), np.linspace(0.2, 0.3, 96).round(4)[3::4], rtol=1e-6)
    assert (network["precipitation"] == 2).all()
    assert "72 row(s) between full hours are parts of an hour's sum" in words
    assert "72 row(s) between full hours fill hours without a row of their own, as means" in words


@pytest.mark.parametrize("minute", [30, 59])
def test_rows_at_another_minute(archive, minute):
    # https://github.com/earthobservations/wetterdienst/issues/1485
    values = np.linspace(0.2, 0.3, 24).round(4)
    archive.sensor("NET", "s", DAY + pd.Timedelta(minutes=minute), values)
    code, words, network = archive.run()
    assert code == 0
    assert str(network["time"].to_numpy()[0]).startswith("2020-03-01T01:00")
    assert_allclose(network["soil_moisture"].squeeze(), values, rtol=1e-6)
    assert "24 row(s) between full hours fill hours without a row of their own, as means" in words


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("2020/03/01 05:0Z", "its times are not all as 2020/01/31 05:00"),
        ("2720/03/01 05:00", "its times run from 2020-03-01T00:00:00 to 2720-03-01T05:00:00"),
    ],
)
def test_a_time_that_cannot_be(archive, wrong, words):
    file = archive.sensor("NET", "s", DAY, 0.2)
    file.write_text(file.read_text().replace("2020/03/01 05:00", wrong))
    archive.sensor("NET", "t", DAY, 0.3)
    code, printed, network = archive.run()
    assert code == 0
    assert words in printed
    assert int(np.isfinite(network["soil_moisture"]).sum()) == 24
