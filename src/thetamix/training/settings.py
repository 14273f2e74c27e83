"""How a model is trained, as users write it: presets fill what is not given."""

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from thetamix.system.errors import InputError, nearest
from thetamix.system.settings import Settings, Steps

#: What a preset fills in. ``paper`` is the paper's section 2.3; the halving of the learning rate after every epoch
#: is the published notebook's (the paper says "adapted"). ``fast`` comes near in a fraction of the time (small
#: batches, a rate that rises and falls once) and chooses the best of its last epochs by blocks that are held back:
#: few, because on short records each is missed.
PRESETS: dict[str, dict[str, Any]] = {
    "paper": {
        "hidden": 64,
        "layers": 1,
        "dropout": 0.4,
        "learning_rate": 5e-4,
        "learning_rate_factor": 0.5,
        "batch": 128,
        "sequence": 128,
        "epochs": 10,
        "forget_gate_bias": 3.0,
    },
    "fast": {
        "hidden": 64,
        "layers": 1,
        "dropout": 0.4,
        "learning_rate": 3e-3,
        "learning_rate_policy": "one_cycle",
        "batch": 32,
        "sequence": 128,
        "epochs": 4,
        "windows_per_epoch": 60_000,
        "forget_gate_bias": 3.0,
        "validation_share": 0.05,
        "patience": 3,
    },
}


class Training(Settings):
    """Model and training; a preset fills what is not given."""

    preset: str = "paper"
    hidden: int = Field(ge=1)
    layers: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    learning_rate: float = Field(gt=0)
    learning_rate_policy: Literal["decay", "one_cycle"] = "decay"
    learning_rate_factor: float = Field(1.0, gt=0, le=1)
    batch: int = Field(ge=1)
    sequence: Steps
    warm_up: Steps | None = None
    epochs: int = Field(ge=1)
    forget_gate_bias: float
    windows_per_epoch: int | None = Field(None, ge=1)
    drop_optional: float = Field(0.25, ge=0, lt=1)
    validation_share: float = Field(0.0, ge=0, le=0.5)
    patience: int | None = Field(None, ge=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    notebook: bool = False

    @model_validator(mode="after")
    def _patience_has_a_measure(self) -> "Training":
        if self.patience is not None and self.validation_share == 0:
            raise ValueError("patience: needs a validation part; set validation_share, such as 0.15")
        return self

    @model_validator(mode="before")
    @classmethod
    def _fill_preset(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        name = str(value.get("preset", "paper"))
        if name not in PRESETS:
            raise ValueError(f"unknown preset {name!r}; {nearest(name, PRESETS)}")
        return PRESETS[name] | value

    def resolved(self, step: np.timedelta64) -> "Training":
        """Return the same with lengths of time in steps of a network and as durations."""
        sequence = self.sequence.resolve(step, "sequence")
        warm_up = self.warm_up.resolve(step, "warm_up") if self.warm_up is not None else None
        if warm_up is not None and warm_up.count >= sequence.count:
            raise InputError(
                f"training.warm_up: {warm_up.count} steps leave nothing of a sequence of {sequence.count} to score; "
                "make it shorter"
            )
        return self.model_copy(update={"sequence": sequence, "warm_up": warm_up})
