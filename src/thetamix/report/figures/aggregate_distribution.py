"""All evaluated readings and all predicted mixtures, each as one distribution (Fig. D1)."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label, plain
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import DENSITY, LIGHT, OBSERVED, SOIL_MOISTURE, Look, new_figure
from thetamix.report.figures.tables import few, forecasters_of, groups_of, joined, left_out, seed_label
from thetamix.report.layouts.table_rows import rows

MOST = 4
MOST_GROUPS = 6


@run_figure(
    "aggregate_distribution",
    title="Aggregated distributions",
    caption="All evaluated readings as one distribution (grey) and all predicted mixtures as one, over all series"
    " and by {group}.",
    needs="distribution.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters of the run, or the chosen one, beside what was observed."""
    table, seed = context.require("distribution"), context.seed_text(choice)
    chosen = rows(table, depth=ALL, seed=seed)
    shown = forecasters_of(chosen, [OBSERVED, *context.in_table(table, choice, MOST)])
    if not shown:
        raise NotApplicableError("no aggregate distribution was made")
    groups = [name for name in groups_of(chosen) if name != ALL]
    panels = few(groups, MOST_GROUPS)
    columns = max(min(len(panels), 3), 1)
    lines = -(-len(panels) // columns)
    figure = new_figure(78 + 48 * lines, joined(seed_label(seed), left_out(len(groups), len(panels), "groups")))
    grid = figure.add_gridspec(1 + lines, columns, height_ratios=[1.4] + [1.0] * lines)
    top = figure.add_subplot(grid[0, :])
    _densities(top, rows(chosen, group=ALL), shown, context.looks)
    top.set_title("all series")
    dense = rows(chosen, group=ALL).query("density > 0.02")["soil_moisture"]
    if len(dense):
        top.set_xlim(float(dense.min()), float(dense.max()))
    for number, group in enumerate(panels):
        axes = figure.add_subplot(grid[1 + number // columns, number % columns], sharex=top)
        _densities(axes, rows(chosen, group=group), shown, context.looks)
        axes.set_title(plain(group))
        if number % columns:
            axes.set_ylabel("")
    figure.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _densities(axes: Axes, table: pd.DataFrame, shown: Sequence[str], looks: Mapping[str, Look]) -> None:
    for name in shown:
        curve = rows(table, forecaster=name).sort_values("soil_moisture")
        x, density = curve["soil_moisture"].to_numpy(dtype=float), curve["density"].to_numpy(dtype=float)
        if name == OBSERVED:
            axes.fill_between(x, 0, density, color=LIGHT, lw=0)
        axes.plot(x, density, color=looks[name].colour, ls=looks[name].line, label=legend_label(name))
    axes.set(xlabel=SOIL_MOISTURE, ylabel=DENSITY)
    axes.set_ylim(bottom=0)
