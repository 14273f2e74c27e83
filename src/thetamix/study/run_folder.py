"""A run folder, to look into and to predict with."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from thetamix.evaluation.ranking import lowest_crps, totals
from thetamix.forecasters.base import of_class
from thetamix.forecasters.lstm import LSTM
from thetamix.network.check import check_network
from thetamix.network.netcdf import open_network
from thetamix.network.running_means import with_running_means
from thetamix.network.schema import time_step
from thetamix.study.context import StudyContext
from thetamix.study.prepared_network import open_of_study
from thetamix.study.resolve import load_study, resolve_steps
from thetamix.study.settings import Study
from thetamix.study.table_files import read_table
from thetamix.system.errors import InputError, nearest
from thetamix.system.files import require_file
from thetamix.system.progress import Progress
from thetamix.system.workers import cores

if TYPE_CHECKING:
    from thetamix.prediction.predictor import Predictor


@dataclass(frozen=True)
class Run:
    """A run folder, to look into and to predict with.

    Attributes
    ----------
    folder
        The run folder.
    """

    folder: Path

    @cached_property
    def study(self) -> Study:
        """The study, resolved."""
        return load_study(self.folder / "study.yml")

    @cached_property
    def scores(self) -> pd.DataFrame:
        """All scores, as in ``scores.csv``: the attribute that groups clusters has a column of its name."""
        return self._scores.rename(columns={"group": self.study.evaluation.group_name})

    @cached_property
    def _scores(self) -> pd.DataFrame:
        return read_table(self.folder / "scores.csv", self.study.evaluation.group_name)

    def prediction(self, forecaster: str, seed: int) -> xr.Dataset:
        """Open what a forecaster predicted for the study's network.

        Parameters
        ----------
        forecaster
            Its name in the study.
        seed
            Which fit.

        Returns
        -------
        xarray.Dataset
            Mixtures; see :func:`thetamix.prediction.prediction_file.open_prediction`.
        """
        from thetamix.prediction.prediction_file import open_prediction

        return open_prediction(self.folder / "predictions" / f"{forecaster}-s{seed}.nc")

    def predict(
        self,
        network: str | Path | xr.Dataset,
        model: str | None = None,
        device: str = "auto",
        *,
        bf16: bool = False,
    ) -> xr.Dataset:
        """Predict every place, depth and time of a network with the models of this run.

        Parameters
        ----------
        network
            A file or an open network: forcing and attributes. It needs no readings.
        model
            Name of an LSTM in the study; the best by default, see :meth:`model_name`. Its seeds are pooled.
        device
            ``auto`` (a graphics card where there is one), ``cpu`` or ``cuda``.
        bf16
            Compute the windows in bfloat16: about 1.5 times faster, and a little off. Not without a processor's
            instructions for it, and not for models that carry their state.

        Returns
        -------
        xarray.Dataset
            Mixtures (cluster, depth, time, component), as a prediction file holds them.

        Raises
        ------
        InputError
            If it is not a network, lacks an input, has another time step or an unseen category.
        """
        with _opened(network) as network:
            predictor = self.predictor(model, device, bf16=bf16)
            network = with_running_means(network, predictor.forcing)
            predictor.check(network)
            return predictor.predict(network)

    def advance(
        self,
        network: str | Path | xr.Dataset,
        state: xr.Dataset | None = None,
        model: str | None = None,
        device: str = "auto",
    ) -> tuple[xr.Dataset, xr.Dataset]:
        """Predict the next steps from the state that the last ones left behind: tomorrow costs one step.

        Parameters
        ----------
        network
            Forcing of the next steps.
        state
            From the last call; None at the beginning, with the record that leads up to now.
        model
            See :meth:`predict`; it must have been trained sequence-to-many (``training.warm_up``), and by default
            it is the best that was, or the state's own.
        device
            See :meth:`predict`; a state may go on on another one.

        Returns
        -------
        prediction, state : xarray.Dataset
            See :meth:`thetamix.prediction.predictor.Predictor.advance`.

        Raises
        ------
        InputError
            If it is not a network, the model was trained on windows, or the state is of other models, places or
            times.
        """
        with _opened(network) as network:
            own = self.model_name(model, carried=True, state=state)
            return self.predictor(own, device).advance(network, state)

    def predictor(self, model: str | None = None, device: str = "auto", *, bf16: bool = False) -> "Predictor":
        """Load the fits of one LSTM; they stay in memory.

        Parameters
        ----------
        model
            Name of an LSTM in the study; the best by default, see :meth:`model_name`.
        device, bf16
            See :meth:`predict`.

        Returns
        -------
        Predictor
            All its seeds.

        Raises
        ------
        InputError
            If the study has no such LSTM, or there is no such device.
        """
        from thetamix.prediction.predictor import Predictor

        name = self.model_name(model)
        if (name, device, bf16) not in self._predictors:
            entry = of_class(self.study.forecasters, LSTM)[name]
            self._predictors[name, device, bf16] = Predictor(
                self.fits(name), entry.inputs.unseen, device, bf16=bf16, threads=cores()
            )
        return self._predictors[name, device, bf16]

    def model_name(self, model: str | None = None, *, carried: bool = False, state: xr.Dataset | None = None) -> str:
        """Return the name of a trained model of the study.

        Parameters
        ----------
        model
            Its name. None: that with the lowest CRPS on the evaluation part, over all seeds and on the series that
            all trained models have; the first where the run is not scored.
        carried
            True where only models are of use that may carry their state on.
        state
            Of carried states: the model that left it comes first.

        Raises
        ------
        InputError
            If the study has no such model.
        """
        entries = of_class(self.study.forecasters, LSTM)
        if not entries:
            raise InputError(f"{self.folder}: its study has no forecaster of kind lstm to predict with")
        if model is not None:
            if model not in entries:
                raise InputError(f"{self.folder}: no model {model!r}; {nearest(model, entries)}")
            return model
        for name in entries if state is not None else ():
            if state is not None and self._weights(name) == state.attrs.get("models"):
                return name
        many = [name for name, entry in entries.items() if entry.training.warm_up is not None]
        names = many if carried and many else list(entries)
        scored = (self.folder / "scores.csv").exists()
        return (lowest_crps(self._scores, names) if scored and len(names) > 1 else None) or names[0]

    def crps(self) -> dict[str, float]:
        """Return the CRPS of each trained model over everything that is evaluated [m3 m-3]; empty before scoring."""
        if not (self.folder / "scores.csv").exists():
            return {}
        total = totals(self._scores, "crps")
        return {name: total[name] for name in of_class(self.study.forecasters, LSTM) if name in total}

    def _weights(self, name: str) -> str | None:
        """Return what a state of a model's fits is known by; None where one is not there."""
        from thetamix.prediction.predictor import key_of

        folders = self.fits(name)
        return key_of(folders) if all((folder / "model.safetensors").exists() for folder in folders) else None

    def fits(self, name: str) -> list[Path]:
        """Name the folders of a model's fits, one a seed."""
        return [self.folder / "fits" / f"{name}-s{seed}" for seed in self.study.seeds]

    @cached_property
    def _predictors(self) -> "dict[tuple[str, str, bool], Predictor]":
        return {}


@contextlib.contextmanager
def _opened(network: str | Path | xr.Dataset) -> Iterator[xr.Dataset]:
    """Check a network to predict, opening it where it is a file."""
    if isinstance(network, xr.Dataset):
        check_network(network, "the network", readings=False)
        yield network
        return
    with open_network(network, readings=False) as opened:
        yield opened


@contextlib.contextmanager
def context_of(run: Run, progress: Progress) -> Iterator[StudyContext]:
    """Yield a finished run to work on it again: figures, tables, the page.

    Parameters
    ----------
    run
        Scored.
    progress
        Says what is going on.

    Yields
    ------
    StudyContext
        With the network open.
    """
    require_file(run.folder / "scores.csv", "scores")
    study = run.study
    with open_of_study(study, run.folder) as network:
        yield StudyContext(resolve_steps(study, time_step(network["time"])), network, run.folder, progress, "")


def open_run(folder: str | Path) -> Run:
    """Open a run folder.

    Parameters
    ----------
    folder
        As :func:`thetamix.study.run.run_study` leaves it.

    Returns
    -------
    Run
        The run.

    Raises
    ------
    InputError
        If it is not a run folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such run folder; `thetamix run` makes one")
    require_file(folder / "study.yml", "run's study")
    return Run(folder)
