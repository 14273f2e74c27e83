"""Splits, fits and forecasts."""

from typing import Any

import numpy as np
import pandas as pd

from thetamix.splits import parts
from thetamix.splits.draw import audit_split, draw_split
from thetamix.study.context import StudyContext
from thetamix.study.settings import (
    LSTM,
    AnnualCycle,
    Ensemble,
    ExponentialFilter,
    FromFile,
    Process,
    Reference,
    Siblings,
)
from thetamix.study.table_files import write_csv
from thetamix.system.durations import parse_duration
from thetamix.system.workers import cores_to_spare
from thetamix.training.schedule import Schedule
from thetamix.training.settings import Training


def draw_splits(context: StudyContext) -> None:
    """Draw the splits of all seeds and audit their leakage.

    Parameters
    ----------
    context
        Of the study.
    """
    settings = context.study.split
    period = (
        (np.datetime64(settings.period.start, "ns"), np.datetime64(settings.period.end, "ns"))
        if settings.period
        else None
    )
    tables, audits = [], []
    for seed in context.study.seeds:
        part = draw_split(
            context.network,
            context.present,
            seed,
            scheme=settings.scheme,
            block=parse_duration(settings.block),
            evaluation_share=settings.evaluation_share,
            gap=parse_duration(settings.gap),
            period=period,
        )
        shares, sides = audit_split(
            context.network, context.counted(part, parts.TRAINING), context.counted(part, parts.EVALUATION)
        )
        audits.append({"seed": seed, **shares, "one_sided": "; ".join(f"{s} (no {m})" for s, m in sides.to_numpy())})
        for name, missing in sides.to_numpy():
            context.progress.say(f"  seed {seed}: {name} has no {missing}")
        tables.append(parts.to_table(part, context.network, seed))
    write_csv(pd.DataFrame(audits), context.folder / "tables" / "leakage.csv")
    write_csv(pd.concat(tables), context.folder / "splits.csv")


def fit(context: StudyContext, name: str, seed: int, key: str) -> None:
    """Train one model with one seed.

    Parameters
    ----------
    context
        Of the study.
    name
        Of the model.
    seed
        Of the split and the initial weights.
    key
        Of the step; a checkpoint of another one is not continued.
    """
    from thetamix.model.model_file import Architecture
    from thetamix.training.train import train_lstm

    entry = context.study.forecasters[name]
    assert isinstance(entry, LSTM)
    assert entry.inputs is not None
    assert entry.training is not None
    settings = entry.training
    schedule = schedule_of(settings)
    trained, held_back = training_parts(context, entry, seed)
    tag = f"{name}-s{seed}"
    with context.progress.task(tag) as report:
        summary = train_lstm(
            context.network,
            context.observed.to_numpy(),
            trained,
            context.fit(name, seed),
            key,
            seed,
            report,
            forcing=_forcing(entry),
            attributes=entry.inputs.attributes,
            unseen=entry.inputs.unseen,
            condition_on_replicate=entry.condition_on_replicate,
            sequence=settings.sequence.count,
            warm_up=settings.warm_up.count if settings.warm_up is not None else None,
            architecture=Architecture(
                hidden=settings.hidden,
                layers=settings.layers,
                dropout=settings.dropout,
                components=entry.components,
                forget_gate_bias=settings.forget_gate_bias,
            ),
            schedule=schedule,
            held_back=held_back,
            device=settings.device,
            threads=min(context.workers, schedule.shards),
            spare=cores_to_spare,
        )
    context.progress.say(f"  {summary}")


def schedule_of(settings: Training) -> Schedule:
    """Give what the loop has to know of a study's training.

    Parameters
    ----------
    settings
        Of a model.

    Returns
    -------
    Schedule
        How it is trained.
    """
    return Schedule(
        epochs=settings.epochs,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        policy=settings.learning_rate_policy,
        learning_rate_factor=settings.learning_rate_factor,
        windows_per_epoch=settings.windows_per_epoch,
        drop_optional=settings.drop_optional,
        patience=settings.patience,
        notebook=settings.notebook,
    )


def training_parts(context: StudyContext, entry: LSTM, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Tell the readings that a fit is trained on from those that choose its best epoch.

    Parameters
    ----------
    context
        Of the study.
    entry
        The model.
    seed
        Of the split.

    Returns
    -------
    trained
        Boolean (cluster, depth, replicate, time).
    held_back
        The validation part, of the same shape; None where there is none.

    Raises
    ------
    InputError
        If the network lacks an input of the model.
    """
    from thetamix.inputs.encoding import window_ends
    from thetamix.inputs.requirements import find_forcing, find_inputs
    from thetamix.training.hold_back import hold_back

    assert entry.inputs is not None
    assert entry.training is not None
    settings, forcing = entry.training, _forcing(entry)
    required, optional = ([name for name, may_miss in forcing if may_miss == kind] for kind in (False, True))
    find_inputs(context.network, required, entry.inputs.attributes, optional)
    find_forcing(context.network, required)
    trained = context.counted(context.part(seed), parts.TRAINING)
    if settings.validation_share == 0:
        return trained, None
    # Only readings that can be scored at all choose the blocks.
    length = settings.sequence.count if settings.warm_up is None else settings.warm_up.count + 1
    scorable = trained & window_ends(context.network, forcing, length)[:, None, None, :]
    by_series = context.study.split.scheme == "blocks"
    held = hold_back(scorable, context.blocks, settings.validation_share, seed, by_series=by_series)
    return (trained & ~held, held) if held.any() else (trained, None)


def _forcing(entry: LSTM) -> list[tuple[str, bool]]:
    assert entry.inputs is not None
    return [(one.name, one.optional) for one in entry.inputs.forcing]


def forecast(context: StudyContext, name: str, seed: int) -> None:
    """Write the prediction file of one forecaster and seed.

    Parameters
    ----------
    context
        Of the study.
    name
        Of the forecaster.
    seed
        Of the split.
    """
    from thetamix.forecasters import FORECASTERS, ForecastContext

    entry = context.study.forecasters[name]
    tag = f"{name}-s{seed}"
    part = context.part(seed)
    # A sibling that reads alone still says something; the rule on replicates is for training and scoring.
    siblings = isinstance(entry, Siblings)
    trained = context.shown(part) if siblings else context.counted(part, parts.TRAINING)
    with context.progress.task(f"forecast {tag}") as report:
        given = ForecastContext(
            network=context.network,
            readings=context.observed.to_numpy(),
            trained=trained,
            output=context.prediction(name, seed),
            seed=seed,
            report=lambda share: report(share, ""),
        )
        FORECASTERS[entry.kind](given, **_options(context, name, seed))


def _threads(context: StudyContext) -> int:
    """Share the cores among a study's models, twice over: the last one has those that the others left."""
    entries = context.study.forecasters.values()
    models = len(context.study.seeds) * sum(isinstance(entry, LSTM) for entry in entries)
    return min(max(2 * context.workers // models, 1), context.workers)


def _options(context: StudyContext, name: str, seed: int) -> dict[str, Any]:
    entry = context.study.forecasters[name]
    match entry:
        case LSTM():
            assert entry.inputs is not None
            assert entry.training is not None
            return {
                "model": context.fit(name, seed),
                "unseen": entry.inputs.unseen,
                "device": entry.training.device,
                "threads": _threads(context),
            }
        case AnnualCycle():
            return {"by": entry.by}
        case Reference():
            return {"dress": entry.dress}
        case Ensemble():
            return {"members": [context.prediction(member, seed) for member in entry.of]}
        case Siblings():
            return {"spread": entry.spread}
        case Process():
            return {"population": entry.population, "generations": entry.generations}
        case ExponentialFilter():
            return {}
        case FromFile():
            return {"file": entry.file}
    raise AssertionError(entry)
