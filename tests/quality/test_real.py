"""What the checks say of real networks with known faults, from the raw files."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thetamix.network.assemble import assemble
from thetamix.network.schema import FLAGS
from thetamix.quality.checks import Finding, examine
from thetamix.quality.flags import flag_network
from thetamix.readers.tables.csv_reader import read_csv

pytestmark = pytest.mark.real

HOUR = np.timedelta64(1, "h")
ATTERT = Path(__file__).parents[2] / "examples" / "attert" / "mapping.yml"
ABOUT = {"title": "A test", "summary": "Raw files.", "source": "tests", "history": "now"}


@pytest.fixture(scope="module")
def raw() -> Path:
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    return Path(root)


def label(variables: dict[str, object], names: list[str], depths: list[float], stamps: np.ndarray) -> xr.Dataset:
    step = stamps[1] - stamps[0]
    arrays = {
        n: v.astype(np.float32) if isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.ndim > 1 else v
        for n, v in variables.items()
    }
    return assemble(
        arrays,
        cluster_id=names,
        depth=depths,
        replicate_label=list("AB")[: variables["soil_moisture"].shape[2]],
        time=stamps,
        step=step,
        about=ABOUT,
    )


def of(findings: list[Finding], check: str) -> list[Finding]:
    return [finding for finding in findings if finding.check == check]


@pytest.fixture(scope="module")
def unpacked(raw, tmp_path_factory) -> Path:
    """The archives, unpacked once: their members are not in the order in which they are wanted."""
    folder = tmp_path_factory.mktemp("raw")
    for name in (
        "kings-creek/kings-creek-series",
        "mahurangi-hourly/mahurangi-hourly",
        "qa4sm-hawaii/ISMN_TESTDATA_HAWAII",
    ):
        with tarfile.open(raw / f"{name}.tar.gz") as archive:
            archive.extractall(folder / name.split("/")[0], filter="data")
    return folder


def kings_creek(unpacked: Path, *, late: int, station_rain: bool = False) -> xr.Dataset:
    """The prairie's stations with the weather file moved by some hours."""
    stamps = pd.date_range("2022-01-01 01:00", "2024-01-01", freq="h")
    (folder,) = (unpacked / "kings-creek").rglob("metadata/stations.csv")
    folder = folder.parents[1]

    def table(path: str, column: str) -> pd.DataFrame:
        data = pd.read_csv(folder / path, na_values=["M"])
        data.index = pd.to_datetime(data.pop(column))
        return data[~data.index.duplicated()].apply(pd.to_numeric, errors="coerce")

    weather = table("series/mesonet/ashland_bottoms_ksmesonet.csv", "TIMESTAMP")
    weather = weather.shift(late, freq="h").reindex(stamps)
    stations = pd.read_csv(folder / "metadata" / "stations.csv")
    shape = (len(stations), 3, 1, len(stamps))
    readings, soil, rain = np.empty(shape), np.empty((*shape[:2], shape[3])), np.empty((shape[0], shape[3]))
    for number, name in enumerate(stations["name"]):
        data = table(f"series/soil/{name}_soil.csv", "timestamp_utc").reindex(stamps)
        for depth, cm in enumerate((5, 20, 40)):
            readings[number, depth, 0], soil[number, depth] = data[f"vwc_{cm}cm"], data[f"temp_{cm}cm"]
        rain[number] = table(f"series/atm/{name}_atm.csv", "timestamp_utc").reindex(stamps)["precip_total"]

    def everywhere(name: str) -> np.ndarray:
        return np.tile(weather[name].to_numpy(), (shape[0], 1))

    return label(
        {
            "soil_moisture": readings,
            "precipitation": rain if station_rain else everywhere("PRECIP"),
            "air_temperature": everywhere("TEMP2MAVG"),
            "shortwave_radiation": xr.Variable(("cluster", "time"), everywhere("SRAVG"), {"units": "W m-2"}),
            "soil_temperature": xr.Variable(("cluster", "depth", "time"), soil, {"units": "degC"}),
            "latitude": stations["latitude"].to_numpy(),
            "longitude": stations["longitude"].to_numpy(),
        },
        stations["name"].tolist(),
        [0.05, 0.2, 0.4],
        stamps.to_numpy(),
    )


def test_kings_creek_weather_in_local_time(unpacked):
    wrong = examine(kings_creek(unpacked, late=0), "local time taken for UTC")
    assert of(wrong, "rain_response")[0].evidence == pytest.approx(6, abs=1)
    for check, hours in (("radiation_clock", -6), ("temperature_clock", -6)):
        (finding,) = of(wrong, check)
        assert finding.cluster == "16 of 16 clusters"
        assert finding.evidence == pytest.approx(hours, abs=0.6)
    assert of(wrong, "soil_temperature_phase")
    right = examine(kings_creek(unpacked, late=6), "UTC")
    assert [f.check for f in right if "clock" in f.check or "response" in f.check or "phase" in f.check] == []


def test_kings_creek_station_gauges(unpacked):
    findings = examine(kings_creek(unpacked, late=6, station_rain=True), "gauges of the stations")
    gauges = ("impossible_rain", "silent_gauges", "disagreeing_gauges", "rises_without_rain")
    accused = {finding.cluster for check in gauges for finding in of(findings, check)}
    assert len(accused) >= 8


def test_attert(raw):
    network = read_csv(raw / "attert-colpach-daily", ATTERT)
    findings = examine(network, "Attert")
    assert {"pos_34", "pos_37"} == {f.message.split()[1] for f in of(findings, "empty_sensors")}
    assert [f.message.split()[1] for f in of(findings, "not_physical")] == ["pos_556"]
    assert ("c12", 0.3) in {(f.cluster, f.depth) for f in of(findings, "jumping_sensors")}
    assert ("c12", 0.5) in {(f.cluster, f.depth) for f in of(findings, "jumping_sensors")}
    assert [f for f in findings if f.severity == "error"] == []


def test_mahurangi(unpacked):
    names = [f"s{number:02d}" for number in range(1, 19)]
    (folder,) = (unpacked / "mahurangi-hourly").rglob("sm_data")
    series = [[pd.read_csv(folder / f"sm_d{cm}cm_{name}.csv")["sm"] for cm in (30, 60)] for name in names]
    readings = np.array(series)[:, :, None, :]
    stamps = np.datetime64("1998-02-20T11", "ns") + HOUR * np.arange(readings.shape[-1])
    sensors = np.array([[[f"{name}_{cm}"] for cm in (30, 60)] for name in names], dtype=object)
    network = label({"soil_moisture": readings, "sensor_id": sensors}, names, [0.3, 0.6], stamps)
    findings = examine(network, "Mahurangi")
    accused = of(findings, "not_physical") + of(findings, "empty_sensors")
    assert len({(f.cluster, f.depth) for f in accused}) == 13
    # Everything far below zero is among them.
    for cluster, depth in np.argwhere((readings < -0.05).any(axis=(2, 3))):
        assert (names[cluster], (0.3, 0.6)[depth]) in {(f.cluster, f.depth) for f in accused}


def test_usses_negative_readings(raw):
    data = pd.read_csv(raw / "usses-2h" / "decagon.csv.gz", parse_dates=["datetime"])
    data = data[(data["stat"] == "raw") & (data["measure"] == "VWC")]
    stamps = pd.date_range(data["datetime"].min().floor("2h"), data["datetime"].max(), freq="2h")
    plots, places = sorted(data["plot"].unique()), ["5E", "5W", "25E", "25W"]
    readings = np.full((len(plots), 2, 2, len(stamps)), np.nan)
    for (plot, place), group in data.groupby(["plot", "position"]):
        if place in places:
            at = (plots.index(plot), places.index(place) // 2, places.index(place) % 2)
            readings[at] = group.drop_duplicates("datetime").set_index("datetime")["v"].reindex(stamps)
    network = label({"soil_moisture": readings}, plots, [0.05, 0.25], stamps.to_numpy())
    findings = of(examine(network, "USSES"), "negative_readings")
    shares = {(f.cluster, f.depth, f.replicate): f.evidence for f in findings}
    assert max(shares.values()) > 30
    assert {f.severity for f in findings} == {"warning", "note"}
    for (plot, depth, side), share in shares.items():
        values = readings[plots.index(plot), [0.05, 0.25].index(depth), "AB".index(side)]
        assert share == pytest.approx(100 * (values < 0).sum() / np.isfinite(values).sum(), rel=1e-3)


@pytest.mark.parametrize(("stamp", "accused"), [("end", []), ("start", ["radiation_clock"])])
def test_fallon(raw, stamp, accused):
    data = pd.read_csv(raw / "refet-fallon-2015" / "FALN_Agrimet_hourly_raw_2015.csv")
    day = pd.to_datetime(data[["YEAR", "MONTH", "DAY"]])
    data.index = day + pd.to_timedelta(data["HOUR"] + 8 + (stamp == "start"), unit="h")
    data = data[~data.index.duplicated()].resample("h").first()
    langleys = 11.63  # [W m-2] of one in an hour
    network = label(
        {
            "soil_moisture": np.full((1, 1, 1, len(data)), 0.2),
            "shortwave_radiation": xr.Variable(
                ("cluster", "time"), langleys * data["SI"].to_numpy()[None], {"units": "W m-2"}
            ),
            "latitude": np.array([39.4575]),
            "longitude": np.array([-118.77388]),
        },
        ["Fallon"],
        [0.1],
        data.index.to_numpy(),
    )
    findings = examine(network, "Fallon")
    assert [f.check for f in findings if f.check == "radiation_clock"] == accused
    # Unasked: this station's radiation moves by an hour in March and in November.
    assert of(findings, "summer_time")[0].evidence == pytest.approx(1, abs=0.1)


def ceop(path: Path, stamps: pd.DatetimeIndex) -> pd.DataFrame:
    """Read value and flag of an ISMN file."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    at = pd.to_datetime([f"{row[0]} {row[1]}" for row in rows])
    data = pd.DataFrame({"value": [float(row[-3]) for row in rows], "flag": [row[-2] for row in rows]}, at)
    return data[~data.index.duplicated()].reindex(stamps)


def test_hawaii_agrees_with_the_flags_of_the_ismn(unpacked):
    stamps = pd.date_range("2017-01-01", "2018-12-31 23:00", freq="h")
    both, ours_only, theirs_only = (dict.fromkeys(FLAGS, 0) for _ in range(3))
    for path in sorted((unpacked / "qa4sm-hawaii").rglob("SCAN_*_sm_*.stm")):
        readings = ceop(path, stamps)
        values = readings["value"].where(readings["value"] >= 0)
        arrays: dict[str, object] = {"soil_moisture": values.to_numpy()[None, None, None]}
        for rain in path.parent.glob("*_p_*.stm"):
            values = ceop(rain, stamps)["value"]
            arrays["precipitation"] = values.where(values >= 0).to_numpy()[None]
        flags = flag_network(label(arrays, ["one"], [0.0508], stamps.to_numpy()))[0, 0, 0]
        for flag, (bit, _) in FLAGS.items():
            ours = flags & bit != 0
            theirs = readings["flag"].fillna("").str.contains(flag).to_numpy()
            both[flag] += int((ours & theirs).sum())
            ours_only[flag] += int((ours & ~theirs).sum())
            theirs_only[flag] += int((~ours & theirs).sum())
    assert (theirs_only["C02"], ours_only["C02"]) == (0, 0)
    assert theirs_only["D08"] == 0
    assert ours_only["D08"] <= 0.1 * both["D08"]
    assert theirs_only["D10"] == 0
    assert both["D10"] > 2 * ours_only["D10"]
    # A rise within the noise is none of ours; those that we remark are nearly all theirs.
    assert ours_only["D04"] <= 0.02 * both["D04"]
    assert both["D04"] > theirs_only["D04"]
    assert both["D06"] > ours_only["D06"]
