"""Archives of the ISMN: made ones with every trap, and real ones against the package ismn itself."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from thetamix.network.netcdf import open_network
from thetamix.network.schema import FLAGS
from thetamix.readers.ismn.ismn_reader import IsmnReader
from thetamix.system.errors import InputError

from ..ismn_archives import STATIC, Archive, hours

DAY = 24


def bits(*names: str) -> int:
    return sum(FLAGS[name][0] for name in names)


class Imported:
    def __init__(self, tmp_path: Path) -> None:
        self.out = tmp_path / "network.nc"
        self.notes: list[str] = []

    def __call__(self, source: Path, **selection) -> xr.Dataset:
        self.notes.clear()
        IsmnReader(**selection).read(source, self.out, note=self.notes.append)
        with open_network(self.out) as network:
            return network.load()


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    return Imported(tmp_path)


@pytest.fixture(params=["header", "ceop"])
def archive(request, tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", request.param)


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_values_flags_and_places(archive, imported, tmp_path, form, capfd):
    times = hours("2020-01-01", 100)
    values = np.linspace(0.1, 0.3, 100).round(4)
    flags = ["G"] * 100
    values[3], flags[3] = -9999, "C01"
    values[4], flags[4] = 0.65, "C02,C03"
    flags[5], flags[6], flags[7] = "D01,D03", "U", "M"
    archive.sensor("NET", "one", times, values, flags, depth=(0.0508, 0.0508))
    archive.sensor("NET", "one", times[10:], 1.5, code="p", instrument="Gauge", depth=(0, 0))
    archive.sensor("NET", "one", times, 280 - 273, code="ta", instrument="Thermo", depth=(-2, -2))
    archive.sensor("NET", "one", times, 9.0, code="ts", instrument="Probe")
    archive.sensor("NET", "two", times[:50], 0.2, depth=(0.1016, 0.1016), place=(-40, 204, 10))
    before = sorted(archive.folder.rglob("*"))
    source = archive.folder if form == "folder" else archive.packed(tmp_path / f"archive.{form}")
    network = imported(source)
    assert sorted(archive.folder.rglob("*")) == before, "nothing is written beside the data"
    assert capfd.readouterr() == ("", ""), "nothing is printed"
    assert imported.notes == []

    assert dict(network.sizes) == {"cluster": 2, "depth": 2, "replicate": 1, "time": 100, "bound": 2}
    assert network["cluster_id"].to_numpy().tolist() == ["NET_one", "NET_two"]
    assert_allclose(network["depth"], [0.05, 0.1])
    assert_array_equal(network["time"], times)
    found = network["soil_moisture"].isel(cluster=0, depth=0, replicate=0).to_numpy()
    expected = values.astype(np.float32)
    expected[[3, 7]] = np.nan
    assert_array_equal(found, expected)
    flagged = network["soil_moisture_flag"].isel(cluster=0, depth=0, replicate=0).to_numpy()
    assert flagged[:9].tolist() == [0, 0, 0, 0, bits("C02", "C03"), bits("D01", "D03"), 0, 0, 0]
    assert not flagged[9:].any()
    assert np.isnan(network["soil_moisture"].isel(cluster=1, depth=0)).all()
    assert_allclose(network["sensor_depth"].isel(replicate=0), [[0.0508, np.nan], [np.nan, 0.1016]])
    assert np.isnan(network["precipitation"][0, :10]).all()
    assert (network["precipitation"][0, 10:] == 1.5).all()
    assert_allclose(network["air_temperature"][0], 7)
    assert np.isnan(network["air_temperature"][1]).all()
    assert_allclose(network["latitude"], [50, -40])
    assert_allclose(network["longitude"], [6, -156])
    assert_allclose(network["porosity"], 0.46)
    assert_allclose(network["clay"], 20)
    assert set(network["land_use"].to_numpy()) == {"Grassland"}
    assert set(network["climate"].to_numpy()) == {"Cfb"}


def test_letters_are_replicates_only_where_they_overlap(archive, imported):
    both = hours("2020-01-01", 60 * DAY)
    archive.sensor("NET", "pair", both, 0.2, instrument="Probe-A")
    archive.sensor("NET", "pair", both, 0.3, instrument="Probe-B")
    archive.sensor("NET", "chain", both[: 30 * DAY], 0.1, instrument="Probe-A")
    # The new one stands beside the old for a day before that is dug out.
    archive.sensor("NET", "chain", both[29 * DAY :], 0.4, instrument="Probe-B")
    network = imported(archive.folder)
    assert network.sizes["replicate"] == 2
    readings = network["soil_moisture"].isel(depth=0)
    chain, pair = readings.isel(cluster=0).to_numpy(), readings.isel(cluster=1).to_numpy()
    assert_allclose(pair[0], 0.2)
    assert_allclose(pair[1], 0.3)
    assert_allclose(chain[0, : 30 * DAY], 0.1)
    assert_allclose(chain[0, 30 * DAY :], 0.4)
    assert np.isnan(chain[1]).all()
    assert network["sensor_id"].isel(depth=0).to_numpy().tolist() == [
        ["Probe-A > Probe-B", ""],
        ["Probe-A", "Probe-B"],
    ]
    assert imported.notes == [
        "NET chain at 0.05 m is one series of successive sensors: Probe-A 2020-01-01 to 2020-01-30, "
        "Probe-B 2020-01-30 to 2020-02-29"
    ]
    assert network.attrs["comment"] == imported.notes[0]


def test_two_replicates_with_a_successor(archive, imported):
    both = hours("2020-01-01", 90 * DAY)
    archive.sensor("NET", "s", both[: 40 * DAY], 0.1, instrument="A")
    archive.sensor("NET", "s", both, 0.2, instrument="B")
    archive.sensor("NET", "s", both[40 * DAY :], 0.3, instrument="C")
    network = imported(archive.folder)
    assert network["sensor_id"].isel(cluster=0, depth=0).to_numpy().tolist() == ["A > C", "B"]
    assert np.isfinite(network["soil_moisture"]).all()


def test_missing_readings_do_not_make_an_overlap(archive, imported):
    both = hours("2020-01-01", 60 * DAY)
    values = np.full(both.size, -9999.0)
    values[: 30 * DAY] = 0.1
    archive.sensor("NET", "s", both, values, instrument="A")
    archive.sensor("NET", "s", both[30 * DAY :], 0.3, instrument="B")
    assert imported(archive.folder).sizes["replicate"] == 1


def test_extents_become_bounds(archive, imported):
    times = hours("2020-01-01", 48)
    archive.sensor("NET", "a", times, 0.2, depth=(0.0, 0.19))
    archive.sensor("NET", "b", times, 0.2, depth=(0.0, 0.21))
    network = imported(archive.folder)
    assert_allclose(network["depth"], [0.1])
    assert_allclose(network["depth_bounds"], [[0, 0.2]])
    assert network["depth"].attrs["bounds"] == "depth_bounds"
    assert_allclose(network["sensor_depth"].isel(depth=0, replicate=0), [0.095, 0.105])


def test_depths_as_the_user_has_them(archive, imported):
    times = hours("2020-01-01", 48)
    for depth in (0.05, 0.11, 0.5):
        archive.sensor("NET", "s", times, depth, depth=(depth, depth))
    network = imported(archive.folder, depths=[0.1, 0.05])
    assert_allclose(network["depth"], [0.05, 0.1])
    assert_allclose(network["soil_moisture"].isel(cluster=0, replicate=0, time=0), [0.05, 0.11])
    assert imported.notes == ["1 sensor(s) not within 0.02 m of a depth, nor around one: NET 1 at 0.5 m"]
    with pytest.raises(InputError, match=r"no sensor is within 0.02 m of the depths 2 m; the archive has 0.05, 0.11"):
        imported(archive.folder, depths=[2.0])
    with pytest.raises(InputError, match="give 1 to 12 depths in metres, positive down"):
        imported(archive.folder, depths=[-0.1])


def test_too_many_depths(archive, imported):
    for number in range(14):
        archive.sensor("NET", "s", hours("2020-01-01", 48), 0.2, depth=(number / 10, number / 10))
    with pytest.raises(InputError, match=r"the sensors have 14 depths .* the most frequent are --depths \"0 0.1"):
        imported(archive.folder)


def test_rare_depths_are_named_with_the_depths_to_take(archive, imported, monkeypatch):
    monkeypatch.setattr("thetamix.network.depth_groups.RARE", 0.4)
    times = hours("2020-01-01", 24)
    for station, depths in {"a": (0.05, 0.2), "b": (0.05, 0.2), "c": (0.05, 0.51)}.items():
        for depth in depths:
            archive.sensor("NET", station, times, 0.2, depth=(depth, depth))
    imported(archive.folder)
    assert imported.notes == [
        'depths that less than 40% of 3 station(s) have: 0.51 m (1); --depths "0.05 0.2" leaves them out'
    ]
    imported(archive.folder, depths=[0.05, 0.2])
    assert imported.notes == ["1 sensor(s) not within 0.02 m of a depth, nor around one: NET 1 at 0.51 m"]


def test_filters(archive, imported):
    times = hours("2020-01-01", 100)
    archive.sensor("AAA", "west", times, 0.1, place=(50, -179, 0))
    archive.sensor("AAA", "east", times, 0.2, place=(50, 179, 0))
    archive.sensor("BBB", "far", times[50:], 0.3, place=(0, 10, 0))
    assert imported(archive.folder).sizes["cluster"] == 3
    assert imported(archive.folder, networks=["BBB"])["cluster_id"].to_numpy().tolist() == ["BBB_far"]
    over_the_date_line = imported(archive.folder, box=(170.0, 40.0, -170.0, 60.0))
    assert over_the_date_line["cluster_id"].to_numpy().tolist() == ["AAA_east", "AAA_west"]
    early = imported(archive.folder, end=np.datetime64("2020-01-02"))
    assert early["cluster_id"].to_numpy().tolist() == ["AAA_east", "AAA_west"]
    assert early.sizes["time"] == 49
    assert str(early["time"].to_numpy()[-1]) == "2020-01-03T00:00:00.000000000"
    with pytest.raises(InputError, match="has no network 'AAB'; did you mean"):
        imported(archive.folder, networks=["AAB"])
    with pytest.raises(InputError, match=r"no soil moisture of it is wanted.*check --network"):
        imported(archive.folder, box=(0.0, 80.0, 1.0, 81.0))


def test_broken_stations_are_reported_and_skipped(archive, imported, tmp_path):
    times = hours("2020-01-01", 48)
    archive.sensor("NET", "good", times, 0.2)
    archive.sensor("NET", "empty", times, 0.2).write_text("")
    archive.sensor("NET", "words", times, 0.2).write_text("this is\nno data\nat all\n")
    file = archive.sensor("NET", "half", times, 0.2)
    text = file.read_text()
    file.write_text(text.replace("0.2000 G", "zero G", 1))
    archive.sensor("NET", "percent", times, 23.5)
    archive.station("NET", "table", "nonsense")
    archive.sensor("NET", "table", times, 0.3)
    network = imported(archive.packed(tmp_path / "a.zip"))
    assert {"NET_good", "NET_table"} <= set(network["cluster_id"].to_numpy())
    there = network["cluster_id"].to_numpy()[
        np.isfinite(network["soil_moisture"]).any(("depth", "replicate", "time"))
    ]
    assert there.tolist() == ["NET_good", "NET_table"]
    said = "\n".join(imported.notes)
    for words in (
        "NET empty cannot be read",
        "NET words cannot be read",
        "half_sm",
        "is no soil moisture",
        "table_static",
    ):
        assert words in said
    assert "Traceback" not in said


def test_a_damaged_member_of_a_zip(archive, imported, tmp_path):
    for name in ("a", "b"):
        archive.sensor("NET", name, hours("2020-01-01", 500), np.random.default_rng(1).uniform(0.1, 0.3, 500))
    path = archive.packed(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as packed:
        at = next(info.header_offset for info in packed.infolist() if "NET_a_sm" in info.filename)
    data = bytearray(path.read_bytes())
    data[at + 400 : at + 420] = bytes(20)
    path.write_bytes(bytes(data))
    network = imported(path)
    assert network["cluster_id"].to_numpy().tolist() == ["NET_b"]
    assert "NET a cannot be read and is left out" in imported.notes[0]
    path.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(InputError, match=r"is not a folder, and not a .zip or .tar.gz archive"):
        imported(path)


def test_odd_times(archive, imported):
    times = hours("2020-01-01", 48)
    values = np.linspace(0.1, 0.2, 48)
    odd = times.to_numpy().copy()
    odd[5] += np.timedelta64(10, "m")
    odd[6] = odd[7]
    shuffled = np.r_[0:20, 30:47, 20:30, 47]
    archive.sensor("NET", "s", pd.DatetimeIndex(odd[shuffled]), values[shuffled], "G")
    network = imported(archive.folder)
    found = network["soil_moisture"].to_numpy().ravel()
    expected = values.astype(np.float32)
    # The row at 05:10 belongs to the hour that ends at 06:00, which has none of its own.
    expected[5], expected[6], expected[7] = np.nan, values[5], values[6]
    assert_allclose(found, expected, atol=1e-4)
    assert "1 row(s) with the time of another are left out" in imported.notes[0]
    assert "1 row(s) between full hours fill hours without a row of their own, as means" in imported.notes[1]


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [("05:00", "05:000", "its times are not all as 2020/01/31 05:00"), ("0.2000", "inf", "cannot be soil_moisture")],
)
def test_a_digit_too_many_and_infinity(archive, imported, written, instead, told):
    for station in "st":
        archive.sensor("NET", station, hours("2020-01-01", 48), 0.2)
    path = next(archive.folder.rglob("*_sm_*.stm"))
    head, words, rest = path.read_text().partition(written)
    assert words
    path.write_text(head + instead + rest)
    imported(archive.folder)
    assert any(told in note for note in imported.notes)


def test_lines_out_of_order(archive, imported):
    times = hours("2020-01-01", 48)
    archive.sensor("NET", "s", times[np.r_[10:48, 0:10]], 0.2)
    archive.sensor("NET", "t", times[np.r_[0:10, 30:48, 10:30]], 0.2)
    network = imported(archive.folder)
    assert network["cluster_id"].to_numpy().tolist() == ["NET_t"]
    assert network.sizes["time"] == 30
    assert "NET s cannot be read and is left out" in imported.notes[0]
    assert "not in order of time" in imported.notes[0]
    assert "lines out of order; 18 before its first or after its last are left out" in imported.notes[1]


@pytest.mark.parametrize("flags", [["nan"] * 4, ["G", "nan", "M", "C03"], ["C03", "M", "NA", "nan"]])
def test_a_reading_without_a_flag_is_kept_and_is_good(archive, imported, flags):
    archive.sensor("NET", "s", hours("2020-01-01", 4), [0.21, 0.22, 0.23, 0.24], flags=flags)
    network = imported(archive.folder).isel(cluster=0, depth=0, replicate=0)
    missing = [flag == "M" for flag in flags]
    assert np.isnan(network["soil_moisture"].to_numpy()).tolist() == missing
    assert (network["soil_moisture_flag"].to_numpy() != 0).tolist() == [flag == "C03" for flag in flags]


def test_unknown_flags_are_told(archive, imported):
    archive.sensor("NET", "s", hours("2020-01-01", 48), 0.2, "G,X99")
    network = imported(archive.folder)
    assert not network["soil_moisture_flag"].any()
    assert "unknown flag(s) X99" in imported.notes[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p / "absent", "no such folder or archive"),
        (lambda p: p / "empty", "holds no data of the ISMN"),
        (lambda p: p / "text.zip", "is not a folder, and not a .zip"),
    ],
)
def test_no_archive(tmp_path, imported, make, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(InputError, match=words):
        imported(make(tmp_path))
    assert not imported.out.exists()


def test_not_one_reading(archive, imported):
    archive.sensor("NET", "s", hours("2020-01-01", 48), -9999)
    with pytest.raises(InputError, match="there is not one reading in it"):
        imported(archive.folder)
    assert not imported.out.exists()


def test_static_variables_of_the_uppermost_layer(archive, imported):
    reverse = "\n".join([STATIC.splitlines()[0], *reversed(STATIC.splitlines()[1:])]) + "\n"
    archive.station("NET", "s", reverse)
    archive.sensor("NET", "s", hours("2020-01-01", 48), 0.2)
    assert_allclose(imported(archive.folder)["porosity"], 0.46)
    archive.station("NET", "t", None)
    archive.sensor("NET", "t", hours("2020-01-01", 48), 0.2)
    network = imported(archive.folder)
    assert_allclose(network["porosity"], [0.46, np.nan])
    assert network["land_use"].to_numpy().tolist() == ["Grassland", ""]


# --- real archives


@pytest.fixture(scope="module")
def real() -> Path:
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    return Path(root)


@pytest.mark.real
@pytest.mark.parametrize(
    "name",
    [
        "ceop_Data_seperate_files_20170810_20180809.zip",
        "header_Data_seperate_files_header_20170810_20180809.zip",
        "header_values_Data_header_values.zip",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_identical_to_the_package(real, imported, tmp_path, name):
    from ismn.interface import ISMN_Interface

    source = real / "ismn-samples" / name
    network = imported(source)
    theirs = ISMN_Interface(source, meta_path=tmp_path / "meta", parallel=False)
    sensors = 0
    for group, station, sensor in theirs.collection.iter_sensors():
        frame = sensor.read_data()
        cluster = network["cluster_id"].to_numpy().tolist().index(f"{group.name}_{station.name}")
        one = network.isel(cluster=cluster)
        middle = (sensor.depth.start + sensor.depth.end) / 2
        series = one.isel(depth=int(np.abs(network["depth"].to_numpy() - middle).argmin()), replicate=0)
        at = np.searchsorted(network["time"].to_numpy(), frame.index.to_numpy())
        assert_array_equal(network["time"].to_numpy()[at], frame.index.to_numpy())
        values = frame["soil_moisture"].to_numpy()
        found = series["soil_moisture"].to_numpy()
        missing = (values <= -999) | (frame["soil_moisture_flag"] == "M").to_numpy()
        assert_array_equal(found[at], np.where(missing, np.nan, values).astype(np.float32))
        assert np.isfinite(found).sum() == (~missing).sum()
        flags = series["soil_moisture_flag"].to_numpy()[at]
        for word in frame["soil_moisture_flag"].unique():
            names = [part for part in word.split(",") if part in FLAGS]
            expected = np.where(missing, 0, bits(*names))[frame["soil_moisture_flag"] == word]
            assert_array_equal(flags[frame["soil_moisture_flag"] == word], expected)
        assert_allclose(float(one["latitude"]), station.lat)
        assert_allclose(float(one["longitude"]), station.lon)
        assert_allclose(float(one["elevation"]), station.elev)
        sensors += 1
    assert sensors == network.sizes["cluster"] == {"c": 2, "h": 2}.get(name[0] if "sep" in name else "", 8)


@pytest.mark.real
def test_hawaii(real, imported):
    network = imported(real / "qa4sm-hawaii" / "ISMN_TESTDATA_HAWAII.tar.gz")
    names = network["cluster_id"].to_numpy().tolist()
    assert len(names) == 9
    assert network.sizes["replicate"] == 2
    pair = network.isel(cluster=names.index("SCAN_Kainaliu"), depth=0)
    assert [str(name)[-1] for name in pair["sensor_id"].to_numpy()] == ["A", "B"]
    there = np.isfinite(pair["soil_moisture"]).all("replicate")
    assert float(there.mean()) > 0.99
    assert (np.isfinite(network["soil_moisture"]).any("time").sum(("depth", "replicate")) == 1).sum() == 8
    assert "precipitation" in network
    assert network["soil_moisture_flag"].any()


@pytest.mark.real
def test_kainaliu_over_twenty_years(real, imported):
    network = imported(real / "qa4sm-hawaii" / "ISMN_V20250617_Kainaliu.zip")
    assert network.sizes["replicate"] == 1
    assert_allclose(network["depth"], [0.05, 0.1, 0.3, 0.51, 0.76])
    station = network.isel(cluster=network["cluster_id"].to_numpy().tolist().index("SCAN_Kainaliu"), replicate=0)
    letters = [[word[-1] for word in str(name).split(" > ")] for name in station["sensor_id"].to_numpy()]
    assert letters == [list("ABCDEF"), list("ABC"), list("AB"), list("ABCDE"), list("AB")]
    count = np.isfinite(station["soil_moisture"]).sum("time").to_numpy()
    assert count[0] == 51031 + 56 + 23007 + 53196 + 11 + 8071
    flags = station["soil_moisture_flag"].to_numpy()
    assert ((flags & bits("D04", "D05", "D08")) == bits("D04", "D05", "D08")).any(), "compound flags are kept"
    assert len(imported.notes) == 5
