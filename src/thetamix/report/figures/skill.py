"""CRPS by depth and by season."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.seasonal_crps import SEASONS, crps_by_season
from thetamix.network.observations import observations
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label
from thetamix.report.figures.panels import legend_below, look_handle, name_ticks, value_lines
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import CRPS, GREY, new_figure
from thetamix.report.figures.tables import depths_of, forecasters_of, joined, seed_label
from thetamix.report.layouts.table_rows import rows

MOST = 8
#: Prediction files with more values than this are not read again for their seasons.
MOST_VALUES = 30_000_000


@run_figure(
    "skill",
    title="CRPS by depth and season",
    caption="Left: CRPS by depth, mean over groups, with 95 % bootstrap intervals. Right: CRPS by season, mean"
    " over series. Low is good. Forecasters with very large prediction files are shown by depth only.",
    needs="scores.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the CRPS of all forecasters, or of the chosen one; seasons are those of the chosen or first seed.

    Forecasters whose files are large (annual cycles of hundreds of components) are shown by depth only.
    """
    scores, seed = context.require("scores"), context.seed_text(choice)
    names = context.ranked(choice, density=False)[:MOST]
    first = context.seed(choice)
    opened = {name: context.prediction(name, first) for name in names}
    seasonal = crps_by_season(
        context.network,
        observations(context.network, context.study.quality.reject),
        context.part(first),
        context.study.quality.replicates,
        {name: file for name, file in opened.items() if file["component_mean"].size <= MOST_VALUES},
    )
    chosen = rows(scores, score="crps", cluster=ALL, group=ALL, seed=seed)
    depths = [*depths_of(chosen), ALL]
    shown = forecasters_of(chosen[np.isfinite(chosen["value"])], names)
    if not shown:
        raise NotApplicableError("no forecaster has a CRPS")
    two_means = choice.seed is None and len(context.study.seeds) > 1
    seasons_of = f"seasons: {seed_label(str(first))}" if two_means else ""
    figure = new_figure(85, joined(f"depths: {seed_label(ALL)}" if two_means else seed_label(seed), seasons_of))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.2, 1])
    offsets = np.linspace(-0.3, 0.3, len(shown)) if len(shown) > 1 else np.zeros(1)
    for name, offset in zip(shown, offsets, strict=True):
        look = context.looks[name]
        by_depth = rows(chosen, forecaster=name).set_index("depth").reindex(depths)
        values, low, high = (by_depth[column].to_numpy(dtype=float) for column in ("value", "low", "high"))
        x = np.arange(len(depths)) + offset
        left.vlines(x, low, high, color=look.colour, lw=1)
        left.plot(x, values, ls="", marker=look.marker, color=look.colour, ms=4)
        by_season = rows(seasonal, forecaster=name).set_index("season").reindex(list(SEASONS))["value"]
        if not by_season.isna().all():
            drawn = by_season.to_numpy(dtype=float)
            right.plot(np.arange(4), drawn, color=look.colour, ls=look.line, marker=look.marker, ms=4)
    _categories(left, [depth_label(depth) for depth in depths], "Depth")
    _categories(right, list(SEASONS), "Season (months)")
    for border in np.arange(len(depths) - 1) + 0.5:
        left.axvline(border, color=GREY, lw=0.4, alpha=0.5)
    left.set_ylabel(CRPS)
    left.set_ylim(bottom=0)
    legend_below(figure, [look_handle(context.looks[name], name) for name in shown])
    return figure


def _categories(axes: Axes, names: list[str], label: str) -> None:
    name_ticks(axes, "x", np.arange(len(names)), names)
    axes.set(xlabel=label, xlim=(-0.5, len(names) - 0.5))
    value_lines(axes, "y")
