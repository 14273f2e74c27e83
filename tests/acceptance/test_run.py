"""The main job: a study from its file to its report, again, after a kill, and on odd networks."""

import contextlib
import io
import itertools
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
import yaml

import thetamix as tm
from thetamix.study.resolve import load_study
from thetamix.study.table_files import read_table
from thetamix.system.files import TEMPORARY
from thetamix.training.checkpoint import DIGEST

from .conftest import STUDY, Said, Workspace

Command = Callable[..., Said]

LISTED = [
    "study.yml",
    "environment.json",
    "log.txt",
    "splits.csv",
    "fits/3G-LSTM-s1/model.safetensors",
    "fits/3G-LSTM-s1/model.json",
    "fits/3G-LSTM-s1/history.csv",
    "fits/3G-LSTM-s1/checkpoint",
    "predictions/condLSTM-s2.nc",
    "predictions/reference-s1.nc",
    "predictions/reference (dressed)-s1.nc",
    "scores.csv",
    "tables/table_2.csv",
    "tables/table_3.tex",
    "tables/table_f1.md",
    "tables/leakage.csv",
    "tables/comparison.csv",
    "tables/calibration.csv",
    "figures/belt_by_moisture.png",
    "figures/calibration.png",
    "report.html",
]


PROGRAM = ["-m", "thetamix.cli"]
#: The same, with a checkpoint every few steps (of fits in this process; workers save after each epoch).
SAVING = [
    "-c",
    "from thetamix.training import loop; loop.SAVE_EVERY = 0.02; from thetamix.cli import main; main()",
]


@pytest.mark.figures
def test_a_whole_study(workspace: Workspace, thetamix: Command) -> None:
    folder = workspace.folder / "run"
    said = thetamix("run", workspace.study, "--out", folder)
    assert said.code == 0, said.err
    assert [name for name in LISTED if not (folder / name).exists()] == []
    assert [path.name for path in folder.rglob("*.part")] == []
    assert "Table 2" in said.out
    assert str(folder / "report.html") in said.out

    scores = read_table(folder / "scores.csv")
    assert list(scores.columns) == (
        [
            "forecaster",
            "seed",
            "geology",
            "depth",
            "cluster",
            "score",
            "value",
            "low",
            "high",
            "n",
            "n_undefined",
        ]
    )
    totals = scores.query("seed == 'all' and geology == 'all' and depth == 'all' and score == 'crps'")
    assert set(totals["forecaster"]) == {
        "condLSTM", "3G-LSTM", "both", "annual cycle", "annual cycle of the series",
        "reference", "reference (dressed)", "reference (bias-corrected)",
        "floor (leave-one-out)", "floor (self-including)",
    }  # fmt: skip
    assert np.isfinite(totals["value"]).all()
    assert (totals["low"] <= totals["high"]).all()
    # A point forecast's CRPS is a mean absolute error; giving it a spread can only be better on average here.
    assert "log_likelihood" not in set(scores.query("forecaster == 'reference'")["score"])

    page = (folder / "report.html").read_text(encoding="utf-8")
    for word in ("What is good", "What to distrust", "leakage", "doi:10.1016/j.jhydrol.2025.134364"):
        assert word in page
    assert "default-src &#39;none&#39;" in page
    assert len(page) < 10e6


def test_the_plan_is_said_before_the_first_fit_and_counts_what_is_left(
    workspace: Workspace, thetamix: Command
) -> None:
    folder = workspace.folder / "run"
    models = {name: STUDY["forecasters"][name] for name in ("condLSTM", "3G-LSTM")}
    workspace.write_study(forecasters=models)
    lines = thetamix("run", workspace.study, "--out", folder).out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("fit "))
    assert lines[first - 3] == "plan: 4 fits"
    # What each fit then says of its windows: "97 parameters, 3,123 windows, …"; on a slow machine lines lie between.
    text = "\n".join(lines[first:])
    trained = re.findall(r"^fit (\S+)-s\d: .*?, ([\d,]+) windows", text, re.MULTILINE | re.DOTALL)
    assert len(trained) == 4
    for line, model in zip(lines[first - 2 : first], ("condLSTM", "3G-LSTM"), strict=True):
        sizes = [int(windows.replace(",", "")) for name, windows in trained if name == model]
        low, high = f"{min(sizes):,}", f"{max(sizes):,}"
        size = low if low == high else f"{low} to {high}"
        assert line == f"  {model} (2 seeds): 3 epochs of 600 out of {size} windows"

    assert "plan: " not in thetamix("run", workspace.study, "--out", folder).out
    long = STUDY["training"] | {"epochs": 40, "validation_share": 0.2, "patience": 2}
    workspace.write_study(forecasters=models, seeds=[1], training=long)
    said = thetamix("run", workspace.study, "--out", folder).out
    assert "\nplan: 2 fits\n" in said
    assert len(re.findall(r"\(1 seed\): up to 40 epochs of ", said)) == 2


def test_workers_fits_are_planned_too_and_what_was_begun_is_told(patient: Workspace) -> None:
    folder = patient.folder / "run"
    checkpoint = folder / "fits" / "3G-LSTM-s1" / "checkpoint" / "fit.pt"
    assert kill_when(patient, folder, checkpoint.exists)
    again = {"seeds": [1, 2], "evaluation": STUDY["evaluation"]}
    patient.write_study(**yaml.safe_load(patient.study.read_text()) | again)
    done = subprocess.run(command(patient, folder, workers=2), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "\nplan: 2 fits, 2 at a time\n" in done.stdout
    assert re.search(r"3G-LSTM \(2 seeds\): 6 epochs of 1,500 .* windows; 1 of them begun already", done.stdout)


def test_again_does_nothing_and_a_change_does_what_it_must(workspace: Workspace, thetamix: Command) -> None:
    folder = workspace.folder / "run"
    workspace.write_study(seeds=[1])
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    before = {path: path.stat().st_mtime_ns for path in folder.glob("predictions/*")}
    said = thetamix("run", workspace.study, "--out", folder)
    assert "to do" not in said.out
    assert said.out.count("up to date") == 16
    workspace.write_study(seeds=[1], evaluation={"bootstrap": {"draws": 5, "block_draws": 20}})
    said = thetamix("run", workspace.study, "--out", folder)
    assert "score: out of date (bootstrap changed)" in said.out
    assert "fit 3G-LSTM-s1: up to date" in said.out
    assert {path: path.stat().st_mtime_ns for path in folder.glob("predictions/*")} == before
    (folder / "predictions" / "3G-LSTM-s1.nc").unlink()
    assert "forecast 3G-LSTM-s1: to do again" in thetamix("run", workspace.study, "--out", folder).out
    resolved = folder / "study.yml"
    assert "to do" not in thetamix("run", resolved, "--out", folder).out
    workspace.write_study(seeds=[1], forecast="all")
    said = thetamix("run", workspace.study, "--out", folder)
    assert "forecast 3G-LSTM-s1: out of date (forecast changed)" in said.out
    assert "fit 3G-LSTM-s1: up to date" in said.out
    with tm.open_run(folder).prediction("3G-LSTM", 1) as prediction:
        assert float(prediction["component_mean"].notnull().mean()) > 0.9


def test_what_leaves_the_study_leaves_the_folder(workspace: Workspace, thetamix: Command) -> None:
    folder = workspace.folder / "run"
    workspace.write_study(forecasters={"annual cycle": {"kind": "annual_cycle"}, "reference": {"kind": "reference"}})
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    workspace.write_study(forecasters={"annual cycle": {"kind": "annual_cycle"}}, seeds=[2])
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    assert [path.name for path in folder.glob("predictions/*")] == ["annual cycle-s2.nc"]


def test_the_python_interface(workspace: Workspace) -> None:
    workspace.write_study(seeds=[1], forecast="all")
    run = tm.run_study(workspace.study, workspace.folder / "run")
    assert run.study.name == "small"
    assert isinstance(run.scores, pd.DataFrame)
    with tm.open_run(workspace.folder / "run").prediction("condLSTM", 1) as prediction:
        assert dict(prediction.sizes) == {"cluster": 3, "depth": 3, "time": 1753, "component": 3}
        assert prediction["replicate"].to_numpy().tolist() == [0, 1, 2]
        weight = prediction["component_weight"].to_numpy()
        assert np.isnan(weight[:, :, :11]).all()  # no whole window yet
        np.testing.assert_allclose(weight[:, :, 11:].sum(axis=-1), 1, atol=1e-6)
        assert (prediction["component_sd"].to_numpy()[:, :, 11:] > 0).all()
        dry = prediction.mixture.probability_below(0.15)
        assert dry.dims == ("cluster", "depth", "time")
        belt = prediction.isel(cluster=0, depth=0).mixture.quantile([0.2, 0.8])
        assert float((belt[..., 1] - belt[..., 0]).min()) > 0


def command(workspace: Workspace, folder: Path, workers: int = 1, program: Sequence[str] = PROGRAM) -> list[str]:
    options = ["--out", str(folder), "--workers", str(workers)]
    return [sys.executable, *program, "run", str(workspace.study), *options]


def kill_when(
    workspace: Workspace,
    folder: Path,
    ready: Callable[[], bool],
    workers: int = 1,
    *,
    delay: float = 0.0,
    program: Sequence[str] = PROGRAM,
) -> bool:
    """Start the study and kill it with no warning as soon as something is there, or a while later."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command(workspace, folder, workers, program), stdout=quiet, stderr=quiet) as process:
        while process.poll() is None and not ready():
            time.sleep(0.001)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        killed = process.poll() is None
        process.send_signal(signal.SIGKILL)
    return killed


def workers_of(folder: Path) -> list[str]:
    """Find what processes have open in a folder."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if str(link.readlink()).startswith(str(folder)):
                found.append(str(link))
    return found


def ends(folder: Path) -> dict[str, object]:
    """Everything that must not depend on when a run was killed."""
    weights = {str(p.relative_to(folder)): p.read_bytes() for p in folder.glob("fits/*/model.safetensors")}
    history = {str(p.relative_to(folder)): p.read_text() for p in folder.glob("fits/*/history.csv")}
    return {**weights, **history, "scores": (folder / "scores.csv").read_text()}


PATIENT: dict[str, Any] = {
    "forecasters": {"3G-LSTM": {"kind": "lstm"}, "annual cycle": {"kind": "annual_cycle"}},
    "training": {"hidden": 8, "sequence": 12, "epochs": 6, "batch": 16, "windows_per_epoch": 1500},
    "seeds": [1],
    "evaluation": {"bootstrap": {"draws": 10, "block_draws": 2000}},
}


@pytest.fixture
def patient(workspace: Workspace) -> Workspace:
    workspace.write_study(**PATIENT)
    return workspace


def test_killed_in_training_and_in_evaluation_ends_the_same(patient: Workspace, thetamix: Command) -> None:
    whole, broken = patient.folder / "whole", patient.folder / "broken"
    assert thetamix("run", patient.study, "--out", whole).code == 0
    checkpoint = broken / "fits" / "3G-LSTM-s1" / "checkpoint" / "fit.pt"
    assert kill_when(patient, broken, checkpoint.exists)
    assert not (broken / "fits" / "3G-LSTM-s1" / "model.safetensors").exists()
    log = broken / "log.txt"
    assert kill_when(patient, broken, lambda: log.exists() and "score: to do" in log.read_text())
    assert not (broken / "scores.csv").exists()
    said = thetamix("run", patient.study, "--out", broken)
    assert said.code == 0
    assert "fit 3G-LSTM-s1: up to date" in said.out
    assert ends(broken) == ends(whole)
    assert list(broken.rglob("*.nc.*")) == []


def test_workers_end_as_one_process_does_and_do_not_outlive_it(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(seeds=[1])
    alone, together = workspace.folder / "alone", workspace.folder / "together"
    assert thetamix("run", workspace.study, "--out", alone).code == 0
    checkpoints = [together / "fits" / f"{name}-s1" / "checkpoint" / "fit.pt" for name in ("condLSTM", "3G-LSTM")]
    assert kill_when(workspace, together, lambda: all(path.exists() for path in checkpoints), workers=2)
    time.sleep(1)  # the workers are told by the system
    assert not workers_of(together)
    done = subprocess.run(command(workspace, together, workers=2), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert ends(together) == ends(alone)


def children_of(parent: int) -> list[int]:
    """Find the workers that a process has started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            started_by = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if started_by == parent and b"spawn_main" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


def test_a_worker_that_is_killed_leaves_its_work_to_fewer(patient: Workspace, thetamix: Command) -> None:
    patient.write_study(**PATIENT | {"seeds": [1, 2]})
    alone, together = patient.folder / "alone", patient.folder / "together"
    assert thetamix("run", patient.study, "--out", alone).code == 0
    checkpoint = together / "fits" / "3G-LSTM-s1" / "checkpoint" / "fit.pt"
    with subprocess.Popen(
        command(patient, together, workers=2), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while process.poll() is None and not checkpoint.exists():
            time.sleep(0.01)
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        said, wrong = process.communicate(timeout=120)
    assert process.returncode == 0, wrong
    assert "a worker was killed, perhaps for memory; going on with 1 at a time" in said
    assert ends(together) == ends(alone)


def test_a_failing_worker_ends_the_run_with_its_message_once_the_others_are_done(
    workspace: Workspace, thetamix: Command
) -> None:
    folder = workspace.folder / "run"
    hot = {"3G-LSTM": STUDY["forecasters"]["3G-LSTM"] | {"training": {"learning_rate": 1e38}}}
    workspace.write_study(forecasters=STUDY["forecasters"] | hot, seeds=[1])
    done = subprocess.run(command(workspace, folder, workers=2), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: fit 3G-LSTM-s1: training diverged")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "fit 3G-LSTM-s1: failed (training diverged" in done.stdout
    assert (folder / "predictions" / "condLSTM-s1.nc").exists()
    assert not (folder / "scores.csv").exists()

    workspace.write_study(seeds=[1])
    again = thetamix("run", workspace.study, "--out", folder)
    assert again.code == 0, again.err
    assert "fit condLSTM-s1: up to date" in again.out
    assert "fit 3G-LSTM-s1: to do" in again.out


def test_the_preflight_stops_a_study_before_it_begins(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(inputs={"forcing": ["precipitation"], "attributes": ["sol_type"]})
    said = thetamix("run", workspace.study, "--out", workspace.folder / "run")
    assert said.code == 2
    assert "the network has no attribute 'sol_type'; did you mean \"soil_type\"?" in said.err
    assert not (workspace.folder / "run" / "splits.csv").exists()


def written(folder: Path, place: str) -> bool:
    """Whether a file is being written there at this moment, or was when the run was killed."""
    return any(folder.glob(f"{place}/{TEMPORARY}"))


def announced(folder: Path, line: str) -> bool:
    log = folder / "log.txt"
    return log.exists() and line in log.read_text(encoding="utf-8")


CHECKPOINTS = "fits/*/checkpoint"
#: Where runs are killed: when that begins, and for how long afterwards the moment is drawn [s].
MOMENTS: dict[str, tuple[Callable[[Path], bool], float]] = {
    "anywhere": (lambda _: True, 10.0),
    "within an epoch": (lambda folder: any(folder.glob(f"{CHECKPOINTS}/fit.pt")), 2.0),
    "saving": (lambda folder: written(folder, CHECKPOINTS), 0.0),
    "predicting": (lambda folder: written(folder, "predictions"), 0.02),
    "scoring": (lambda folder: announced(folder, "score: to do"), 1.5),
    "drawing": (lambda folder: announced(folder, "figures: to do"), 1.5),
}
KILLS = 30


@pytest.mark.soak
def test_killed_at_thirty_random_moments(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(**PATIENT | {"seeds": [1, 2]})  # two fits side by side, where there are two workers
    whole = workspace.folder / "whole"
    assert thetamix("run", workspace.study, "--out", whole).code == 0
    draw = random.Random(1)
    found: Counter[str] = Counter()
    kills = 0
    for number in itertools.count():
        if kills == KILLS:
            break
        assert number < 2 * KILLS, "most runs end before they are killed"
        begins, width = list(MOMENTS.values())[kills % len(MOMENTS)]
        workers = 1 + kills // len(MOMENTS) % 2
        broken = workspace.folder / f"broken{number}"
        killed = kill_when(
            workspace,
            broken,
            partial(begins, broken),
            workers,
            delay=draw.uniform(0, width),
            program=PROGRAM if workers > 1 else SAVING,
        )
        kills += killed
        while workers_of(broken):  # the system ends them
            time.sleep(0.1)
        found.update(traces(broken))
        assert thetamix("run", workspace.study, "--out", broken).code == 0
        assert ends(broken) == ends(whole), f"killed in {found}"
        assert list(broken.rglob(TEMPORARY)) == []
        shutil.rmtree(broken)
    # The moments were those that matter: what a run leaves behind shows where it was killed.
    assert found.keys() >= {"within an epoch", "saving", "predicting", "before its scores", "before its page"}


def traces(folder: Path) -> list[str]:
    """Say where a run was killed."""
    seen = {
        "within an epoch": any(
            torch.load(io.BytesIO(path.read_bytes()[DIGEST:]))["batches"] > 0
            for path in folder.glob(f"{CHECKPOINTS}/fit.pt")
        ),
        "saving": written(folder, CHECKPOINTS),
        "predicting": written(folder, "predictions"),
        "before its scores": announced(folder, "score: to do") and not (folder / "scores.csv").exists(),
        "before its page": announced(folder, "figures: to do") and not (folder / "report.html").exists(),
    }
    return [name for name, there in seen.items() if there]


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_by_the_user_a_scheduler_or_a_closed_terminal(
    patient: Workspace, number: signal.Signals, workers: int
) -> None:
    patient.write_study(**PATIENT | {"seeds": [1, 2]})
    folder = patient.folder / "run"
    checkpoint = folder / "fits" / "3G-LSTM-s1" / "checkpoint" / "fit.pt"
    with subprocess.Popen(
        command(patient, folder, workers),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while process.poll() is None and not checkpoint.exists():
            time.sleep(0.01)
        # A terminal and a scheduler tell the workers, too.
        (os.kill if number == signal.SIGHUP else os.killpg)(process.pid, number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.decode().strip() == "stopped; the same command goes on where this one ended"


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_terminal_that_is_gone_is_written_to_no_more(patient: Workspace, thetamix: Command, workers: int) -> None:
    patient.write_study(**PATIENT | {"seeds": [1, 2]})
    folder = patient.folder / "run"
    checkpoint = folder / "fits" / "3G-LSTM-s1" / "checkpoint" / "fit.pt"
    terminal, end = pty.openpty()
    with subprocess.Popen(
        command(patient, folder, workers), stdin=end, stdout=end, stderr=end, start_new_session=True
    ) as process:
        os.close(end)
        while process.poll() is None and not checkpoint.exists():
            if select.select([terminal], [], [], 0.01)[0]:
                os.read(terminal, 4096)
        saved = checkpoint.stat().st_mtime_ns
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 1
    assert checkpoint.stat().st_mtime_ns > saved
    assert "failed" not in (folder / "log.txt").read_text()
    assert thetamix("run", patient.study, "--out", folder).code == 0


def test_one_cluster(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    workspace.write_network(simulated.isel(cluster=slice(0, 1)))
    assert thetamix("run", workspace.study, "--out", workspace.folder / "run").code == 0


def test_one_replicate(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    workspace.write_network(simulated.isel(replicate=slice(0, 1)))
    assert thetamix("run", workspace.study, "--out", workspace.folder / "run").code == 0
    workspace.write_study(split={"scheme": "replicates"})
    said = thetamix("run", workspace.study, "--out", workspace.folder / "other")
    assert said.code == 2
    assert "at least 2 replicates" in said.err


def test_a_series_without_any_complete_step_is_left_out(
    workspace: Workspace, thetamix: Command, simulated: xr.Dataset
) -> None:
    spoiled = simulated.copy(deep=True)
    even = np.arange(spoiled.sizes["time"]) % 2 == 0
    spoiled["soil_moisture"][0, 0, 0, even] = np.nan
    spoiled["soil_moisture"][0, 0, 1, ~even] = np.nan
    workspace.write_network(spoiled)
    workspace.write_study(seeds=[1])
    folder = workspace.folder / "run"
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    name = str(simulated["cluster_id"].to_numpy()[0])
    scores = read_table(folder / "scores.csv")
    assert scores.query("cluster == @name and depth == '0.1'").empty
    assert f"{name} at 0.1 m" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_constant_series_is_undefined_and_counted(
    workspace: Workspace, thetamix: Command, simulated: xr.Dataset
) -> None:
    spoiled = simulated.copy(deep=True)
    spoiled["soil_moisture"][0, 0] = 0.25
    workspace.write_network(spoiled)
    workspace.write_study(seeds=[1])
    folder = workspace.folder / "run"
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    scores = read_table(folder / "scores.csv")
    total = scores.query("seed == 'all' and geology == 'all' and depth == 'all' and score == 'kge'")
    assert (total["n_undefined"] == 1).all()
    place = f"geology == '{simulated['geology'].to_numpy()[0]}'"
    cell = scores.query(f"seed == 'all' and {place} and depth == '0.1' and score == 'kge'")
    assert cell["value"].isna().all()
    assert "undefined" in (folder / "tables" / "table_2.md").read_text(encoding="utf-8")


def test_names_are_escaped_in_the_page(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    hostile = simulated.copy(deep=True)
    names = hostile["cluster_id"].to_numpy().astype(object)
    names[0] = "<script>alert('x')</script>/\"🌱" + "x" * 200
    hostile = hostile.assign_coords(cluster_id=("cluster", names, simulated["cluster_id"].attrs))
    spoiled = hostile.copy(deep=True)
    spoiled["soil_moisture"][0, 0, 0, 48:] = np.nan  # on one side of the split: the page names it
    workspace.write_network(spoiled)
    workspace.write_study(seeds=[1], forecasters={"annual cycle": {"kind": "annual_cycle"}})
    folder = workspace.folder / "run"
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("scheme", ["calendar", "clusters", "replicates"])
def test_every_scheme_runs(workspace: Workspace, thetamix: Command, scheme: str) -> None:
    workspace.write_study(
        split={"scheme": scheme, "block": "10d"},
        seeds=[1],
        inputs={"forcing": ["precipitation", "air_temperature"], "attributes": ["elevation"]},
    )
    folder = workspace.folder / "run"
    said = thetamix("run", workspace.study, "--out", folder)
    assert said.code == 0, said.err
    questions = {
        "calendar": "these sensors",
        "clusters": "at a place that has none",
        "replicates": "new replicate",
    }
    assert questions[scheme] in (folder / "report.html").read_text(encoding="utf-8")
    leakage = pd.read_csv(folder / "tables" / "leakage.csv")
    if scheme == "calendar":
        assert leakage["same_forcing"].item() == 0


def test_report_again(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(seeds=[1], forecasters={"annual cycle": {"kind": "annual_cycle"}})
    folder = workspace.folder / "run"
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    page = folder / "report.html"
    first = page.read_text(encoding="utf-8")
    page.unlink()
    assert thetamix("report", folder).code == 0
    assert page.read_text(encoding="utf-8") == first
    assert thetamix("report", workspace.folder / "nothing").code == 2


def test_init_writes_a_study_that_runs(workspace: Workspace, thetamix: Command) -> None:
    study = workspace.folder / "mine.yml"
    assert thetamix("init", "-o", study).code == 0
    assert thetamix("init", "-o", study).code == 2
    assert 'did you mean "paper"' in thetamix("init", "papper", "-o", workspace.folder / "other.yml").err
    text = study.read_text(encoding="utf-8")
    assert load_study(study).training.preset == "fast"
    text = text.replace("preset: fast", "preset: fast\n  epochs: 1\n  windows_per_epoch: 64")
    study.write_text(text.replace("90d", "10d").replace("[1, 2, 3]", "[1]"), encoding="utf-8")
    assert thetamix("run", study, "--out", workspace.folder / "run").code == 0


def test_environment_names_versions_and_data(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(seeds=[1], forecasters={"annual cycle": {"kind": "annual_cycle"}})
    assert thetamix("run", workspace.study, "--out", workspace.folder / "run").code == 0
    environment = json.loads((workspace.folder / "run" / "environment.json").read_text())
    assert environment["thetamix"] == tm.__version__
    assert len(environment["network_sha256"]) == 64
