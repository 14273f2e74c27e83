"""Tables that describe a study: the models (the paper's Table 1 and section 4.2) and their inputs (Table A1)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from safetensors import safe_open

from thetamix.network.schema import VARIABLES, time_step
from thetamix.system.errors import InputError
from thetamix.system.files import require_file

CAPTIONS = {
    "table_1": "Table 1. The models.",
    "table_a1": "Table A1. Inputs, target and reference.",
    "table_models": "Size of the models and time to train them, mean over the seeds.",
}


def model_table(folders: Mapping[str, Path]) -> pd.DataFrame:
    """Describe the models (the paper's Table 1).

    Parameters
    ----------
    folders
        Of one fit of each model, by its name.

    Returns
    -------
    pandas.DataFrame
        A row a model; text.

    Raises
    ------
    InputError
        If a folder has no model.
    """
    rows = {name: _describe(read_card(folder)) for name, folder in folders.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Model")


def _describe(card: Mapping[str, Any]) -> dict[str, str]:
    inputs, shape = card["inputs"], card["architecture"]
    forcing = [entry["scale"]["name"] + (" (optional)" if entry["optional"] else "") for entry in inputs["forcing"]]
    static = [entry["name"] for entry in [*inputs["numbers"], *inputs["categories"]]]
    told, components = bool(inputs["replicates"]), shape["components"]
    gaussians = "one Gaussian" if components == 1 else f"a mixture of {components} Gaussians"
    layers = "1 layer" if shape["layers"] == 1 else f"{shape['layers']} layers"
    return {
        "Sensor ID information": "Used" if told else "Not used",
        "Input variables": ", ".join([*forcing, *static]),
        "Hyperparameter setup": (
            f"{layers} of {shape['hidden']} units, dropout {shape['dropout']:g}, "
            f"{card['sequence']} steps of {card['step_hours']:g} h"
        ),
        "Output": f"{gaussians} for each replicate" if told else f"{gaussians} for all replicates",
    }


def models_table(fits: Mapping[tuple[str, int], Path], seconds: Mapping[tuple[str, int], float]) -> pd.DataFrame:
    """Compare size and training time of the models (the paper's section 4.2).

    Parameters
    ----------
    fits
        Folders by name of the model and seed.
    seconds
        How long their training took [s], likewise; those that are not known are left out.

    Returns
    -------
    pandas.DataFrame
        A row a model: inputs at a time step, hidden units, Gaussians, parameters, training time [s]; text, "not
        recorded" where no time is known.

    Raises
    ------
    InputError
        If a folder has no model.
    """
    rows = {}
    for name in dict.fromkeys(name for name, _ in fits):
        folders = {seed: folder for (of, seed), folder in fits.items() if of == name}
        card = read_card(next(iter(folders.values())))
        lengths = [seconds[name, seed] for seed in folders if (name, seed) in seconds]
        counts = sorted({count_numbers(folder / "model.safetensors") for folder in folders.values()})
        rows[name] = {
            "Inputs": str(_input_size(card["inputs"])),
            "Hidden units": str(card["architecture"]["hidden"]),
            "Gaussians": str(card["architecture"]["components"]),
            # Seeds may have met different categories, and then differ in their inputs.
            "Parameters": " to ".join(f"{count:,}" for count in dict.fromkeys([counts[0], counts[-1]])),
            "Training time [s]": f"{np.mean(lengths):.0f}" if lengths else "not recorded",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("Model")


def _input_size(inputs: Mapping[str, Any]) -> int:
    dynamic = sum(1 + entry["optional"] for entry in inputs["forcing"])
    categories = sum(len(entry["values"]) for entry in inputs["categories"])
    return int(dynamic + len(inputs["numbers"]) + categories + len(inputs["replicates"]))


def read_card(folder: Path) -> dict[str, Any]:
    """Read what ``model.json`` says of a model, without its weights.

    Parameters
    ----------
    folder
        Of a fit.

    Returns
    -------
    dict
        Plain values.

    Raises
    ------
    InputError
        If there is no model.
    """
    path = require_file(folder / "model.json", "model")
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    missing = {"architecture", "inputs", "sequence", "step_hours"} - set(card)
    if missing:
        raise InputError(f"{path}: not a model of thetamix: {', '.join(sorted(missing))} is missing")
    return card


def count_numbers(path: Path) -> int:
    """Count the trained numbers of a file of weights; only its head is read.

    Parameters
    ----------
    path
        ``model.safetensors``.

    Returns
    -------
    int
        How many.
    """
    with safe_open(str(require_file(path, "model")), framework="numpy") as file:
        return sum(int(np.prod(file.get_slice(name).get_shape())) for name in file.keys())  # noqa: SIM118


def inputs_table(network: xr.Dataset, inputs: Sequence[str]) -> pd.DataFrame:
    """List inputs, target and reference with what the network's attributes say of them (the paper's Table A1).

    Parameters
    ----------
    network
        The network.
    inputs
        Names of the forcing and attributes that models are given.

    Returns
    -------
    pandas.DataFrame
        A row a variable: what it is, source, resolution, further words, units; text. Depth is always an input.
    """
    names = ["depth", *inputs, "soil_moisture"]
    if "reference_soil_moisture" in network:
        names.append("reference_soil_moisture")
    minutes = time_step(network["time"]) / np.timedelta64(1, "m")
    step = f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
    rows = {name: _about(network[name], network.attrs, step) for name in dict.fromkeys(names) if name in network}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("Variable")
    return table.set_axis([name.replace("_", " ") for name in rows], axis="index").rename_axis("Name")


def _about(variable: xr.DataArray, network: Mapping[str, Any], step: str) -> dict[str, str]:
    text = variable.dtype.kind in "OUS"
    standard = VARIABLES.get(str(variable.name))
    long_name = variable.attrs.get("long_name", standard.long_name if standard else "")
    words = [str(long_name), str(variable.attrs.get("comment", ""))]
    if text:
        classes = sorted({str(value) for value in variable.to_numpy().ravel()})
        words.append(f"{len(classes)} classes: {', '.join(classes)}")
    dimension = "depth" if variable.dims == ("depth",) else "cluster"
    usual = step if "time" in variable.dims else f"one value a {dimension}"
    return {
        "Source": str(variable.attrs.get("source", network.get("source", ""))),
        "Resolution": str(variable.attrs.get("resolution", usual)),
        "Supplementary information": "; ".join(word for word in words if word),
        "Units": "class" if text else str(variable.attrs.get("units", "")),
    }
