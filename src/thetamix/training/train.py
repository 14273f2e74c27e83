"""Train one LSTM on the training part of a network, from its inputs to its files."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.inputs.encoding import describe_inputs
from thetamix.inputs.requirements import check_categories
from thetamix.inputs.stretches import Stretches, training_stretches
from thetamix.inputs.windows import Windows, training_windows
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import Architecture, ModelCard, count_parameters, save_model
from thetamix.network.by_series import Mask, Readings
from thetamix.network.schema import time_step
from thetamix.system.device import card_has_room, choose_device, prepare_processor
from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, write_text
from thetamix.training.checkpoint import load_checkpoint
from thetamix.training.loop import EpochProgress, fit
from thetamix.training.schedule import Schedule, best_epoch


def train_lstm(
    network: xr.Dataset,
    readings: Readings,
    trained: Mask,
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
    warm_up: int | None,
    architecture: Architecture,
    schedule: Schedule,
    held_back: Mask | None,
    device: str,
    threads: int,
    spare: Callable[[], bool] = lambda: True,
) -> str:
    """Train a model and write its files.

    Parameters
    ----------
    network
        Forcing and attributes; its inputs have been found (:func:`thetamix.inputs.requirements.find_inputs`).
    readings
        Soil moisture (cluster, depth, replicate, time) [m3 m-3].
    trained
        Which readings are trained on, boolean.
    folder
        Where ``model.safetensors``, ``model.json``, ``history.csv``, ``seconds.txt`` and ``checkpoint/`` go.
    key, seed
        See :func:`thetamix.training.loop.fit`.
    report
        Takes the share that is done and a note.
    forcing, attributes, condition_on_replicate
        See :func:`thetamix.inputs.encoding.describe_inputs`.
    unseen
        ``error``: every cluster of the network must have trained categories; ``zero``: it need not.
    sequence
        Length of a window [steps].
    warm_up
        Steps of a window after which every reading in it counts (sequence-to-many); None: only those at its end.
    architecture
        The shape of the network.
    schedule
        How it is trained.
    held_back
        Which readings choose the best epoch (validation), boolean, none of them in `trained`; None: the last epoch
        is taken.
    device
        ``auto``, ``cpu`` or ``cuda``.
    threads, spare
        See :func:`thetamix.training.loop.fit`.

    Returns
    -------
    str
        One line about what was trained.
    """
    prepare_processor()
    spec = describe_inputs(
        network,
        trained,
        readings,
        sequence if warm_up is None else warm_up + 1,
        forcing=forcing,
        attributes=attributes,
        condition_on_replicate=condition_on_replicate,
    )

    def windows_of(part: Mask) -> Windows | Stretches:
        if warm_up is None:
            return training_windows(network, part, readings, spec, sequence)
        return training_stretches(network, part, readings, spec, sequence, warm_up)

    windows = windows_of(trained)
    try:
        validation = windows_of(held_back) if held_back is not None else None
    except InputError as error:
        raise InputError(f"validation part: {error}; or set training.validation_share to 0") from error
    if unseen == "error":
        check_categories(network, spec)
    place = choose_device(device)
    card = ModelCard(
        architecture=architecture,
        inputs=spec,
        sequence=sequence,
        warm_up=warm_up,
        step_hours=float(time_step(network["time"]) / np.timedelta64(1, "h")),
        dropout_at_prediction=schedule.notebook,
        known=_trained_replicates(network, trained),
        coordinates=_coordinates(network, trained),
        device=place,
    )
    passed_per_reading = len(windows) / windows.readings
    begun = time.monotonic()

    def progress(now: EpochProgress) -> None:
        pace = now.readings / (time.monotonic() - begun)
        report(now.share, _note(now, schedule.epochs, pace, passed_per_reading if warm_up is None else None))

    with card_has_room("Run again to go on, once there is room; or begin anew with a smaller training.batch"):
        model, history = fit(
            card,
            windows,
            validation,
            schedule,
            seed,
            folder / "checkpoint",
            key,
            progress,
            place,
            threads if place == "cpu" else 1,
            spare,
        )
    with atomic_path(folder / "history.csv") as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    save_model(folder, model, card)
    done = load_checkpoint(folder / "checkpoint", key)
    if done is not None:
        write_text(folder / "seconds.txt", f"{done.seconds:.1f}\n")
    return _summary(model, windows, schedule, history)


def _note(now: EpochProgress, epochs: int, pace: float, windows_per_reading: float | None) -> str:
    """Say where a fit stands; readings a second where no windows are scored, or several readings in each."""
    note = f"epoch {now.epoch} of {epochs}, loss {now.loss:.3f}"
    if now.validation is not None:
        note += ", validation NLL {:.3f} CRPS {:.4f}".format(*now.validation)
    if windows_per_reading is None:
        return f"{note}, {pace:,.0f} readings/s"
    return f"{note}, {pace * windows_per_reading:,.0f} windows/s"


def _summary(
    model: MixtureLSTM, windows: Windows | Stretches, schedule: Schedule, history: list[dict[str, float]]
) -> str:
    unit = "windows" if windows.scored is None else "stretches"
    left = windows.left_out
    left_out = f", {left:,} without forcing throughout left out" if left else ""
    line = (
        f"{count_parameters(model):,} parameters, {len(windows):,} {unit}{left_out}, "
        f"{windows.readings:,} readings, loss {history[0]['nll']:.3f} → {history[-1]['nll']:.3f}"
    )
    best = best_epoch(schedule, history)
    if best is None:
        return line
    crps = history[best - 1]["validation_crps"]
    return f"{line}, epoch {best} of {len(history)} taken, validation CRPS {crps:.4f}"


def _trained_replicates(network: xr.Dataset, trained: Mask) -> dict[str, dict[str, list[str]]]:
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    labels = [str(label) for label in network["replicate_label"].to_numpy()]
    replicates: dict[str, dict[str, list[str]]] = {}
    for (cluster, depth), readings in trained.items():
        shown = [labels[number] for number in np.flatnonzero(readings.any(axis=1))]
        replicates.setdefault(names[cluster], {})[f"{float(network['depth'][depth]):g}"] = shown
    return replicates


def _coordinates(network: xr.Dataset, trained: Mask) -> dict[str, tuple[float, float]]:
    if "latitude" not in network or "longitude" not in network:
        return {}
    names = network["cluster_id"].to_numpy()
    places = np.stack([network[name].to_numpy() for name in ("latitude", "longitude")], axis=1)
    clusters = dict.fromkeys(cluster for cluster, _ in trained)
    return {
        str(names[cluster]): (float(places[cluster, 0]), float(places[cluster, 1]))
        for cluster in clusters
        if np.isfinite(places[cluster]).all()
    }
