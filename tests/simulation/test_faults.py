import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thetamix.network.schema import FLAGS
from thetamix.simulation import simulate
from thetamix.simulation.faults import COLUMNS, FAULTS, draw_events, plant_faults
from thetamix.simulation.frost import freeze
from thetamix.system.errors import InputError

FREE = ("faults", "gaps")


@pytest.fixture(scope="module")
def clean() -> xr.Dataset:
    """Two clusters for three years of three-hourly readings."""
    return simulate(2, 3.0, 3, step_hours=3, truth_profiles=0, without=FREE).network


def cut(network: xr.Dataset, spoiled: xr.Dataset, fault: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give readings during a fault, before and after it was planted, and all readings of the sensor."""
    place = {
        "cluster": list(network["cluster_id"].to_numpy()).index(fault["cluster"]),
        "depth": list(network["depth"].to_numpy()).index(fault["depth"]),
        "replicate": list(network["replicate_label"].to_numpy()).index(fault["replicate"]),
    }
    time = network["time"].to_numpy()
    during = (time >= fault["start"]) & (time <= fault["end"])
    was, now = (dataset["soil_moisture"].isel(place).to_numpy() for dataset in (network, spoiled))
    return was[during], now[during], was


def planted(network: xr.Dataset, kind: str, rate: float = 4.0, seed: int = 1) -> list[tuple[np.ndarray, ...]]:
    spoiled, faults = plant_faults(network, seed, [kind], rate)
    assert len(faults) > 5
    assert (faults["kind"] == kind).all()
    return [cut(network, spoiled, fault) for _, fault in faults.iterrows()]


def test_the_table_accounts_for_every_change(clean):
    before = clean["soil_moisture"].to_numpy().copy()
    spoiled, faults = plant_faults(clean, 1, rate=2.0)
    np.testing.assert_array_equal(clean["soil_moisture"], before)
    assert tuple(faults.columns) == COLUMNS
    assert set(faults["kind"]) == set(FAULTS)
    changed = (spoiled["soil_moisture"].to_numpy() != before) & np.isfinite(before)
    assert changed.any()
    time = clean["time"].to_numpy()
    for _, fault in faults.iterrows():
        was, now, _ = cut(clean, spoiled, fault)
        if not ((faults["kind"] == "frozen") & (faults["cluster"] == fault["cluster"])).any():
            largest = (now - was)[np.abs(now - was).argmax()]
            np.testing.assert_allclose(fault["magnitude"], largest, rtol=1e-5)
        place = (
            list(clean["cluster_id"].to_numpy()).index(fault["cluster"]),
            list(clean["depth"].to_numpy()).index(fault["depth"]),
            "ABC".index(fault["replicate"]),
        )
        changed[place][(time >= fault["start"]) & (time <= fault["end"])] = False
    assert not changed.any()


def test_faults_of_a_sensor_do_not_overlap(clean):
    _, faults = plant_faults(clean, 2, [kind for kind in FAULTS if kind != "frozen"], 6.0)
    for _, own in faults.groupby(["cluster", "depth", "replicate"]):
        ordered = own.sort_values("start")
        assert (ordered["start"].to_numpy()[1:] > ordered["end"].to_numpy()[:-1]).all()


def test_a_spike_is_one_reading_far_off(clean):
    for was, now, _ in planted(clean, "spike"):
        assert now.size == 1
        assert 0.08 <= abs(now[0] - was[0]) <= 0.30 + 1e-6


def test_a_break_shifts_the_level(clean):
    for was, now, _ in planted(clean, "break"):
        np.testing.assert_allclose(now - was, (now - was)[0], atol=1e-6)
        assert 0.06 - 1e-6 <= abs(now - was)[0] <= 0.15 + 1e-6


def test_a_stuck_sensor_repeats_its_first_reading(clean):
    for was, now, _ in planted(clean, "stuck"):
        np.testing.assert_array_equal(now, was[0])


def test_a_plateau_is_above_all_that_was_read(clean):
    for was, now, every in planted(clean, "plateau", rate=0.5):
        assert np.ptp(now) == 0
        start = np.flatnonzero((every[:, None] == was[:1]).all(axis=1))[0]
        assert now[0] >= every[:start].max(initial=0) + 0.05 - 1e-6


def test_a_dead_sensor_reads_almost_nothing(clean):
    for _, now, _ in planted(clean, "dead"):
        assert np.ptp(now) == 0
        assert 0 <= now[0] <= 0.02


def test_a_drift_grows(clean):
    for was, now, _ in planted(clean, "drift", rate=1.0):
        error = now - was
        np.testing.assert_allclose(error, np.linspace(0, error[-1], error.size + 1)[1:], atol=1e-6)


def test_swapped_sensors_change_places(clean):
    spoiled, faults = plant_faults(clean, 1, ["swapped"], 1.0)
    windows = faults.groupby(["cluster", "depth", "start", "end"])
    for _, both in windows:
        assert len(both) == 2
        (was, now, _), (other_was, other_now, _) = (cut(clean, spoiled, fault) for _, fault in both.iterrows())
        np.testing.assert_array_equal(now, other_was)
        np.testing.assert_array_equal(other_now, was)


def test_frozen_soil_reads_drier_while_it_is_frozen(clean):
    spoiled, faults = plant_faults(clean, 1, ["frozen"])
    assert len(faults) > 5
    assert (faults["magnitude"] < -0.005).all()
    share = freeze(clean["air_temperature"].to_numpy().astype(float), 3.0, clean["depth"].to_numpy())[1]
    ratio = spoiled["soil_moisture"] / clean["soil_moisture"]
    lower = ratio.to_numpy() < 0.999999
    assert (np.broadcast_to(share[:, :, None], lower.shape)[lower] < 1).all()
    assert np.isin(pd.DatetimeIndex(faults["start"]).month, (11, 12, 1, 2, 3, 4)).all()


def test_faults_come_as_often_as_asked():
    # Rare enough that few are dropped for an overlap: a Poisson number.
    rates = {"spike": 2.0, "stuck": 0.2}
    steps = 20 * 8766
    counts = {"spike": 0, "stuck": 0}
    for cluster in range(40):
        for event in draw_events(1, cluster, 0, 3, steps, 1.0, rates):
            counts[event.kind] += 1
    for kind, rate in rates.items():
        expected = rate * 20 * 40 * 3
        assert abs(counts[kind] - expected) < 4 * np.sqrt(expected) + 0.03 * expected


def test_a_longer_network_has_the_same_faults_first():
    whole = draw_events(4, 1, 2, 3, 40_000, 1.0, dict.fromkeys(FAULTS[:-1], 1.0))
    short = draw_events(4, 1, 2, 3, 20_000, 1.0, dict.fromkeys(FAULTS[:-1], 1.0))
    assert [event for event in whole if event.end < 20_000] == [event for event in short if event.end < 20_000]


def test_one_kind_does_not_move_another(clean):
    _, every = plant_faults(clean, 5, ["spike", "break", "dead"], 0.3)
    _, one = plant_faults(clean, 5, ["spike"], 0.3)
    spikes = every[every["kind"] == "spike"].reset_index(drop=True)
    assert len(spikes) >= 5
    assert set(spikes["start"]) <= set(one["start"])


def test_missing_readings_stay_missing_and_hide_their_faults(clean):
    gappy = clean.copy(deep=True)
    gappy["soil_moisture"][:, :, :, 1000:] = np.nan
    spoiled, faults = plant_faults(gappy, 1, rate=3.0)
    assert spoiled["soil_moisture"][..., 1000:].isnull().all()
    assert (faults["end"] <= clean["time"].to_numpy()[999]).all()


def test_flags_fit_the_spoiled_readings(clean):
    flagged = clean.assign(
        soil_moisture_flag=clean["soil_moisture_flag"] | FLAGS["D06"][0]  # somebody else's
    )
    spoiled, _ = plant_faults(flagged, 1, ["spike", "plateau"], 10.0)
    readings, flags = spoiled["soil_moisture"].to_numpy(), spoiled["soil_moisture_flag"].to_numpy()
    assert (readings < 0).any()
    assert (readings > 0.6).any()
    np.testing.assert_array_equal((flags & FLAGS["C01"][0]) > 0, readings < 0)
    np.testing.assert_array_equal((flags & FLAGS["C02"][0]) > 0, readings > 0.6)
    assert (flags & FLAGS["D06"][0] > 0).all()


def test_the_same_seed_plants_the_same_faults(clean):
    first, again, other = (plant_faults(clean, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first[1], again[1])
    np.testing.assert_array_equal(first[0]["soil_moisture"], again[0]["soil_moisture"])
    assert not first[1].equals(other[1])


def test_no_faults_change_nothing(clean):
    for spoiled, faults in (plant_faults(clean, 1, []), plant_faults(clean, 1, ["spike"], 0.0)):
        assert faults.empty
        assert tuple(faults.columns) == COLUMNS
        xr.testing.assert_identical(spoiled, clean)


def test_a_cluster_without_temperature_does_not_freeze(clean):
    unknown = clean.copy(deep=True)
    unknown["air_temperature"][0] = np.nan
    _, faults = plant_faults(unknown, 1, ["frozen"])
    assert set(faults["cluster"]) == {str(clean["cluster_id"][1].item())}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kinds": ["spikes"]}, 'did you mean "spike"'),
        ({"rate": -1.0}, "give a number from 0"),
        ({"rate": float("nan")}, "give a number from 0"),
    ],
)
def test_what_cannot_be_planted_is_refused(clean, settings, message):
    with pytest.raises(InputError, match=message):
        plant_faults(clean, 1, **settings)


def test_frost_needs_a_temperature(clean):
    with pytest.raises(InputError, match="air_temperature"):
        plant_faults(clean.drop_vars("air_temperature"), 1)
    plant_faults(clean.drop_vars("air_temperature"), 1, ["spike"])
