"""A trained model on disk: ``model.safetensors`` (weights) and ``model.json`` (everything else)."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from thetamix.inputs.spec import InputSpec
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, require_file, write_text

FORMAT = "thetamix model 1"
#: What ``model.json`` calls otherwise.
_IN_FILE = {"trained_replicates": "known"}


@dataclass(frozen=True)
class Architecture:
    """The shape of the network: the arguments of :class:`thetamix.model.mixture_lstm.MixtureLSTM`."""

    hidden: int
    layers: int
    dropout: float
    components: int
    forget_gate_bias: float
    head: str = "gaussian_mixture"  # files of 0.1 name none


@dataclass(frozen=True)
class ModelCard:
    """What has to be known of a trained model besides its weights.

    Attributes
    ----------
    architecture
        The shape of the network.
    inputs
        What it was told about its inputs.
    sequence
        Length of a window [steps].
    step_hours
        Time step that it was trained on [h].
    dropout_at_prediction
        True for the published notebook's variant, which leaves dropout on.
    trained_replicates
        By ``cluster_id`` and depth [m]: ``{"c01": {"0.1": ["A", "B"]}}``.
    warm_up
        Steps after which its predictions hold, for a model that was trained sequence-to-many: only such models may
        carry their state on. None for those that were trained on windows.
    coordinates
        Latitude and longitude of the trained clusters [degrees], where they are known: a name alone is no place.
    device
        Where it was trained: ``cpu`` or ``cuda``.
    """

    architecture: Architecture
    inputs: InputSpec
    sequence: int
    step_hours: float
    dropout_at_prediction: bool
    trained_replicates: dict[str, dict[str, list[str]]]
    warm_up: int | None = None
    coordinates: dict[str, tuple[float, float]] = field(default_factory=dict)
    device: str = "cpu"

    @property
    def input_size(self) -> int:
        """Number of inputs at each time step."""
        return self.inputs.dynamic_size + self.inputs.static_size


def build_model(card: ModelCard) -> MixtureLSTM:
    """Make the network with fresh weights, drawn from torch's generator.

    Parameters
    ----------
    card
        What the model is.

    Returns
    -------
    MixtureLSTM
        Untrained.
    """
    return MixtureLSTM(card.input_size, **asdict(card.architecture))


def save_model(folder: Path, model: MixtureLSTM, card: ModelCard) -> None:
    """Write a model.

    Parameters
    ----------
    folder
        Where.
    model
        The weights.
    card
        Everything else.
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_path(folder / "model.safetensors") as temporary:
        temporary.write_bytes(save(weights))
    plain = {"format": FORMAT, **asdict(card), "inputs": card.inputs.to_json()}
    plain = {_IN_FILE.get(name, name): value for name, value in plain.items()}
    write_text(folder / "model.json", json.dumps(plain, indent=1, ensure_ascii=False) + "\n")


def load_model(folder: Path) -> tuple[MixtureLSTM, ModelCard]:
    """Read a model.

    Parameters
    ----------
    folder
        With ``model.safetensors`` and ``model.json``.

    Returns
    -------
    MixtureLSTM, ModelCard
        The model, ready to predict.

    Raises
    ------
    InputError
        If a file is missing, or not a model of thetamix.
    """
    card_path = require_file(folder / "model.json", "model")
    weights_path = require_file(folder / "model.safetensors", "model")
    try:
        plain = json.loads(card_path.read_text(encoding="utf-8"))
        if plain.pop("format", None) != FORMAT:
            raise KeyError("format")
        plain |= {name: plain.pop(word) for name, word in _IN_FILE.items()}
        plain["architecture"] = Architecture(**plain["architecture"])
        plain["inputs"] = InputSpec.from_json(plain["inputs"])
        card = ModelCard(**plain)
        model = build_model(card)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise InputError(
            f"{card_path}: not a model of thetamix ({error!r}); train it again with `thetamix run`"
        ) from error
    try:
        model.load_state_dict(load_file(weights_path))
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise InputError(
            f"{weights_path}: not the weights of a model of thetamix; train it again with `thetamix run`"
        ) from error
    model.train(card.dropout_at_prediction)
    return model, card


def count_parameters(model: torch.nn.Module) -> int:
    """Count the trained numbers of a model.

    Parameters
    ----------
    model
        The model.

    Returns
    -------
    int
        How many.
    """
    return sum(parameter.numel() for parameter in model.parameters())
