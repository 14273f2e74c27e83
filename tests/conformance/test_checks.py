"""What every check must hold: nothing to say of a clean network, and of its fault where, when and what to do.

A new check is planted in :data:`FAULTS` (of sensors, clusters and networks) or in :data:`STUDY_FAULTS`.
"""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from thetamix.network.settings import Quality
from thetamix.quality.checks import CHECKS, Check, Needs, StudyPlan, examine
from thetamix.quality.checks.findings import SEVERITIES
from thetamix.quality.checks.study_record import Answers, Sides, Silence, StudyRecord
from thetamix.splits.settings import Split

from .template_files import template

HOUR = np.timedelta64(1, "h")
PLAN = StudyPlan(
    Quality(reject=["C01"]),
    Split(block="30d"),
    seeds=(1,),
    forecasters=(Needs("lstm", (("precipitation", False), ("discharge", True)), ("elevation", "soil_type"), 24),),
)


def changed(network: xr.Dataset, name: str, change: Callable[[np.ndarray], np.ndarray]) -> xr.Dataset:
    values = change(network[name].to_numpy().copy())
    into = network.assign_coords if name in network.coords else network.assign
    return into({name: (network[name].dims, values, network[name].attrs)})


def planted(name: str, change: Callable[[np.ndarray], None]) -> Callable[[xr.Dataset], xr.Dataset]:
    """Change a copy of a variable in place."""

    def plant(network: xr.Dataset) -> xr.Dataset:
        def of(values: np.ndarray) -> np.ndarray:
            change(values)
            return values

        return changed(network, name, of)

    return plant


def moved(names: list[str], steps: int) -> Callable[[xr.Dataset], xr.Dataset]:
    def plant(network: xr.Dataset) -> xr.Dataset:
        for name in names:
            network = changed(network, name, lambda values: np.roll(values, steps, axis=-1))
        return network

    return plant


def accumulate(network: xr.Dataset) -> xr.Dataset:
    # The stamp 00:00 closes the day before.
    day = (network["time"].to_numpy() - HOUR).astype("datetime64[D]")

    def sums(rain: np.ndarray) -> np.ndarray:
        for number in np.unique(day):
            rain[:, day == number] = np.cumsum(rain[:, day == number], axis=1)
        return rain

    return changed(network, "precipitation", sums)


def spread_over_days(network: xr.Dataset) -> xr.Dataset:
    def means(values: np.ndarray) -> np.ndarray:
        whole = values.shape[1] // 24 * 24
        days = values[:, :whole].reshape(len(values), -1, 24)
        values[:, :whole] = np.repeat(days.mean(axis=2), 24, axis=1)
        return values

    return changed(network, "potential_evapotranspiration", means)


def keep_summer_time(network: xr.Dataset) -> xr.Dataset:
    month = network["time"].dt.month.to_numpy()
    summer = (month >= 4) & (month <= 10)
    return changed(
        network,
        "shortwave_radiation",
        lambda v: np.where(summer, np.roll(v, 1, axis=-1), v).astype(np.float32),
    )


def set_sensor(values: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> None:
    values[1, 0, 2] = change(values[1, 0, 2])


def dry_out(values: np.ndarray) -> np.ndarray:
    return values - np.quantile(values, 0.35)


def jump(values: np.ndarray) -> np.ndarray:
    for begin in range(500, 4000, 700):
        values[begin : begin + 200] += 0.2
    return values


def stick(values: np.ndarray) -> np.ndarray:
    values[1000 : 1000 + 40 * 24] = values[1000]
    return values


def copy_a_sibling(values: np.ndarray) -> None:
    values[1, 0, 2] = values[1, 0, 0]


def to_percent(values: np.ndarray) -> np.ndarray:
    values[3000:] *= 100
    return values / 100


def lose_a_reading(values: np.ndarray) -> np.ndarray:
    values[3000] = -9999
    return values


def exchange(values: np.ndarray) -> None:
    values[1, 0, 1] += 0.2
    values[1, 0, 1:, 3000:] = values[1, 0, :0:-1, 3000:].copy()


def lose_the_hour_of_summer_time(network: xr.Dataset) -> xr.Dataset:
    def lose(readings: np.ndarray) -> np.ndarray:
        skipped = network["time"].to_numpy() == np.datetime64("2013-03-31T01:00")
        readings[1, ..., skipped] = np.nan
        return readings

    return changed(network, "soil_moisture", lose)


def keep_soil_in_summer_time(network: xr.Dataset) -> xr.Dataset:
    month = network["time"].dt.month.to_numpy()
    summer = (month >= 4) & (month <= 10)
    return changed(network, "soil_moisture", lambda v: np.where(summer, np.roll(v, 1, axis=-1), v))


def run_on(rain: np.ndarray) -> None:
    rain[1] = np.cumsum(rain[1])


def turn_over(latitude: np.ndarray) -> None:
    latitude[1] *= -1


def split_a_depth(network: xr.Dataset) -> xr.Dataset:
    """One replicate each of the topmost two depths of the second cluster, a centimetre apart."""

    def leave(readings: np.ndarray) -> np.ndarray:
        readings[1, 0, 1:], readings[1, 1, [0, 2]] = np.nan, np.nan
        return readings

    network = changed(network, "soil_moisture", leave)
    return network.assign_coords(depth=("depth", [0.1, 0.11, 0.5], network["depth"].attrs))


def silence_gauge(rain: np.ndarray) -> None:
    rain[1, 2000:7000] = 0


def tell_apart(network: xr.Dataset) -> xr.Dataset:
    """Give every cluster a gauge of its own: what a radar pixel says is not compared with itself."""
    error = np.random.default_rng(1).lognormal(0, 0.1, network["precipitation"].shape).astype(np.float32)
    return changed(network, "precipitation", lambda rain: rain * error)


#: Check -> a function that plants its fault, and where it must be found (cluster, depth, replicate).
FAULTS: dict[str, tuple[Callable[[xr.Dataset], xr.Dataset], tuple[str, float | None, str]]] = {
    "percent_or_counts": (
        planted("soil_moisture", lambda v: set_sensor(v, lambda x: 100 * x)),
        ("S01", 0.1, "C"),
    ),
    "hundredths": (planted("soil_moisture", lambda v: set_sensor(v, lambda x: x / 100)), ("S01", 0.1, "C")),
    "change_of_unit": (planted("soil_moisture", lambda v: set_sensor(v, to_percent)), ("S01", 0.1, "C")),
    "exchanged_cables": (planted("soil_moisture", exchange), ("S01", 0.1, "B")),
    "centimetres": (
        lambda network: network.assign_coords(depth=("depth", [1.0, 10.0, 50.0], network["depth"].attrs)),
        ("4 of 4 clusters", None, ""),
    ),
    "infinite_values": (
        planted("air_temperature", lambda v: v.__setitem__((1, 5), np.inf)),
        ("S01", None, ""),
    ),
    "negative_rain": (planted("precipitation", lambda v: v.__setitem__((1, 5), -99.0)), ("S01", None, "")),
    "kelvin": (planted("air_temperature", lambda v: v.__setitem__(1, v[1] + 273.15)), ("S01", None, "")),
    "accumulated_rain": (accumulate, ("4 of 4 clusters", None, "")),
    "repeated_daily_values": (spread_over_days, ("4 of 4 clusters", None, "")),
    "yearly_sums": (planted("precipitation", lambda v: v.__setitem__(1, 24 * v[1])), ("S01", None, "")),
    "constant_forcing": (planted("discharge", lambda v: v.__setitem__(1, 0.5)), ("S01", None, "")),
    "radiation_clock": (moved(["shortwave_radiation"], 1), ("4 of 4 clusters", None, "")),
    "summer_time": (keep_summer_time, ("4 of 4 clusters", None, "")),
    "pet_clock": (moved(["potential_evapotranspiration"], 1), ("4 of 4 clusters", None, "")),
    "temperature_clock": (moved(["air_temperature"], -6), ("4 of 4 clusters", None, "")),
    "soil_temperature_phase": (moved(["air_temperature"], -6), ("4 of 4 clusters", 0.1, "")),
    "rain_response": (moved(["precipitation"], -6), ("", None, "")),
    "impossible_rain": (planted("precipitation", lambda v: v.__setitem__((1, 5), 180.0)), ("S01", None, "")),
    "rises_without_rain": (planted("precipitation", lambda v: v.__setitem__(0, 0.0)), ("M01", 0.1, "")),
    "silent_gauges": (planted("precipitation", silence_gauge), ("S01", None, "")),
    "disagreeing_gauges": (
        planted("precipitation", lambda v: v.__setitem__(1, 3 * v[1])),
        ("S01", None, ""),
    ),
    "empty_sensors": (
        planted("soil_moisture", lambda v: set_sensor(v, lambda x: x * np.nan)),
        ("S01", 0.1, "C"),
    ),
    "not_physical": (
        planted("soil_moisture", lambda v: set_sensor(v, lambda x: x + 0.5)),
        ("S01", 0.1, "C"),
    ),
    "negative_readings": (planted("soil_moisture", lambda v: set_sensor(v, dry_out)), ("S01", 0.1, "C")),
    "stuck_sensors": (planted("soil_moisture", lambda v: set_sensor(v, stick)), ("S01", 0.1, "C")),
    "jumping_sensors": (planted("soil_moisture", lambda v: set_sensor(v, jump)), ("S01", 0.1, "C")),
    "missing_readings": (planted("soil_moisture", lambda v: v.__setitem__(1, np.nan)), ("S01", None, "")),
    "copied_sensors": (planted("soil_moisture", copy_a_sibling), ("S01", 0.1, "A")),
    "unsynchronised_replicates": (
        planted("soil_moisture", lambda v: set_sensor(v, lambda x: np.roll(x, 6))),
        ("S01", 0.1, "C"),
    ),
    "distant_cluster": (planted("longitude", lambda v: v.__setitem__(1, -v[1])), ("S01", None, "")),
    "distant_weather": (
        lambda network: network.assign(
            precipitation_station_distance=("cluster", [1e3, 9e5, 2e3, 3e3][: network.sizes["cluster"]])
        ),
        ("", None, ""),
    ),
    "missing_forcing": (
        planted("precipitation", lambda v: v.__setitem__((1, slice(0, 2000)), np.nan)),
        ("", None, ""),
    ),
    "impossible_forcing": (
        planted("shortwave_radiation", lambda v: v.__setitem__((1, 5), -400.0)),
        ("S01", None, ""),
    ),
    "running_total": (planted("precipitation", run_on), ("S01", None, "")),
    "less_rain_than_gained": (planted("precipitation", lambda v: v.__setitem__(0, v[0] / 25.4)), ("M01", 0.1, "")),
    "skipped_hour": (lose_the_hour_of_summer_time, ("S01", None, "")),
    "summer_response": (keep_soil_in_summer_time, ("", None, "")),
    "wrong_hemisphere": (planted("latitude", turn_over), ("S01", None, "")),
    "metres": (
        lambda network: network.assign_coords(depth=("depth", [0.001, 0.003, 0.5], network["depth"].attrs)),
        ("4 of 4 clusters", None, ""),
    ),
    "split_depths": (split_a_depth, ("S01", None, "")),
    "sparse_depths": (planted("soil_moisture", lambda v: v[:, 1].fill(np.nan)), ("", None, "")),
    "missing_attributes": (planted("elevation", lambda v: v.__setitem__(1, np.nan)), ("", None, "")),
    "leaping_air": (planted("air_temperature", lambda v: v.__setitem__((1, slice(5, 9)), 60.0)), ("S01", None, "")),
    "place_codes": (planted("geology", lambda v: v.__setitem__(slice(None), list("abcd"))), ("", None, "")),
    "identical_attributes": (
        planted("geology", lambda v: v.__setitem__(slice(None), "marl")),
        ("", None, ""),
    ),
}


def says_nothing(sides: Sides) -> Answers:
    return lambda key: np.zeros(sides.accepted[key].shape[-1], dtype=bool)


#: Check of a study -> how study or network must be changed.
STUDY_FAULTS: dict[str, tuple[dict[str, object], Callable[[xr.Dataset], xr.Dataset]]] = {
    "missing_inputs": ({"forecasters": (Needs("lstm", (("rain", False),), (), 24),)}, lambda n: n),
    "missing_for_rivals": ({"forecasters": (Needs("cycle", groups=("geolgy",)),)}, lambda n: n),
    "unfit_groups": ({"group": "elevaton"}, lambda n: n),
    "groups_without_value": ({"group": "geology"}, planted("geology", lambda v: v.__setitem__(1, ""))),
    "uninformative_attributes": (
        {},
        planted("soil_type", lambda v: v.__setitem__(slice(None), "loam")),
    ),
    "flags_not_set": ({"quality": Quality(reject=["D06"])}, lambda n: n),
    "empty_parts": (
        {"split": Split(scheme="period", period={"start": "2030-01-01", "end": "2031-01-01"})},
        lambda n: n,
    ),
    "one_sided_series": (
        {},
        planted("soil_moisture", lambda v: v[1, 0, :, 24 * 10 :].fill(np.nan)),
    ),
    "silent_forecasters": (
        {"forecasters": (Needs("still", silence=Silence(says_nothing, "why", "do")),)},
        lambda n: n,
    ),
    "few_blocks": ({"split": Split(block="100d")}, lambda n: n),
    "lost_windows": ({}, planted("precipitation", lambda v: v[:, ::30].fill(np.nan))),
    "leakage": ({}, lambda n: n),
}


def check_of_template() -> Check:
    """Load the template as if its file lay beside the others."""
    return template("check").leaping_air


@pytest.fixture(autouse=True)
def _template_is_a_check_too(monkeypatch):
    check = check_of_template()
    monkeypatch.setitem(CHECKS, check.name, check)


def test_every_check_is_tested():
    assert set(FAULTS) | set(STUDY_FAULTS) == set(CHECKS)
    assert {name for name, check in CHECKS.items() if check.about is StudyRecord} == set(STUDY_FAULTS)
    for check in CHECKS.values():
        assert check.source
        assert check.purpose


def test_a_clean_network_has_notes_at_most(clean):
    findings = examine(clean, "clean", PLAN)
    assert [finding for finding in findings if finding.severity != "note"] == []
    assert {finding.check for finding in findings} <= {
        "leakage",
        "empty_sensors",
        "negative_readings",
        "not_looked_at",
    }


@pytest.mark.parametrize("seed", [301, 302])
def test_clean_networks_with_gaps_are_not_accused(make_clean, seed):

    network = make_clean(6, 1.0, seed)
    accused = [finding for finding in examine(network, "clean") if finding.severity != "note"]
    assert accused == []


@pytest.mark.parametrize("name", FAULTS)
def test_the_planted_fault_is_found(clean, name):
    plant, place = FAULTS[name]
    findings = [finding for finding in examine(plant(tell_apart(clean)), "spoiled") if finding.check == name]
    accused = [(finding.cluster, finding.depth, finding.replicate) for finding in findings]
    assert place in accused
    # Nothing else is accused: all faults but those of shared forcing are at one place.
    assert len(accused) == 1 or name == "negative_readings"
    finding = findings[accused.index(place)]
    assert finding.severity == CHECKS[name].worst
    assert finding.message
    assert finding.advice
    assert finding.unit or name == "constant_forcing"
    assert np.isfinite(finding.evidence)
    if finding.start is not None:
        stamps = clean["time"].to_numpy()
        assert stamps[0] <= finding.start <= finding.end <= stamps[-1]
        assert finding.when


def test_the_template_says_when(clean):
    plant, _ = FAULTS["leaping_air"]
    (finding,) = (finding for finding in examine(plant(clean), "spoiled") if finding.check == "leaping_air")
    stamps = clean["time"].to_numpy()
    assert (finding.start, finding.end) == (stamps[5], stamps[9])
    assert finding.message.startswith("air temperature leaps by ")


def test_falls_that_siblings_share_are_no_loose_contact(clean):
    def drain(values: np.ndarray) -> None:
        for replicate in range(values.shape[2]):
            values[1, 0, replicate] = jump(values[1, 0, replicate])

    findings = examine(planted("soil_moisture", drain)(tell_apart(clean)), "drained")
    assert "jumping_sensors" not in {finding.check for finding in findings}


@pytest.mark.parametrize("name", STUDY_FAULTS)
def test_the_planted_fault_of_a_study_is_found(clean, name):
    changes, plant = STUDY_FAULTS[name]
    plan = StudyPlan(**{**vars(PLAN), **changes})
    findings = [finding for finding in examine(plant(clean), "spoiled", plan) if finding.check == name]
    assert findings
    assert findings[0].message
    assert findings[0].advice
    assert findings[0].unit
    assert SEVERITIES.index(findings[0].severity) >= SEVERITIES.index(CHECKS[name].worst)
