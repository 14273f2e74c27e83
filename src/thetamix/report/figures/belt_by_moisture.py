"""Belts of single time steps against their moisture, observed and predicted (Figs. 3, G1; for clusters: E1)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.ndimage import gaussian_filter

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.panels import Handle, legend_below, look_handle, panel_grid
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BELT, BLACK, LIGHT, SOIL_MOISTURE, Look, new_figure
from thetamix.report.figures.tables import cell_label, cells_shown, joined
from thetamix.report.layouts.table_rows import rows

MODELS = 2
BINS = 60
#: Shares of the steps that lie within the outer and the inner line.
MASSES = (0.9, 0.5)
FEWEST = 30  # steps: of fewer, the steps themselves are drawn
#: Steps of a panel by forecaster: columns state, expectation, observed_belt, predicted_belt [m3 m-3].
Cells = Mapping[str, pd.DataFrame]


@run_figure(
    "belt_by_moisture",
    title="Belts against moisture",
    caption="Belt (80th minus 20th percentile) against soil moisture for each {group} and depth: areas and lines "
    "hold 50 % and 90 % of the evaluated steps. Grey: observed belts against the mean of the replicates; "
    "in colour: predicted belts against the expectation. Above and at the right: how moisture and belts "
    "are distributed.",
    needs="evaluated steps with all replicates",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw each group × depth under the first two trained models, or the chosen one."""
    steps = _steps(context, choice)
    groups, depths, cut = cells_shown(next(iter(steps.values())))
    panels = [
        (
            cell_label(group, depth),
            {name: rows(table, group=group, depth=depth) for name, table in steps.items()},
        )
        for group in groups
        for depth in depths
    ]
    return _belts(panels, len(depths), context.looks, joined(f"seed {context.seed(choice)}", cut))


@run_figure(
    "belt_by_cluster",
    title="Belts against moisture at single clusters",
    caption="As the figure of belts against moisture, for an example cluster of each {group} and depth, that with"
    " most evaluated steps, or for all depths of a chosen cluster.",
    needs="evaluated steps with all replicates",
)
def draw_clusters(context: FigureContext, choice: Choice) -> Figure:
    """Draw all depths of the chosen cluster, or an example for each group × depth: the one with most steps."""
    steps = _steps(context, choice)
    first = next(iter(steps.values()))
    groups, depths, _ = cells_shown(first)
    if choice.cluster is not None:
        series = [(choice.cluster, depth) for depth in depths]
    else:
        counts = first.groupby(["group", "depth", "cluster"], sort=True, as_index=False).size()
        fullest = counts.sort_values("size", kind="stable").drop_duplicates(["group", "depth"], keep="last")
        example = fullest.set_index(["group", "depth"])["cluster"].to_dict()
        cells = [(group, depth) for group in groups for depth in depths]
        series = [(str(example[cell]), cell[1]) for cell in cells if cell in example]
    panels = [
        (
            f"{plain(cluster, 20)}, {depth_label(depth)}",
            {name: rows(table, cluster=cluster, depth=depth) for name, table in steps.items()},
        )
        for cluster, depth in series
    ]
    return _belts(panels, len(depths), context.looks, f"seed {context.seed(choice)}")


def _steps(context: FigureContext, choice: Choice) -> dict[str, pd.DataFrame]:
    seed = context.seed(choice)
    if choice.cluster is not None and choice.cluster not in context.clusters:
        context.series(choice)  # says which clusters there are
    chosen = {}
    for name in context.ranked(choice):
        table = context.steps(name, seed)
        table = table[np.isfinite(table["observed_belt"]) & np.isfinite(table["predicted_belt"])]
        if choice.cluster is not None:
            table = table[table["cluster"] == choice.cluster]
        if choice.depth is not None:
            table = table[table["depth"] == f"{choice.depth:g}"]
        if len(table):
            chosen[name] = table
        if len(chosen) == MODELS:
            break
    if not chosen:
        raise NotApplicableError("no evaluated step has all replicates of its series and a prediction")
    return chosen


def _belts(panels: Sequence[tuple[str, Cells]], columns: int, looks: Mapping[str, Look], subject: str) -> Figure:
    """Draw panels with their titles, and the distributions of moisture and belts at their sides."""
    everything = [steps for _, cells in panels for steps in cells.values()]
    right, top = (
        _largest(everything, pair) for pair in (("state", "expectation"), ("observed_belt", "predicted_belt"))
    )
    lines = -(-len(panels) // columns)
    figure = new_figure(25 + (57 if columns < 4 else 48) * lines, subject)
    drawn = panel_grid(figure, len(panels), columns, shared=True)
    for axes, (title, cells) in zip(drawn, panels, strict=True):
        axes.set(xlim=(0, right), ylim=(0, top))
        _panel(axes, cells, looks)
        axes.set_title(title, loc="left", y=1.3)
    for axes in drawn[max(len(panels) - columns, 0) :]:
        axes.set_xlabel(SOIL_MOISTURE)
        axes.tick_params(labelbottom=True)
    figure.supylabel(BELT, fontsize=8)
    names = list(dict.fromkeys(name for _, cells in panels for name in cells))
    handles: list[Handle] = [Patch(facecolor=LIGHT, edgecolor=BLACK, label="observed")]
    legend_below(figure, handles + [look_handle(looks[name], name, marker="") for name in names])
    return figure


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


def density_levels(density: np.ndarray, masses: Sequence[float]) -> list[float]:
    """Return the densities above which given shares of the whole lie.

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
