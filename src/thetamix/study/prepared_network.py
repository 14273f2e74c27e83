"""How a study opens its data: the network file as it is, or what is prepared of it and others in the run folder."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network import preparing
from thetamix.network.netcdf import open_network, reading
from thetamix.network.preparing import Preparation
from thetamix.network.running_means import with_running_means
from thetamix.network.schema import time_step
from thetamix.network.streaming import write_clusters
from thetamix.study.environment import hash_once
from thetamix.study.settings import Study
from thetamix.study.steps import KEYS
from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.progress import Progress

#: What a study with a step of its own, or with several networks, works on; relative to the run folder.
PREPARED = "prepared-network.nc"
#: The global attribute of a prepared network that says what it was made of.
KEY = "prepared_key"
#: Raised when the same files and settings give another network.
VERSION = 1


def network_path(study: Study, folder: Path) -> Path:
    """Return the file that the steps of a study work on."""
    return folder / PREPARED if study.prepares else next(iter(study.networks.values()))


def hash_of_data(study: Study, folder: Path) -> str:
    """Hash what a study works on: the network file, or the files and settings that make the prepared one."""
    keys = folder / KEYS
    if not study.prepares:
        return hash_once(network_path(study, folder), keys / "network.hash")
    # A study of several files is told apart by their names, which stand in the prepared one.
    hashes = {name: hash_once(path, keys / f"network-{name}.hash") for name, path in study.networks.items()}
    parts = [VERSION, hashes, study.step, sorted(set(study.quality.reject))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextlib.contextmanager
def prepared(study: Study, folder: Path, progress: Progress) -> Iterator[xr.Dataset]:
    """Open what a study works on; what is to be prepared is written, unless it is there and of the same files.

    Parameters
    ----------
    study
        With absolute paths.
    folder
        The run folder, held.
    progress
        Says what is going on.

    Yields
    ------
    xarray.Dataset
        The network; values are read when they are asked for.

    Raises
    ------
    InputError
        If a file is no network, or the networks do not go together.
    """
    if study.prepares:
        _prepare(study, folder, progress)
    else:
        (folder / PREPARED).unlink(missing_ok=True)  # of the study before its last change
    with open_of_study(study, folder) as network:
        yield network


def open_of_study(study: Study, folder: Path) -> xr.Dataset:
    """Open what the steps of a study work on, with the running means that its forecasters are told."""
    return with_running_means(open_network(network_path(study, folder)), study.weather)


def _prepare(study: Study, folder: Path, progress: Progress) -> None:
    path, key = folder / PREPARED, hash_of_data(study, folder)
    if path.exists() and _key_of(path) == key:
        progress.say("network: up to date")
        return
    progress.say(f"network: {', '.join(str(file) for file in study.networks.values())}, prepared in {path}")
    with opened_together(study.networks, study.step, study.quality.reject) as preparation:
        preparation.skeleton.attrs[KEY] = key
        size = preparation.skeleton.sizes["cluster"]
        with progress.task("network") as report:

            def counted() -> Iterator[dict[str, np.ndarray]]:
                for number, cluster in enumerate(preparation.clusters(), 1):
                    yield cluster
                    report(number / size, "")

            write_clusters(preparation.skeleton, counted(), path)
        for note in preparation.notes:
            progress.say(f"  {note}")


def _key_of(path: Path) -> str | None:
    """Return what a prepared network was made of."""
    with reading(path), xr.open_dataset(path, engine="netcdf4") as network:
        return network.attrs.get(KEY)


@contextlib.contextmanager
def opened_at_step(
    path: Path, hours: float, forcing: Sequence[str], say: Callable[[str], None]
) -> Iterator[xr.Dataset]:
    """Open a network to predict, at the step that models were trained on where its own is shorter.

    Parameters
    ----------
    path
        Of the network; it needs no readings.
    hours
        Step of the models [h].
    forcing
        What the models are told; running means of it are added.
    say
        Takes a line where the step is another.
    """
    with open_network(path, readings=False) as network:
        own = time_step(network["time"]) if network.sizes["time"] > 1 else None
        step = np.timedelta64(round(hours * 3600), "s")
        if own is None or own >= step:
            yield with_running_means(network, forcing)
            return
    say(f"{path}: brought from steps of {format_duration(own)} to {format_duration(step)}, those of the models")
    yield with_running_means(preparing.open_network(path, readings=False, step=format_duration(step)), forcing)


@contextlib.contextmanager
def opened_together(networks: Mapping[str, Path], step: str | None, reject: Sequence[str]) -> Iterator[Preparation]:
    """Open several networks as a single one, or one at another step.

    Parameters
    ----------
    networks
        Files by name.
    step
        A duration; None: the longest of the networks.
    reject
        Flags of the readings that enter no mean.
    """
    with contextlib.ExitStack() as stack:
        opened = {name: stack.enter_context(open_network(path)) for name, path in networks.items()}
        yield Preparation(opened, None if step is None else parse_duration(step), reject)
