"""The table of a split reads back as the split, whatever the split."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.network.by_series import Part
from thetamix.splits import parts
from thetamix.system.errors import InputError

STEP = st.sampled_from([np.timedelta64(1, "D"), np.timedelta64(1, "h"), np.timedelta64(10, "m")])
PART = hnp.arrays(np.int8, (2, 2, 2, 12), elements=st.integers(0, 2))


def through_a_file(table: pd.DataFrame, path) -> pd.DataFrame:
    table.to_csv(path, index=False)
    return parts.read_table(path)


@given(PART, PART, STEP)
def test_round_trip_of_two_seeds(make_network, tmp_path_factory, one, other, step):
    network = make_network(np.zeros(one.shape), step=step, start="2015-12-31T18:00")
    table = pd.concat([parts.to_table(Part.of(one), network, 1), parts.to_table(Part.of(other), network, 2)])
    if table.empty:
        return
    read = through_a_file(table, tmp_path_factory.getbasetemp() / "splits.csv")
    for seed, part in ((1, one), (2, other), (3, np.zeros_like(one))):
        if part.any():
            assert (parts.from_table(read, network, seed).dense() == part).all()
        else:  # nothing trained on, nothing evaluated: no such split is ever drawn
            with pytest.raises(InputError, match=f"no seed {seed}"):
                parts.from_table(read, network, seed)


@given(st.lists(st.floats(0.001, 9), min_size=2, max_size=2, unique=True))
def test_depths_read_back_to_the_last_bit(make_network, tmp_path_factory, depths):
    network = make_network(np.zeros((1, 2, 1, 4)), depths=sorted(depths))
    part = np.ones((1, 2, 1, 4), np.int8)
    read = through_a_file(parts.to_table(Part.of(part), network, 1), tmp_path_factory.getbasetemp() / "depths.csv")
    assert (parts.from_table(read, network, 1).dense() == part).all()


def test_rows_are_stretches_between_the_edges_of_their_intervals(make_network):
    network = make_network(np.zeros((1, 1, 2, 6)), depths=[0.1], start="2013-01-01")
    part = np.array([1, 1, 0, 2, 2, 1], np.int8)[None, None, None].repeat(2, axis=2)
    rows = parts.to_table(Part.of(part), network, 5).astype({"start": str, "end": str}).to_numpy().tolist()
    assert rows == [
        [5, "c00", 0.1, "all", "2013-01-01", "2013-01-03", "training"],
        [5, "c00", 0.1, "all", "2013-01-04", "2013-01-06", "evaluation"],
        [5, "c00", 0.1, "all", "2013-01-06", "2013-01-07", "training"],
    ]


def test_replicates_have_rows_of_their_own_only_where_they_differ(make_network):
    network = make_network(np.zeros((2, 1, 2, 3)), depths=[0.1])
    part = np.ones((2, 1, 2, 3), np.int8)
    part[1, 0, 1] = parts.EVALUATION
    table = parts.to_table(Part.of(part), network, 1)
    assert table[["cluster", "replicate", "part"]].to_numpy().tolist() == [
        ["c00", "all", "training"],
        ["c01", "A", "training"],
        ["c01", "B", "evaluation"],
    ]


@pytest.mark.parametrize("name", ["NA", "007", "1e5", "null", 'ü, "x"'])
def test_names_are_text_whatever_they_look_like(make_network, tmp_path, name):
    network = make_network(np.zeros((1, 1, 2, 3)), depths=[0.1])
    network["cluster_id"] = ("cluster", np.array([name], dtype=object))
    network["replicate_label"] = ("replicate", np.array(["NA", "01"], dtype=object))
    part = np.array([[1, 1, 2], [2, 2, 1]], np.int8)[None, None]
    read = through_a_file(parts.to_table(Part.of(part), network, 1), tmp_path / "splits.csv")
    assert (parts.from_table(read, network, 1).dense() == part).all()


@pytest.mark.parametrize(("column", "value"), [("cluster", "elsewhere"), ("depth", 0.7), ("replicate", "Z")])
def test_a_split_of_another_network_is_refused(make_network, column, value):
    network = make_network(np.zeros((1, 1, 2, 3)), depths=[0.1])
    table = parts.to_table(Part.of(np.ones((1, 1, 2, 3), np.int8)), network, 1)
    table[column] = value
    with pytest.raises(InputError, match=str(value)):
        parts.from_table(table, network, 1)


def test_the_replicate_that_a_network_lacks_is_named(make_network):
    network = make_network(np.zeros((1, 1, 2, 3)), depths=[0.1])
    table = parts.to_table(Part.of(np.array([[[[1, 1, 1], [2, 2, 2]]]], np.int8)), network, 1)
    table.loc[1, "replicate"] = "Z"
    with pytest.raises(InputError, match="names replicate Z of"):
        parts.from_table(table, network, 1)
