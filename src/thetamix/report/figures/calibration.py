"""Whether the predicted distributions mean what they say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.panels import Handle, legend_below, look_handle, name_ticks, panel_letters
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, CRPS, GREY, Look, new_figure
from thetamix.report.figures.tables import cell_label, forecasters_of, joined, seed_label
from thetamix.report.layouts.table_rows import rows

MOST = 5
#: Of the table's kinds: the labels of both axes.
LABELS = {
    "pit": ("PIT, F(reading) [–]", "Density [–]"),
    "coverage": ("Nominal central interval [–]", "Share of readings inside [–]"),
    "width": ("Nominal central interval [–]", "Mean width [m³ m⁻³]"),
    "reliability": ("Forecast probability of falling\nbelow a threshold [–]", "Observed frequency [–]"),
    "spread_error": (
        "Predicted standard\ndeviation [m³ m⁻³]",
        "RMSE of the expectation\nto the readings [m³ m⁻³]",
    ),
}


@run_figure(
    "calibration",
    title="Calibration",
    caption="a: histogram of where readings fall in the predicted distributions, flat if calibrated. b: share of "
    "the readings inside central intervals. c: how wide these are. d: how often soil was below a "
    "threshold against the probability forecast. e: error against predicted spread. f: the CRPS is "
    "miscalibration minus resolution plus uncertainty. Bands: 95 % bootstrap.",
    needs="calibration.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one; all depths, or the chosen one."""
    table, seed, looks = context.require("calibration"), context.seed_text(choice), context.looks
    depth = ALL if choice.depth is None else f"{choice.depth:g}"
    chosen = rows(table, group=ALL, depth=depth, seed=seed)
    chosen = chosen[np.isfinite(chosen["value"])]
    shown = forecasters_of(chosen, context.in_table(table, choice, MOST))
    if not shown:
        raise NotApplicableError("no forecaster with a density has a calibration there")
    figure = new_figure(125, joined(cell_label(ALL, depth), seed_label(seed)))
    panels = figure.subplots(2, 3).ravel()
    for axes, (kind, (across, up)) in zip(panels, LABELS.items(), strict=False):
        of_kind = rows(chosen, kind=kind)
        for name in shown:
            curve = rows(of_kind, forecaster=name).sort_values("x")
            _curve(axes, curve, looks[name], steps=kind == "pit")
        axes.set(xlabel=across, ylabel=up)
        _ideal(axes, kind, of_kind)
    handles: list[Handle] = [look_handle(looks[name], name) for name in shown]
    handles.append(Line2D([], [], color=BLACK, ls=":", lw=0.8, label="perfectly calibrated"))
    decomposition = context.table("crps_decomposition")
    parts = None if decomposition is None else rows(decomposition, group=ALL, depth=depth, seed=seed)
    if parts is None or parts.empty:
        panels[5].set_visible(False)
    else:
        handles += _decomposition(panels[5], parts.set_index("forecaster").reindex(shown), looks)
    panel_letters([axes for axes in panels if axes.get_visible()])
    legend_below(figure, handles)
    return figure


def _curve(axes: Axes, curve: pd.DataFrame, look: Look, *, steps: bool) -> None:
    x, value, low, high = (curve[column].to_numpy(dtype=float) for column in ("x", "value", "low", "high"))
    if steps:
        axes.step(x, value, where="mid", color=look.colour, ls=look.line)
    else:
        axes.plot(x, value, color=look.colour, ls=look.line, marker=look.marker, ms=3)
    axes.fill_between(x, low, high, step="mid" if steps else None, color=look.colour, alpha=0.15, lw=0)


def _ideal(axes: Axes, kind: str, of_kind: pd.DataFrame) -> None:
    if kind == "pit":
        axes.axhline(1, color=BLACK, ls=":", lw=0.8)
    if kind in ("pit", "width"):
        axes.set(ylim=(0, None), xlim=(0, 1))
        return
    top = 1.0 if kind != "spread_error" or of_kind.empty else float(of_kind[["x", "value"]].max().max()) * 1.1
    axes.plot([0, top], [0, top], color=BLACK, ls=":", lw=0.8)
    axes.set(xlim=(0, top), ylim=(0, top))


def _decomposition(axes: Axes, table: pd.DataFrame, looks: Mapping[str, Look]) -> list[Handle]:
    """Draw miscalibration and resolution; CRPS = miscalibration − resolution + uncertainty."""
    heights = -np.arange(len(table), dtype=float)
    for y, (name, row) in zip(heights, table.iterrows(), strict=True):
        colour = looks[str(name)].colour
        axes.barh(y + 0.2, row["reliability"], 0.36, color=colour, ec=colour)
        axes.barh(y - 0.2, row["resolution"], 0.36, color="white", ec=colour, hatch="////")
    uncertainty = table["uncertainty"].dropna()
    if len(uncertainty):
        axes.axvline(float(uncertainty.iloc[0]), color=GREY, ls="--", lw=0.8)
    name_ticks(axes, "y", heights, [plain(name, 14) for name in table.index])
    axes.set_xlabel(f"Parts of the {CRPS}")
    return [
        Patch(facecolor=GREY, edgecolor=GREY, label="f: miscalibration"),
        Patch(facecolor="white", edgecolor=GREY, hatch="////", label="f: resolution"),
        Line2D([], [], color=GREY, ls="--", lw=0.8, label="f: uncertainty"),
    ]
