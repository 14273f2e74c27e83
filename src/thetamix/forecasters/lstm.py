"""A trained LSTM as a forecaster."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from thetamix.errors import InputError
from thetamix.forecasters.common import Material
from thetamix.model.files import ModelCard, load_model
from thetamix.model.inputs import InputSpec
from thetamix.model.lstm import MixtureLSTM
from thetamix.network.schema import time_step
from thetamix.network.series import Series, series
from thetamix.prediction.files import write_prediction
from thetamix.prediction.windows import predict_windows
from thetamix.training.inputs import (
    check_categories,
    complete_windows,
    find_inputs,
    forcing_inputs,
    static_inputs,
    with_replicate,
)
from thetamix.training.processor import prepare_processor


def forecast_lstm(material: Material, *, model: Path, unseen: str) -> None:
    """Predict every series of a network with a trained model.

    Parameters
    ----------
    material
        The network; its readings are not looked at.
    model
        Folder of the model.
    unseen
        ``error`` or ``zero``: what to do with a category that was not trained on.

    Raises
    ------
    InputError
        If the network lacks an input, has another time step or an unseen category.
    """
    prepare_processor()
    network = material.network
    trained, card = load_model(model)
    torch.manual_seed(material.seed)  # the notebook's variant leaves dropout on
    members = list(series(network))
    replicates = card.inputs.replicates
    with write_prediction(
        material.output,
        network,
        card.architecture.components * max(len(replicates), 1),
        replicate=[r for r in range(len(replicates)) for _ in range(card.architecture.components)] or None,
        title=f"LSTM with {card.architecture.components} Gaussian(s)",
    ) as prediction:
        results = predict_series(trained, card, network, members, unseen=unseen)
        for number, (one, mixture) in enumerate(results):
            prediction.write(one.cluster, one.depth, *mixture)
            material.report((number + 1) / len(members))


def predict_series(
    model: MixtureLSTM, card: ModelCard, network: xr.Dataset, members: list[Series], *, unseen: str
) -> Iterator[tuple[Series, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Predict series one after the other.

    Parameters
    ----------
    model, card
        From :func:`thetamix.model.files.load_model`.
    network
        Forcing and attributes.
    members
        The series to predict; they need no readings.
    unseen
        See :func:`forecast_lstm`.

    Yields
    ------
    Series, tuple of numpy.ndarray
        Weights [1], means and standard deviations [m3 m-3] (time, component). A model that was told the replicate
        gives one component a replicate; their weights are equal over the replicates it was trained on at the
        place, and over all where it was not.
    """
    _check_network(network, card, unseen)
    spec = card.inputs
    forcing, complete = forcing_inputs(network, spec)
    whole = complete_windows(complete, card.sequence)
    static = static_inputs(network, spec)
    codes = np.arange(max(len(spec.replicates), 1))
    for one in members:
        rows = with_replicate(
            np.repeat(static[one.cluster, one.depth][None], len(codes), axis=0), codes, len(spec.replicates)
        )
        parts = [
            predict_windows(model, forcing[one.cluster], row, whole[one.cluster], card.sequence)
            for row in rows
        ]
        weight = np.concatenate(
            [share * part[0] for share, part in zip(_shares(card, one), parts, strict=True)], axis=1
        )
        mean = np.concatenate([part[1] for part in parts], axis=1) * spec.target.sd + spec.target.mean
        sd = np.concatenate([part[2] for part in parts], axis=1) * spec.target.sd
        yield one, (weight, mean, sd)


def _shares(card: ModelCard, one: Series) -> np.ndarray:
    labels = card.inputs.replicates
    if not labels:
        return np.ones(1)
    anywhere = {label for depths in card.known.values() for names in depths.values() for label in names}
    known = card.known.get(one.cluster_id, {}).get(f"{one.depth_m:g}") or anywhere
    there = np.array([label in known for label in labels], dtype=float)
    shares: np.ndarray = there / there.sum()
    return shares


def _check_network(network: xr.Dataset, card: ModelCard, unseen: str) -> None:
    spec: InputSpec = card.inputs
    required = [entry.scale.name for entry in spec.forcing if not entry.optional]
    attributes = [number.name for number in spec.numbers[1:]] + [
        category.name for category in spec.categories
    ]
    find_inputs(network, required, attributes)
    hours = float(time_step(network["time"]) / np.timedelta64(1, "h"))
    if abs(hours - card.step_hours) > 1e-6:
        raise InputError(
            f"the network has a time step of {hours:g} h, the model was trained on {card.step_hours:g} h; "
            "bring the network to the model's step"
        )
    if unseen == "error":
        check_categories(network, spec)
