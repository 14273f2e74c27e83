"""CRPS by depth and by season."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.seasonal_crps import SEASONS, crps_by_season
from thetamix.network.observations import observations
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, legend_label
from thetamix.report.figures.style import CRPS, GREY, Look, new_figure, styled
from thetamix.report.figures.tables import depths_of, forecasters_of, joined, rows, seed_label

MOST = 8
#: Prediction files with more values than this are not read again for their seasons.
MOST_VALUES = 30_000_000


@styled
def skill(
    scores: pd.DataFrame,
    seasonal: pd.DataFrame,
    forecasters: Sequence[str],
    looks: Mapping[str, Look],
    seed: str,
) -> Figure:
    """Draw the CRPS.

    Parameters
    ----------
    scores
        The long table.
    seasonal
        From :func:`thetamix.evaluation.seasonal_crps.crps_by_season`.
    forecasters
        Which, in order.
    looks
        Of them.
    seed
        As the table writes it.

    Returns
    -------
    matplotlib.figure.Figure
        Left by depth with the bootstrap's intervals, right by season.

    Raises
    ------
    NotApplicableError
        If no forecaster has a CRPS.
    """
    chosen = rows(scores, score="crps", cluster=ALL, geology=ALL, seed=seed)
    depths = [*depths_of(chosen), ALL]
    shown = forecasters_of(chosen[np.isfinite(chosen["value"])], forecasters)
    if not shown:
        raise NotApplicableError("no forecaster has a CRPS")
    figure = new_figure(85, seed_label(seed))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.2, 1])
    offsets = np.linspace(-0.3, 0.3, len(shown)) if len(shown) > 1 else np.zeros(1)
    for name, offset in zip(shown, offsets, strict=True):
        mine = rows(chosen, forecaster=name).set_index("depth").reindex(depths)
        values, low, high = (mine[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
        place = np.arange(len(depths)) + offset
        look = looks[name]
        left.vlines(place, low, high, color=look.colour, lw=1)
        left.plot(place, values, ls="", marker=look.marker, color=look.colour, ms=4)
        of_season = rows(seasonal, forecaster=name).set_index("season").reindex(list(SEASONS))
        if not of_season["value"].isna().all():
            right.plot(
                np.arange(len(SEASONS)),
                of_season["value"].to_numpy(dtype=float),
                color=look.colour,
                ls=look.line,
                marker=look.marker,
                ms=4,
            )
    _categories(left, [depth_label(depth) for depth in depths], "Depth")
    _categories(right, list(SEASONS), "Season (months)")
    for border in np.arange(len(depths) - 1) + 0.5:
        left.axvline(border, color=GREY, lw=0.4, alpha=0.5)
    left.set_ylabel(CRPS)
    left.set_ylim(bottom=0)
    handles = [
        Line2D(
            [],
            [],
            color=looks[name].colour,
            ls=looks[name].line,
            marker=looks[name].marker,
            ms=4,
            label=legend_label(name),
        )
        for name in shown
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the CRPS of all forecasters, or of the chosen one; seasons are those of the chosen or first seed.

    Forecasters whose files are large (annual cycles of hundreds of components) are shown by depth only.
    """
    scores = context.require("scores")
    names = context.ranked(choice, density=False)[:MOST]
    seed = context.seed(choice)
    with ExitStack() as files:
        opened = {name: files.enter_context(context.prediction(name, seed)) for name in names}
        predictions = {name: one for name, one in opened.items() if one["component_mean"].size <= MOST_VALUES}
        readings = observations(context.network, context.study["quality"]["reject"])
        rule = context.study["quality"]["replicates"]
        seasonal = crps_by_season(context.network, readings, context.part(seed), rule, predictions)
    figure = skill(scores, seasonal, names, context.looks, context.seed_text(choice))
    if choice.seed is None and len(context.study["seeds"]) > 1:
        figure.suptitle(joined(f"depths: {seed_label(ALL)}", f"seasons: {seed_label(str(seed))}"))
    return figure


def _categories(axes: Axes, names: Sequence[str], label: str) -> None:
    axes.set_xticks(np.arange(len(names)), names)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel=label, xlim=(-0.5, len(names) - 0.5))
    axes.grid(axis="y", color=GREY, alpha=0.25, lw=0.4)
