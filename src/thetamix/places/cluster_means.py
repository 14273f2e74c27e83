"""Means over the sensors of each cluster."""

import numpy as np


def cluster_means(values: np.ndarray, cluster_at: np.ndarray, clusters: int) -> np.ndarray:
    """Average a column over the sensors of each cluster.

    Parameters
    ----------
    values
        (sensor); NaN is left out.
    cluster_at
        Cluster of each sensor (sensor); -1 is none of them.
    clusters
        How many clusters there are.

    Returns
    -------
    numpy.ndarray
        Means (cluster); NaN where no sensor has a value.
    """
    there = np.isfinite(values) & (cluster_at >= 0)
    count = np.bincount(cluster_at[there], minlength=clusters)
    total = np.bincount(cluster_at[there], weights=values[there], minlength=clusters)
    means: np.ndarray = np.divide(total, count, out=np.full(clusters, np.nan), where=count > 0)
    return means


def cluster_middles(
    latitude: np.ndarray, longitude: np.ndarray, cluster_at: np.ndarray, clusters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Average the coordinates of the sensors of each cluster, which may lie on both sides of the date line.

    Parameters
    ----------
    latitude, longitude
        (sensor) [degrees]; NaN is left out.
    cluster_at, clusters
        As in :func:`cluster_means`.

    Returns
    -------
    latitude, longitude : numpy.ndarray
        Means (cluster) [degrees, -180 to 180].

    Examples
    --------
    >>> cluster_middles(np.array([10.0, 10.0]), np.array([179.0, -177.0]), np.array([0, 0]), 1)
    (array([10.]), array([-179.]))
    """
    there = np.flatnonzero(np.isfinite(longitude) & (cluster_at >= 0))
    # Longitudes are those nearest to a sensor of the cluster: full turns are added before, and taken off after.
    origin = np.zeros(clusters)
    origin[cluster_at[there]] = longitude[there]
    turned = longitude - 360 * np.round((longitude - origin[cluster_at]) / 360)
    middle = cluster_means(turned, cluster_at, clusters)
    return cluster_means(latitude, cluster_at, clusters), middle - 360 * np.round(middle / 360)
