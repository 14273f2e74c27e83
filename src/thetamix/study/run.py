"""A study, run: split, fit, forecast, score, tables, report. The pipeline in order, one screen long."""

import json
from functools import partial
from pathlib import Path

from thetamix.network.netcdf import open_network
from thetamix.network.schema import time_step
from thetamix.study import checking, models, plan, reporting, scoring
from thetamix.study.context import StudyContext
from thetamix.study.environment import describe_environment, hash_once
from thetamix.study.resolve import load_study, resolve_steps, to_yaml
from thetamix.study.run_folder import Run
from thetamix.study.settings import LSTM, Ensemble, FromFile, Siblings, Study
from thetamix.study.steps import KEYS, Step, locked, run_steps
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
        take where others leave them. A script that asks for more than
        one must keep its code under ``if __name__ == "__main__":``.

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
    with locked(folder), logged_to(folder / "log.txt"), open_network(study.network) as network:
        study = resolve_steps(study, time_step(network["time"]))
        write_text(folder / "study.yml", to_yaml(study))
        data_hash = hash_once(study.network, folder / KEYS / "network.hash")
        environment = describe_environment(data_hash)
        write_text(folder / "environment.json", json.dumps(environment, indent=1) + "\n")
        context = StudyContext(study, network, folder, progress, data_hash, workers)
        with open_worker_pool(workers, partial(perform, workers), progress) as worker_pool:
            foresee = partial(plan.foresee, context, workers)
            run_steps(folder, pipeline(study, context), progress.say, worker_pool, foresee)
    return Run(folder)


def perform(workers: int, folder: Path, name: str, key: str) -> None:
    """Do one step of a study in a worker.

    Parameters
    ----------
    workers
        How many there are.
    folder
        The run folder, with its resolved study.
    name, key
        Of the step.
    """
    study = load_study(folder / "study.yml")
    with open_network(study.network) as network:
        data_hash = hash_once(study.network, folder / KEYS / "network.hash")
        steps = pipeline(study, StudyContext(study, network, folder, Messenger(), data_hash, workers))
        next(step for step in steps if step.name == name).work(key)


def pipeline(study: Study, context: StudyContext) -> list[Step]:
    """List the steps of a study, in order.

    Parameters
    ----------
    study
        Resolved.
    context
        Does the work.

    Returns
    -------
    list of Step
        Split, then for each seed fits and forecasts, then scores and report.
    """
    plain = study.model_dump(mode="json")
    # A seed's split depends on nothing else than this: another seed in the study leaves its fits alone.
    drawn = {
        "version": SPLIT_VERSION,
        "network": context.data_hash,
        "quality": plain["quality"],
        "split": plain["split"],
    }
    steps = [
        Step(
            "check",
            {"network": context.data_hash, "study": {k: v for k, v in plain.items() if k != "evaluation"}},
            [],
            [checking.FINDINGS],
            lambda _: checking.check(context),
        ),
        Step(
            "split",
            drawn | {"seeds": study.seeds},
            [],
            ["splits.csv", "tables/leakage.csv"],
            lambda _: models.draw_splits(context),
        ),
    ]
    forecasts = []
    for seed in study.seeds:
        for name, entry in study.forecasters.items():
            tag = f"{name}-s{seed}"
            settings = plain["forecasters"][name]
            after: list[str] = []
            if isinstance(entry, LSTM):
                folder = f"fits/{tag}"
                # Where it is computed, and what its settings are called, makes no other model of it.
                training = {k: v for k, v in settings["training"].items() if k not in ("device", "preset")}
                settings = settings | {"training": training}
                # Forecasts look at what is unseen, fits do not.
                inputs = {k: v for k, v in settings["inputs"].items() if k != "unseen"}
                outputs = [f"{folder}/{file}" for file in ("model.safetensors", "model.json", "history.csv")]
                steps.append(
                    Step(
                        f"fit {tag}",
                        drawn | settings | {"inputs": inputs, "seed": seed},
                        [],
                        outputs,
                        partial(models.fit, context, name, seed),
                        waits_for=["split"],
                        apart=True,
                        costly=True,
                        version=6,
                    )
                )
                after = [f"fit {tag}"]
            if isinstance(entry, Ensemble):
                after = [f"forecast {member}-s{seed}" for member in entry.of]
            if isinstance(entry, FromFile):
                settings = settings | {"sha256": context.file_hash(entry.file)}
            steps.append(
                Step(
                    f"forecast {tag}",
                    drawn | settings | {"seed": seed},
                    after,
                    [f"predictions/{tag}.nc"],
                    partial(_forecast, context, name, seed),
                    waits_for=["split"],
                    apart=True,
                    version=2 if isinstance(entry, (LSTM, Siblings)) else 1,
                )
            )
            forecasts.append(steps[-1].name)
    tables = [*scoring.LONG_TABLES, *scoring.LAID_OUT]
    steps += [
        Step(
            "score",
            plain["evaluation"],
            ["split", *forecasts],
            ["scores.csv", *(f"tables/{name}.csv" for name in tables)],
            lambda _: scoring.score(context),
            version=3,
        ),
        Step("figures", {}, ["score"], ["figures/"], lambda _: reporting.draw_figures(context)),
        Step(
            "report",
            {"name": study.name},
            ["figures"],
            ["report.html"],
            lambda _: reporting.write_page(context),
        ),
    ]
    return steps


def _forecast(context: StudyContext, name: str, seed: int, _key: str) -> None:
    models.forecast(context, name, seed)
