"""Splits, fits and forecasts."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from thetamix.forecasters.base import FitContext, ForecastContext, TrainedForecaster, of_class
from thetamix.network.observations import accepted_readings
from thetamix.network.series import Series
from thetamix.splits import parts
from thetamix.splits.draw import AuditedNetwork, audit_split, draw_split, readings_of_part, usable_readings
from thetamix.study.context import StudyContext
from thetamix.study.table_files import write_csv
from thetamix.system.errors import named


def draw_splits(context: StudyContext) -> None:
    """Draw the splits of all seeds and audit their leakage."""
    tables, audits, quality = [], [], context.study.quality
    accepted = accepted_readings(context.network, quality.reject)
    present = usable_readings(accepted, quality.replicates)
    audited = AuditedNetwork.of(context.network)
    for seed in context.study.seeds:
        part = draw_split(context.network, present, seed, context.study.split)
        trained, evaluated = (
            readings_of_part(accepted, part, value, quality.replicates)
            for value in (parts.TRAINING, parts.EVALUATION)
        )
        shares, sides = audit_split(audited, trained, evaluated, context.study.split)
        audits.append({"seed": seed, **shares, "one_sided": "; ".join(f"{s} (no {m})" for s, m in sides.to_numpy())})
        for name, missing in sides.to_numpy():
            context.progress.say(f"  seed {seed}: {name} has no {missing}")
        tables.append(parts.to_table(part, context.network, seed))
    write_csv(pd.DataFrame(audits), context.folder / "tables" / "leakage.csv")
    write_csv(pd.concat(tables), context.folder / "splits.csv")


def fit(context: StudyContext, name: str, seed: int, key: str) -> None:
    """Train one model with one seed; a checkpoint of another step, by its key, is not continued."""
    entry = of_class(context.study.forecasters, TrainedForecaster)[name]
    with context.progress.task(f"{name}-s{seed}") as report, named(f"forecaster {name!r}"):
        summary = entry.fit(fit_context(context, name, seed, key), report)
    context.progress.say(f"  {summary}")


def fit_context(context: StudyContext, name: str, seed: int, key: str) -> FitContext:
    """Return what a model is trained on: the readings of the seed's training part."""
    return FitContext(
        network=context.network,
        readings=context.observed,
        trained=context.counted(context.part(seed), parts.TRAINING),
        blocks=context.blocks,
        blocks_by_series=context.study.split.scheme == "blocks",
        folder=context.fit(name, seed),
        key=key,
        seed=seed,
        threads=context.workers,
    )


def forecast(context: StudyContext, name: str, seed: int) -> None:
    """Write the prediction file of one forecaster and seed."""
    with context.progress.task(f"forecast {name}-s{seed}") as report:
        given = forecast_context(context, name, seed, lambda share: report(share, ""))
        with named(f"forecaster {name!r}"):
            context.study.forecasters[name].forecast(given)


def forecast_context(context: StudyContext, name: str, seed: int, report: Callable[[float], None]) -> ForecastContext:
    """Return what a forecaster works on: the readings that the seed's training part shows."""
    entry, part = context.study.forecasters[name], context.part(seed)

    def evaluated(series: Series) -> np.ndarray:
        """Mark the steps of the blocks that are evaluated, with and without readings."""
        asked: np.ndarray = (part[series.cluster, series.depth] == parts.EVALUATION).any(axis=0)
        return asked

    return ForecastContext(
        network=context.network,
        readings=context.observed,
        trained=context.shown(part) if entry.single_readings else context.counted(part, parts.TRAINING),
        output=context.prediction(name, seed),
        seed=seed,
        report=report,
        fit=context.fit(name, seed),
        predictions={other: context.prediction(other, seed) for other in entry.depends_on().forecasters},
        threads=_threads(context),
        asked=evaluated if context.study.forecast == "scored" else None,
    )


def _threads(context: StudyContext) -> int:
    """Share the cores among a study's models, twice over: the last one has those that the others left."""
    models = len(context.study.seeds) * len(of_class(context.study.forecasters, TrainedForecaster))
    return min(max(2 * context.workers // max(models, 1), 1), context.workers)
