"""The demonstration: a small simulated network with a known truth, and the whole study on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import yaml

from thetamix.network.netcdf import write_network
from thetamix.study.table_files import write_csv
from thetamix.system.files import write_text
from thetamix.system.progress import Progress

#: Few clusters, but four years: an annual cycle needs them, and so does a model of the weather.
SIZE: dict[str, Any] = {"clusters": 6, "years": 4.0, "step_hours": 3}

#: Profiles that the true laws are made of.
PROFILES = 64
#: A law in a file has at most so many components: 64 change probabilities by less than 0.01 when they become 8.
LAW_COMPONENTS = 8
#: Laws of each series whose change is measured.
LOOKED_AT = 100

#: True laws of a new replicate -> title: of its cluster, and of any cluster of its geology under the same weather,
#: which is all that a model can know.
LAWS = {
    "truth": "true law of a new replicate",
    "regional_truth": "true law of a new replicate at any cluster of the geology",
}

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
    "training": {"preset": "fast", "windows_per_epoch": 40000},
    "forecasters": {
        "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
        "3G-LSTM": {"kind": "lstm", "components": 3},
        "both": {"kind": "ensemble", "of": ["condLSTM", "3G-LSTM"]},
        "annual cycle": {"kind": "annual_cycle", "by": ["geology", "depth"]},
        "annual cycle of the series": {"kind": "annual_cycle", "by": "series"},
        "reference": {"kind": "reference"},
        "soil model": {"kind": "process", "population": 12, "generations": 12},
        "true law": {"kind": "file", "file": "truth.nc"},
        "true law of the region": {"kind": "file", "file": "regional-truth.nc"},
    },
    "seeds": [1],
}


def run_demo(out: Path, seed: int, progress: Progress, workers: int) -> Path:
    """Simulate a network and run the study on it.

    Parameters
    ----------
    out
        Where network, study and run go.
    seed
        Of the simulation.
    progress
        Says what is going on.
    workers
        See :func:`thetamix.study.run.run_study`.

    Returns
    -------
    pathlib.Path
        The run folder.
    """
    from thetamix.study.run import run_study

    network = out / "network.nc"
    stamp = out / "simulation.txt"
    made = f"{SIZE}, seed {seed}\n"
    if not (network.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == made):
        stamp.unlink(missing_ok=True)
        write_simulation(
            network,
            progress,
            laws={"truth": out / "truth.nc", "regional_truth": out / "regional-truth.nc"},
            seed=seed,
            replicates=3,
            without=("faults",),  # the true law leaves them out; with them it would be no floor
            **SIZE,
        )
        write_text(stamp, made)
    study = out / "demo.yml"
    write_text(study, f"# {again(out)}\n{yaml.safe_dump(STUDY, sort_keys=False)}")
    return run_study(study, out / "run", progress, workers).folder


def again(out: Path) -> str:
    """Return how the study is run again after a change.

    Parameters
    ----------
    out
        Where network, study and run are.

    Returns
    -------
    str
        One line.
    """
    return f"the study is {out / 'demo.yml'}; after a change: thetamix run {out / 'demo.yml'} --out {out / 'run'}"


def write_simulation(
    out: Path,
    progress: Progress,
    *,
    laws: Mapping[str, Path],
    clusters: int,
    years: float,
    seed: int,
    replicates: int,
    step_hours: int,
    without: Sequence[str],
) -> None:
    """Simulate a network and write it, with its faults, and its true laws where they are wanted.

    Parameters
    ----------
    out
        The network file; the faults that were planted are listed beside it, in ``<out>.faults.csv``.
    progress
        Says what is going on.
    laws
        Prediction files to write: a key of :data:`LAWS` -> path.
    clusters, years, seed, replicates, step_hours, without
        See :func:`thetamix.simulation.simulate.simulate`.
    """
    from thetamix.simulation.simulate import simulate

    progress.say(f"simulating {clusters} clusters, {years:g} years in steps of {step_hours} h, seed {seed}")
    with progress.task("simulate") as report:
        simulation = simulate(
            clusters,
            years,
            seed,
            replicates=replicates,
            step_hours=step_hours,
            truth_profiles=PROFILES if "truth" in laws else 0,
            regional_profiles=PROFILES if "regional_truth" in laws else 0,
            without=tuple(without),
            report=report,
        )
    write_network(simulation.network, out)
    faults = out.with_suffix(".faults.csv")
    write_csv(simulation.faults, faults)
    progress.say(f"wrote {out}, and its {len(simulation.faults)} faults to {faults}")
    for name, path in laws.items():
        write_law(simulation.network, getattr(simulation, name), path, LAWS[name])
        progress.say(f"wrote {path}")


def write_law(network: xr.Dataset, law: xr.Dataset, path: Path, title: str) -> None:
    """Write a true law with few components, and how far that moves it.

    Parameters
    ----------
    network
        Gives the coordinates.
    law
        Of :func:`thetamix.simulation.law.true_law`.
    path
        Of the prediction file; its ``comment`` names the largest change of a probability.
    title
        Of the file.
    """
    from thetamix.evaluation.reduction import largest_difference, reduce_components
    from thetamix.prediction.layout import PARAMETERS
    from thetamix.prediction.prediction_file import write_prediction

    profiles, merged = law.sizes["component"], min(LAW_COMPONENTS, law.sizes["component"])
    moved, looked_at = 0.0, 0
    with write_prediction(path, network, merged, title=title) as prediction:
        for cluster, depth in np.ndindex(law.sizes["cluster"], law.sizes["depth"]):
            weight, mean, sd = (law[name].isel(cluster=cluster, depth=depth).to_numpy() for name in PARAMETERS)
            few = reduce_components(weight, mean, sd, merged)
            prediction.write(cluster, depth, *few)
            chosen = np.linspace(0, len(mean) - 1, min(LOOKED_AT, len(mean))).astype(int)
            full = weight[chosen], mean[chosen], sd[chosen]
            moved = max(moved, largest_difference(full, (few[0][chosen], few[1][chosen], few[2][chosen])))
            looked_at += chosen.size
        prediction.comment(
            f"{merged} components stand for {profiles} simulated profiles, with the same mean and variance: in "
            f"{looked_at} laws that were looked at, no probability of a value below another changed by more than "
            f"{moved:.2g}"
        )
