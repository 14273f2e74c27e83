"""Scores, and everything else that is asked of the predictions, as tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.forecasters.base import of_class
from thetamix.forecasters.lstm import LSTM
from thetamix.quality.flags import summarise
from thetamix.splits.draw import units_kept_out
from thetamix.study.context import StudyContext
from thetamix.study.settings import Study
from thetamix.study.table_files import read_table, write_csv, write_table
from thetamix.system.durations import parse_duration
from thetamix.system.files import write_text

#: What :func:`score` leaves in ``tables`` for figures and further work.
LONG_TABLES = (
    "belt_by_state",
    "variance_components",
    "multimodality",
    "distribution",
    "replicate_correlation",
    "nonsequential",
    "quality",
    "calibration",
    "crps_decomposition",
    "comparison",
    "seed_spread",
)
#: What :func:`lay_out` makes of the scores, each as CSV, Markdown and LaTeX.
LAID_OUT = (
    *("table_1", "table_2", "table_3", "table_a1", "table_f1", "table_f2"),
    *("table_distribution", "table_belts", "table_models"),
)


def score(context: StudyContext) -> None:
    """Score all prediction files, and write every table.

    Parameters
    ----------
    context
        Of the study.
    """
    from thetamix.evaluation.assessment import Assessment
    from thetamix.evaluation.bootstrap import Resampling

    study, groups = context.study, context.groups
    bootstrap, kept_out = study.evaluation.bootstrap, units_kept_out(context.network, study.split)
    resampling = Resampling(
        unit="blocks" if kept_out is None else "clusters",
        block=parse_duration(study.split.block),
        unit_draws=bootstrap.block_draws,
        step_draws=bootstrap.draws,
        step_share=bootstrap.share,
        kept_out=kept_out,
    )
    readings = context.observed
    assessment = Assessment(context.network, readings, study.quality.replicates, groups, resampling)
    for seed in study.seeds:
        with (
            predictions_of(context, seed, study.forecasters) as predictions,
            context.progress.task(f"score seed {seed}") as report,
        ):
            assessment.add(seed, context.part(seed), predictions, _without_note(report))
    tables = assessment.tables()
    tables["quality"] = summarise(context.network, _flags(context.network))
    for name in LONG_TABLES:
        write_table(tables[name], context.folder / "tables" / f"{name}.csv", study.evaluation.group_name)
    write_table(tables["scores"], context.folder / "scores.csv", study.evaluation.group_name)
    lay_out(context)


@contextmanager
def predictions_of(context: StudyContext, seed: int, names: Iterable[str]) -> Iterator[dict[str, xr.Dataset]]:
    """Open prediction files of a seed.

    Parameters
    ----------
    context
        Of the study.
    seed
        Which.
    names
        Of forecasters.

    Yields
    ------
    dict of xarray.Dataset
        By forecaster, in that order.
    """
    from thetamix.prediction.prediction_file import open_prediction

    with ExitStack() as files:
        yield {name: files.enter_context(open_prediction(context.prediction(name, seed))) for name in names}


def lay_out(context: StudyContext) -> None:
    """Write the paper's tables and ours from the scores, as CSV, Markdown and LaTeX.

    Parameters
    ----------
    context
        Of a scored study.
    """
    from thetamix.report.layouts.descriptions import CAPTIONS, inputs_table, model_table, models_table
    from thetamix.report.layouts.latex import to_latex
    from thetamix.report.layouts.score_tables import LAYOUTS, caption, layout, to_markdown

    study = context.study
    scheme, group_name = study.split.scheme, study.evaluation.group_name
    scores = read_table(context.folder / "scores.csv", group_name)
    laid = {name: (layout(scores, name, _ratio(study)), caption(name, scheme, group_name)) for name in LAYOUTS}
    fits = {
        (name, seed): context.fit(name, seed) for name in of_class(study.forecasters, LSTM) for seed in study.seeds
    }
    if fits:
        first = {name: folder for (name, seed), folder in fits.items() if seed == study.seeds[0]}
        laid["table_1"] = model_table(first), CAPTIONS["table_1"]
        laid["table_models"] = models_table(fits, _seconds(fits)), CAPTIONS["table_models"]
    named = [forcing.name for forcing in study.inputs.forcing] + study.inputs.attributes
    laid["table_a1"] = inputs_table(context.network, named), CAPTIONS["table_a1"]
    for name, (table, words) in laid.items():
        stem = context.folder / "tables" / name
        write_csv(table, stem.with_suffix(".csv"), index=True)
        write_text(stem.with_suffix(".md"), to_markdown(table, words))
        write_text(stem.with_suffix(".tex"), to_latex(table, words, f"tab:{name}"))


def _ratio(study: Study) -> tuple[str, str] | None:
    """Find the paper's pair: the first model that is told the replicate, and the first that is not."""
    told: dict[bool, str] = {}
    for name, entry in of_class(study.forecasters, LSTM).items():
        told.setdefault(entry.condition_on_replicate, name)
    return (told[True], told[False]) if len(told) == 2 else None


def _seconds(fits: Mapping[tuple[str, int], Path]) -> dict[tuple[str, int], float]:
    """Read how long fits took, where that is known."""
    paths = {fit: folder / "seconds.txt" for fit, folder in fits.items()}
    return {fit: float(path.read_text(encoding="utf-8")) for fit, path in paths.items() if path.exists()}


def _flags(network: xr.Dataset) -> np.ndarray | xr.DataArray:
    if "soil_moisture_flag" in network:
        return network["soil_moisture_flag"]
    return np.broadcast_to(np.int32(0), network["soil_moisture"].shape)


def _without_note(report: Callable[[float, str], None]) -> Callable[[float], None]:
    return lambda share: report(share, "")
