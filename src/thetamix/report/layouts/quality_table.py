"""What is remarked about the readings, counted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.schema import FLAGS

COLUMNS = ["cluster", "depth", "sensors", "silent", "readings", "missing", "flag", "meaning", "flagged", "rejected"]


def quality_table(network: xr.Dataset, reject: Sequence[str]) -> pd.DataFrame:
    """Count the readings of each series, and those that carry a flag.

    Parameters
    ----------
    network
        The network. Values are read one cluster at a time.
    reject
        Names of the flags that the study rejects.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: a row for each series and flag that occurs in it, one with an empty flag for a series
        without any. ``depth`` is text [m]; ``silent`` names the sensors that never read; ``missing`` is the share of
        steps of the other sensors without a reading; ``flagged`` counts readings.
    """
    rows: list[tuple[object, ...]] = []
    names = network["cluster_id"].to_numpy()
    depths = network["depth"].to_numpy()
    for cluster, name in enumerate(names):
        readings = np.isfinite(network["soil_moisture"].isel(cluster=cluster).to_numpy())
        flags = (
            network["soil_moisture_flag"].isel(cluster=cluster).to_numpy()
            if "soil_moisture_flag" in network
            else np.zeros(readings.shape, dtype=np.int32)
        )
        for depth, metres in enumerate(depths):
            there = readings[depth]
            sensors = int(there.any(axis=1).sum())
            possible = sensors * there.shape[1]
            missing = 1 - there.sum() / possible if possible else np.nan
            silent = ", ".join(silent_sensors(network, cluster, depth, there.any(axis=1)))
            about = (str(name), f"{float(metres):g}", sensors, silent, int(there.sum()), missing)
            counts = {flag: int(((flags[depth] & bit) != 0)[there].sum()) for flag, (bit, _) in FLAGS.items()}
            flagged = [(flag, FLAGS[flag][1], count, flag in reject) for flag, count in counts.items() if count]
            rows += [(*about, *flag) for flag in flagged or [("", "", 0, False)]]
    return pd.DataFrame(rows, columns=COLUMNS)


def silent_sensors(network: xr.Dataset, cluster: int, depth: int, ever: np.ndarray) -> list[str]:
    """Name the sensors that were installed and never read.

    Parameters
    ----------
    network
        The network; without ``sensor_id`` nobody knows what was installed.
    cluster, depth
        Positions of the series.
    ever
        Which of its replicates ever read (replicate), boolean.

    Returns
    -------
    list of str
        Such as "pos_34 (replicate A)".
    """
    if "sensor_id" not in network:
        return []
    names = network["sensor_id"].to_numpy()[cluster, depth]
    labels = network["replicate_label"].to_numpy()
    return [
        f"{name} (replicate {label})"
        for name, label, read in zip(names, labels, ever, strict=True)
        if str(name) and not read
    ]
