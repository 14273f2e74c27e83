"""A prediction file of any size, made piece by piece: what is done stays done when it is interrupted."""

import io
import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from thetamix.network.netcdf import reading
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.model_inputs import check_record, steps_needed
from thetamix.prediction.prediction_file import write_prediction
from thetamix.prediction.predictor import Predictor
from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, sha256, write_text

#: Series times steps times components of one piece: what is in memory at a time, a few times over.
PIECE = 2**22
KEY = "key.json"
#: States of clusters differ in nothing but the clusters.
_SIDE_BY_SIDE: dict[str, Any] = {
    "data_vars": "minimal",
    "coords": "minimal",
    "compat": "override",
    "join": "override",
    "combine_attrs": "override",
}


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
        Forcing and attributes, which the predictor has checked; it needs no readings. Read a piece at a time.
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
        If the state cannot be gone on from, or without a state, no step would have a prediction.
    """
    carried, depths, steps = state is not None, network.sizes["depth"], network.sizes["time"]
    clusters = network.sizes["cluster"]
    together = max(PIECE // (depths * steps * predictor.components), 1)
    folder = path.with_name(path.name + ".pieces")
    pieces = [(first, folder / f"from-cluster-{first}.npy") for first in range(0, clusters, together)]
    before = _read_state(state) if state is not None and state.exists() else None
    if before is not None and _is_of(before, predictor.key, network_hash, path):
        shutil.rmtree(folder, ignore_errors=True)  # perhaps it was killed before this
        return len(pieces), float(before.attrs["without"])
    if before is not None:
        try:
            predictor.check_state(network, before)
        except InputError as error:
            raise InputError(f"{state}: {error}") from error
    elif carried:
        check_record(predictor.cards, network, state)
    key = {
        "models": predictor.key,
        "computed in": predictor.computed_in,
        "network": network_hash,
        "clusters": together,
        "state": None if state is None else sha256(state) if before is not None else "begins",
    }
    _clear_unless(folder, json.dumps(key))
    there = sum(piece.exists() for _, piece in pieces)
    for first, piece in pieces:
        if piece.exists():
            continue
        own = {"cluster": slice(first, first + together)}
        share = min(together, clusters - first) / clusters
        told = partial(_report_part, report, first / clusters, share)
        if carried:
            left = before.isel(own) if before is not None else None
            mixtures, after = predictor.advance(network.isel(own), left, told)
            _write_state(after, _state_of(piece))
        else:
            mixtures = predictor.predict(network.isel(own), told)
        _write_piece(mixtures, piece)
    without = _join_pieces(predictor, network, pieces, path, title, carried=carried)
    if state is not None:
        about = {"network": network_hash, "prediction": sha256(path), "without": without}
        parts = [_read_state(_state_of(piece)) for _, piece in pieces]
        _write_state(xr.concat(parts, "cluster", **_SIDE_BY_SIDE).assign_attrs(about), state)
    shutil.rmtree(folder)
    return there, without


def _join_pieces(
    predictor: Predictor,
    network: xr.Dataset,
    pieces: Sequence[tuple[int, Path]],
    path: Path,
    title: str,
    *,
    carried: bool,
) -> float:
    """Write the prediction file; return the share of all series and steps that have no prediction."""
    missing, whole = 0, network.sizes["cluster"] * network.sizes["depth"] * network.sizes["time"]
    with write_prediction(
        path, network, predictor.components, replicate=predictor.replicate, title=title
    ) as prediction:
        for first, piece in pieces:
            weight, mean, sd = np.load(piece)
            missing += int(np.isnan(mean[..., 0]).sum())
            prediction.write_clusters(first, weight, mean, sd)
        if missing == whole and not carried:  # a file that is there already stays as it is
            shutil.rmtree(pieces[0][1].parent)
            raise InputError(
                f"{path}: no step would have a prediction: one needs all forcing for {steps_needed(predictor.cards)} "
                "steps in a row, itself the last; fill the gaps"
            )
    return missing / whole


def _clear_unless(folder: Path, key: str) -> None:
    """Throw pieces of another key away, and nothing else."""
    if folder.exists() and not (folder / KEY).exists() and any(folder.glob("[!.]*")):
        raise InputError(f"{folder}: is in the way, and not of thetamix; move it, or write to another file")
    if not (folder / KEY).exists() or (folder / KEY).read_text(encoding="utf-8") != key:
        shutil.rmtree(folder, ignore_errors=True)
        write_text(folder / KEY, key)


def _write_piece(mixtures: xr.Dataset, piece: Path) -> None:
    values = io.BytesIO()  # numpy would say of a full disk what nobody else does
    np.save(values, np.stack([mixtures[name].to_numpy() for name in PARAMETERS]))
    with atomic_path(piece) as temporary:
        temporary.write_bytes(values.getbuffer())


def _write_state(state: xr.Dataset, path: Path) -> None:
    with atomic_path(path) as temporary:
        state.to_netcdf(temporary, engine="netcdf4")


def _report_part(report: Callable[[float, str], None], before: float, part: float, share: float) -> None:
    report(before + part * share, "")


def _read_state(path: Path) -> xr.Dataset:
    with reading(path), xr.open_dataset(path, engine="netcdf4") as file:
        return file.load()


def _is_of(state: xr.Dataset, models: str, network_hash: str, path: Path) -> bool:
    """Return whether a state is what a network left some models with, and a file the prediction made on the way."""
    left = (state.attrs.get("models"), state.attrs.get("network"))
    return left == (models, network_hash) and path.exists() and state.attrs["prediction"] == sha256(path)


def _state_of(piece: Path) -> Path:
    return piece.with_suffix(".state.nc")
