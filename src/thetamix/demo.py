"""The demonstration: a small simulated network with a known truth, and the whole study on it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr
import yaml

from thetamix.console import Desk
from thetamix.files import write_text
from thetamix.network.netcdf import write_network

#: Few clusters, but four years: an annual cycle needs them, and so does a model of the weather.
SIZE: dict[str, Any] = {"clusters": 6, "years": 4.0, "step_hours": 3}

#: Small enough for three minutes on two cores; what is changed against the paper's training is written out.
STUDY: dict[str, Any] = {
    "name": "demo",
    "network": "network.nc",
    "quality": {"reject": ["C01", "C02"], "replicates": "all"},
    "inputs": {
        "forcing": ["precipitation", "potential_evapotranspiration", "air_temperature", "discharge"],
        "attributes": ["elevation", "soil_type", "land_use"],
    },
    "split": {"scheme": "blocks", "block": "90d", "evaluation_share": 0.4},
    "training": {
        "preset": "paper",
        "batch": 32,
        "learning_rate": 3e-3,
        "epochs": 6,
        "windows_per_epoch": 25000,
        "dropout": 0.25,
    },
    "forecasters": {
        "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
        "3G-LSTM": {"kind": "lstm", "components": 3},
        "both": {"kind": "ensemble", "of": ["condLSTM", "3G-LSTM"]},
        "annual cycle": {"kind": "annual_cycle", "by": ["geology", "depth"]},
        "annual cycle of the series": {"kind": "annual_cycle", "by": "series"},
        "reference": {"kind": "reference"},
        "true law": {"kind": "file", "file": "truth.nc"},
    },
    "seeds": [1],
}


def run_demo(out: Path, seed: int, desk: Desk, workers: int) -> Path:
    """Simulate a network and run the study on it.

    Parameters
    ----------
    out
        Where network, study and run go.
    seed
        Of the simulation.
    desk
        Says what is going on.
    workers
        See :func:`thetamix.run.run_study`.

    Returns
    -------
    pathlib.Path
        The run folder.
    """
    from thetamix.run import run_study

    network = out / "network.nc"
    stamp = out / "simulation.txt"
    made = f"{SIZE}, seed {seed}\n"
    if not (network.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == made):
        stamp.unlink(missing_ok=True)
        write_simulation(network, out / "truth.nc", desk, seed=seed, replicates=3, without=(), **SIZE)
        write_text(stamp, made)
    study = out / "demo.yml"
    write_text(study, yaml.safe_dump(STUDY, sort_keys=False))
    return run_study(study, out / "run", desk, workers).folder


def write_simulation(
    out: Path,
    truth: Path | None,
    desk: Desk,
    *,
    clusters: int,
    years: float,
    seed: int,
    replicates: int,
    step_hours: int,
    without: Sequence[str],
) -> None:
    """Simulate a network and write it, with its true law where that is wanted.

    Parameters
    ----------
    out
        The network file.
    truth
        The prediction file of the true law; None for none.
    desk
        Says what is going on.
    clusters, years, seed, replicates, step_hours, without
        See :func:`thetamix.simulation.simulate`.
    """
    from thetamix.simulation.network import simulate

    desk.say(f"simulating {clusters} clusters, {years:g} years in steps of {step_hours} h, seed {seed}")
    simulation = simulate(
        clusters,
        years,
        seed,
        replicates=replicates,
        step_hours=step_hours,
        truth_profiles=64 if truth is not None else 0,
        without=tuple(without),
    )
    write_network(simulation.network, out)
    desk.say(f"wrote {out}")
    if truth is not None and simulation.truth is not None:
        _write_truth(simulation.network, simulation.truth, truth)
        desk.say(f"wrote {truth}")


def _write_truth(network: xr.Dataset, truth: xr.Dataset, path: Path) -> None:
    from thetamix.prediction.files import PARAMETERS, write_prediction

    title = "true law of a new replicate"
    with write_prediction(path, network, truth.sizes["component"], title=title) as prediction:
        for cluster in range(truth.sizes["cluster"]):
            for depth in range(truth.sizes["depth"]):
                values = [truth[name].isel(cluster=cluster, depth=depth).to_numpy() for name in PARAMETERS]
                prediction.write(cluster, depth, *values)
