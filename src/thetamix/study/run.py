"""A study, run: split, fit, forecast, score, tables, report. The pipeline in order, one screen long."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from thetamix.evaluation.scores import SCORES
from thetamix.forecasters.base import TrainedForecaster
from thetamix.network.schema import time_step
from thetamix.study import checking, models, plan, reporting, scoring
from thetamix.study.context import StudyContext
from thetamix.study.environment import describe_environment
from thetamix.study.prepared_network import hash_of_data, open_of_study, prepared
from thetamix.study.resolve import load_study, resolve_steps, to_yaml
from thetamix.study.run_folder import Run
from thetamix.study.settings import Study
from thetamix.study.steps import Step, locked, run_steps
from thetamix.system.files import write_text
from thetamix.system.progress import Progress, logged_to
from thetamix.system.workers import Messenger, open_worker_pool

RUNS = Path("runs")
#: Raised when the same settings draw another split: fits and forecasts of the old one are then out of date too.
SPLIT_VERSION = 2


def run_study(
    path: str | Path, out: str | Path | None = None, progress: Progress | None = None, workers: int = 1
) -> Run:
    """Run a study: do what is missing or out of date.

    Parameters
    ----------
    path
        The study file.
    out
        The run folder; ``runs/<name>`` by default.
    progress
        Says what is going on; silent by default.
    workers
        How many fits and forecasts go on at a time, each in a process of its own, and how many cores one of them may
        take where others leave them. A script that asks for more than one must keep its code under
        ``if __name__ == "__main__":``.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    InputError
        If the study or the network is wrong, or another process holds the folder.
    ThetamixError
        If the work fails.
    """
    study = load_study(path)
    folder = Path(out) if out is not None else RUNS / study.name
    progress = progress or Progress()
    with locked(folder), logged_to(folder / "log.txt"), prepared(study, folder, progress) as network:
        study = resolve_steps(study, time_step(network["time"]))
        write_text(folder / "study.yml", to_yaml(study))
        data_hash = hash_of_data(study, folder)
        environment = describe_environment(data_hash)
        write_text(folder / "environment.json", json.dumps(environment, indent=1) + "\n")
        context = StudyContext(study, network, folder, progress, data_hash, workers)
        with open_worker_pool(workers, partial(perform, workers), progress) as worker_pool:
            foresee = partial(plan.foresee, context, workers)
            run_steps(folder, pipeline(study, context), progress.say, worker_pool, foresee)
    return Run(folder)


def perform(workers: int, folder: Path, name: str, key: str) -> None:
    """Do one step of a study in one of several workers, from the resolved study in the run folder."""
    study = load_study(folder / "study.yml")
    with open_of_study(study, folder) as network:
        context = StudyContext(study, network, folder, Messenger(), hash_of_data(study, folder), workers)
        steps = pipeline(study, context)
        next(step for step in steps if step.name == name).work(key)


def pipeline(study: Study, context: StudyContext) -> list[Step]:
    """List the steps of a resolved study in order: split, then for each seed fits and forecasts, scores, report."""
    plain = study.model_dump(mode="json")
    drawn = {"network": context.data_hash, "quality": plain["quality"], "split": study.split.key_settings()}
    drawn["version"] = SPLIT_VERSION
    checked = {key: value for key, value in plain.items() if key != "evaluation"}
    of_seeds = [
        step
        for seed in study.seeds
        for name in study.forecasters
        for step in _of_forecaster(context, name, seed, drawn)
    ]
    forecasts = [step.name for step in of_seeds if step.name.startswith("forecast ")]
    tables = [f"tables/{name}.csv" for name in (*scoring.LONG_TABLES, *scoring.LAID_OUT)]
    return [
        Step(
            "check",
            {"network": context.data_hash, "study": checked},
            [],
            [checking.FINDINGS],
            lambda _: checking.check(context),
        ),
        Step(
            "data",
            {"network": context.data_hash, "quality": plain["quality"]},
            [],
            ["figures/data.png"],
            lambda _: reporting.draw_data(context),
        ),
        Step(
            "split",
            drawn | {"seeds": study.seeds},
            [],
            ["splits.csv", "tables/leakage.csv"],
            lambda _: models.draw_splits(context),
        ),
        *of_seeds,
        Step(
            "score",
            plain["evaluation"] | {"scores": list(SCORES)},
            ["split", *forecasts],
            ["scores.csv", *tables],
            lambda _: scoring.score(context),
            version=3,
        ),
        Step("figures", {}, ["score"], ["figures/"], lambda _: reporting.draw_figures(context)),
        Step("report", {"name": study.name}, ["figures"], ["report.html"], lambda _: reporting.write_page(context)),
    ]


def _of_forecaster(context: StudyContext, name: str, seed: int, drawn: dict[str, Any]) -> Iterator[Step]:
    """Give the steps of one forecaster and seed; a seed's split depends on nothing but `drawn` and the seed."""
    entry, tag = context.study.forecasters[name], f"{name}-s{seed}"
    dependencies = entry.depends_on()
    after = [f"forecast {other}-s{seed}" for other in dependencies.forecasters]
    if isinstance(entry, TrainedForecaster):
        yield Step(
            f"fit {tag}",
            drawn | entry.fit_settings() | {"seed": seed},
            [],
            [f"fits/{tag}/{file}" for file in entry.fit_files],
            lambda key: models.fit(context, name, seed, key),
            waits_for=["split"],
            apart=True,
            costly=True,
            version=entry.fit_version,
        )
        after.append(f"fit {tag}")
    hashes = {key: context.file_hash(path) for key, path in dependencies.files.items()}
    asked = {"forecast": "all"} if entry.on_demand and context.study.forecast == "all" else {}
    yield Step(
        f"forecast {tag}",
        drawn | entry.key_settings() | hashes | {"seed": seed} | asked,
        after,
        [f"predictions/{tag}.nc"],
        lambda _: models.forecast(context, name, seed),
        waits_for=["split"],
        apart=True,
        version=entry.version,
    )
