"""How a model is trained, as users write it: presets, the sequence, and what every part of a study file shares."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from thetamix.durations import format_duration, parse_duration
from thetamix.errors import InputError, nearest

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


def _as_duration(value: object) -> str:
    try:
        return format_duration(parse_duration(str(value)))
    except InputError as error:
        raise ValueError(str(error)) from None


def _as_date(value: object) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{str(value)!r} is not a date; write it as 2015-04-01") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    if not 1700 <= moment.year < 2262:  # what times in nanoseconds can hold
        raise ValueError(f"{str(value)!r} is not a date between the years 1700 and 2261")
    return moment.isoformat(timespec="seconds")


def _as_sequence(value: object) -> object:
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and not value.strip().isdigit():
        return {"duration": value}
    return {"steps": value}


Duration = Annotated[str, BeforeValidator(_as_duration)]
Date = Annotated[str, BeforeValidator(_as_date)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]  # what both numpy and torch take


class Part(BaseModel):
    """A part of the study file; unknown keys are refused, with the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for key in value:
                if key not in cls.model_fields:
                    raise ValueError(f"unknown key {key!r}; {nearest(str(key), cls.model_fields)}")
        return value


#: Of a sequence: as many days as a duration in nanoseconds can hold.
MOST_STEPS = 100_000


class Sequence(Part):
    """A length of time: a number of steps, a duration, or (resolved) both."""

    steps: int | None = Field(None, ge=1, le=MOST_STEPS)
    duration: Duration | None = None

    @model_validator(mode="after")
    def _one_is_given(self) -> "Sequence":
        if self.steps is None and self.duration is None:
            raise ValueError("write a number of steps or a duration, such as 128 or 128h")
        return self

    @property
    def count(self) -> int:
        """Number of steps, once it is resolved."""
        assert self.steps is not None
        return self.steps

    def resolve(self, step: np.timedelta64, key: str) -> "Sequence":
        """Write out both, for the time step of a network; the key is named where that fails."""
        steps = self.steps
        if steps is None:
            steps = round(parse_duration(str(self.duration)) / step)
        if steps < 1:
            raise InputError(f"training.{key}: {self.duration} is shorter than one time step of the network")
        if steps > MOST_STEPS:
            raise InputError(
                f"training.{key}: {self.duration} is more than {MOST_STEPS:,} time steps of the network"
            )
        return Sequence(steps=steps, duration=format_duration(steps * step))


Steps = Annotated[Sequence, BeforeValidator(_as_sequence)]


class Training(Part):
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
