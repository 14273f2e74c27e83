"""Trained models, ready for any network: the fits of one forecaster, pooled over their seeds."""

import contextlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from thetamix.inputs.requirements import find_forcing
from thetamix.model.model_file import ModelCard, load_model
from thetamix.network.series import places
from thetamix.prediction.block import Mixture, predict_series, replicate_of_components
from thetamix.prediction.carried import State
from thetamix.prediction.layout import DIMENSIONS, PARAMETERS
from thetamix.prediction.model_inputs import (
    check_alike,
    check_carried,
    check_inputs,
    check_record,
    read_inputs,
)
from thetamix.system.device import card_has_room, choose_device, prepare_processor, why_no_bf16
from thetamix.system.errors import InputError
from thetamix.system.files import sha256

_MOISTURE = {"units": "m3 m-3"}
_ELSEWHERE = "Or predict on the processor (`--device cpu`)"


def key_of(folders: Sequence[Path]) -> str:
    """Return the hashes of the weights of models, by which a state knows them."""
    return " ".join(sha256(folder / "model.safetensors")[:16] for folder in folders)


class Predictor:
    """The fits of one forecaster.

    Parameters
    ----------
    folders
        Of the models: the same forecaster with several seeds.
    unseen
        ``error`` or ``zero``: what to do with a category that was not trained on.
    device
        ``auto`` (a graphics card where there is one), ``cpu`` or ``cuda``.
    bf16
        Compute the windows in bfloat16: faster, and a little off; only on a processor that has instructions for it.
    threads
        Series that are predicted at a time on the processor.

    Raises
    ------
    InputError
        If the fits are not alike, there is no such device, or bfloat16 is asked of one that cannot, or of models that
        carry their state.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        unseen: str,
        device: str = "auto",
        *,
        bf16: bool = False,
        threads: int = 1,
    ) -> None:
        prepare_processor()
        chosen = choose_device(device, "device")
        self._folders = folders
        with card_has_room(_ELSEWHERE):
            self._models = [(model.to(chosen), card) for model, card in map(load_model, folders)]
        check_alike({folder: card for folder, (_, card) in zip(folders, self._models, strict=True)})
        self._unseen = unseen
        self._dtype = torch.bfloat16 if bf16 else torch.float32
        self._threads = threads
        if bf16 and (reason := why_no_bf16(chosen)):
            raise InputError(f"bf16: {reason}; predict without")
        if bf16 and any(card.warm_up is not None for _, card in self._models):
            raise InputError(
                "bf16 is for models that were trained on windows; a state that is carried on would gather its errors"
            )

    @cached_property
    def key(self) -> str:
        """Hashes of the weights: what a state belongs to."""
        return key_of(self._folders)

    @property
    def computed_in(self) -> str:
        """Name of the numbers that windows are computed in: ``float32`` or ``bfloat16``."""
        return str(self._dtype).removeprefix("torch.")

    @property
    def replicate(self) -> list[int] | None:
        """The replicate of each component, where each belongs to one."""
        every = [replicate_of_components(card) for _, card in self._models]
        return [code for codes in every for code in codes or ()] or None

    @property
    def components(self) -> int:
        """Number of components of a pooled mixture."""
        return sum(card.architecture.components * max(len(card.inputs.replicates), 1) for _, card in self._models)

    @property
    def cards(self) -> list[ModelCard]:
        """What has to be known of each model."""
        return [card for _, card in self._models]

    @property
    def forcing(self) -> list[str]:
        """Names of the forcing that the models are told."""
        return [entry.scale.name for card in self.cards for entry in card.inputs.forcing]

    def check(self, network: xr.Dataset, *, carried: bool = False) -> None:
        """Raise unless a network has what the models are told.

        Parameters
        ----------
        network
            The whole of it: a part may lack forcing.
        carried
            True where a state is carried on: a day may lack forcing, too, and the models must be made for it.

        Raises
        ------
        InputError
            If an input is missing, or forcing is missing throughout or too short for a prediction; or if models that
            were trained on windows are to carry a state on.
        """
        for card in self.cards:
            check_inputs(network, card, self._unseen)
            if carried:
                check_carried(card)
                continue
            find_forcing(network, card.inputs.required)
        if not carried:
            check_record(self.cards, network)

    def check_state(self, network: xr.Dataset, state: xr.Dataset) -> None:
        """Raise unless these models can go on from a state.

        Parameters
        ----------
        network
            The next steps.
        state
            Before them.

        Raises
        ------
        InputError
            If it is of other models, places or times.
        """
        if state.attrs.get("models") != self.key:
            raise InputError("the state is of other models; begin anew, with the record that leads up to now")
        for name in ("cluster_id", "depth"):
            left, given = state.variables[name].values, network.variables[name].values
            if not (left.shape == given.shape and (left == given.astype(left.dtype)).all()):
                raise InputError(
                    f"the state is of another {name}: {left[:5].tolist()}, the network has {given[:5].tolist()}"
                )
        step = np.timedelta64(round(self._models[0][1].step_hours * 3600), "s")
        due, first = state.variables["time"].values.reshape(1)[0] + step, network.variables["time"].values[0]
        if due != first:
            advice = (
                "these steps are done already: give those from there on, or go on from an older copy of the state"
                if first < due
                else "give the steps in between, or begin anew"
            )
            raise InputError(
                f"the state goes on at {np.datetime_as_string(due, 'm')}, the network begins at "
                f"{np.datetime_as_string(first, 'm')}; {advice}"
            )

    def predict(self, network: xr.Dataset, report: Callable[[float], None] = lambda _: None) -> xr.Dataset:
        """Predict every place, depth and time of a network.

        Parameters
        ----------
        network
            Forcing and attributes; it needs no readings.
        report
            Takes the share that is done.

        Returns
        -------
        xarray.Dataset
            Mixtures (cluster, depth, time, component), as in a prediction file.
        """
        mixture, _ = self._predict(network, None, report)
        return self._dataset(network, mixture)

    def advance(
        self,
        network: xr.Dataset,
        state: xr.Dataset | None,
        report: Callable[[float], None] = lambda _: None,
    ) -> tuple[xr.Dataset, xr.Dataset]:
        """Predict the next steps from the state that the last ones left behind.

        Parameters
        ----------
        network
            Forcing of the next steps; one is enough.
        state
            From the last call, for the same clusters and depths; None at the beginning.
        report
            Takes the share that is done.

        Returns
        -------
        prediction : xarray.Dataset
            Mixtures of these steps; missing until the warm-up is over.
        state : xarray.Dataset
            After them; :func:`xarray.Dataset.to_netcdf` keeps it for tomorrow.

        Raises
        ------
        InputError
            If the models were trained on windows, or the state is of other models, places or times.
        """
        for card in self.cards:
            check_carried(card)
        if state is not None:
            self.check_state(network, state)
        mixture, states = self._predict(network, state, report)
        return self._dataset(network, mixture), self._state(network, states)

    def _predict(
        self, network: xr.Dataset, state: xr.Dataset | None, report: Callable[[float], None]
    ) -> tuple[Mixture, list[State]]:
        """Pool the models' mixtures with equal weights (series, time, component), and return their states."""
        members = places(network)
        pooled, states = [], []
        with card_has_room(_ELSEWHERE), self._same_draws(network):
            for number, (model, card) in enumerate(self._models):
                encoded = read_inputs(network, card, self._unseen)
                before = None if state is None else _from_dataset(state, number)
                mixtures, left, done = [], [], 0
                for block in predict_series(model, card, encoded, members, before, self._threads, self._dtype):
                    series, mixture, after = block
                    mixtures.append(mixture)
                    left += [after] if after is not None else []
                    done += len(series)
                    report((number + done / len(members)) / len(self._models))
                pooled.append([np.concatenate(parts) for parts in zip(*mixtures, strict=True)])
                states += [State.joined(left)] if left else []
        weight, mean, sd = (np.concatenate(parts, axis=-1) for parts in zip(*pooled, strict=True))
        return (weight / len(self._models), mean, sd), states

    @contextlib.contextmanager
    def _same_draws(self, network: xr.Dataset) -> Iterator[None]:
        """Let models that leave dropout on predict a network the same each time, and others' random numbers alone."""
        if not any(card.dropout_at_prediction for _, card in self._models):
            yield
            return
        with torch.random.fork_rng():
            names = " ".join(str(name) for name in network["cluster_id"].to_numpy())
            torch.manual_seed(zlib.crc32(names.encode()))
            yield

    def _dataset(self, network: xr.Dataset, mixtures: Mixture) -> xr.Dataset:
        import thetamix.mixture.accessor  # noqa: F401  # gives the data set its ``mixture``

        shape = (network.sizes["cluster"], network.sizes["depth"], network.sizes["time"], -1)
        values = [part.reshape(shape) for part in mixtures]
        data = {
            name: (DIMENSIONS, array.astype(np.float32, copy=False), {} if number == 0 else _MOISTURE)
            for number, (name, array) in enumerate(zip(PARAMETERS, values, strict=True))
        }
        more = {} if self.replicate is None else {"replicate": xr.Variable("component", self.replicate)}
        return xr.Dataset(data, _coordinates(network, time=network.variables["time"], **more))

    def _state(self, network: xr.Dataset, states: Sequence[State]) -> xr.Dataset:
        shape = (network.sizes["cluster"], network.sizes["depth"], -1)
        dims, time = ("cluster", "depth", "code"), network.variables["time"]

        def memory(parts: Sequence[torch.Tensor]) -> tuple[tuple[str, ...], np.ndarray]:
            values = torch.stack(list(parts))  # (member, layer, row, unit)
            return (
                ("member", "layer", *dims, "unit"),
                values.reshape(*values.shape[:2], *shape, values.shape[-1]).numpy(),
            )

        return xr.Dataset(
            {
                "hidden": memory([state.hidden for state in states]),
                "cell": memory([state.cell for state in states]),
                "age": (dims, states[0].age.reshape(shape)),
            },
            _coordinates(network, time=xr.Variable((), time.values[-1], time.attrs, time.encoding)),
            {"title": "what models remember of each place", "models": self.key},
        )


def _coordinates(network: xr.Dataset, **more: xr.Variable) -> xr.Coordinates:
    """Return the places of a network and more; indexes are the network's, as making one takes long."""
    variables = {name: network.variables[name] for name in ("cluster_id", "depth")} | more
    indexes = {name: network.xindexes[name] for name in ("depth", "time") if variables[name].dims}
    return xr.Coordinates(variables, indexes)


def _from_dataset(state: xr.Dataset, member: int) -> State:
    def memory(name: str) -> torch.Tensor:
        values = state.variables[name].values[member]
        return torch.from_numpy(values.reshape(values.shape[0], -1, values.shape[-1]))

    return State(memory("hidden"), memory("cell"), state.variables["age"].values.reshape(-1))
