"""What ``thetamix check`` and ``thetamix qc`` say of files as they really come."""

import numpy as np
import pytest
import xarray as xr

from thetamix.network.netcdf import open_network
from thetamix.network.schema import FLAGS

from ...conftest import small_network

HOUR = np.timedelta64(1, "h")
#: Two years of hours of a smooth soil (time).
SMOOTH = 0.25 + 0.05 * np.sin(np.arange(17520) / 300)


def hours(*sensors: np.ndarray, **other: object) -> xr.Dataset:
    """A cluster with replicates (time) at 10 cm."""
    readings = np.stack(sensors)[None, None].astype(np.float32)
    return small_network(readings, depths=(0.1,), step=HOUR, **other)


def warnings_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("warning: ")]


def test_a_single_absurd_value_is_named(workspace, thetamix):
    first, second = SMOOTH.copy(), SMOOTH + 0.03
    first[5000], second[7000] = 9999, -9999
    workspace.write_network(hours(first, second))
    said = thetamix("check", workspace.network)
    one, other = warnings_of(said.out)
    assert "c00 at 0.1 m, A" in one
    assert "9999 at 2013-07-28T09:00" in one
    assert "c00 at 0.1 m, B" in other
    assert "-9999 at 2013-10-19T17:00" in other
    # Nobody has set a flag: rejecting some would do nothing.
    assert said.out.count("set flags with `thetamix qc` and reject C01 and C02") == 2
    flagged = workspace.folder / "flagged.nc"
    thetamix("qc", workspace.network, "-o", flagged)
    said = thetamix("check", flagged)
    assert "or reject C01 and C02" in said.out
    assert "set flags" not in said.out


def test_no_lag_where_none_can_be_seen(case, thetamix):
    case("check-false-lag")
    assert thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc").code == 0
    said = thetamix("check", "n.nc")
    assert warnings_of(said.out) == []
    assert "clocks of replicates (no clear rises of siblings)" in said.out


def test_a_lost_sensor_has_no_clock(workspace, thetamix):
    first, second = SMOOTH[:400].copy(), SMOOTH[:400] + 0.03
    second[100:250:3] = -888.88
    workspace.write_network(hours(first, second))
    said = thetamix("check", workspace.network)
    assert {line.split(": ")[1] for line in warnings_of(said.out)} == {"not_physical"}


@pytest.mark.parametrize("late", [-30, -6, 6, 30])
def test_a_late_clock_is_seen(workspace, thetamix, late):
    rng = np.random.default_rng(1)
    rises = np.zeros(4000)
    rises[rng.integers(0, 4000, 60)] = rng.uniform(0.01, 0.05, 60)
    soil = np.array([0.15])
    for rise in rises:
        soil = np.append(soil, min(0.15 + (soil[-1] - 0.15) * 0.99 + rise, 0.45))
    workspace.write_network(hours(soil, 0.8 * soil, np.roll(soil, late)))
    said = thetamix("check", workspace.network)
    lagging = [line for line in warnings_of(said.out) if "unsynchronised_replicates" in line]
    assert [line.partition(": replicate ")[2] for line in lagging] == [
        f"C responds {abs(late)} h {'after' if late > 0 else 'before'} its siblings"
    ]


def test_percent_that_become_fractions_are_dated(workspace, thetamix):
    first = SMOOTH[:2000].copy()
    first[1200:] /= 100
    workspace.write_network(hours(first, SMOOTH[:2000] + 0.03))
    said = thetamix("check", workspace.network)
    (line,) = warnings_of(said.out)
    assert "change_of_unit: c00 at 0.1 m, A, 2013-02-20T01:00" in line
    assert "percent before, fractions from then on" in line


def test_exchanged_cables_are_dated(workspace, thetamix):
    shallow, deep = SMOOTH[:4000].copy(), 0.4 - 0.2 * SMOOTH[:4000]
    shallow[2500:], deep[2500:] = deep[2500:].copy(), shallow[2500:].copy()
    shallow[2490:2500] = np.nan
    readings = np.stack([shallow, deep])[None, :, None].astype(np.float32)
    workspace.write_network(small_network(readings, step=HOUR))
    said = thetamix("check", workspace.network)
    (line,) = warnings_of(said.out)
    assert "exchanged_cables: c00 at 0.1 m, A, 2013-04-15T05:00" in line
    assert "(0.3 m) exchange their levels" in line


def test_peat_has_a_limit_of_its_own(workspace, thetamix):
    wet = np.full(2000, 0.55) + 0.3 * SMOOTH[:2000] / 0.3
    network = hours(wet, wet - 0.01, land_use=np.array(["peat"], dtype=object))
    workspace.write_network(network)
    limited = workspace.folder / "limited.nc"
    said = thetamix("check", workspace.network)
    assert "thetamix qc --upper" in said.out
    said = thetamix("qc", workspace.network)
    assert "C02" in said.out
    assert "100.0%" in said.out
    said = thetamix("qc", workspace.network, "--upper", "land_use=peat:0.95", "-o", limited)
    assert "C02" not in said.out
    with open_network(limited) as written:
        assert not (written["soil_moisture_flag"].to_numpy() & FLAGS["C02"][0]).any()
        assert written["soil_moisture_limit"].to_numpy().tolist() == [0.95]
    assert warnings_of(thetamix("check", limited).out) == []
    said = thetamix("qc", workspace.network, "--upper", "land_use=bog:0.95")
    assert said.code == 2
    assert "no cluster has land_use 'bog'" in said.err


def seasons(days: int, warmest: float, mean: float, amplitude: float) -> np.ndarray:
    """The wave of a year (cluster, day), highest on a day of the year."""
    return mean + amplitude * np.cos(2 * np.pi * (np.arange(1, days + 1) - warmest) / 365.25)[None]


def at(latitude: float, longitude: float) -> dict[str, np.ndarray]:
    return {"latitude": np.array([latitude]), "longitude": np.array([longitude])}


@pytest.mark.parametrize(
    ("start", "missing", "place", "zone"),
    [
        # Sydney had it early for the Olympic games: https://github.com/opennem/opennem/issues/622
        ("2000-08-01", "2000-08-26T16:00", at(-33.9, 151.2), "Australia/Sydney"),
        ("2021-02-01", "2021-03-28T01:00", at(50.0, 8.0), "Europe/Berlin"),
        ("2021-02-01", "2021-03-28T02:00", {}, "Europe/Berlin"),  # local time called UTC
        ("2022-02-01", "2022-03-13T08:00", at(41.9, -87.6), "America/Chicago"),
    ],
)
def test_the_hour_that_clocks_leave_out(workspace, thetamix, start, missing, place, zone):
    network = hours(SMOOTH[:1500].copy(), SMOOTH[:1500] + 0.03, start=start, precipitation=None, **place)
    network["soil_moisture"][..., network["time"].to_numpy() == np.datetime64(missing)] = np.nan
    workspace.write_network(network)
    said = thetamix("check", workspace.network)
    (line,) = (line for line in warnings_of(said.out) if "skipped_hour" in line)
    assert f"skipped_hour: c00, {missing} to {missing}: soil moisture lacks the hour" in line
    assert f"as in {zone}, at 1 of 1 such days" in line


def test_an_hour_that_is_missing_on_another_day(workspace, thetamix):
    network = hours(SMOOTH[:9000].copy(), SMOOTH[:9000] + 0.03, start="2021-01-01", precipitation=None, **at(50, 8))
    network["soil_moisture"][..., 3000] = np.nan
    workspace.write_network(network)
    said = thetamix("check", workspace.network)
    assert "skipped_hour" not in said.out


def test_a_latitude_without_its_sign(workspace, thetamix):
    # Hyderabad is warmest in May: https://github.com/APSIMInitiative/ApsimX/issues/5678
    air = seasons(730, 145, 27, 5)
    workspace.write_network(small_network(clusters=1, steps=730, air_temperature=air, **at(-17.4, 78.5)))
    (line,) = (line for line in warnings_of(thetamix("check", workspace.network).out) if "hemisphere" in line)
    assert "air temperature is highest in May at latitude -17.40" in line
    workspace.write_network(small_network(clusters=1, steps=730, air_temperature=air, **at(17.4, 78.5)))
    assert "hemisphere" not in thetamix("check", workspace.network).out
    # Radiation that is highest in January: https://github.com/APSIMInitiative/APSIM710/issues/650
    radiation = xr.Variable(("cluster", "time"), seasons(730, 10, 120, 90).astype("f4"), {"units": "W m-2"})
    place = at(52.3, 10.0)
    network = small_network(clusters=1, steps=730, air_temperature=None, shortwave_radiation=radiation, **place)
    workspace.write_network(network)
    assert "shortwave radiation is highest in January at latitude 52.30" in thetamix("check", workspace.network).out


def test_latitude_and_longitude_exchanged(workspace, thetamix):
    air = seasons(730, 196, 9, 9)
    workspace.write_network(small_network(clusters=1, steps=730, air_temperature=air, **at(5.9, 49.8)))
    said = thetamix("check", workspace.network)
    assert "air temperature goes up and down by 9 K in a year at latitude 5.90" in said.out


def test_forcing_that_is_missing_or_cannot_be(workspace, thetamix):
    rng = np.random.default_rng(3)
    rain, pet = rng.exponential(0.2, (2, 400)), rng.uniform(0, 0.3, (2, 400))
    rain[:, 8:], pet[1, :180] = np.nan, np.nan
    sun = rng.uniform(50, 200, (2, 400))
    sun[0, 7] = -400
    radiation = xr.Variable(("cluster", "time"), sun.astype("f4"), {"units": "W m-2"})
    network = small_network(
        steps=400, precipitation=rain, potential_evapotranspiration=pet, shortwave_radiation=radiation
    )
    workspace.write_network(network)
    said = thetamix("check", workspace.network)
    assert (
        "precipitation is missing at 98.0% of the steps of c00, and at more than 10% of 2 of 2 clusters" in said.out
    )
    assert "potential_evapotranspiration is missing at 45.0% of the steps of c01" in said.out
    assert (
        "impossible_forcing: c00, 2013-01-09T00:00 to 2013-01-09T00:00: shortwave_radiation cannot be -400"
        in said.out
    )


@pytest.mark.parametrize("kind", ["never reset", "sawtooth", "weighing"])
def test_running_totals_of_rain(workspace, thetamix, kind):
    rng = np.random.default_rng(4)
    rain = (rng.random((1, 3000)) < 0.05) * rng.exponential(1.0, (1, 3000))
    total = rain.cumsum(axis=1)
    if kind == "sawtooth":
        total %= 30
    if kind == "weighing":  # trembles and evaporates
        total += 50 + rng.normal(0, 0.05, total.shape) - 0.004 * np.arange(3000)
    workspace.write_network(hours(SMOOTH[:3000], SMOOTH[:3000] + 0.02, precipitation=total))
    said = thetamix("check", workspace.network)
    assert "running_total: c00: precipitation rises" in said.out
    assert "`kind: counter`" in said.out
    workspace.write_network(hours(SMOOTH[:3000], SMOOTH[:3000] + 0.02, precipitation=rain))
    assert "running_total" not in thetamix("check", workspace.network).out


def test_rain_in_inches(workspace, thetamix):
    # A gauge that gives inches where mm are meant: https://github.com/nlrb/com.weather-sensors/issues/67
    rng = np.random.default_rng(5)
    rain = (rng.random(700) < 0.15) * rng.exponential(12.0, 700)  # [mm d-1]
    soil = [0.15]
    for fallen in rain:
        soil.append(0.12 + (soil[-1] - 0.12) * 0.9 + 0.2 * fallen / 100)  # a fifth stays in 10 cm
    readings = np.tile(np.array(soil[1:], dtype=np.float32), (1, 1, 2, 1))
    readings[0, 0, 1] += 0.02
    for unit, told in ((1.0, False), (25.4, True)):
        network = small_network(readings, depths=(0.1,), precipitation=rain[None] / 24 / unit)
        workspace.write_network(network)
        assert ("less_rain_than_gained" in thetamix("check", workspace.network).out) is told


def test_what_could_not_be_looked_at_is_said_in_one_line(workspace, thetamix):
    day = np.maximum(0, np.sin(np.pi * (np.arange(3000) % 24 - 6) / 12)) * 500
    blank = np.where(day > 0, day, np.nan)[None].astype("f4")
    radiation = xr.Variable(("cluster", "time"), blank, {"units": "W m-2"})
    network = hours(SMOOTH[:3000], precipitation=None, shortwave_radiation=radiation, **at(50.0, 0.0))
    workspace.write_network(network)
    (line,) = (line for line in thetamix("check", workspace.network).out.splitlines() if "not_looked_at" in line)
    assert "clock of radiation (fewer than 20 whole days)" in line
    assert "clocks of replicates (no siblings)" in line
    assert "amount of rain, rises without rain (no precipitation)" in line


def test_depths_that_are_another_unit_or_one_group(workspace, thetamix):
    readings = np.full((1, 3, 3, 400), np.nan, dtype=np.float32)
    for position in range(3):
        readings[0, position, position] = SMOOTH[:400] + position / 50
    workspace.write_network(small_network(readings, depths=(0.05, 0.0508, 0.07), step=HOUR))
    said = thetamix("check", workspace.network)
    assert "split_depths: c00: replicates A and B lie alone at 0.05 and 0.0508 m" in said.out
    workspace.write_network(small_network(depths=(0.0005, 0.002)))
    said = thetamix("check", workspace.network)
    assert "metres: 2 of 2 clusters: sensors lie as near to the surface as 0.0005 m" in said.out


def test_names_of_places_in_the_dress_of_an_attribute(workspace, thetamix):
    names = np.array(["east", "west", "hill", "brook", "mill"], dtype=object)
    workspace.write_network(small_network(clusters=5, soil_type=names))
    said = thetamix("check", workspace.network)
    assert "place_codes: network: attribute soil_type has another value at each cluster" in said.out
    assert said.out.count("another value at each cluster") == 1  # geology has the same one twice


def test_thirty_six_replicates(workspace, thetamix):
    rng = np.random.default_rng(6)
    readings = 0.25 + 0.05 * np.sin(np.arange(150) / 30) + rng.normal(0, 0.003, (1, 1, 36, 150))
    readings += rng.uniform(-0.05, 0.05, (36, 1))
    network = small_network(readings, depths=(0.1,))
    workspace.write_network(network)
    out = workspace.folder / "flagged.nc"
    assert thetamix("check", workspace.network).code == 0
    assert thetamix("qc", workspace.network, "-o", out).code == 0
    with open_network(out) as flagged:
        assert flagged.sizes["replicate"] == 36


def test_the_limit_of_a_cluster_counts_at_the_import(tmp_path, monkeypatch, thetamix):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    rows = "".join(f"2021-01-{day:02d},{0.85 + day / 1000:.3f},{0.61 + day / 1000:.3f}\n" for day in range(1, 29))
    (tmp_path / "raw" / "soil.csv").write_text("time,peat_A_10,loam_A_10\n" + rows)
    (tmp_path / "raw" / "sensors.csv").write_text(
        "sensor,cluster,replicate,depth,limit\npeat_A_10,peat,A,10,95\nloam_A_10,loam,A,10,60\n"
    )
    (tmp_path / "m.yml").write_text(
        """
about: {title: t, source: s}
step: 1d
utc_offset: "+00:00"
stamp: end
sensors:
  file: sensors.csv
  sensor: sensor
  cluster: cluster
  replicate: replicate
  depth: {column: depth, unit: cm}
  attributes: {soil_moisture_limit: {column: limit, unit: percent}}
soil_moisture: {file: soil.csv, layout: wide, time: time, unit: m3 m-3}
"""
    )
    said = thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc")
    assert said.code == 0, said.err
    with open_network(tmp_path / "n.nc") as network:
        flagged = (network["soil_moisture_flag"].to_numpy() != 0).any(axis=(1, 2, 3))
        assert dict(zip(network["cluster_id"].to_numpy(), flagged, strict=True)) == {"peat": False, "loam": True}
