"""A prediction file of any size, made piece by piece: what is done stays done when it is interrupted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.files import atomic_path, write_text
from thetamix.prediction.files import PARAMETERS, write_prediction
from thetamix.prediction.predictor import Predictor

#: Clusters of one piece: what is in memory at a time.
CLUSTERS = 8
KEY = "key.json"


def predict_in_pieces(
    predictor: Predictor,
    network: xr.Dataset,
    path: Path,
    *,
    network_hash: str,
    title: str,
    report: Callable[[float, str], None],
) -> int:
    """Predict every place, depth and time of a network into a file.

    Pieces lie beside the file until it is whole; the same call goes on where it was interrupted.

    Parameters
    ----------
    predictor
        The models.
    network
        Forcing and attributes; it needs no readings. Read a piece at a time.
    path
        Of the prediction file.
    network_hash
        Of the network's file: pieces of another one are thrown away.
    title
        What the predictions are.
    report
        Takes the share that is done and a note.

    Returns
    -------
    int
        Number of pieces that were there already.
    """
    folder = path.with_name(path.name + ".pieces")
    key = json.dumps(
        {"models": predictor.key, "bf16": predictor.bf16, "network": network_hash, "clusters": CLUSTERS}
    )
    if not (folder / KEY).exists() or (folder / KEY).read_text(encoding="utf-8") != key:
        shutil.rmtree(folder, ignore_errors=True)
        write_text(folder / KEY, key)
    clusters = network.sizes["cluster"]
    there = 0
    for first in range(0, clusters, CLUSTERS):
        piece = _piece(folder, first)
        if piece.exists():
            there += 1
            continue
        some = predictor.predict(network.isel(cluster=slice(first, first + CLUSTERS)))
        with atomic_path(piece) as temporary, temporary.open("wb") as file:
            np.save(file, np.stack([some[name].to_numpy() for name in PARAMETERS]))
        report(min(first + CLUSTERS, clusters) / clusters, "")
    with write_prediction(
        path, network, predictor.components, replicate=predictor.replicate, title=title
    ) as prediction:
        for first in range(0, clusters, CLUSTERS):
            values = np.load(_piece(folder, first))
            for cluster, depth in np.ndindex(values.shape[1:3]):
                prediction.write(first + cluster, depth, *values[:, cluster, depth])
    shutil.rmtree(folder)
    return there


def _piece(folder: Path, first: int) -> Path:
    return folder / f"from-cluster-{first}.npy"
