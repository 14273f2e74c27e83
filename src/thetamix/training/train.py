"""Train one LSTM on the training part of a network, from its inputs to its files."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.files import atomic_path
from thetamix.model.files import Architecture, ModelCard, count_parameters, save_model
from thetamix.network.schema import time_step
from thetamix.training.inputs import check_categories, describe_inputs, find_inputs
from thetamix.training.loop import Progress, Schedule, fit
from thetamix.training.processor import prepare_processor
from thetamix.training.windows import training_windows


def train_lstm(
    network: xr.Dataset,
    readings: np.ndarray,
    trained: np.ndarray,
    folder: Path,
    key: str,
    seed: int,
    report: Callable[[float, str], None],
    *,
    forcing: Sequence[tuple[str, bool]],
    attributes: Sequence[str],
    unseen: str,
    condition_on_replicate: bool,
    sequence: int,
    architecture: Architecture,
    schedule: Schedule,
) -> str:
    """Train a model and write its files.

    Parameters
    ----------
    network
        Forcing and attributes.
    readings
        Soil moisture (cluster, depth, replicate, time) [m3 m-3].
    trained
        Which readings are trained on, boolean.
    folder
        Where ``model.safetensors``, ``model.json``, ``history.csv`` and ``checkpoint/`` go.
    key, seed
        See :func:`thetamix.training.loop.fit`.
    report
        Takes the share that is done and a note.
    forcing, attributes, condition_on_replicate
        See :func:`thetamix.training.inputs.describe_inputs`.
    unseen
        ``error``: every cluster of the network must have trained categories; ``zero``: it need not.
    sequence
        Length of a window [steps].
    architecture
        The shape of the network.
    schedule
        How it is trained.

    Returns
    -------
    str
        One line about what was trained.
    """
    prepare_processor()
    required, optional = ([name for name, may_miss in forcing if may_miss == kind] for kind in (False, True))
    find_inputs(network, required, attributes, optional)
    spec = describe_inputs(
        network,
        trained,
        readings,
        sequence,
        forcing=forcing,
        attributes=attributes,
        condition_on_replicate=condition_on_replicate,
    )
    windows = training_windows(network, trained, readings, spec, sequence)
    if unseen == "error":
        check_categories(network, spec)
    card = ModelCard(
        architecture=architecture,
        inputs=spec,
        sequence=sequence,
        step_hours=float(time_step(network["time"]) / np.timedelta64(1, "h")),
        dropout_at_prediction=schedule.notebook,
        known=_trained_replicates(network, trained),
    )

    def progress(now: Progress) -> None:
        report(now.windows / now.total, f"epoch {now.epoch} of {schedule.epochs}, loss {now.loss:.3f}")

    model, history = fit(card, windows, schedule, seed, folder / "checkpoint", key, progress)
    with atomic_path(folder / "history.csv") as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    save_model(folder, model, card)
    left_out = f", {windows.left_out:,} without forcing throughout left out" if windows.left_out else ""
    return (
        f"{count_parameters(model):,} parameters, {len(windows):,} windows{left_out}, "
        f"{windows.readings:,} readings, loss {history[0]['nll']:.3f} → {history[-1]['nll']:.3f}"
    )


def _trained_replicates(network: xr.Dataset, trained: np.ndarray) -> dict[str, dict[str, list[str]]]:
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    labels = [str(label) for label in network["replicate_label"].to_numpy()]
    there = np.any(trained, axis=-1)
    return {
        names[cluster]: {
            f"{float(network['depth'][depth]):g}": [labels[r] for r in np.flatnonzero(there[cluster, depth])]
            for depth in np.flatnonzero(np.any(there[cluster], axis=1))
        }
        for cluster in np.flatnonzero(np.any(there, axis=(1, 2)))
    }
