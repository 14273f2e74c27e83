"""From the study file that a user wrote to the study that is run, with every default written out."""

from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import ValidationError

from thetamix.forecasters.base import Forecaster
from thetamix.study.settings import Study, spelled_out
from thetamix.system.errors import InputError, nearest
from thetamix.system.files import write_text
from thetamix.system.yaml_files import read_yaml
from thetamix.training.settings import PRESETS


def load_study(path: str | Path) -> Study:
    """Read a study file; paths in it are relative to it.

    Returns
    -------
    Study
        With presets filled, entries' overrides merged, references spelled out, paths absolute.

    Raises
    ------
    InputError
        If the file is missing or not a study; the message names the key and the nearest known one.
    """
    path = Path(path)
    raw = read_yaml(path, "study")
    if not isinstance(raw, dict):
        raise InputError(f"{path}: not a study; `thetamix init` writes one to start from")
    return parse_study(raw, str(path), path.parent)


def parse_study(raw: dict[str, Any], source: str, folder: Path) -> Study:
    """Check and complete a study.

    Parameters
    ----------
    raw
        As read from YAML.
    source
        For the messages.
    folder
        What paths are relative to.

    Returns
    -------
    Study
        Complete but for what only the network's time step tells.

    Raises
    ------
    InputError
        At the first thing that is wrong.
    """
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{source}: {_first_problem(error)}") from error
    forecasters = {name: entry.located(folder) for name, entry in spelled_out(study.forecasters).items()}
    files = {name: (folder / path).resolve() for name, path in study.networks.items()}
    network = files if isinstance(study.network, dict) else next(iter(files.values()))
    return study.model_copy(update={"network": network, "forecasters": _members_first(forecasters)})


def write_template(preset: str, path: Path, network: Path | None = None) -> None:
    """Write a commented study file to start from.

    Parameters
    ----------
    preset
        Of the training.
    path
        The study file.
    network
        For which it is written; None: for any.

    Raises
    ------
    InputError
        If the preset is not known, the file exists already, or the network is none.
    """
    if preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; {nearest(preset, PRESETS)}")
    if path.exists():
        raise InputError(f"{path}: exists already; choose another name with -o")
    if network is not None:
        from thetamix.study.propose import propose

        write_text(path, propose(network, preset, path))
        return
    text = resources.files("thetamix").joinpath("templates", "study.yml").read_text(encoding="utf-8")
    write_text(path, text.replace("@PRESET@", preset))


def resolve_steps(study: Study, step: np.timedelta64) -> Study:
    """Write out what depends on the time step of the network: the sequence in steps and as a duration."""
    forecasters = {name: entry.resolved(step) for name, entry in study.forecasters.items()}
    return study.model_copy(update={"training": study.training.resolved(step), "forecasters": forecasters})


def to_yaml(study: Study) -> str:
    """Return a study as YAML that reads back as the same study."""
    # With what is not set: a preset would fill it in again.
    plain = study.model_dump(mode="json")
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)


def _members_first(forecasters: dict[str, Forecaster]) -> dict[str, Forecaster]:
    # An ensemble may stand before its members in the file, and may pool other ensembles.
    done: dict[str, Forecaster] = {}
    waiting = dict(forecasters)
    while waiting:
        ready = [
            name
            for name, entry in waiting.items()
            if all(member in done for member in entry.depends_on().forecasters)
        ]
        if not ready:
            raise InputError(f"forecasters: {', '.join(waiting)} pool each other or lack a member")
        for name in ready:
            done[name] = waiting.pop(name)
    return done


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    key = ".".join(str(key) for key in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
