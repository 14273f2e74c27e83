"""Settings as users write them in a study: unknown keys are refused; durations, dates and lengths of time."""

from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError, nearest


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


class Settings(BaseModel):
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


class Sequence(Settings):
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
            raise InputError(f"training.{key}: {self.duration} is more than {MOST_STEPS:,} time steps of the network")
        return Sequence(steps=steps, duration=format_duration(steps * step))


Steps = Annotated[Sequence, BeforeValidator(_as_sequence)]
