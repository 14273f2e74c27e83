"""neuralhydrology (Kratzert et al. 2022, doi:10.21105/joss.04050) as the other side: its environment and its data.

Installed once into an environment of its own below ``build/``. Each sensor becomes a "basin" of its generic dataset:
the standardised forcing and static inputs of thetamix, and the readings of the training part.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
import yaml

from sides.data import MODELS, PAPER, BenchmarkData
from thetamix.inputs.encoding import forcing_inputs, static_inputs
from thetamix.model.model_file import ModelCard

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent.parent / "build" / "neuralhydrology"


def environment() -> Path:
    """Give the Python of the other side; installs it the first time."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "complete").exists():
        print("installing neuralhydrology into build/neuralhydrology (once, some minutes)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", HERE / "neuralhydrology.txt"], check=True)
        (ENVIRONMENT / "complete").touch()
    return python


def write_peer_data(data: BenchmarkData, card: ModelCard, folder: Path) -> Path:
    """Write the sensors as basins and a configuration of the same network; gives the configuration."""
    forcing, _ = forcing_inputs(data.network, card.inputs)
    static = static_inputs(data.network, card.inputs)
    # What is the same everywhere tells nothing, and cannot be standardised there.
    kept = np.flatnonzero(static.reshape(-1, static.shape[-1]).std(axis=0) > 0)
    names = [f"input_{number}" for number in range(forcing.shape[-1])]
    time = pd.DatetimeIndex(data.network["time"].to_numpy(), name="date")
    attributes = {}
    (folder / "time_series").mkdir(parents=True)
    (folder / "attributes").mkdir()
    sensors = [
        (*key, number) for key, marked in data.trained.items() for number in np.flatnonzero(marked.any(axis=1))
    ]
    for cluster, depth, replicate in sensors:
        basin = f"c{cluster}_{depth}_{replicate}"
        marked, readings = (masked[cluster, depth][replicate] for masked in (data.trained, data.readings))
        target = np.where(marked, readings, np.nan)
        columns = {name: forcing[cluster, :, number] for number, name in enumerate(names)}
        frame = pd.DataFrame(columns | {"soil_moisture": target}, index=time)
        xr.Dataset.from_dataframe(frame).to_netcdf(folder / "time_series" / f"{basin}.nc", engine="netcdf4")
        attributes[basin] = {f"static_{number}": static[cluster, depth, number] for number in kept}
    table = pd.DataFrame.from_dict(attributes, orient="index").rename_axis("gauge_id")
    table.to_csv(folder / "attributes" / "attributes.csv")
    (folder / "basins.txt").write_text("\n".join(table.index) + "\n", encoding="utf-8")
    few = table.index[:2]
    (folder / "few.txt").write_text("\n".join(few) + "\n", encoding="utf-8")
    first, last = (f"{moment:%d/%m/%Y}" for moment in (time[0] + pd.Timedelta("7D"), time[-1]))
    configuration = {
        "experiment_name": "benchmark",
        "run_dir": str(folder / "runs"),
        "train_basin_file": str(folder / "basins.txt"),
        "validation_basin_file": str(folder / "few.txt"),
        "test_basin_file": str(folder / "few.txt"),
        **{f"{part}_start_date": first for part in ("train", "validation", "test")},
        **{f"{part}_end_date": last for part in ("train", "validation", "test")},
        "seed": 1,
        "device": "cpu",
        "num_workers": 0,
        "model": "cudalstm",
        "head": "gmm",
        "loss": "GMMLoss",
        "n_distributions": MODELS["3G-LSTM"][0],
        "n_samples": 1,
        "negative_sample_handling": "none",
        "mc_dropout": False,
        "hidden_size": PAPER["hidden"],
        "initial_forget_bias": PAPER["forget_gate_bias"],
        "output_dropout": PAPER["dropout"],
        "optimizer": "Adam",
        "learning_rate": {0: PAPER["learning_rate"]},
        "batch_size": PAPER["batch"],
        "epochs": 1,
        "max_updates_per_epoch": 1,
        "save_weights_every": 1,
        "seq_length": PAPER["sequence"],
        "predict_last_n": 1,
        "dataset": "generic",
        "data_dir": str(folder),
        "dynamic_inputs": names,
        "static_attributes": list(table.columns),
        "target_variables": ["soil_moisture"],
        "log_tensorboard": False,
        "log_n_figures": 0,
        "verbose": 0,
    }
    path = folder / "configuration.yml"
    path.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    return path
