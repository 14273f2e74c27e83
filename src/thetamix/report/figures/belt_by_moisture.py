"""Belts of single time steps against their moisture, observed and predicted (Figs. 3, G1; for clusters: E1)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.ndimage import gaussian_filter

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, legend_label, plain
from thetamix.report.figures.style import BELT, BLACK, LIGHT, SOIL_MOISTURE, Look, new_figure, styled
from thetamix.report.figures.tables import cell_label, depths_of, few, geologies_of, joined, left_out

MODELS = 2
MOST_ROWS, MOST_COLUMNS = 4, 4
BINS = 60
#: Shares of the steps that lie within the outer and the inner line.
MASSES = (0.9, 0.5)
FEWEST = 30  # steps: of fewer, the steps themselves are drawn
Cells = Mapping[str, pd.DataFrame]


@styled
def belt_by_moisture(
    panels: Sequence[tuple[str, Cells]], columns: int, looks: Mapping[str, Look], subject: str
) -> Figure:
    """Draw belts against moisture with their marginal distributions.

    Parameters
    ----------
    panels
        Title of each panel, and by forecaster its steps: columns state, expectation, observed_belt, predicted_belt
        [m3 m-3].
    columns
        How many panels stand side by side.
    looks
        Of the forecasters.
    subject
        What is shown.

    Returns
    -------
    matplotlib.figure.Figure
        In each panel the areas that hold 50 % and 90 % of the steps: grey for the observed belts against the mean of
        the replicates, in colour for the predicted belts against the expectation. Above and at the right the
        distributions of either.

    Raises
    ------
    NotApplicableError
        If no panel has a step.
    """
    everything = [steps for _, cells in panels for steps in cells.values()]
    right, top = (
        _largest(everything, pair) for pair in (("state", "expectation"), ("observed_belt", "predicted_belt"))
    )
    if not np.isfinite(right):
        raise NotApplicableError("no evaluated step has all replicates of its series")
    lines = -(-len(panels) // columns)
    figure = new_figure(25 + (57 if columns < 4 else 48) * lines, subject)
    drawn = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, (title, cells) in zip(drawn, panels, strict=False):
        axes.set(xlim=(0, right), ylim=(0, top))
        _panel(axes, cells, looks)
        axes.set_title(title, loc="left", y=1.3)
    for axes in drawn[len(panels) :]:
        axes.set_visible(False)
    for axes in drawn[max(len(panels) - columns, 0) : len(panels)]:
        axes.set_xlabel(SOIL_MOISTURE)
        axes.tick_params(labelbottom=True)
    figure.supylabel(BELT, fontsize=8)
    names = list(dict.fromkeys(name for _, cells in panels for name in cells))
    handles: list[Line2D | Patch] = [Patch(facecolor=LIGHT, edgecolor=BLACK, label="observed")]
    handles += [
        Line2D([], [], color=looks[name].colour, ls=looks[name].line, label=legend_label(name)) for name in names
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw each geology × depth under the first two trained models, or the chosen one."""
    steps = _steps(context, choice)
    first = next(iter(steps.values()))
    geologies, depths = geologies_of(first), depths_of(first)
    lines, columns = few(geologies, MOST_ROWS), few(depths, MOST_COLUMNS)
    panels = [
        (
            cell_label(geology, depth),
            {name: table[(table["geology"] == geology) & (table["depth"] == depth)] for name, table in steps.items()},
        )
        for geology in lines
        for depth in columns
    ]
    subject = joined(
        f"seed {context.seed(choice)}",
        left_out(len(geologies), len(lines), "geologies"),
        left_out(len(depths), len(columns), "depths"),
    )
    return belt_by_moisture(panels, len(columns), context.looks, subject)


def draw_clusters(context: FigureContext, choice: Choice) -> Figure:
    """Draw all depths of the chosen cluster, or an example for each geology × depth: the one with most steps."""
    steps = _steps(context, choice)
    first = next(iter(steps.values()))
    geologies, depths = geologies_of(first), depths_of(first)
    columns = few(depths, MOST_COLUMNS)
    if choice.cluster is not None:
        series = [(choice.cluster, depth) for depth in columns]
    else:
        counts = first.groupby(["geology", "depth", "cluster"], sort=True, as_index=False).size()
        fullest = counts.sort_values("size", kind="stable").drop_duplicates(["geology", "depth"], keep="last")
        example = dict(zip(zip(fullest["geology"], fullest["depth"], strict=True), fullest["cluster"], strict=True))
        cells = [(g, d) for g in few(geologies, MOST_ROWS) for d in columns]
        series = [(str(example[cell]), cell[1]) for cell in cells if cell in example]
    panels = [
        (
            f"{plain(cluster, 20)}, {depth_label(depth)}",
            {name: table[(table["cluster"] == cluster) & (table["depth"] == depth)] for name, table in steps.items()},
        )
        for cluster, depth in series
    ]
    return belt_by_moisture(panels, len(columns), context.looks, f"seed {context.seed(choice)}")


def density_levels(density: np.ndarray, masses: Sequence[float]) -> list[float]:
    """Give the densities above which given shares of the whole lie.

    Parameters
    ----------
    density
        On a regular grid; any shape.
    masses
        Shares, the largest first.

    Returns
    -------
    list of float
        Levels in increasing order; fewer than asked for where some coincide.

    Examples
    --------
    >>> density_levels(np.array([4.0, 3.0, 2.0, 1.0]), (0.9, 0.4))
    [2.0, 4.0]
    """
    ordered = np.sort(density.ravel())[::-1]
    share = np.cumsum(ordered) / ordered.sum()
    return sorted({float(ordered[np.searchsorted(share, mass - 1e-9)]) for mass in masses})


def _steps(context: FigureContext, choice: Choice) -> dict[str, pd.DataFrame]:
    seed = context.seed(choice)
    if choice.cluster is not None and choice.cluster not in context.clusters:
        context.series(choice)  # says which clusters there are
    found = {}
    for name in context.ranked(choice):
        table = context.steps(name, seed)
        table = table[np.isfinite(table["observed_belt"]) & np.isfinite(table["predicted_belt"])]
        if choice.cluster is not None:
            table = table[table["cluster"] == choice.cluster]
        if choice.depth is not None:
            table = table[table["depth"] == f"{choice.depth:g}"]
        if len(table):
            found[name] = table
        if len(found) == MODELS:
            break
    if not found:
        raise NotApplicableError("no evaluated step has all replicates of its series and a prediction")
    return found


def _largest(tables: Sequence[pd.DataFrame], columns: tuple[str, str]) -> float:
    values = np.concatenate([table[column].to_numpy(dtype=float) for table in tables for column in columns])
    values = values[np.isfinite(values)]
    return 1.1 * float(np.quantile(values, 0.999)) if values.size else np.nan


def _panel(axes: Axes, cells: Cells, looks: Mapping[str, Look]) -> None:
    above = axes.inset_axes((0, 1.02, 1, 0.26), sharex=axes)
    beside = axes.inset_axes((1.02, 0, 0.22, 1), sharey=axes)
    for name, steps in [(None, next(iter(cells.values()))), *cells.items()]:
        columns = ("state", "observed_belt") if name is None else ("expectation", "predicted_belt")
        x, y = (steps[column].to_numpy(dtype=float) for column in columns)
        look = Look(BLACK, "-", "o") if name is None else looks[name]
        if x.size < FEWEST:
            axes.plot(x, y, ls="", marker=look.marker, color=look.colour, ms=2, rasterized=True)
            continue
        _areas(axes, x, y, look, filled=name is None)
        _marginal(above, x, axes.get_xlim(), look, filled=name is None, upright=False)
        _marginal(beside, y, axes.get_ylim(), look, filled=name is None, upright=True)
    for inset in (above, beside):
        inset.axis("off")


def _areas(axes: Axes, x: np.ndarray, y: np.ndarray, look: Look, *, filled: bool) -> None:
    limits = (axes.get_xlim(), axes.get_ylim())
    count, *edges = np.histogram2d(x, y, BINS, limits)
    smooth = gaussian_filter(count, 1.5).T
    if not smooth.any():
        return
    levels = density_levels(smooth, MASSES)
    middles = [0.5 * (edge[1:] + edge[:-1]) for edge in edges]
    if filled:
        shades = ["#E3E3E3", "#B5B5B5"][-len(levels) :]
        axes.contourf(*middles, smooth, levels=[*levels, np.inf], colors=shades, zorder=1)
    else:
        axes.contour(
            *middles,
            smooth,
            levels=levels,
            colors=[look.colour],
            linestyles=[look.line],
            linewidths=[0.8, 1.3],
            zorder=2,
        )


def _marginal(
    axes: Axes, values: np.ndarray, limits: tuple[float, float], look: Look, *, filled: bool, upright: bool
) -> None:
    count, edges = np.histogram(values, BINS, limits)
    density = gaussian_filter(count / max(values.size, 1) / (edges[1] - edges[0]), 1.2)
    middle = 0.5 * (edges[1:] + edges[:-1])
    if filled and upright:
        axes.fill_betweenx(middle, 0, density, color=LIGHT, lw=0)
    elif filled:
        axes.fill_between(middle, 0, density, color=LIGHT, lw=0)
    axes.plot(*((density, middle) if upright else (middle, density)), color=look.colour, ls=look.line, lw=0.9)
