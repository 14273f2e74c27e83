"""A run folder, to look into and to predict with."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.console import Desk
from thetamix.crew import cores
from thetamix.errors import InputError, nearest
from thetamix.files import refuse_input, require_file, sha256
from thetamix.locks import alone_with
from thetamix.network.netcdf import open_network
from thetamix.network.schema import time_step
from thetamix.resolve import load_study, resolve_steps
from thetamix.study import LSTM, Study
from thetamix.work.bench import Bench
from thetamix.work.files import read_table

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
        """All scores, the long table; see :func:`thetamix.evaluation.aggregate.score_table`."""
        return read_table(self.folder / "scores.csv")

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
            Mixtures; see :func:`thetamix.prediction.files.open_prediction`.
        """
        from thetamix.prediction.files import open_prediction

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
            Name of an LSTM in the study; the first by default. Its seeds are pooled.
        device
            ``auto`` (a graphics card where there is one), ``cpu`` or ``cuda``.
        bf16
            Compute the windows in bfloat16: about 1.5 times faster on a processor made for it, and a little off. Not
            for models that carry their state.

        Returns
        -------
        xarray.Dataset
            Mixtures (cluster, depth, time, component); see :func:`thetamix.prediction.files.open_prediction`.

        Raises
        ------
        InputError
            If the network lacks an input, has another time step or an unseen category.
        """
        with contextlib.ExitStack() as files:
            if not isinstance(network, xr.Dataset):
                network = files.enter_context(open_network(network, readings=False))
            predictor = self.predictor(model, device, bf16=bf16)
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
            See :meth:`predict`; it must have been trained sequence-to-many (``training.warm_up``).
        device
            See :meth:`predict`; a state may go on on another one.

        Returns
        -------
        prediction, state : xarray.Dataset
            See :meth:`thetamix.prediction.predictor.Predictor.advance`.

        Raises
        ------
        InputError
            If the model was trained on windows, or the state is of other models, places or times.
        """
        with contextlib.ExitStack() as files:
            if not isinstance(network, xr.Dataset):
                network = files.enter_context(open_network(network, readings=False))
            return self.predictor(model, device).advance(network, state)

    def predictor(self, model: str | None = None, device: str = "auto", *, bf16: bool = False) -> "Predictor":
        """Load the fits of one LSTM; they stay in memory.

        Parameters
        ----------
        model
            Name of an LSTM in the study; the first by default.
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

        models = {name: entry for name, entry in self.study.forecasters.items() if isinstance(entry, LSTM)}
        if not models:
            raise InputError(f"{self.folder}: its study has no forecaster of kind lstm to predict with")
        name = next(iter(models)) if model is None else model
        if name not in models:
            raise InputError(f"{self.folder}: no model {name!r}; {nearest(name, models)}")
        if (name, device, bf16) not in self._predictors:
            inputs = models[name].inputs
            assert inputs is not None
            folders = [self.folder / "fits" / f"{name}-s{seed}" for seed in self.study.seeds]
            self._predictors[name, device, bf16] = Predictor(
                folders, inputs.unseen, device, bf16=bf16, threads=cores()
            )
        return self._predictors[name, device, bf16]

    @cached_property
    def _predictors(self) -> "dict[tuple[str, str, bool], Predictor]":
        return {}


def predict_file(
    run: Run,
    network: str | Path,
    out: str | Path,
    model: str | None = None,
    desk: Desk | None = None,
    device: str = "auto",
    *,
    bf16: bool = False,
    state: str | Path | None = None,
) -> None:
    """Predict every place, depth and time of a network into a prediction file, going on where it was interrupted.

    Parameters
    ----------
    run
        With the models.
    network
        File with forcing and attributes; it needs no readings.
    out
        The prediction file.
    model, device, bf16
        See :meth:`Run.predict`.
    desk
        Says what is going on; silent by default.
    state
        File of carried states, which the prediction goes on from and leaves ready for the next steps; where it does
        not exist, it begins here. None: nothing is carried on.
    """
    from thetamix.prediction.extrapolation import extrapolated
    from thetamix.prediction.pieces import predict_in_pieces

    desk = desk or Desk()
    predictor = run.predictor(model, device, bf16=bf16)
    path = require_file(Path(network), "network")
    refuse_input(Path(out), [path, *([Path(state)] if state is not None else [])])
    if state is not None:
        refuse_input(Path(state), [path])
    with contextlib.ExitStack() as stack:
        places = stack.enter_context(open_network(path, readings=False))
        try:
            predictor.check(places, carried=state is not None)
        except InputError as error:
            raise InputError(f"predicting {path}: {error}") from error
        stack.enter_context(alone_with(Path(out), "-o"))
        if state is not None:
            stack.enter_context(alone_with(Path(state), "--state"))
        report = stack.enter_context(desk.task("predict"))
        sizes = ", ".join(f"{places.sizes[name]} {name}s" for name in ("cluster", "depth"))
        desk.say(f"predicting {sizes}, {places.sizes['time']} times")
        for line in extrapolated(places, predictor.inputs):
            desk.say(line)
        there, without = predict_in_pieces(
            predictor,
            places,
            Path(out),
            network_hash=sha256(path),
            title=f"{model or 'LSTM'} of {run.study.name}, seeds pooled{', computed in bfloat16' if bf16 else ''}",
            report=report,
            state=Path(state) if state is not None else None,
        )
        until = np.datetime_as_string(places["time"].to_numpy()[-1], "m")
    if without:
        desk.say(
            f"{without:.1%} of the steps have no prediction: forcing is missing or begins too late before them"
        )
    gone_on = f" ({there} pieces were there already)" if there else ""
    left = f"; the state of {until} is in {state}" if state is not None else ""
    desk.say(f"wrote {out}{gone_on}{left}")


@contextlib.contextmanager
def bench_of(run: Run, desk: Desk) -> Iterator[Bench]:
    """Lay a finished run out to work on it again: figures, tables, the page.

    Parameters
    ----------
    run
        Scored.
    desk
        Says what is going on.

    Yields
    ------
    Bench
        With the network open.
    """
    require_file(run.folder / "scores.csv", "scores")
    study = run.study
    with open_network(study.network) as network:
        yield Bench(resolve_steps(study, time_step(network["time"])), network, run.folder, desk, "")


def open_run(folder: str | Path) -> Run:
    """Open a run folder.

    Parameters
    ----------
    folder
        As :func:`run_study` leaves it.

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
