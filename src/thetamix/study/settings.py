"""The study file: what to train, forecast and score, with every default written out."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from thetamix.network.schema import FLAGS
from thetamix.system.durations import parse_duration
from thetamix.system.errors import nearest
from thetamix.system.settings import Date, Duration, Seed, Settings
from thetamix.training.settings import Training

#: A reference is scored as it is and dressed in two ways: the forms that one entry stands for.
REFERENCE_FORMS = {"none": "", "raw": " (dressed)", "bias_corrected": " (bias-corrected)"}

LONGEST_NAME = 60


def _as_forcing(value: object) -> object:
    # `{discharge: optional}` is what users write; the resolved study has the same form.
    if isinstance(value, list):
        return [_one_forcing(entry) for entry in value]
    return value


def _one_forcing(entry: object) -> object:
    if isinstance(entry, str):
        return {"name": entry, "optional": False}
    if isinstance(entry, dict) and len(entry) == 1 and next(iter(entry.values())) == "optional":
        return {"name": next(iter(entry)), "optional": True}
    return entry


def _as_file_name(value: str) -> str:
    if not re.fullmatch(r"\w[\w .,+()-]*", value):
        raise ValueError(
            f"{value!r} becomes the name of files: begin with a letter or digit, and use letters, digits, spaces "
            "and . , + - ( ) _ only"
        )
    return value


def _as_grouping(value: object) -> object:
    if isinstance(value, str) and value != "series":
        raise ValueError(f"{value!r} is not a grouping; write series, or a list such as [geology, depth]")
    return ["cluster", "depth"] if value == "series" else value


# A name becomes a file name.
ForecasterName = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_as_file_name)]


class Quality(Settings):
    """Which readings count."""

    reject: list[str] = []
    replicates: Literal["all", "any"] = "all"

    @model_validator(mode="after")
    def _flags_are_known(self) -> "Quality":
        for flag in self.reject:
            if flag not in FLAGS:
                raise ValueError(f"unknown flag {flag!r}; {nearest(flag, FLAGS)}")
        return self


class Forcing(Settings):
    """One forcing input."""

    name: str
    optional: bool = False


class Inputs(Settings):
    """What drives the model; depth is always an input."""

    forcing: Annotated[list[Forcing], BeforeValidator(_as_forcing)] = Field(min_length=1)
    attributes: list[str] = []
    unseen: Literal["error", "zero"] = "error"


class Period(Settings):
    """The period that is evaluated: ``start <= t < end``."""

    start: Date
    end: Date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if not self.start < self.end:  # text, but ISO 8601 sorts as time does
            raise ValueError(f"ends before it starts: {self.start} to {self.end}")
        return self


class Split(Settings):
    """How readings are shared out to training and evaluation."""

    scheme: Literal["blocks", "calendar", "clusters", "period", "replicates"] = "blocks"
    block: Duration = "90d"
    evaluation_share: float = Field(0.4, gt=0, lt=1)
    gap: Duration = "0d"
    period: Period | None = None

    @model_validator(mode="after")
    def _blocks_have_a_length(self) -> "Split":
        if parse_duration(self.block) == np.timedelta64(0):
            raise ValueError("block: has no length; write such as 90d")
        return self

    @model_validator(mode="after")
    def _period_where_needed(self) -> "Split":
        if (self.scheme == "period") != (self.period is not None):
            raise ValueError("scheme period needs `period: {start: …, end: …}`, the other schemes have none")
        return self


class LSTM(Settings):
    """A trained LSTM with a mixture head."""

    kind: Literal["lstm"]
    components: int = Field(3, ge=1)
    condition_on_replicate: bool = False
    inputs: Inputs | None = None
    training: Training | None = None

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, value: Any, info: ValidationInfo) -> Any:
        """Take the study's inputs and training where the entry has none of its own."""
        study = info.context or {}
        if not isinstance(value, dict) or not study:
            return value
        merged = dict(value)
        for key in ("training", "inputs"):
            own, shared = value.get(key) or {}, study.get(key)
            if not isinstance(own, dict):
                continue  # refused by its own rules
            if isinstance(shared, dict) and "preset" not in own:
                own = shared | own
            merged[key] = own
        return merged


class AnnualCycle(Settings):
    """Training readings around the same day of the year."""

    kind: Literal["annual_cycle"]
    by: Annotated[list[str], BeforeValidator(_as_grouping)] = ["geology", "depth"]


class Reference(Settings):
    """Another model's soil moisture: as it is, or dressed with its training residuals."""

    kind: Literal["reference"]
    dress: Literal["none", "raw", "bias_corrected"] | None = None


class Ensemble(Settings):
    """The equal pool of other forecasters."""

    kind: Literal["ensemble"]
    of: list[str] = Field(min_length=1)


class Process(Settings):
    """The soil model, calibrated for each series."""

    kind: Literal["process"]
    population: int = Field(24, ge=4)
    generations: int = Field(25, ge=0)


class ExponentialFilter(Settings):
    """The exponential filter of Albergel et al. (2008) from the topmost sensor."""

    kind: Literal["exponential_filter"]


class Siblings(Settings):
    """The other replicates at that time: for replicates that were kept out."""

    kind: Literal["siblings"]
    spread: Literal["instrument", "learned"] = "instrument"


class FromFile(Settings):
    """Mixtures from a prediction file made elsewhere."""

    kind: Literal["file"]
    file: Path


ForecasterSettings = Annotated[
    LSTM | AnnualCycle | Reference | Ensemble | Process | ExponentialFilter | Siblings | FromFile,
    Field(discriminator="kind"),
]

#: Words of `kind`.
KINDS = frozenset(
    get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(ForecasterSettings)[0])
)


class Bootstrap(Settings):
    """The paper's resampling of time steps, and the blocks' for intervals."""

    draws: int = Field(50, ge=1)
    share: float = Field(0.8, gt=0, le=1)
    block_draws: int = Field(1000, ge=1)


class Evaluation(Settings):
    """How scores are grouped and resampled."""

    group_by: list[Literal["geology", "depth"]] = ["geology", "depth"]
    bootstrap: Bootstrap = Bootstrap()

    @model_validator(mode="after")
    def _depths_are_kept_apart(self) -> "Evaluation":
        if "depth" not in self.group_by:
            raise ValueError("group_by: depths are always kept apart; write [geology, depth] or [depth]")
        return self


class Study(Settings):
    """A whole study."""

    name: str = Field(pattern=r"^\w[\w .-]*$")
    network: Path
    quality: Quality = Quality()
    inputs: Inputs
    split: Split = Split()
    training: Training = Training.model_validate({})
    forecasters: dict[ForecasterName, ForecasterSettings] = Field(min_length=1)
    seeds: list[Seed] = Field([1], min_length=1)
    evaluation: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _members_exist(self) -> "Study":
        known = spelled_out(self.forecasters)
        for name, entry in known.items():
            for member in entry.of if isinstance(entry, Ensemble) else ():
                others = [other for other in known if other != name]
                if member not in others:
                    raise ValueError(f"forecasters.{name}: no forecaster {member!r}; {nearest(member, others)}")
                pooled, dressed = known[member], member + REFERENCE_FORMS["raw"]
                if isinstance(pooled, Reference) and pooled.dress == "none":
                    raise ValueError(
                        f"forecasters.{name}: {member} is a point forecast, which has no density to pool; "
                        + (f'pool "{dressed}"' if dressed in known else "set its dress to raw")
                    )
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: a seed occurs twice")
        return self


def spelled_out(forecasters: Mapping[str, Any]) -> dict[str, Any]:
    """Give each form of a reference an entry of its own.

    Parameters
    ----------
    forecasters
        Settings by name.

    Returns
    -------
    dict
        The same, without references whose dress is open.

    Raises
    ------
    ValueError
        If a form's name is taken or too long.
    """
    result: dict[str, Any] = {}
    for name, entry in forecasters.items():
        if not (isinstance(entry, Reference) and entry.dress is None):
            result[name] = entry
            continue
        for dress, suffix in REFERENCE_FORMS.items():
            form = name + suffix
            if suffix and form in forecasters:
                raise ValueError(f"forecasters.{name}: its form {form!r} has the name of another forecaster")
            if len(form) > LONGEST_NAME:
                raise ValueError(f"forecasters.{name}: the name of its form {form!r} is too long")
            result[form] = entry.model_copy(update={"dress": dress})
    return result
