"""Train one LSTM on the training part of a network, from its inputs to its files."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.inputs.encoding import describe_inputs
from thetamix.inputs.requirements import check_categories
from thetamix.inputs.settings import Inputs
from thetamix.inputs.spec import InputSpec
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
from thetamix.training.loop import EpochProgress, FitJob, fit
from thetamix.training.schedule import best_epoch
from thetamix.training.settings import Training


class ModelSettings(Protocol):
    """What is to be trained, as a study's entry says it."""

    @property
    def inputs(self) -> Inputs:
        """What the model is told."""

    @property
    def training(self) -> Training:
        """Its shape, and how it is trained; lengths of time are resolved."""

    @property
    def components(self) -> int:
        """Number of Gaussians, or what the head makes of it."""

    @property
    def condition_on_replicate(self) -> bool:
        """True where the model is told the replicate (condLSTM)."""

    @property
    def head(self) -> str:
        """One of :data:`thetamix.model.heads.HEADS`."""


def train_lstm(
    network: xr.Dataset,
    readings: Readings,
    trained: Mask,
    held_back: Mask | None,
    settings: ModelSettings,
    job: FitJob,
    report: Callable[[float, str], None],
) -> str:
    """Train a model and write its files.

    Parameters
    ----------
    network
        Forcing and attributes; its inputs have been found (:func:`thetamix.inputs.requirements.find_inputs`).
    readings
        Soil moisture [m3 m-3].
    trained
        Which readings are trained on.
    held_back
        Which readings choose the best epoch (validation), none of them in `trained`; None: the last epoch is taken.
    settings
        What is trained, and how.
    job
        Where ``model.safetensors``, ``model.json``, ``history.csv``, ``seconds.txt`` and ``checkpoint/`` go. Its
        device is chosen by the settings.
    report
        Takes the share that is done and a note.

    Returns
    -------
    str
        One line about what was trained.
    """
    prepare_processor()
    training = settings.training
    sequence, warm_up = training.sequence.count, training.warm_up.count if training.warm_up is not None else None
    spec = describe_inputs(
        network,
        trained,
        readings,
        sequence if warm_up is None else warm_up + 1,
        forcing=settings.inputs.forcing_and_optional,
        attributes=settings.inputs.attributes,
        condition_on_replicate=settings.condition_on_replicate,
    )

    def windows_of(part: Mask) -> Windows | Stretches:
        if warm_up is None:
            return training_windows(network, part, readings, spec, sequence)
        return training_stretches(network, part, readings, spec, sequence, warm_up)

    windows = windows_of(trained)
    try:
        # The forcing is the same, and stands in memory once.
        validation = replace(windows_of(held_back), forcing=windows.forcing) if held_back is not None else None
    except InputError as error:
        raise InputError(f"validation part: {error}; or set training.validation_share to 0") from error
    if settings.inputs.unseen == "error":
        check_categories(network, spec)
    device = choose_device(training.device)
    card = _card(network, trained, settings, spec, device)
    passed_per_reading = len(windows) / windows.readings
    begun = time.monotonic()

    def progress(now: EpochProgress) -> None:
        pace = now.readings / (time.monotonic() - begun)
        report(now.share, _note(now, training.epochs, pace, passed_per_reading if warm_up is None else None))

    job = replace(job, device=device, threads=job.threads if device == "cpu" else 1)
    with card_has_room("Run again to go on, once there is room; or begin anew with a smaller training.batch"):
        model, history = fit(card, windows, validation, training, job, progress)
    with atomic_path(job.folder / "history.csv") as temporary:
        pd.DataFrame(history).to_csv(temporary, index=False)
    save_model(job.folder, model, card)
    done = load_checkpoint(job.folder / "checkpoint", job.key)
    if done is not None:
        write_text(job.folder / "seconds.txt", f"{done.seconds:.1f}\n")
    return _summary(model, windows, training, history)


def _card(network: xr.Dataset, trained: Mask, settings: ModelSettings, spec: InputSpec, device: str) -> ModelCard:
    training = settings.training
    return ModelCard(
        architecture=Architecture(
            hidden=training.hidden,
            layers=training.layers,
            dropout=training.dropout,
            components=settings.components,
            forget_gate_bias=training.forget_gate_bias,
            head=settings.head,
        ),
        inputs=spec,
        sequence=training.sequence.count,
        warm_up=training.warm_up.count if training.warm_up is not None else None,
        step_hours=float(time_step(network["time"]) / np.timedelta64(1, "h")),
        dropout_at_prediction=training.notebook,
        trained_replicates=_trained_replicates(network, trained),
        coordinates=_coordinates(network, trained),
        device=device,
    )


def _note(now: EpochProgress, epochs: int, pace: float, windows_per_reading: float | None) -> str:
    """Say where a fit stands; readings a second where no windows are scored, or several readings in each."""
    note = f"epoch {now.epoch} of {epochs}, loss {now.loss:.3f}"
    if now.validation is not None:
        note += ", validation NLL {:.3f} CRPS {:.4f}".format(*now.validation)
    if windows_per_reading is None:
        return f"{note}, {pace:,.0f} readings/s"
    return f"{note}, {pace * windows_per_reading:,.0f} windows/s"


def _summary(
    model: MixtureLSTM, windows: Windows | Stretches, settings: Training, history: list[dict[str, float]]
) -> str:
    unit = "windows" if windows.scored is None else "stretches"
    left = windows.left_out
    left_out = f", {left:,} without forcing throughout left out" if left else ""
    line = (
        f"{count_parameters(model):,} parameters, {len(windows):,} {unit}{left_out}, "
        f"{windows.readings:,} readings, loss {history[0]['nll']:.3f} → {history[-1]['nll']:.3f}"
    )
    best = best_epoch(settings, history)
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
