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
