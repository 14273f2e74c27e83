"""The parts of a split: an array to work with, a table to keep and read.

A part is an int8 array over (cluster, depth, replicate, time): :data:`TRAINING`, :data:`EVALUATION` or
:data:`NEITHER`. Only the scheme that keeps replicates out differs along ``replicate``.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.schema import time_step
from thetamix.system.errors import InputError

NEITHER, TRAINING, EVALUATION = np.int8(0), np.int8(1), np.int8(2)
PART_NAMES = {int(TRAINING): "training", int(EVALUATION): "evaluation"}
ALL_REPLICATES = "all"

COLUMNS = ["seed", "cluster", "depth", "replicate", "start", "end", "part"]


def to_table(part: np.ndarray, network: xr.Dataset, seed: int) -> pd.DataFrame:
    """Write a split as a table of stretches of time.

    Parameters
    ----------
    part
        Int8 (cluster, depth, replicate, time).
    network
        Names the clusters, depths, replicates and times.
    seed
        The seed that drew the split.

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
    labels = network["replicate_label"].to_numpy()
    rows = []
    for cluster, depth in np.ndindex(part.shape[:2]):
        one = part[cluster, depth]
        shared = bool((one == one[0]).all())
        for replicate in range(1 if shared else len(labels)):
            label = ALL_REPLICATES if shared else str(labels[replicate])
            for first, last, value in _stretches(one[replicate]):
                if value != NEITHER:
                    rows.append(
                        (
                            seed,
                            str(names[cluster]),
                            float(depths[depth]),
                            label,
                            ends[first] - step,
                            ends[last],
                            PART_NAMES[value],
                        )
                    )
    return pd.DataFrame(rows, columns=COLUMNS)


def from_table(table: pd.DataFrame, network: xr.Dataset, seed: int) -> np.ndarray:
    """Read the split of one seed back from its table.

    Parameters
    ----------
    table
        As :func:`to_table` makes it; may hold several seeds.
    network
        The network that was split.
    seed
        Which seed.

    Returns
    -------
    numpy.ndarray
        Int8 (cluster, depth, replicate, time).

    Raises
    ------
    InputError
        If the table does not have the seed, or names a cluster, depth or replicate that the network does not have.
    """
    sizes = [network.sizes[name] for name in ("cluster", "depth", "replicate", "time")]
    part = np.full(sizes, NEITHER, dtype=np.int8)
    clusters = {str(name): i for i, name in enumerate(network["cluster_id"].to_numpy())}
    depths = {float(value): i for i, value in enumerate(network["depth"].to_numpy())}
    replicates: dict[str, int | slice] = {
        str(name): i for i, name in enumerate(network["replicate_label"].to_numpy())
    }
    replicates[ALL_REPLICATES] = slice(None)
    values = {name: value for value, name in PART_NAMES.items()}
    ends = network["time"].to_numpy()
    rows = table.loc[table["seed"] == seed]
    if rows.empty:
        raise InputError(f"the split has no seed {seed}; it has {sorted(table['seed'].unique().tolist())}")
    firsts = np.searchsorted(ends, rows["start"].to_numpy(), side="right")
    lasts = np.searchsorted(ends, rows["end"].to_numpy(), side="right")
    for cluster, depth, replicate, name, first, last in zip(
        rows["cluster"], rows["depth"], rows["replicate"], rows["part"], firsts, lasts, strict=True
    ):
        if cluster not in clusters or depth not in depths or replicate not in replicates:
            raise InputError(
                f"the split names replicate {replicate} of {cluster} at {depth:g} m, which the network lacks"
            )
        part[clusters[cluster], depths[depth], replicates[replicate], first:last] = values[name]
    return part


def read_table(path: Path) -> pd.DataFrame:
    """Read ``splits.csv``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`.
    """
    types = {"cluster": str, "replicate": str, "part": str}
    return pd.read_csv(path, dtype=types, parse_dates=["start", "end"], keep_default_na=False)


def _stretches(values: np.ndarray) -> Iterator[tuple[int, int, int]]:
    edges = np.flatnonzero(np.diff(values)) + 1
    firsts = np.concatenate([[0], edges])
    lasts = np.concatenate([edges, [values.size]]) - 1
    for first, last in zip(firsts, lasts, strict=True):
        yield int(first), int(last), int(values[first])
