"""A prediction file of any size, made piece by piece: what is done stays done when it is interrupted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.files import atomic_path, sha256, write_text
from thetamix.network.netcdf import reading
from thetamix.prediction.files import PARAMETERS, write_prediction
from thetamix.prediction.predictor import Predictor

#: Series times steps of one piece: what is in memory at a time.
PIECE = 2**20
KEY = "key.json"


def predict_in_pieces(
    predictor: Predictor,
    network: xr.Dataset,
    path: Path,
    *,
    network_hash: str,
    title: str,
    report: Callable[[float, str], None],
    state: Path | None = None,
) -> tuple[int, float]:
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
    state
        File of carried states: the prediction goes on from it, and leaves the state after the last step in it. Where
        it does not exist, it begins here. None: nothing is carried on.

    Returns
    -------
    there : int
        Number of pieces that were there already.
    without : float
        Share of all series and steps that have no prediction.

    Raises
    ------
    InputError
        If the state cannot be gone on from, or the network lacks an input.
    """
    before = None
    if state is not None and state.exists():
        with reading(state), xr.open_dataset(state, engine="netcdf4") as file:
            before = file.load()
        predictor.check_state(network, before)
    clusters, together = network.sizes["cluster"], _clusters_together(network)
    key = {
        "models": predictor.key,
        "computed in": predictor.computed_in,
        "network": network_hash,
        "clusters": together,
        "state": None if state is None else sha256(state) if before is not None else "begins",
    }
    folder = _folder_of(path, json.dumps(key))
    pieces = [(first, folder / f"from-cluster-{first}.npy") for first in range(0, clusters, together)]
    there = 0
    for first, piece in pieces:
        if piece.exists():
            there += 1
            continue
        some = slice(first, first + together)
        share = min(together, clusters - first) / clusters

        def progress(done: float, begun: float = first / clusters, share: float = share) -> None:
            report(begun + done * share, "")

        if state is None:
            mixtures = predictor.predict(network.isel(cluster=some), progress)
        else:
            left = before.isel(cluster=some) if before is not None else None
            mixtures, after = predictor.advance(network.isel(cluster=some), left)
            with atomic_path(_state_of(piece)) as temporary:
                after.to_netcdf(temporary, engine="netcdf4")
            progress(1.0)
        with atomic_path(piece) as temporary, temporary.open("wb") as stream:
            np.save(stream, np.stack([mixtures[name].to_numpy() for name in PARAMETERS]))
    with write_prediction(
        path, network, predictor.components, replicate=predictor.replicate, title=title
    ) as prediction:
        missing = 0
        for first, piece in pieces:
            weight, mean, sd = np.load(piece)
            missing += int(np.isnan(mean[..., 0]).sum())
            prediction.write_clusters(first, weight, mean, sd)
    if state is not None:
        _join_states([_state_of(piece) for _, piece in pieces], state)
    shutil.rmtree(folder)
    return there, missing / (clusters * network.sizes["depth"] * network.sizes["time"])


def _clusters_together(network: xr.Dataset) -> int:
    return max(PIECE // (network.sizes["depth"] * network.sizes["time"]), 1)


def _folder_of(path: Path, key: str) -> Path:
    """Give the folder of a file's pieces; those of another key are thrown away."""
    folder = path.with_name(path.name + ".pieces")
    if not (folder / KEY).exists() or (folder / KEY).read_text(encoding="utf-8") != key:
        shutil.rmtree(folder, ignore_errors=True)
        write_text(folder / KEY, key)
    return folder


def _state_of(piece: Path) -> Path:
    return piece.with_suffix(".state.nc")


def _join_states(parts: list[Path], state: Path) -> None:
    states = [xr.load_dataset(part, engine="netcdf4") for part in parts]
    joined = xr.concat(
        states,
        "cluster",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    with atomic_path(state) as temporary:
        joined.to_netcdf(temporary, engine="netcdf4")
