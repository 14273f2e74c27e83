"""Responses of made profiles, and of a simulated network with and without macropores."""

import numpy as np
import pytest

from thetamix.evaluation.nonsequential import (
    COLUMNS,
    LOUDEST,
    event_begins,
    first_responses,
    judge,
    loudness,
    nonsequential_responses,
)
from thetamix.simulation.simulate import simulate

HOUR = np.timedelta64(1, "h")


def stepped(size: int, *rises: tuple[int, float]) -> np.ndarray:
    course = np.full(size, 0.2)
    for hour, rise in rises:
        course[hour:] += rise
    return course


def test_events_are_parted_by_six_dry_hours():
    rain = np.zeros(100)
    rain[[20, 26, 33, 34]] = 1.0  # five dry hours after 20, six after 26
    rain[90] = 0.9
    np.testing.assert_array_equal(event_begins(rain), [20, 33])


def test_a_drizzle_adds_up_and_float32_does_not_lose_a_millimetre():
    rain = np.zeros(60, dtype=np.float32)
    rain[10:20] = 0.1
    rain[40:49] = 0.1
    np.testing.assert_array_equal(event_begins(rain), [10])


def test_events_that_may_have_begun_in_a_gap_are_left_out():
    rain = np.zeros(80)
    rain[[30, 60]] = 5.0
    rain[26] = np.nan
    np.testing.assert_array_equal(event_begins(rain), [60])
    rain = np.zeros(20)
    rain[2] = 5.0  # the record begins less than six hours before
    assert event_begins(rain).size == 0
    assert event_begins(np.zeros(20)).size == 0


def test_responses_are_first_rises_over_the_reading_before():
    profile = np.stack(
        [
            stepped(120, (12, 0.006)),
            stepped(120, (11, 0.004), (15, 0.002)),
            stepped(120, (12, 0.0049)),
            stepped(120, (9, 0.01)),  # before the event
            stepped(120, (59, 0.01)),  # too late
        ]
    )
    when = first_responses(profile, np.array([10]))
    np.testing.assert_array_equal(when[:, 0], [2, 5, np.inf, np.inf, np.inf])


def test_the_next_event_ends_the_window():
    when = first_responses(stepped(120, (32, 0.01))[None], np.array([10, 30]))
    np.testing.assert_array_equal(when, [[np.inf, 2]])


def test_missing_readings_cannot_be_judged_unless_they_come_after_the_response():
    before, within, after = (stepped(120, (20, 0.01)) for _ in range(3))
    before[9], within[15], after[30] = np.nan, np.nan, np.nan
    when = first_responses(np.stack([before, within, after]), np.array([10]))
    np.testing.assert_array_equal(when[:, 0], [np.nan, np.nan, 10])


def test_a_sensor_that_stands_still_and_one_that_jumps_about():
    rng = np.random.default_rng(0)
    assert loudness(np.full(100, 0.3)) == 0.0
    assert loudness(np.linspace(0.2, 0.4, 100)) == pytest.approx(0.0, abs=1e-12)
    assert loudness(rng.normal(0.3, 0.02, 20_000)) == pytest.approx(0.02, rel=0.05)
    assert loudness(np.full(5, np.nan)) == 0.0
    loud = stepped(500, (50, 0.1)) + rng.normal(0, 2 * LOUDEST, 500)
    assert np.isnan(first_responses(loud[None], np.array([48]))).all()


def test_judging():
    when = np.array([[1, 3, np.inf, np.inf, 2, np.nan], [1, 2, 4, np.inf, np.nan, np.nan], [5, 9, 9, np.inf, 1, 3]])
    np.testing.assert_array_equal(judge(when), [[1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 1, 0], [0, 1, 1, 0, 1, 0]])


def test_table(make_network):
    size = 24 * 60
    rain = np.zeros((2, size), dtype=np.float32)
    rain[:, [100, 900]] = 3.0  # in January and in February
    readings = np.full((2, 2, 1, size), 0.2)
    readings[0, 0, 0, 104:] += 0.01
    readings[0, 1, 0, 102:] += 0.01
    readings[1, 0, 0, 902:] += 0.01
    readings[1, 1, 0, 905:] += 0.01
    network = make_network(readings, step=HOUR, precipitation=rain)
    table = nonsequential_responses(network, readings, ["marl", "schist"])
    assert list(table.columns) == COLUMNS
    rows = {(row["group"], row["month"]): row for row in table.to_dict("records")}
    assert list(rows) == [(g, m) for g in ("marl", "schist", "all") for m in ("1", "2", "all")]
    assert [rows["marl", "1"][name] for name in COLUMNS[2:]] == [1, 1, 1, 1.0]
    assert [rows["marl", "2"][name] for name in COLUMNS[2:]] == [1, 0, 0, 0.0]
    assert [rows["schist", "2"][name] for name in COLUMNS[2:]] == [1, 1, 0, 0.0]
    assert [rows["all", "all"][name] for name in COLUMNS[2:]] == [4, 2, 1, 0.25]


def test_depths_are_taken_from_the_shallowest(make_network):
    size = 200
    rain = np.zeros((1, size), dtype=np.float32)
    rain[0, 100] = 3.0
    readings = np.full((1, 2, 1, size), 0.2)
    readings[0, 0, 0, 102:] += 0.01
    readings[0, 1, 0, 105:] += 0.01
    network = make_network(readings, step=HOUR, precipitation=rain)
    assert nonsequential_responses(network, readings, ["marl"])["non_sequential"].tolist() == [0] * 4
    turned = network.isel(depth=[1, 0])
    assert nonsequential_responses(turned, readings, ["marl"])["non_sequential"].tolist() == [1] * 4


def test_other_networks_have_an_empty_table(make_network):
    daily = make_network()
    dry = make_network(step=HOUR, precipitation=None)
    for network in (daily, dry):
        table = nonsequential_responses(network, network["soil_moisture"].to_numpy(), ["marl", "schist"])
        assert table.empty
        assert list(table.columns) == COLUMNS


def test_without_events_the_share_is_unknown(make_network):
    network = make_network(step=HOUR, precipitation=np.zeros((2, 120)))
    table = nonsequential_responses(network, network["soil_moisture"].to_numpy(), ["marl", "marl"])
    assert table["month"].tolist() == ["all", "all"]
    assert table["events"].tolist() == [0, 0]
    assert table["share"].isna().all()


def test_macropores_make_responses_non_sequential():
    quiet = ("noise", "gaps", "radar", "faults")
    totals = []
    for without in (quiet, (*quiet, "bypass")):
        network = simulate(clusters=3, years=1, seed=2, truth_profiles=0, without=without).network
        table = nonsequential_responses(network, network["soil_moisture"].to_numpy(), ["all"] * 3)
        totals.append(table[table["month"] == "all"].iloc[-1])
    assert totals[0]["events"] == totals[1]["events"] > 300
    assert totals[0]["share"] > 1.2 * totals[1]["share"]
