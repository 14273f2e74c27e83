"""The series of a network: (cluster, depth) pairs with at least one observation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class Series:
    """One (cluster, depth) pair that has observations.

    Attributes
    ----------
    cluster, depth
        Positions along the dimensions of the network.
    cluster_id
        Name of the cluster.
    depth_m
        Nominal depth [m].
    replicates
        Which replicates the series ever has (replicate), boolean.
    """

    cluster: int
    depth: int
    cluster_id: str
    depth_m: float
    replicates: tuple[bool, ...]

    @property
    def name(self) -> str:
        """The series in words: ``c01 at 0.1 m``."""
        return f"{self.cluster_id} at {self.depth_m:g} m"


def places(network: xr.Dataset) -> list[Series]:
    """List every (cluster, depth) pair, with or without readings: what is predicted where nothing was measured.

    Parameters
    ----------
    network
        With ``cluster_id`` and ``depth``.

    Returns
    -------
    list of Series
        In the order of the file; without replicates.
    """
    names = [str(name) for name in network.variables["cluster_id"].values]
    depths = [float(depth) for depth in network.variables["depth"].values]
    return [
        Series(cluster, depth, name, metres, ())
        for cluster, name in enumerate(names)
        for depth, metres in enumerate(depths)
    ]


def series(network: xr.Dataset) -> Iterator[Series]:
    """Iterate over the series of a network; pairs without any reading are skipped.

    Parameters
    ----------
    network
        With ``soil_moisture`` (cluster, depth, replicate, time) [m3 m-3].

    Yields
    ------
    Series
        In the order of the file. One cluster is read at a time.
    """
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    depths = network["depth"].to_numpy()
    for cluster, name in enumerate(names):
        readings = network["soil_moisture"].isel(cluster=cluster).to_numpy()
        present = np.isfinite(readings).any(axis=-1)
        for depth in range(len(depths)):
            if present[depth].any():
                yield Series(
                    cluster,
                    depth,
                    name,
                    float(depths[depth]),
                    tuple(bool(x) for x in present[depth]),
                )
