"""What a forecaster is: its settings, its role, what it needs and depends on, and its prediction file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeVar, get_args

import numpy as np
import xarray as xr

from thetamix.network.by_series import Mask, Readings
from thetamix.network.series import Series, series
from thetamix.quality.checks.study_record import Needs
from thetamix.system.settings import Settings

#: ``model``: what a study is about. ``null``: what says nothing of the soil but its season, and has to be beaten.
#: ``reference``: another model's soil moisture, which has to be beaten too. ``bound``: what knows more than a
#: forecaster can (a simulation's own law, evaluated readings): shown beside the models, never ranked among them.
Role = Literal["model", "null", "reference", "bound"]


@dataclass(frozen=True)
class ForecastContext:
    """What a forecaster works on.

    Attributes
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    trained
        Readings of the training part. No other reading may be looked at.
    output
        The prediction file to write.
    seed
        For what is random.
    report
        Takes the share that is done.
    fit
        Folder of its fit, where it is trained.
    predictions
        Prediction files of the forecasters that it depends on, by name.
    threads
        Cores that it may take.
    asked
        At which steps of a series a prediction is wanted (time), boolean; None: at all. A forecaster that predicts
        more, because it costs nothing, may.
    """

    network: xr.Dataset
    readings: Readings
    trained: Mask
    output: Path
    seed: int
    report: Callable[[float], None]
    fit: Path = Path()
    predictions: Mapping[str, Path] = field(default_factory=dict)
    threads: int = 1
    asked: Callable[[Series], np.ndarray] | None = None

    def each_series(self) -> Iterator[Series]:
        """Iterate over the series of the network, and report the share that is done after each."""
        everything = list(series(self.network))
        for number, entry in enumerate(everything, 1):
            yield entry
            self.report(number / len(everything))

    def of(self, entry: Series) -> tuple[np.ndarray, np.ndarray]:
        """Return the readings of a series [m3 m-3], and which of them are trained on (replicate, time)."""
        return self.readings[entry.cluster, entry.depth], self.trained[entry.cluster, entry.depth]


@dataclass(frozen=True)
class FitContext:
    """What a forecaster is trained on.

    Attributes
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    trained
        Readings of the training part.
    blocks
        Number of the calendar block of each step (time).
    blocks_by_series
        True where the split draws blocks of each series, not of all at a time.
    folder
        Where its files go.
    key
        Of the step: a checkpoint of another one is not continued.
    seed
        Of the initial weights, and of what else is random.
    threads
        Cores that it may take.
    """

    network: xr.Dataset
    readings: Readings
    trained: Mask
    blocks: np.ndarray
    blocks_by_series: bool
    folder: Path
    key: str
    seed: int
    threads: int


@dataclass(frozen=True)
class PlannedFit:
    """What a fit is going to take, said before the first one begins.

    Attributes
    ----------
    epochs, may_stop
        How many; True where training may stop before the last of them.
    windows, per_epoch
        Windows of the part that is trained on, and how many are drawn in an epoch at most.
    unit
        ``stretches`` where there is a warm-up.
    begun
        True where an earlier run left a checkpoint of it.
    """

    epochs: int
    may_stop: bool
    windows: int
    per_epoch: int | None
    unit: Literal["windows", "stretches"]
    begun: bool = False

    @property
    def drawn(self) -> int:
        """Windows of an epoch."""
        return min(self.windows, self.per_epoch or self.windows)


@dataclass(frozen=True)
class Dependencies:
    """What a forecast depends on besides its own settings, the network and the split.

    Attributes
    ----------
    forecasters
        Names of other forecasters whose predictions are read.
    files
        Files that are read, by the name that their hash has in the step's key.
    """

    forecasters: tuple[str, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)


class Forecaster(Settings):
    """An entry of a study's ``forecasters``: its fields are the entry's keys.

    A new one is a class in a file of its own, and its line in :data:`thetamix.forecasters.FORECASTERS`.
    """

    #: What it is beside the others of a study.
    role: ClassVar[Role]
    #: Raised when the code gives other predictions for the same settings.
    version: ClassVar[int] = 1
    #: Keys whose values are the study's own of that name, where the entry has none: ``("inputs", "training")``.
    inherits: ClassVar[tuple[str, ...]] = ()
    #: True where it predicts what is asked for and nothing else, so that ``forecast: all`` makes other predictions.
    on_demand: ClassVar[bool] = False
    #: True where a replicate that reads alone still says something: the study's rule on replicates is then for
    #: scoring alone.
    single_readings: ClassVar[bool] = False

    #: True where it reads evaluated readings, which only a bound may.
    reads_evaluated: ClassVar[bool] = False

    #: The word in a study; each class narrows it to its own: ``kind: Literal["annual_cycle"]``.
    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **keywords: Any) -> None:
        """Raise a TypeError where a class has a kind, and no role that there is."""
        super().__pydantic_init_subclass__(**keywords)
        if "kind" in cls.__annotations__ and getattr(cls, "role", None) not in get_args(Role):
            raise TypeError(f"{cls.__name__}: role must be one of {', '.join(get_args(Role))}")

    @property
    def point(self) -> bool:
        """True where it predicts a value without a spread."""
        return False

    @classmethod
    def completed(cls, entry: Mapping[str, Any], study: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry as written, with what it :attr:`inherits` from a study as written."""
        merged = dict(entry)
        for key in cls.inherits:
            own, shared = entry.get(key) or {}, study.get(key)
            if isinstance(own, dict):  # else it is refused by its own rules
                merged[key] = shared | own if isinstance(shared, dict) and "preset" not in own else own
        return merged

    def located(self, folder: Path) -> Self:
        """Return the entry with its paths, which are relative to the study's folder, made absolute."""
        del folder
        return self

    def resolved(self, step: np.timedelta64) -> Self:
        """Return the entry with what depends on the network's time step written out."""
        del step
        return self

    def forms(self, name: str) -> "dict[str, Forecaster]":
        """Return the forecasters, by name, that one entry of a study stands for."""
        return {name: self}

    def needs(self, name: str) -> Needs:
        """Return what the network and the study must have: else a study is refused before anything is trained."""
        return Needs(name)

    def check_among(self, forecasters: "Mapping[str, Forecaster]") -> None:
        """Raise a ValueError where the study's other forecasters, by name, do not allow for this one."""

    def depends_on(self) -> Dependencies:
        """Return what its predictions depend on besides its settings, the network and the split."""
        return Dependencies()

    def key_settings(self) -> dict[str, Any]:
        """Return the settings that its predictions depend on, as JSON can hold them."""
        return self.model_dump(mode="json")

    def forecast(self, context: ForecastContext) -> None:
        """Write ``context.output``.

        Raises
        ------
        InputError
            If the network lacks what it needs.
        """
        raise NotImplementedError


class TrainedForecaster(Forecaster):
    """A forecaster with a step that trains it, before the one that predicts."""

    #: Raised when the code trains another model for the same settings.
    fit_version: ClassVar[int] = 1
    #: What :meth:`fit` leaves in its folder.
    fit_files: ClassVar[tuple[str, ...]]

    def fit_settings(self) -> dict[str, Any]:
        """Return the settings that its fit depends on, as JSON can hold them."""
        return self.key_settings()

    def plan(self, context: FitContext) -> PlannedFit | None:
        """Return what the fit is going to take, where that can be told without training."""
        del context
        return None

    def fit(self, context: FitContext, report: Callable[[float, str], None]) -> str:
        """Train it and write its files.

        Parameters
        ----------
        context
            What it is trained on.
        report
            Takes the share that is done and a note.

        Returns
        -------
        str
            One line about what was trained.

        Raises
        ------
        InputError
            If the network lacks what it needs.
        """
        raise NotImplementedError


Kind = TypeVar("Kind", bound=Forecaster)


def of_class(forecasters: Mapping[str, Forecaster], kind: type[Kind]) -> dict[str, Kind]:
    """Return the forecasters of a class by name, in the order of the study."""
    return {name: entry for name, entry in forecasters.items() if isinstance(entry, kind)}
