"""What the checks see of a study: its plan, and its readings and splits, made once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from thetamix.network.by_series import Key, Mask, Part
from thetamix.network.observations import ReplicateRule, accepted_readings
from thetamix.network.settings import Quality
from thetamix.splits.draw import AuditedNetwork, audit_split, draw_split, readings_of_part, usable_readings
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.settings import Split
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class Sides:
    """What a split leaves to learn from, and what it evaluates.

    Attributes
    ----------
    network
        The network.
    accepted
        Where the readings are that the study accepts.
    part
        The split.
    rule
        Whether all replicates must be there.
    """

    network: xr.Dataset
    accepted: Mask
    part: Part
    rule: ReplicateRule

    @cached_property
    def trained(self) -> Mask:
        """Which readings of the training part count."""
        return readings_of_part(self.accepted, self.part, TRAINING, self.rule)

    @cached_property
    def shown(self) -> Mask:
        """Which readings the training part shows, each by itself."""
        return readings_of_part(self.accepted, self.part, TRAINING, "any")

    @cached_property
    def evaluated(self) -> Mask:
        """Which readings are scored."""
        return readings_of_part(self.accepted, self.part, EVALUATION, self.rule)


#: Marks the steps (time) of a series at which a forecaster can have a prediction.
Answers = Callable[[Key], np.ndarray]


@dataclass(frozen=True)
class Silence:
    """When a forecaster has nothing to say, foreseen from the split alone.

    Attributes
    ----------
    answers
        Tells from a split where it can have a prediction.
    why
        It has none elsewhere.
    instead
        What to do about it.
    """

    answers: Callable[[Sides], Answers]
    why: str
    instead: str


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
    silence
        When it has nothing to say; None: never.
    members
        Names of forecasters without whose predictions it has none.
    """

    name: str
    forcing: tuple[tuple[str, bool], ...] = ()
    attributes: tuple[str, ...] = ()
    sequence: int = 0
    groups: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    scheme: str | None = None
    silence: Silence | None = None
    members: tuple[str, ...] = ()


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
    group
        The attribute that groups clusters in the scores; None where depths alone are kept apart.
    """

    quality: Quality
    split: Split
    seeds: tuple[int, ...]
    forecasters: tuple[Needs, ...]
    group: str | None = None


@dataclass(frozen=True)
class StudyRecord:
    """A study and its network."""

    network: xr.Dataset
    plan: StudyPlan

    def over(self, *dimensions: str) -> list[str]:
        """Return the names of the variables over these dimensions."""
        return [str(name) for name, variable in self.network.variables.items() if variable.dims == dimensions]

    def lacks_nothing_of(self, needs: Needs) -> bool:
        """Return whether the network and the split have what a forecaster needs; other checks say what is lacking."""
        named = [*needs.variables, *needs.attributes, *needs.groups, *(name for name, _ in needs.forcing)]
        there = {"depth", "cluster", *map(str, self.network.variables)}
        return set(named) <= there and needs.scheme in (None, self.plan.split.scheme)

    @cached_property
    def accepted(self) -> Mask:
        """Where the readings are that the study accepts."""
        return accepted_readings(self.network, self.plan.quality.reject)

    @cached_property
    def present(self) -> Mask:
        """Where readings count."""
        return usable_readings(self.accepted, self.plan.quality.replicates)

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

    def sides(self) -> Iterator[tuple[int, Sides]]:
        """Iterate over the seeds whose split can be drawn, with its sides: those of all seeds would be large."""
        for seed, part in self.splits.items():
            if not isinstance(part, str):
                yield seed, Sides(self.network, self.accepted, part, self.plan.quality.replicates)

    @cached_property
    def audits(self) -> dict[int, tuple[dict[str, float], list[tuple[str, str]]]]:
        """Shares of leakage, and the series on one side only with what they lack, by seed."""
        audits, network = {}, AuditedNetwork.of(self.network)
        for seed, sides in self.sides():
            shares, lacking = audit_split(network, sides.trained, sides.evaluated, self.plan.split)
            audits[seed] = (shares, [(str(series), str(lack)) for series, lack in lacking.to_numpy()])
        return audits
