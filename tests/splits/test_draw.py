"""From a network to a split and its audit; and the errors when nothing is left."""

import numpy as np
import pytest

from thetamix.network.by_series import Mask, Part
from thetamix.network.observations import observations
from thetamix.splits.draw import (
    AuditedNetwork,
    audit_split,
    draw_split,
    readings_of_part,
    units_kept_out,
    usable_readings,
)
from thetamix.splits.parts import EVALUATION, NEITHER, TRAINING
from thetamix.splits.settings import SCHEMES, Split
from thetamix.system.errors import InputError

PERIOD = {"start": "2013-02-01", "end": "2013-03-01"}


def draw(network, seed=1, rule="all", *, scheme, **settings):
    present = usable_readings(observations(network), rule)
    period = PERIOD if scheme == "period" else None
    split = Split(**{"scheme": scheme, "block": "10d", "period": period} | settings)
    return draw_split(network, present, seed, split).dense(), present.dense()


def audit_of(network, part, present, scheme="blocks"):
    """Audit a drawn split."""
    sides = [Mask.of((part == value) & present) for value in (TRAINING, EVALUATION)]
    return audit_split(AuditedNetwork.of(network), *sides, Split(scheme=scheme))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_gives_both_parts_and_repeats(make_network, scheme):
    degrees = np.array([0.0, 20.0, 40.0])
    network = make_network(clusters=3, latitude=degrees, longitude=degrees)
    network = network.assign(network=("cluster", ["a", "a", "b"]))
    part, present = draw(network, scheme=scheme, folds=3)
    assert part.shape == present.shape
    assert part.dtype == np.int8
    assert {int(v) for v in np.unique(part)} >= {int(TRAINING), int(EVALUATION)}
    assert (draw(network, scheme=scheme, folds=3)[0] == part).all()


def test_the_period_is_that_of_the_middle_of_the_interval(make_network):
    network = make_network(step=np.timedelta64(6, "h"), start="2013-01-31")
    part, _ = draw(network, scheme="period")
    # The interval from 18 to 24 h of 31 January ends on 1 February, but belongs to January.
    ends = network["time"].to_numpy()
    assert part[0, 0, 0][ends == np.datetime64("2013-02-01T00")] == TRAINING
    assert part[0, 0, 0][ends == np.datetime64("2013-02-01T06")] == EVALUATION
    assert part[0, 0, 0][ends == np.datetime64("2013-03-01T00")] == EVALUATION


@pytest.mark.parametrize(("gap", "steps"), [("1d", 1), ("25h", 2), ("3d", 3)])
def test_the_gap_is_at_least_as_long_as_asked_for(make_network, gap, steps):
    part, _ = draw(make_network(steps=300), scheme="blocks", gap=gap)
    for one in part[:, :, 0].reshape(-1, 300):
        for border in np.flatnonzero(one == EVALUATION):
            around = one[max(border - steps, 0) : border + steps + 1]
            assert not (around == TRAINING).any()
    assert (part == NEITHER).any()
    without, _ = draw(make_network(steps=300), scheme="blocks")
    assert ((part == EVALUATION) == (without == EVALUATION)).all()


def test_replicates_count_as_the_rule_says(make_network):
    readings = np.full((1, 1, 3, 5), 0.2)
    readings[0, 0, 0, 1] = readings[0, 0, 1, 2] = np.nan
    readings[0, 0, 2] = np.nan  # never installed
    network = make_network(readings, depths=[0.1])
    everyone = usable_readings(observations(network), "all")[0, 0]
    each = usable_readings(observations(network), "any")[0, 0]
    assert everyone.tolist() == [[True, False, False, True, True]] * 2 + [[False] * 5]
    assert each.tolist() == np.isfinite(readings[0, 0]).tolist()


def test_no_complete_step_anywhere_is_an_error(make_network):
    readings = np.full((1, 1, 2, 6), np.nan)
    readings[0, 0, 0, :3] = readings[0, 0, 1, 3:] = 0.2
    network = make_network(readings, depths=[0.1])
    with pytest.raises(InputError, match="no series has a time step with all its replicates"):
        draw(network, scheme="blocks")
    part, present = draw(network, scheme="blocks", rule="any", block="2d")
    assert ((part == TRAINING) & present).any()


@pytest.mark.parametrize(
    ("missing", "settings"),
    [
        ("evaluation", {"scheme": "blocks", "block": "9000d"}),
        ("evaluation", {"scheme": "period", "period": {"start": "2001-01-01", "end": "2002-01-01"}}),
        ("training", {"scheme": "period", "period": {"start": "2001-01-01", "end": "2032-01-01"}}),
        ("training", {"scheme": "blocks", "gap": "50d"}),
    ],
)
def test_an_empty_part_is_an_error_that_names_the_longest_series(make_network, missing, settings):
    readings = np.full((2, 2, 1, 100), 0.2)
    readings[0] = np.nan
    readings[1, 0, :, 30:] = np.nan
    network = make_network(readings)
    with pytest.raises(InputError, match=f"the {missing} part is empty.*c01 at 0.3 m, has 100 complete"):
        draw(network, **settings)


def test_new_replicates_are_audited_as_such(make_network):
    network = make_network(clusters=3)
    part, present = draw(network, scheme="replicates")
    shares, _ = audit_of(network, part, present)
    # Their siblings were trained on at the same time: only the replicate itself is new.
    assert shares["same_replicate"] == 0
    assert shares["same_series"] == 1
    part, present = draw(network, scheme="blocks")
    shares, _ = audit_of(network, part, present)
    assert (shares["same_replicate"], shares["same_series"]) == (1, 0)


def test_a_profile_kept_out_of_training_takes_no_step_from_it(make_network):
    readings = np.full((1, 1, 3, 40), 0.2)
    readings[0, 0, 2, 4:] = np.nan  # the hidden one lived for four steps
    network = make_network(readings, depths=[0.1])
    part = np.full(readings.shape, TRAINING)
    part[0, 0, 2] = EVALUATION

    def counts(part, value, rule):
        mask = readings_of_part(observations(network), Part.of(part), value, rule)
        return mask[0, 0].sum(axis=-1).tolist()

    assert counts(part, TRAINING, "all") == [40, 40, 0]
    assert counts(part, EVALUATION, "all") == [0, 0, 4]
    whole = np.full(readings.shape, TRAINING)
    assert counts(whole, TRAINING, "all") == [4, 4, 4]
    assert counts(whole, TRAINING, "any") == [40, 40, 4]


def test_the_audit_of_a_network_counts_readings_only_and_names_series(make_network):
    readings = np.full((3, 1, 2, 60), 0.2)
    readings[1, 0, :, 10:] = np.nan  # a single block: trained on, never evaluated
    readings[2, 0, 0, ::2] = readings[2, 0, 1, 1::2] = np.nan  # never complete
    network = make_network(readings, depths=[0.1], start="1970-01-01")
    part, present = draw(network, scheme="blocks")
    shares, sides = audit_of(network, part, present)
    assert shares["steps"] == ((part == EVALUATION) & present).any(axis=2).sum()
    assert shares["days_q00"] == 1.0
    assert dict(sides.to_numpy().tolist()) == {
        "c01 at 0.1 m": "evaluation part",
        "c02 at 0.1 m": "complete time step",
    }


def test_pairs_without_a_sensor_are_not_named(make_network):
    readings = np.full((2, 2, 1, 60), 0.2)
    readings[1, 1] = np.nan
    network = make_network(readings)
    part, present = draw(network, scheme="blocks")
    _, sides = audit_of(network, part, present)
    assert sides.empty


def test_regions_are_kept_out_and_drawn_as_wholes(make_network):
    latitude, longitude = np.array([1.0, 2, 31, 33, 61, 0.5]), np.array([1.0, 4, 1, 1, 1, 3])
    network = make_network(clusters=6, latitude=latitude, longitude=longitude)
    together = units_kept_out(network, Split(scheme="regions"))
    assert len({*together[[0, 1, 5]]}) == len({*together[2:4]}) == 1
    assert len({*together}) == 3
    apart = units_kept_out(network, Split(scheme="clusters"))
    assert len({*apart}) == 6
    assert units_kept_out(network, Split(scheme="calendar")) is None
    part, present = draw(network, seed=2, scheme="regions", folds=3)
    kept_out = (part == EVALUATION)[:, 0, 0, 0]
    assert kept_out.any()
    assert all(len({*kept_out[together == region]}) == 1 for region in together)
    audit, sided = audit_of(network, part, present, "regions")
    assert sided.empty  # by design, each series is on one side
    assert audit["same_series"] == audit["same_cluster"] == 0
    assert audit["km_q00"] > 28 * 111


def test_a_single_region_cannot_be_kept_out(make_network):
    network = make_network(clusters=3, latitude=np.full(3, 49.7), longitude=np.full(3, 5.8))
    with pytest.raises(InputError, match=r"5 folds need as many groups of clusters with readings, found 1 \(45/5\)"):
        draw(network, scheme="regions")


def test_networks_are_kept_out_by_name_or_by_turns(make_network):
    network = make_network(clusters=5).assign(network=("cluster", ["a", "a", "b", "c", "c"]))
    part, _ = draw(network, scheme="networks", kept_out=["b"])
    sides = [bool((part[cluster, 0] == EVALUATION).all()) for cluster in range(5)]
    assert sides == [False, False, True, False, False]
    turns = [
        {
            cluster
            for cluster in range(5)
            if (draw(network, seed=seed, scheme="networks")[0][cluster, 0] == EVALUATION).all()
        }
        for seed in (1, 2, 3)
    ]
    assert sorted(map(sorted, turns)) == [[0, 1], [2], [3, 4]]
    with pytest.raises(InputError, match="needs a study of several networks"):
        draw(make_network(clusters=2), scheme="networks")
