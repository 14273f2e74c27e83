"""The audit against its definition, spelled out in loops."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.network.by_series import Mask
from thetamix.network.series import Series
from thetamix.splits import schemes
from thetamix.splits.leakage import QUANTILES, audit, kilometres, nearest_distance, one_sided, shown_replicates
from thetamix.splits.parts import EVALUATION, TRAINING, lies_in

MASKS = hnp.arrays(bool, (3, 2, 15))


def steps_of(steps: np.ndarray) -> Mask:
    """Read (cluster, depth, time) as the mask of one replicate."""
    return Mask.of(steps[:, :, None])


@given(hnp.arrays(bool, 30), hnp.arrays(bool, 30))
def test_nearest_distance_is_the_smallest_of_all(trained, evaluated):
    assume(trained.any())
    places = np.flatnonzero(trained)
    expected = [min(abs(place - here) for place in places) for here in np.flatnonzero(evaluated)]
    assert nearest_distance(trained, evaluated).tolist() == expected


@given(MASKS, MASKS, st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_audit_counts_what_its_words_say(trained, evaluated, forcing):
    assume(evaluated.any())
    got = audit(steps_of(trained), steps_of(evaluated), forcing, 0.5)
    steps = np.argwhere(evaluated)
    same_series = [trained[c, d, t] for c, d, t in steps]
    same_cluster = [trained[c, :, t].any() for c, d, t in steps]
    same_forcing = [any(trained[o, :, t].any() for o in range(3) if forcing[o] == forcing[c]) for c, d, t in steps]
    assert got["same_series"] == pytest.approx(np.mean(same_series))
    assert got["same_cluster"] == pytest.approx(np.mean(same_cluster))
    assert got["same_forcing"] == pytest.approx(np.mean(same_forcing))
    assert got["steps"] == len(steps)
    days = [
        0.5 * min(abs(int(p) - t) for p in np.flatnonzero(trained[c, d])) for c, d, t in steps if trained[c, d].any()
    ]
    assert got["steps_of_untrained_series"] == len(steps) - len(days)
    for q in QUANTILES:
        value = got[f"days_q{100 * q:02.0f}"]
        assert np.isnan(value) if not days else value == pytest.approx(np.quantile(days, q))


@given(hnp.arrays(bool, (3, 2, 3, 8)), hnp.arrays(bool, (3, 2, 3, 8)))
def test_a_replicate_is_known_if_any_of_its_readings_is_trained_on(trained, evaluated):
    readings = np.argwhere(evaluated)
    expected = [trained[c, :, r].any() for c, _, r, _ in readings]
    got = shown_replicates(Mask.of(trained), Mask.of(evaluated))
    assert np.isnan(got) if not len(readings) else got == pytest.approx(np.mean(expected))


def test_new_replicates_and_unseen_clusters_are_not_known():
    present = Mask.of(np.ones((4, 2, 3, 6), bool))
    names = list("abcd")
    for part in (schemes.by_replicates(present, 1, names), schemes.by_clusters(present, 0.4, 1, names)):
        assert shown_replicates(lies_in(part, TRAINING), lies_in(part, EVALUATION)) == 0
    calendar = schemes.by_calendar(present, np.arange(6), 0.4, 1)
    assert shown_replicates(lies_in(calendar, TRAINING), lies_in(calendar, EVALUATION)) == 1


@given(hnp.arrays(bool, (3, 2, 2, 60)), st.integers(0, 5))
def test_calendar_leaks_no_hour_and_blocks_none_within_the_series(present, seed):
    blocks = np.arange(60) // 6
    assume(present.any(axis=(0, 1, 2)).reshape(10, 6).any(axis=1).sum() >= 2)
    names = [[f"{c}/{d}" for d in range(2)] for c in range(3)]
    shares = {}
    for scheme, part in {
        "calendar": schemes.by_calendar(Mask.of(present), blocks, 0.4, seed),
        "blocks": schemes.by_blocks(Mask.of(present), blocks, 0.4, seed, names),
    }.items():
        trained, evaluated = (
            lies_in(part, value).map(np.logical_and, Mask.of(present)) for value in (TRAINING, EVALUATION)
        )
        shares[scheme] = audit(trained, evaluated, [0, 0, 1], 1.0)
    for name in ("same_series", "same_cluster", "same_forcing"):
        assert shares["calendar"][name] == 0
    assert shares["blocks"]["same_series"] == 0 or np.isnan(shares["blocks"]["same_series"])


def test_nothing_evaluated_is_undefined_not_zero():
    got = audit(steps_of(np.ones((1, 1, 3), bool)), steps_of(np.zeros((1, 1, 3), bool)), [0], 1.0)
    assert np.isnan(got["same_series"])
    assert np.isnan(got["days_q50"])
    assert got["steps"] == 0


def test_series_on_one_side_are_named():
    trained = np.array([[[1, 0], [1, 1]], [[0, 0], [0, 0]]], bool)
    evaluated = np.array([[[0, 1], [0, 0]], [[0, 1], [0, 0]]], bool)
    members = [Series(cluster, depth, name, depth + 1.0, ()) for cluster, name in enumerate("ab") for depth in (0, 1)]
    table = one_sided(steps_of(trained), steps_of(evaluated), members)
    assert table.to_numpy().tolist() == [
        ["a at 2 m", "evaluation part"],
        ["b at 1 m", "training part"],
        ["b at 2 m", "complete time step"],
    ]


def test_kilometres_are_those_to_the_nearest_trained_cluster():
    # Along the equator a degree is 111.195 km.
    trained, evaluated = np.zeros((2, 5, 1, 3), dtype=bool)
    trained[[0, 1]] = True
    evaluated[[1, 2, 3]] = True  # the second is trained on, too: it is not kept out
    longitude = np.array([0.0, 1.0, 3.0, 359.0, 3.5])
    got = kilometres(steps_of(trained), steps_of(evaluated), np.zeros(5), longitude)
    degree = 111.1951
    assert got["km_q00"] == pytest.approx(degree, rel=1e-5)
    assert got["km_q05"] == pytest.approx(1.05 * degree, rel=1e-5)
    assert got["km_q50"] == pytest.approx(1.5 * degree, rel=1e-5)


def test_without_coordinates_or_kept_out_clusters_there_are_no_kilometres():
    both = steps_of(np.ones((2, 1, 3), dtype=bool))
    apart = np.zeros((2, 1, 3), dtype=bool)
    apart[0] = True
    somewhere, nowhere = np.zeros(2), np.full(2, np.nan)
    assert np.isnan(list(kilometres(both, both, somewhere, somewhere).values())).all()
    assert np.isnan(list(kilometres(steps_of(apart), steps_of(~apart), nowhere, nowhere).values())).all()
    assert np.isfinite(list(kilometres(steps_of(apart), steps_of(~apart), somewhere, somewhere).values())).all()


def test_by_design_only_series_without_any_side_are_named():
    trained, evaluated = np.zeros((2, 3, 1, 4), dtype=bool)
    trained[0] = evaluated[1] = True
    members = [Series(cluster, 0, f"c{cluster}", 0.1, (True,)) for cluster in range(3)]
    named = one_sided(steps_of(trained), steps_of(evaluated), members, by_design=True)
    assert named["missing"].tolist() == ["complete time step"]
    assert len(one_sided(steps_of(trained), steps_of(evaluated), members)) == 3
