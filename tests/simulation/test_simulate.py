import functools
import itertools

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.nonsequential import nonsequential_responses
from thetamix.mixture import GaussianMixture
from thetamix.network.check import check_network
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.schema import VARIABLES
from thetamix.simulation import CAUSES, simulate
from thetamix.simulation.faults import FAULTS, plant_faults
from thetamix.system.errors import InputError

PROFILE_ATTRIBUTES = ("elevation", "latitude", "longitude", "geology", "soil_type", "land_use", "cluster_id")


def anew(**changes):
    settings = {"clusters": 3, "years": 0.1, "seed": 7, "truth_profiles": 4} | changes
    return simulate(**settings)


# Simulations are read-only to the tests; the same one is not made twice.
small = functools.cache(anew)


def test_it_is_a_network_that_can_be_written_and_read(tmp_path):
    network = small().network
    check_network(network, "simulated")
    write_network(network, tmp_path / "network.nc")
    with open_network(tmp_path / "network.nc") as read:
        for name in network.data_vars:
            np.testing.assert_array_equal(read[name].to_numpy(), network[name].to_numpy(), err_msg=str(name))
    known = set(VARIABLES) - {"porosity", "soil_moisture_limit"}
    assert known <= set(network.variables)
    assert network["soil_moisture"].dtype == np.float32
    np.testing.assert_allclose(network["sensor_depth"][0, :, 0], network["depth"])


def test_stamps_are_ends_of_hours():
    network = small(start="2014-06-01").network
    assert network["time"].to_numpy()[0] == np.datetime64("2014-06-01T01")
    assert network["time_bounds"].to_numpy()[0, 0] == np.datetime64("2014-06-01T00")


def test_flags_mark_the_impossible_and_change_nothing():
    network = small(clusters=6, years=0.5).network
    readings, flags = network["soil_moisture"].to_numpy(), network["soil_moisture_flag"].to_numpy()
    np.testing.assert_array_equal(flags == 1, readings < 0)
    np.testing.assert_array_equal(flags == 2, readings > 0.6)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    first, again, other = small(), anew(), small(seed=8)
    for name in first.network.variables:
        a, b = first.network[name].to_numpy(), again.network[name].to_numpy()
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes() or a.dtype == object, name
    assert first.truth["component_mean"].to_numpy().tobytes() == again.truth["component_mean"].to_numpy().tobytes()
    assert not np.array_equal(first.network["precipitation"], other.network["precipitation"])


def test_asking_for_more_does_not_change_the_rest():
    # A new replicate may be swapped with an old one; nothing else reaches those that were there.
    large = small(clusters=5, years=0.2, replicates=4, truth_profiles=9, regional_profiles=3, without=("swapped",))
    little = small(regional_profiles=2, without=("swapped",))
    for name in (
        "soil_moisture",
        "precipitation",
        "discharge",
        "reference_soil_moisture",
        *PROFILE_ATTRIBUTES,
    ):
        part = little.network[name]
        corner = {dimension: slice(0, size) for dimension, size in part.sizes.items()}
        np.testing.assert_array_equal(large.network[name].isel(corner), part, err_msg=name)
    for more, less in ((large.truth, little.truth), (large.regional_truth, little.regional_truth)):
        mean = less["component_mean"]
        corner = {dimension: slice(0, size) for dimension, size in mean.sizes.items()}
        np.testing.assert_array_equal(more["component_mean"].isel(corner), mean)


def test_truth_has_the_form_of_a_prediction():
    simulation = small(regional_profiles=2)
    truth, network = simulation.truth, simulation.network
    assert simulation.regional_truth.attrs["forecaster"] == "regional truth"
    assert simulation.regional_truth["component_mean"].shape == (3, 3, 877, 2)
    for name in ("component_weight", "component_mean", "component_sd"):
        assert truth[name].dims == ("cluster", "depth", "time", "component")
        assert truth[name].dtype == np.float32
        assert np.isfinite(truth[name]).all()
    assert truth["component_mean"].attrs["units"] == "m3 m-3"
    np.testing.assert_allclose(truth["component_weight"].sum("component"), 1, rtol=1e-6)
    np.testing.assert_allclose(truth["component_sd"], 0.02)
    for name in ("cluster_id", "depth", "time"):
        np.testing.assert_array_equal(truth[name], network[name])
    assert small(truth_profiles=0).truth is None
    assert small().regional_truth is None


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause not in FAULTS])
def test_every_cause_can_be_switched_off_and_matters(cause):
    others = () if cause == "faults" else ("faults",)  # planted last, they would differ with the readings
    with_it, without_it = small(without=others), small(without=(cause, *others))
    assert without_it.network.attrs["simulation_without"] == ", ".join(sorted((cause, *others)))
    assert with_it.network.attrs["simulation_without"] == ("faults" if others else "nothing")
    name = "precipitation" if cause == "radar" else "soil_moisture"
    a, b = with_it.network[name].to_numpy(), without_it.network[name].to_numpy()
    assert not np.array_equal(a, b, equal_nan=True)
    if cause == "gaps":
        assert np.isfinite(b).all()
        kept = np.isfinite(a)
        np.testing.assert_array_equal(a[kept], b[kept])
    if cause == "noise":
        assert 0.015 < np.nanstd(a - b) < 0.025  # of 27 sensors: most of the noise is slow
        np.testing.assert_allclose(without_it.truth["component_sd"], 1e-4)
    if cause == "radar":
        np.testing.assert_array_equal(a == 0, b == 0)


@pytest.mark.parametrize("kind", ["frozen", "spike"])
def test_a_kind_of_fault_can_be_switched_off(kind):
    size = {"clusters": 2, "years": 0.3, "step_hours": 3, "truth_profiles": 0}
    faults, without = small(**size).faults, small(**size, without=(kind,)).faults
    assert {"frozen", "spike"} <= set(faults["kind"])
    assert set(without["kind"]) == set(faults["kind"]) - {kind}


def test_the_table_lists_the_faults_that_were_planted():
    clean = small(without=("faults",))
    assert clean.faults.empty
    spoiled, faults = plant_faults(clean.network, 7)
    pd.testing.assert_frame_equal(small().faults, faults)
    for name in ("soil_moisture", "soil_moisture_flag"):
        np.testing.assert_array_equal(small().network[name], spoiled[name])


def test_progress_rises_to_the_end():
    told = []
    anew(report=lambda share, note: told.append((share, note)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.8 < shares[-1] <= 1
    assert told[0][1] == "36 profiles"


def test_the_regional_law_is_wider_than_the_local_one():
    simulation = small(years=0.02, truth_profiles=60, regional_profiles=60, without=("noise", "offsets"))
    local, regional = (
        law["component_mean"].to_numpy()[..., -1, :].std(axis=-1).mean()
        for law in (simulation.truth, simulation.regional_truth)
    )
    # Half of the variance of parameters lies between clusters.
    assert 1.15 < regional / local < 1.8


def test_without_scatter_and_sensor_errors_replicates_are_one():
    network = small(without=("scatter", "noise", "offsets", "faults", "gaps")).network
    readings = network["soil_moisture"].to_numpy()
    np.testing.assert_array_equal(readings, np.broadcast_to(readings[:, :, :1], readings.shape))


def test_a_daily_network_is_the_mean_of_an_hourly_one():
    off = ("noise", "faults", "gaps")
    hourly, daily = (small(years=0.2, step_hours=hours, without=off).network for hours in (1, 24))
    days = daily.sizes["time"]
    for name in ("soil_moisture", "precipitation", "air_temperature", "reference_soil_moisture"):
        fine = hourly[name].to_numpy()[..., : days * 24]
        mean = fine.reshape(*fine.shape[:-1], days, 24).mean(axis=-1)
        np.testing.assert_allclose(daily[name], mean, rtol=1e-4, atol=1e-5, err_msg=name)
    fine = hourly["discharge"].to_numpy()[:, : days * 24].reshape(3, days, 24).mean(axis=-1)
    # Routed with daily inflow: the same water, the flashy part spread over its day.
    np.testing.assert_allclose(daily["discharge"].mean("time"), fine.mean(axis=1), rtol=0.02)
    assert daily["time"].to_numpy()[0] == np.datetime64("2013-01-02")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"without": ("bypas",)}, 'did you mean "bypass"'),
        ({"without": ("weather",)}, "known are: break, bypass"),
        ({"regional_profiles": -1}, "-1 regional profiles"),
        ({"clusters": 0}, "0 clusters"),
        ({"replicates": 0}, "0 replicates"),
        ({"truth_profiles": -1}, "-1 truth profiles"),
        ({"step_hours": 5}, "does not divide a day"),
        ({"years": 0.0}, "simulate longer"),
        ({"years": float("nan")}, "simulate longer"),
        ({"start": "spring"}, "is not a date"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(InputError, match=message):
        anew(**settings)


def test_one_cluster_and_one_replicate():
    simulation = small(clusters=1, replicates=1)
    assert simulation.network["soil_moisture"].shape[:3] == (1, 3, 1)
    check_network(simulation.network, "simulated")


def moisture(simulation):
    return simulation.network["soil_moisture"].to_numpy().astype(float)


def test_water_stays_within_the_pores(bare):
    readings = moisture(bare)
    assert readings.min() > 0.02
    assert readings.max() < 0.65


def shares_of_non_sequential_responses(network):
    table = nonsequential_responses(network, network["soil_moisture"].to_numpy(), list(network["geology"].to_numpy()))
    table = table[(table["group"] == "all") & (table["month"] != "all")]
    month = table["month"].astype(int)
    counts = [
        table[month.isin(months)][["responses", "non_sequential"]].sum()
        for months in ((3, 4, 5), (7, 8, 9), range(1, 13))
    ]
    return [count["non_sequential"] / count["responses"] for count in counts]


def test_depths_respond_first_in_summer_and_by_bypass(bare):
    spring, summer, year = shares_of_non_sequential_responses(bare.network)
    assert 0.4 > summer > 2 * spring
    assert 0.05 < year < 0.25
    tight = simulate(9, 1.0, 5, truth_profiles=0, without=("bypass", "faults", "gaps", "noise", "offsets"))
    assert shares_of_non_sequential_responses(tight.network)[1] < 0.4 * summer


@pytest.mark.soak
def test_the_law_has_several_modes_in_winter_more_than_in_late_summer():
    winter, summer = [], []
    for seed in (2, 3, 4, 5):  # the weather of one seed may be dry or wet
        truth = simulate(12, 2.0, seed, step_hours=24, truth_profiles=150, without=("faults", "gaps")).truth
        some = truth.isel(time=slice(5, None, 10))
        modes = GaussianMixture(1 / 150, some["component_mean"].to_numpy().astype(float), 0.02).mode_count()
        month = some["time"].dt.month.to_numpy()
        winter.append((modes[..., np.isin(month, (12, 1, 2, 3, 4))] > 1).mean())
        summer.append((modes[..., np.isin(month, (8, 9))] > 1).mean())
    assert np.mean(winter) > 1.3 * np.mean(summer)


def test_depth_remembers_longer_than_the_surface(bare):
    readings = moisture(bare).mean(axis=2)  # (cluster, depth, time)
    daily = readings[..., : readings.shape[-1] // 24 * 24].reshape(12, 3, -1, 24).mean(-1)
    # Over days, less the slow season: differences from a 61-day mean.
    kernel = np.ones(61) / 61
    slow = np.apply_along_axis(np.convolve, -1, daily, kernel, "valid")
    fast = daily[..., 30:-30] - slow
    memory = [np.mean([np.corrcoef(c[d, :-3], c[d, 3:])[0, 1] for c in fast]) for d in range(3)]
    assert memory[0] < memory[1] < memory[2]
    assert memory[0] > 0.3
    assert np.abs(np.diff(readings, axis=-1)).max(axis=(0, 2))[0] > 0.02


def test_soil_is_wet_in_winter_and_streams_run_from_wet_soil(bare):
    network, readings = bare.network, moisture(bare).mean(axis=(1, 2))
    month = network["time"].dt.month.to_numpy()
    winter, summer = np.isin(month, (1, 2, 3)), np.isin(month, (7, 8, 9))
    assert (readings[:, winter].mean(axis=1) > readings[:, summer].mean(axis=1) + 0.03).all()
    flow = network["discharge"].to_numpy()
    assert (flow >= 0).all()
    wetter = np.array([flow[c][readings[c] > np.median(readings[c])].mean() for c in range(3)])
    drier = np.array([flow[c][readings[c] < np.median(readings[c])].mean() for c in range(3)])
    assert (wetter > 1.2 * drier).all()
    annual = flow[:3].mean(axis=1) * 3.6 * 8766 / np.array([4.5, 19.2, 2.7])  # [mm a-1]
    assert (annual > 100).all()
    assert (annual < 700).all()
    # Sandstone keeps its flow, marl falls nearly dry.
    low = np.quantile(flow[:3], 0.1, axis=1) / flow[:3].mean(axis=1)
    assert low[2] > 0.2 > low[0]


def test_the_reference_follows_the_soil_and_is_biased(bare):
    observed = moisture(bare).mean(axis=2)
    reference = bare.network["reference_soil_moisture"].to_numpy()
    correlation = [np.corrcoef(reference[c, d], observed[c, d])[0, 1] for c in range(12) for d in range(3)]
    assert 0.7 < np.median(correlation) < 0.98
    assert np.abs((reference - observed).mean(axis=-1)).mean() > 0.02


def test_replicates_agree_in_time_and_differ_in_level():
    network = simulate(18, 2.0, 13, truth_profiles=0, without=("faults", "gaps")).network
    readings = network["soil_moisture"].to_numpy()[..., : 730 * 24]
    pairs = list(itertools.combinations(range(3), 2))
    correlation = np.array([[np.corrcoef(s[a], s[b])[0, 1] for a, b in pairs] for c in readings for s in c])
    assert (correlation > 0.9).mean() > 0.7  # hour by hour
    assert (np.median(correlation.reshape(18, 9), axis=1) > 0.9).mean() > 0.6  # at most clusters
    daily = readings.reshape(18, 3, 3, 730, 24).mean(axis=-1)
    offset = np.array([np.abs(daily[:, :, a] - daily[:, :, b]).mean(axis=-1) for a, b in pairs])
    assert 0.02 < np.median(offset) < 0.08
    assert 0.10 < offset.max() < 0.30
    # Within a series, the spread is smaller where it is dry than where it is moist.
    spread, state = np.ptp(daily, axis=2), daily.mean(axis=2)
    dry, moist = spread[state < 0.15].mean(), spread[(state > 0.25) & (state < 0.35)].mean()
    assert dry < moist
