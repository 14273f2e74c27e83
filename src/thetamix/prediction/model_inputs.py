"""What a model is told of a network that it predicts, and what is refused before it begins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.inputs.encoding import forcing_inputs, static_inputs
from thetamix.inputs.requirements import check_categories, check_units, find_inputs
from thetamix.model.model_file import ModelCard
from thetamix.network.running_means import span_of
from thetamix.network.schema import time_step
from thetamix.network.series import places
from thetamix.places.matching import great_circle
from thetamix.system.errors import InputError

#: A cluster of a trained name farther than this from where it was trained is another place [m].
SAME_PLACE = 100.0


@dataclass(frozen=True)
class EncodedNetwork:
    """What a model is told of a network.

    Attributes
    ----------
    forcing, complete
        See :func:`thetamix.inputs.encoding.forcing_inputs`.
    static
        See :func:`thetamix.inputs.encoding.static_inputs`.
    shares
        Of the replicates in the mixture of each series (cluster, depth, replicate) [1].
    """

    forcing: np.ndarray
    complete: np.ndarray
    static: np.ndarray
    shares: np.ndarray


def read_inputs(network: xr.Dataset, card: ModelCard, unseen: str) -> EncodedNetwork:
    """Read and standardise a model's inputs; readings are not looked at.

    Parameters
    ----------
    network
        Forcing and attributes.
    card
        Of the model.
    unseen
        ``error`` or ``zero``: what to do with a category that was not trained on.

    Raises
    ------
    InputError
        If the network lacks an input, has another time step or an unseen category.
    """
    check_inputs(network, card, unseen)
    spec = card.inputs
    return EncodedNetwork(*forcing_inputs(network, spec), static_inputs(network, spec), _shares(network, card))


def check_inputs(network: xr.Dataset, card: ModelCard, unseen: str) -> None:
    """Raise an InputError where :func:`read_inputs` would."""
    spec = card.inputs
    attributes = [number.name for number in spec.numbers[1:]] + [category.name for category in spec.categories]
    find_inputs(network, spec.required, attributes)
    check_units(network, spec)
    if network.sizes["time"] > 1:
        hours = float(time_step(network["time"]) / np.timedelta64(1, "h"))
        if abs(hours - card.step_hours) > 1e-6:
            raise InputError(
                f"the network has a time step of {hours:g} h, the model was trained on {card.step_hours:g} h; "
                "bring the network to the model's step"
            )
    if unseen == "error":
        check_categories(network, spec)


def check_alike(cards: Mapping[Path, ModelCard]) -> None:
    """Raise an InputError unless models, by their folders, are fits of one forecaster: with other seeds, no more."""
    first, *others = cards
    for folder in others:
        if _kind(cards[folder]) != _kind(cards[first]):
            raise InputError(
                f"{folder}: trained with other settings than {first}; let `thetamix run` go on to its end, "
                "so that all seeds are of the same study"
            )


def _kind(card: ModelCard) -> tuple[object, ...]:
    """What the fits of a forecaster have in common, whatever the seed."""
    spec = card.inputs
    forcing = [(entry.scale.name, entry.optional) for entry in spec.forcing]
    return (
        forcing,
        [number.name for number in spec.numbers],
        [category.name for category in spec.categories],
        spec.replicates,
        card.architecture,
        card.sequence,
        card.warm_up,
        card.step_hours,
        card.dropout_at_prediction,
    )


def steps_needed(cards: Iterable[ModelCard]) -> int:
    """Return how many steps in a row need forcing for a prediction of all models at the last of them."""
    return max(card.sequence if card.warm_up is None else card.warm_up + 1 for card in cards)


def check_record(cards: Sequence[ModelCard], network: xr.Dataset, state: Path | None = None) -> None:
    """Raise unless a record is long enough for a prediction.

    Parameters
    ----------
    cards
        Of the models.
    network
        All steps.
    state
        File of a state that these steps begin, for it is not there: its path may be mistyped.

    Raises
    ------
    InputError
        If it is too short.
    """
    steps, needed = network.sizes["time"], steps_needed(cards)
    if steps >= needed:
        return
    if state is not None:
        raise InputError(
            f"{state}: no such state; to begin one takes {needed} time steps of forcing, and the network has "
            f"{steps}; check the path, or give the record that leads up to now"
        )
    raise InputError(
        f"the network has {steps} time steps, and a prediction needs {needed} with forcing, itself the last; let "
        f"the forcing begin {needed - 1} steps before what you want to know"
    )


def check_carried(card: ModelCard) -> None:
    """Raise an InputError unless a model may carry its state on."""
    if card.warm_up is None:
        raise InputError(
            "the model was trained on windows that begin with a zero state, and gets worse with one that is carried "
            "on; train it with training.warm_up (sequence-to-many), or predict without a state"
        )
    running = [entry.scale.name for entry in card.inputs.forcing if span_of(entry.scale.name) is not None]
    if running:
        raise InputError(
            f"the model is told {', '.join(running)}: a state does not hold the weather that these take in; predict "
            "the whole record without a state"
        )


def _shares(network: xr.Dataset, card: ModelCard) -> np.ndarray:
    """Share the weight of each series among its replicates (cluster, depth, replicate)."""
    labels, sizes = card.inputs.replicates, (network.sizes["cluster"], network.sizes["depth"])
    if not labels:
        return np.broadcast_to(1.0, (*sizes, 1))
    anywhere = {label for depths in card.trained_replicates.values() for names in depths.values() for label in names}
    moved = _moved(network, card)
    shares = np.zeros((*sizes, len(labels)))
    for place in places(network):
        trained = {} if moved[place.cluster] else card.trained_replicates.get(place.cluster_id, {})
        here = trained.get(f"{place.depth_m:g}") or anywhere
        shares[place.cluster, place.depth] = [label in here for label in labels]
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def _moved(network: xr.Dataset, card: ModelCard) -> np.ndarray:
    """Mark clusters that have a trained name but are not where it was trained (cluster)."""
    moved = np.zeros(network.sizes["cluster"], dtype=bool)
    if not card.coordinates or "latitude" not in network or "longitude" not in network:
        return moved
    names, *here = (network.variables[name].values for name in ("cluster_id", "latitude", "longitude"))
    for number, (name, *place) in enumerate(zip(names, *here, strict=True)):
        trained = card.coordinates.get(str(name))
        if trained is not None:
            moved[number] = great_circle(*(np.array(value) for value in (*place, *trained))) > SAME_PLACE
    return moved
