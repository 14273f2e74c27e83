"""The study file: what to train, forecast and score, with every default written out."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from thetamix.evaluation.settings import Evaluation
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import Forecaster, of_class
from thetamix.forecasters.lstm import LSTM
from thetamix.inputs.settings import Inputs
from thetamix.network.settings import Quality
from thetamix.splits.settings import Split
from thetamix.system.errors import nearest
from thetamix.system.settings import Duration, Seed, Settings
from thetamix.training.settings import Training

LONGEST_NAME = 60


def _as_file_name(value: str) -> str:
    if not re.fullmatch(r"\w[\w .,+()-]*", value):
        raise ValueError(
            f"{value!r} becomes the name of files: begin with a letter or digit, and use letters, digits, spaces "
            "and . , + - ( ) _ only"
        )
    return value


def _class_of(entry: Any) -> type[Forecaster] | None:
    """Look up the class of an entry as written, now: whoever adds to the table changes nothing here."""
    word = entry.get("kind") if isinstance(entry, Mapping) else None
    return FORECASTERS.get(word) if isinstance(word, str) else None


def _as_its_class(value: Any) -> Any:
    if isinstance(value, Forecaster) or not isinstance(value, Mapping):
        return value
    if (kind := _class_of(value)) is not None:
        return kind.model_validate(value)
    if "kind" not in value:
        raise ValueError(f"kind is missing; write one of {', '.join(FORECASTERS)}")
    word = value["kind"]
    text = f"unknown word {str(word)!r}; {nearest(str(word), FORECASTERS)}"
    message = PydanticCustomError("kind", "{text}", {"text": text})
    raise ValidationError.from_exception_data(
        "forecaster", [InitErrorDetails(type=message, loc=("kind",), input=word)]
    )


# A name becomes a file name.
NetworkName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_as_file_name)]
ForecasterName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_as_file_name)]
ForecasterEntry = Annotated[SerializeAsAny[Forecaster], BeforeValidator(_as_its_class)]


def _as_networks(value: Any) -> Any:
    """Give each file of a list the name that it has without its ending; a single one needs none."""
    if not isinstance(value, list):
        return value
    if len(value) == 1:
        return value[0]
    names = [Path(str(file)).stem for file in value]
    if len(set(names)) < len(names):
        raise ValueError(
            "files of the same name; give each a name of its own: {one: a/network.nc, two: b/network.nc}"
        )
    return dict(zip(names, value, strict=True))


class Study(Settings):
    """A whole study."""

    name: str = Field(pattern=r"^\w[\w .-]*$")
    network: Annotated[Path | Annotated[dict[NetworkName, Path], Field(min_length=1)], BeforeValidator(_as_networks)]
    step: Duration | None = None
    quality: Quality = Quality()
    inputs: Inputs
    split: Split = Split()
    training: Training = Training.model_validate({})
    forecasters: dict[ForecasterName, ForecasterEntry] = Field(min_length=1)
    forecast: Literal["scored", "all"] = "scored"
    seeds: list[Seed] = Field([1], min_length=1)
    evaluation: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _kept_out_networks_are_there(self) -> "Study":
        for name in self.split.kept_out:
            if name not in self.networks:
                raise ValueError(f"split.kept_out: no network {name!r}; {nearest(name, self.networks)}")
        return self

    @property
    def networks(self) -> dict[str, Path]:
        """The files of the networks, by name."""
        return self.network if isinstance(self.network, dict) else {self.network.stem: self.network}

    @property
    def weather(self) -> list[str]:
        """Names of the forcing that models are told."""
        told = (self.inputs, *(entry.inputs for entry in of_class(self.forecasters, LSTM).values()))
        return [variable.name for inputs in told for variable in inputs.forcing]

    @property
    def prepares(self) -> bool:
        """True where the study works on no file as it is: at a step of its own, or on several networks."""
        return self.step is not None or isinstance(self.network, dict)

    @model_validator(mode="before")
    @classmethod
    def _complete_entries(cls, value: Any) -> Any:
        """Give entries what they take from the study."""
        entries = value.get("forecasters") if isinstance(value, dict) else None
        if not isinstance(entries, dict):
            return value
        completed = {
            name: entry if (kind := _class_of(entry)) is None else kind.completed(entry, value)
            for name, entry in entries.items()
        }
        return value | {"forecasters": completed}

    @model_validator(mode="after")
    def _entries_fit_together(self) -> "Study":
        entries = spelled_out(self.forecasters)
        for name, entry in entries.items():
            others = {other: entries[other] for other in entries if other != name}
            for member in entry.depends_on().forecasters:
                if member not in others:
                    raise ValueError(f"forecasters.{name}: no forecaster {member!r}; {nearest(member, others)}")
            try:
                entry.check_among(others)
            except ValueError as error:
                raise ValueError(f"forecasters.{name}: {error}") from None
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: a seed occurs twice")
        return self


def spelled_out(forecasters: Mapping[str, Forecaster]) -> dict[str, Forecaster]:
    """Return an entry of its own for each form of a forecaster.

    Raises
    ------
    ValueError
        If a form's name is taken or too long.
    """
    result: dict[str, Forecaster] = {}
    for name, entry in forecasters.items():
        for form, forecaster in entry.forms(name).items():
            if form != name and form in forecasters:
                raise ValueError(f"forecasters.{name}: its form {form!r} has the name of another forecaster")
            if len(form) > LONGEST_NAME:
                raise ValueError(f"forecasters.{name}: the name of its form {form!r} is too long")
            result[form] = forecaster
    return result
