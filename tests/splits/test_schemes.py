"""The schemes against their definitions, by brute force on small and random masks."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.network.by_series import BySeries
from thetamix.splits import schemes
from thetamix.splits.parts import EVALUATION, NEITHER, TRAINING
from thetamix.system.errors import InputError


class Dense:
    """The schemes on one array, small enough to be looked at as a whole."""

    def __getattr__(self, name):
        return lambda labels, *given: getattr(schemes, name)(BySeries.of(labels), *given).dense()


dense = Dense()
SHAPE = (4, 2, 3, 400)
BLOCKS = np.arange(400) // 10
PARTS = {int(NEITHER), int(TRAINING), int(EVALUATION)}


def names(clusters: int) -> list[str]:
    return [f"c{c}" for c in range(clusters)]


def series_names(clusters: int, depths: int = 2) -> list[list[str]]:
    return [[f"{name} at {d} m" for d in range(depths)] for name in names(clusters)]


def everywhere(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.ones(shape, dtype=bool)


def masks(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(bool, shape)


# Blocks


@given(
    st.lists(st.integers(-40_000_000_000, 40_000_000_000), min_size=1, max_size=20),
    st.sampled_from([1, 3600, 86400, 90 * 86400]),
)
def test_a_block_starts_at_1970_plus_a_multiple_of_its_length(seconds, length):
    stamps = np.array(seconds, dtype="datetime64[s]").astype("datetime64[ns]")
    stamps = stamps[(stamps > np.datetime64("1700")) & (stamps < np.datetime64("2250"))]
    numbers = schemes.block_numbers(stamps, np.timedelta64(length, "s"))
    assert numbers.tolist() == [int(t.astype("datetime64[s]").astype(int)) // length for t in stamps]


def test_blocks_of_ninety_days_change_where_the_calendar_says():
    days = np.arange("1969-09-01", "1970-08-01", dtype="datetime64[D]") + np.timedelta64(12, "h")
    numbers = schemes.block_numbers(days, np.timedelta64(90, "D"))
    first = pd.Series(days).groupby(numbers).min().dt.floor("D")
    assert [str(day.date()) for day in first[first.index >= -1]] == [
        "1969-10-03",
        "1970-01-01",
        "1970-04-01",
        "1970-06-30",
    ]
    assert numbers[0] == -2


# blocks


@pytest.mark.parametrize("share", [0.1, 0.4, 0.5, 0.9])
def test_blocks_go_to_one_part_as_a_whole_and_in_the_share_asked_for(share):
    part = dense.by_blocks(everywhere(), BLOCKS, share, 1, series_names(4))
    for cluster, depth in np.ndindex(SHAPE[:2]):
        of_block = [{int(v) for v in part[cluster, depth, :, b == BLOCKS].ravel()} for b in range(40)]
        assert all(len(values) == 1 for values in of_block)
        evaluated = sum(values == {int(EVALUATION)} for values in of_block)
        assert evaluated == round(40 * share)
        assert 40 - evaluated == sum(values == {int(TRAINING)} for values in of_block)


@given(masks(2, 2, 2, 60), st.floats(0.01, 0.99))
def test_blocks_without_a_reading_belong_to_no_part(present, share):
    blocks = np.arange(60) // 7
    part = dense.by_blocks(present, blocks, share, 3, series_names(2))
    assert part.dtype == np.int8
    assert (part == part[:, :, :1]).all()  # replicates share their blocks
    for cluster, depth in np.ndindex(2, 2):
        has = {b for b in range(9) if present[cluster, depth, :, blocks == b].any()}
        got = {b: int(part[cluster, depth, 0, blocks == b][0]) for b in range(9)}
        assert {b for b, value in got.items() if value != NEITHER} == has
        count = Counter(value for value in got.values() if value != NEITHER)
        assert count[int(EVALUATION)] >= (len(has) >= 2)
        assert count[int(TRAINING)] >= (len(has) >= 1)


def test_every_block_is_evaluated_under_some_seed_and_about_as_often_as_the_share_says():
    evaluated = np.zeros(40)
    for seed in range(300):
        part = dense.by_blocks(everywhere((1, 1, 1, 400)), BLOCKS, 0.4, seed, series_names(1, 1))
        evaluated += part[0, 0, 0, ::10] == EVALUATION
    # Binomial(300, 0.4) has a standard deviation of 8.5; 5 of them for the largest of 40.
    assert np.abs(evaluated - 120).max() < 43


def test_series_and_seeds_differ_and_a_seed_repeats():
    one = dense.by_blocks(everywhere(), BLOCKS, 0.4, 1, series_names(4))
    again = dense.by_blocks(everywhere(), BLOCKS, 0.4, 1, series_names(4))
    other = dense.by_blocks(everywhere(), BLOCKS, 0.4, 2, series_names(4))
    assert (one == again).all()
    draws = {part[c, d, 0].tobytes() for part in (one, other) for c, d in np.ndindex(4, 2)}
    assert len(draws) == 16


@given(st.floats(0.01, 0.99), st.integers(0, 9), st.integers(-40, 40))
def test_of_any_consecutive_blocks_about_the_share_is_evaluated(share, seed, first):
    blocks = np.arange(first, first + 30)
    part = dense.by_calendar(everywhere((1, 1, 1, 30)), blocks, share, seed)[0, 0, 0]
    evaluated = np.concatenate([[0], np.cumsum(part == EVALUATION)])
    for length in (10, 20, 30):
        # Two strata are cut, and a quota is rounded at either end.
        counts = evaluated[length:] - evaluated[:-length]
        assert np.abs(counts - share * length).max() <= 2 * schemes.STRATUM * min(share, 1 - share) + 2


@pytest.mark.parametrize("scheme", ["blocks", "calendar"])
@pytest.mark.parametrize("seed", range(5))
def test_a_longer_record_keeps_the_sides_of_its_blocks(scheme, seed):
    def draw(first: int, last: int) -> np.ndarray:
        blocks = np.repeat(np.arange(first, last), 3)
        present = everywhere((2, 1, 1, blocks.size))
        if scheme == "calendar":
            return dense.by_calendar(present, blocks, 0.4, seed)
        return dense.by_blocks(present, blocks, 0.4, seed, series_names(2, 1))

    short, long = draw(157, 173), draw(150, 190)
    assert (long[..., 3 * 7 : 3 * 23] == short).all()
    assert (draw(-12, 20)[..., :36] == draw(-12, 0)).all()


def test_adding_a_cluster_and_a_depth_leaves_the_other_series_alone():
    before = dense.by_blocks(everywhere(), BLOCKS, 0.4, 1, series_names(4))
    wider = [["new at 0 m", "new at 0.05 m", "new at 1 m"]]
    wider += [[own[0], f"between in {c}", own[1]] for c, own in enumerate(series_names(4))]
    after = dense.by_blocks(everywhere((5, 3, 3, 400)), BLOCKS, 0.4, 1, wider)
    assert (after[1:, [0, 2]] == before).all()


# calendar


@given(masks(3, 2, 2, 60), st.integers(0, 5))
def test_calendar_puts_a_block_on_the_same_side_for_every_series(present, seed):
    blocks = np.arange(60) // 7
    part = dense.by_calendar(present, blocks, 0.4, seed)
    has = present.any(axis=(2, 3))
    assert (part[~has] == NEITHER).all()
    series = part[has].reshape(-1, 60)
    assert (series == series[:1]).all()
    for block in range(9):
        values = set(series[:, blocks == block].ravel().tolist())
        assert len(values) <= 1
        if values == {int(NEITHER)}:
            assert not present[..., blocks == block].any()


def test_calendar_evaluates_the_share_of_the_blocks():
    part = dense.by_calendar(everywhere(), BLOCKS, 0.4, 7)
    assert (part[0, 0, 0] == EVALUATION).sum() == 160
    assert (part[0, 0, 0] != dense.by_calendar(everywhere(), BLOCKS, 0.4, 8)[0, 0, 0]).any()


# clusters


@pytest.mark.parametrize(("clusters", "share", "kept_out"), [(10, 0.4, 4), (10, 0.01, 1), (2, 0.9, 1)])
def test_clusters_are_kept_out_as_a_whole(clusters, share, kept_out):
    part = dense.by_clusters(everywhere((clusters, 2, 3, 5)), share, 1, names(clusters))
    values = [set(one.ravel().tolist()) for one in part]
    assert all(len(value) == 1 for value in values)
    assert sum(value == {int(EVALUATION)} for value in values) == kept_out
    assert sum(value == {int(TRAINING)} for value in values) == clusters - kept_out


def test_clusters_without_readings_are_not_drawn():
    present = everywhere((6, 1, 2, 5))
    present[[1, 4]] = False
    for seed in range(20):
        part = dense.by_clusters(present, 0.5, seed, names(6))
        assert (part[[1, 4]] == NEITHER).all()
        assert (part[[0, 2, 3, 5], 0, 0, 0] == EVALUATION).sum() == 2


def test_who_is_kept_out_depends_on_the_name_not_on_the_place_in_the_file():
    present, order = everywhere((8, 2, 1, 3)), [5, 2, 7, 0, 1, 6, 3, 4]
    part = dense.by_clusters(present, 0.5, 3, names(8))
    moved = dense.by_clusters(present, 0.5, 3, [names(8)[i] for i in order])
    assert (moved == part[order]).all()
    # One more cluster takes one more seat or none: at most one of the others changes sides.
    for seed in range(20):
        few = dense.by_clusters(present, 0.5, seed, names(8))
        more = dense.by_clusters(everywhere((9, 2, 1, 3)), 0.5, seed, names(9))
        assert (few != more[:8]).any(axis=(1, 2, 3)).sum() <= 1


def test_one_cluster_cannot_be_kept_out():
    present = everywhere((3, 1, 2, 5))
    present[1:] = False
    with pytest.raises(InputError, match="at least 2 clusters with readings, found 1"):
        dense.by_clusters(present, 0.4, 1, names(3))


# period


def test_period_holds_its_start_and_not_its_end():
    middle = np.arange("2015-01-01", "2015-01-11", dtype="datetime64[D]").astype("datetime64[ns]")
    present = everywhere((2, 1, 2, 10))
    present[1] = False
    part = dense.by_period(present, middle, np.datetime64("2015-01-03"), np.datetime64("2015-01-06"))
    assert part[0, 0, 0].tolist() == [1, 1, 2, 2, 2, 1, 1, 1, 1, 1]
    assert (part[0] == part[0, :, :1]).all()
    assert (part[1] == NEITHER).all()
    assert part.dtype == np.int8


# replicates


@given(masks(3, 2, 3, 4), st.integers(0, 9))
def test_one_profile_of_each_cluster_is_hidden_at_all_depths_and_times(present, seed):
    profiles = present.any(axis=(1, 3))
    if not (profiles.sum(axis=1) >= 2).any():
        with pytest.raises(InputError, match="at least 2 replicates"):
            dense.by_replicates(present, seed, ["x", "y", "z"])
        return
    part = dense.by_replicates(present, seed, ["x", "y", "z"])
    assert (part == part[..., :1]).all()
    for cluster in range(3):
        hidden = [r for r in range(3) if (part[cluster, :, r] == EVALUATION).any()]
        assert len(hidden) == (1 if profiles[cluster].sum() >= 2 else 0)
        for depth, replicate in np.ndindex(2, 3):
            there = present[cluster, depth, replicate].any()
            expected = EVALUATION if replicate in hidden else TRAINING
            assert part[cluster, depth, replicate, 0] == (expected if there else NEITHER)


def test_the_hidden_profile_depends_on_the_cluster_and_the_seed_only():
    labels = [f"c{i}" for i in range(12)]
    present = everywhere((12, 1, 3, 2))
    part = dense.by_replicates(present, 1, labels)
    fewer = dense.by_replicates(present[3:], 1, labels[3:])
    assert (part[3:] == fewer).all()
    hidden = Counter(np.argwhere(part[:, 0, :, 0] == EVALUATION)[:, 1].tolist())
    assert set(hidden) == {0, 1, 2}
    assert (part != dense.by_replicates(present, 2, labels)).any()


def test_consecutive_seeds_leave_each_profile_out_once():
    present = everywhere((5, 2, 4, 3))
    present[1, :, 3] = False  # three profiles
    present[2, :, [0, 2]] = False  # two
    hidden = np.stack(
        [(dense.by_replicates(present, seed, names(5))[:, 0, :, 0] == EVALUATION) for seed in range(7, 19)]
    )
    for cluster, profiles in enumerate(present.any(axis=(1, 3))):
        count = int(profiles.sum())
        for first in range(12 - count):
            turns = hidden[first : first + count, cluster].sum(axis=0)
            assert turns.tolist() == profiles.astype(int).tolist()


# gap


@given(
    hnp.arrays(np.int8, (2, 1, 2, 25), elements=st.sampled_from(sorted(PARTS))),
    st.integers(0, 30),
)
def test_gap_drops_the_training_steps_near_an_evaluated_one(part, steps):
    original = part.copy()
    got = dense.leave_gap(part, steps)
    assert (part == original).all()
    for *profile, time in np.ndindex(part.shape):
        one = part[tuple(profile)]
        near = any(one[other] == EVALUATION and abs(other - time) <= steps for other in range(25))
        dropped = one[time] == TRAINING and near
        assert got[(*profile, time)] == (NEITHER if dropped else one[time])


# Groups


SOME_GROUPS = st.lists(st.sampled_from("abcdef"), min_size=8, max_size=40)


@given(SOME_GROUPS, st.integers(2, 5), st.integers(0, 100))
def test_consecutive_seeds_keep_out_each_group_as_a_whole_and_once(groups, folds, first):
    shape = (len(groups), 1, 1, 2)
    present = everywhere(shape)
    present[0] = False  # without readings it is in no part, and counts for no fold
    if len(set(groups[1:])) < folds:
        with pytest.raises(InputError, match=f"{folds} folds need as many groups"):
            dense.by_groups(present, groups, folds, first)
        return
    parts = [dense.by_groups(present, groups, folds, first + turn)[:, 0, 0] for turn in range(folds)]
    assert all((part[0] == NEITHER).all() for part in parts)
    for part in parts:
        sides = [
            {int(p) for p, g in zip(part[1:, 0], groups[1:], strict=True) if g == name} for name in set(groups[1:])
        ]
        assert all(len(side) == 1 for side in sides)
        assert {int(value) for value in part[1:].flat} == {int(TRAINING), int(EVALUATION)}
    assert (np.sum([part == EVALUATION for part in parts], axis=0)[1:] == 1).all()


def test_folds_have_nearly_as_many_clusters():
    groups = [f"g{n}" for n in range(30) for _ in range(1 + n % 4)]
    present = everywhere((len(groups), 1, 1, 1))
    sizes = [(dense.by_groups(present, groups, 5, seed) == EVALUATION).sum() for seed in range(5)]
    assert sum(sizes) == len(groups)
    assert max(sizes) - min(sizes) <= 1
