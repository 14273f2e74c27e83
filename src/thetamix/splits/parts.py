"""The parts of a split: arrays by series to work with, a table to keep and read.

A part is, by series, an int8 array over (replicate, time): :data:`TRAINING`, :data:`EVALUATION` or
:data:`NEITHER`. Only the scheme that keeps replicates out differs along ``replicate``.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.by_series import Key, Mask, Part
from thetamix.network.schema import time_step
from thetamix.system.errors import InputError

NEITHER, TRAINING, EVALUATION = np.int8(0), np.int8(1), np.int8(2)
PART_NAMES = {int(TRAINING): "training", int(EVALUATION): "evaluation"}
ALL_REPLICATES = "all"
#: A forecaster that predicts less than this share of a series' evaluated steps is undefined there.
LEAST_SHARE = 0.5

COLUMNS = ["seed", "cluster", "depth", "replicate", "start", "end", "part"]


def lies_in(part: Part, value: np.int8) -> Mask:
    """Mark what a part of a split has, with readings or without."""
    return part.map(lambda labels: labels == value, absent=np.False_)


def to_table(part: Part, network: xr.Dataset, seed: int) -> pd.DataFrame:
    """Write a split as a table of stretches of time.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`; ``start`` and ``end`` are the edges of the stretch, UTC; ``replicate`` is
        "all" where all replicates share the stretch.
    """
    step = time_step(network["time"])
    ends = network["time"].to_numpy()
    names = network["cluster_id"].to_numpy()
    depths = network["depth"].to_numpy()
    labels = [str(label) for label in network["replicate_label"].to_numpy()]
    rows = []
    for (cluster, depth), values in part.items():
        shared = bool((values == values[0]).all())
        for label, own in [(ALL_REPLICATES, values[0])] if shared else zip(labels, values, strict=True):
            for first, last, value in _runs(own):
                if value != NEITHER:
                    stretch = ends[first] - step, ends[last], PART_NAMES[value]
                    rows.append((seed, str(names[cluster]), float(depths[depth]), label, *stretch))
    return pd.DataFrame(rows, columns=COLUMNS)


def from_table(table: pd.DataFrame, network: xr.Dataset, seed: int) -> Part:
    """Read the split of one seed back from its table, which may hold several.

    Raises
    ------
    InputError
        If the table does not have the seed, or names a cluster, depth or replicate that the network does not have.
    """
    clusters = {str(name): i for i, name in enumerate(network["cluster_id"].to_numpy())}
    depths = {float(value): i for i, value in enumerate(network["depth"].to_numpy())}
    replicates = {str(name): i for i, name in enumerate(network["replicate_label"].to_numpy())} | {ALL_REPLICATES: -1}
    numbers = {name: value for value, name in PART_NAMES.items()}
    shape = (len(clusters), len(depths), network.sizes["replicate"], network.sizes["time"])
    ends = network["time"].to_numpy()
    rows = table.loc[table["seed"] == seed]
    if rows.empty:
        raise InputError(f"the split has no seed {seed}; it has {sorted(table['seed'].unique().tolist())}")
    rows = rows.assign(
        first=np.searchsorted(ends, rows["start"].to_numpy(), side="right"),
        last=np.searchsorted(ends, rows["end"].to_numpy(), side="right"),
    )

    def arrays() -> Iterator[tuple[Key, np.ndarray]]:
        for (cluster, depth), own in rows.groupby(["cluster", "depth"], sort=False):
            names = own["replicate"].tolist()
            lost = [name for name in names if name not in replicates]
            if cluster not in clusters or depth not in depths or lost:
                raise InputError(
                    f"the split names replicate {(lost or names)[0]} of {cluster} at {depth:g} m, "
                    "which the network lacks"
                )
            shared = bool((own["replicate"] == ALL_REPLICATES).all())
            values = np.full((1 if shared else shape[2], shape[3]), NEITHER)
            for label, name, first, last in zip(
                own["replicate"], own["part"], own["first"], own["last"], strict=True
            ):
                chosen = slice(None) if label == ALL_REPLICATES else replicates[label]
                values[chosen, first:last] = numbers[name]
            yield (clusters[cluster], depths[depth]), np.broadcast_to(values, shape[2:]) if shared else values

    return Part(shape, NEITHER, arrays())


def read_table(path: Path) -> pd.DataFrame:
    """Read ``splits.csv``, with the columns :data:`COLUMNS`."""
    types = {"cluster": str, "replicate": str, "part": str}
    return pd.read_csv(path, dtype=types, parse_dates=["start", "end"], keep_default_na=False)


def _runs(values: np.ndarray) -> Iterator[tuple[int, int, int]]:
    edges = np.flatnonzero(np.diff(values)) + 1
    firsts = np.concatenate([[0], edges])
    lasts = np.concatenate([edges, [values.size]]) - 1
    for first, last in zip(firsts, lasts, strict=True):
        yield int(first), int(last), int(values[first])
