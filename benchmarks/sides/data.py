"""What the benchmarks train on and predict: a simulated network, the same windows for every side."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.inputs.encoding import describe_inputs
from thetamix.inputs.windows import Windows, training_windows
from thetamix.model.model_file import Architecture, ModelCard
from thetamix.network.by_series import Mask, Readings
from thetamix.network.netcdf import open_network
from thetamix.network.observations import observations
from thetamix.splits.draw import draw_split, usable_readings
from thetamix.splits.parts import EVALUATION, TRAINING, lies_in
from thetamix.splits.settings import Split
from thetamix.training.settings import PRESETS, Training

PAPER = PRESETS["paper"]
FORCING = [(n, False) for n in ("precipitation", "potential_evapotranspiration", "air_temperature", "discharge")]
ATTRIBUTES = ["elevation", "soil_type", "land_use"]
#: Of each model of the paper: Gaussians, and whether it is told the replicate.
MODELS = {"3G-LSTM": (3, False), "condLSTM": (1, True)}


@dataclass(frozen=True)
class BenchmarkData:
    """A network with a split.

    Attributes
    ----------
    network
        With its forcing.
    readings
        Soil moisture [m3 m-3].
    trained, evaluated
        Which of them are trained on and evaluated.
    """

    network: xr.Dataset
    readings: Readings
    trained: Mask
    evaluated: Mask

    def card(self, model: str) -> ModelCard:
        """Describe a model of preset ``paper``."""
        components, told = MODELS[model]
        spec = describe_inputs(
            self.network,
            self.trained,
            self.readings,
            PAPER["sequence"],
            forcing=FORCING,
            attributes=ATTRIBUTES,
            condition_on_replicate=told,
        )
        shape = Architecture(
            PAPER["hidden"], PAPER["layers"], PAPER["dropout"], components, PAPER["forget_gate_bias"]
        )
        return ModelCard(shape, spec, PAPER["sequence"], 1.0, False, {})

    @property
    def either(self) -> Mask:
        """The readings of both parts."""
        keys = dict.fromkeys([*self.trained, *self.evaluated])
        arrays = ((key, self.trained[key] | self.evaluated[key]) for key in keys)
        return Mask(self.trained.shape, np.False_, arrays)

    def windows(self, card: ModelCard, part: Mask) -> Windows:
        """Collect the windows of a part."""
        return training_windows(self.network, part, self.readings, card.inputs, card.sequence)


def split_network(network: xr.Dataset, seed: int = 1, block: str = "90d") -> BenchmarkData:
    """Draw blocks for training and evaluation."""
    observed = observations(network)
    present = usable_readings(observed, "all")
    part = draw_split(network, present, seed, Split(block=block))
    trained, evaluated = (lies_in(part, value).map(np.logical_and, present) for value in (TRAINING, EVALUATION))
    return BenchmarkData(network, observed, trained, evaluated)


def read_data(path: Path) -> BenchmarkData:
    """Read a network and draw its split."""
    with open_network(path) as network:
        return split_network(network.load())


def endless_training() -> Training:
    """Return the steps of preset ``paper``, until somebody stops them."""
    return Training().model_copy(update={"epochs": 1_000_000, "learning_rate_factor": 1.0, "drop_optional": 0.0})


def operations(card: ModelCard) -> float:
    """Count the float operations that training an LSTM on one window takes: two for each weight, step and use.

    A weight of the state is used forward, for the gradient of the state, and for its own; that of an input that
    changes is used forward and for its own. What does not change is multiplied once, and does not count.
    """
    hidden = card.architecture.hidden
    return 8.0 * hidden * (3 * hidden + 2 * card.inputs.dynamic_size) * card.sequence
