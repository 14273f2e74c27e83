"""Where clusters lie: the squares of latitude and longitude that are kept out as wholes."""

from collections.abc import Iterable

import numpy as np
import xarray as xr

from thetamix.system.errors import InputError


def squares(network: xr.Dataset, clusters: Iterable[int], size: float) -> list[str]:
    """Return the square in which each cluster lies.

    A square is fixed by its size alone, so that a new cluster leaves those of the others as they are. It gets
    narrower towards the poles; how far apart parts really are, the audit says.

    Parameters
    ----------
    network
        With latitude and longitude.
    clusters
        Numbers of those that must have coordinates.
    size
        Length of a side [degrees].

    Returns
    -------
    list of str
        South-west corner of the square by cluster (cluster), such as ``"35/-100"``; ``""`` without coordinates.

    Raises
    ------
    InputError
        If one of the clusters has no coordinates.
    """
    latitude, longitude = coordinates(network)
    placed = np.isfinite(latitude + longitude)
    lost = [str(network["cluster_id"].to_numpy()[cluster]) for cluster in clusters if not placed[cluster]]
    if lost:
        raise InputError(
            f"split: scheme regions needs latitude and longitude, and {lost[0]} has none"
            f"{f' (and {len(lost) - 1} more)' if len(lost) > 1 else ''}; add them to the network, "
            "or use scheme clusters"
        )
    south = np.floor(latitude / size) * size
    west = np.floor(((longitude + 180) % 360 - 180) / size) * size  # longitudes may run from 0 to 360
    return [f"{s:g}/{w:g}" if there else "" for s, w, there in zip(south, west, placed, strict=True)]


def coordinates(network: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude (cluster) [degrees], NaN where there are none."""
    nowhere = np.full(network.sizes["cluster"], np.nan)
    latitude, longitude = (
        network[name].to_numpy().astype(np.float64) if name in network else nowhere
        for name in ("latitude", "longitude")
    )
    return latitude, longitude
