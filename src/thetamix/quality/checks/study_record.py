"""What the checks see of a study: its plan, and its readings and splits, made once."""

from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from thetamix.network.by_series import Mask, Part, Readings
from thetamix.network.observations import observations
from thetamix.network.settings import Quality
from thetamix.splits.draw import audit_split, draw_split, readings_of_part, usable_readings
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.settings import Split
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class Needs:
    """What a forecaster needs of a network.

    Attributes
    ----------
    name
        Of the forecaster.
    forcing
        Names of its forcing, and whether each is optional.
    attributes
        Names of its attributes.
    sequence
        Length of its windows [steps]; 0 where it has none.
    groups
        Names of attributes that it groups by.
    variables
        Names of other variables that it reads.
    scheme
        Of the only split under which it can say anything; None: any.
    """

    name: str
    forcing: tuple[tuple[str, bool], ...] = ()
    attributes: tuple[str, ...] = ()
    sequence: int = 0
    groups: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    scheme: str | None = None


@dataclass(frozen=True)
class StudyPlan:
    """What a study will do with a network.

    Attributes
    ----------
    quality, split
        Which readings count, and how they are shared out.
    seeds
        That draw the splits.
    forecasters
        What each needs.
    """

    quality: Quality
    split: Split
    seeds: tuple[int, ...]
    forecasters: tuple[Needs, ...]


@dataclass(frozen=True)
class StudyRecord:
    """A study and its network."""

    network: xr.Dataset
    plan: StudyPlan

    def over(self, *dimensions: str) -> list[str]:
        """Return the names of the variables over these dimensions."""
        return [str(name) for name, variable in self.network.variables.items() if variable.dims == dimensions]

    @cached_property
    def observed(self) -> Readings:
        """The readings that the study accepts [m3 m-3]."""
        return observations(self.network, self.plan.quality.reject)

    @cached_property
    def present(self) -> Mask:
        """Where readings count."""
        return usable_readings(self.observed, self.plan.quality.replicates)

    @cached_property
    def splits(self) -> dict[int, Part | str]:
        """The part of each reading by seed, or why it cannot be drawn."""
        drawn: dict[int, Part | str] = {}
        for seed in self.plan.seeds:
            try:
                drawn[seed] = draw_split(self.network, self.present, seed, self.plan.split)
            except InputError as error:
                drawn[seed] = str(error)
        return drawn

    @cached_property
    def audits(self) -> dict[int, tuple[dict[str, float], list[tuple[str, str]]]]:
        """Shares of leakage, and the series on one side only with what they lack, by seed."""
        audits = {}
        for seed, part in self.splits.items():
            if not isinstance(part, str):
                trained, evaluated = (
                    readings_of_part(self.observed, part, side, self.plan.quality.replicates)
                    for side in (TRAINING, EVALUATION)
                )
                shares, sides = audit_split(self.network, trained, evaluated)
                audits[seed] = (shares, [(str(series), str(lack)) for series, lack in sides.to_numpy()])
        return audits
