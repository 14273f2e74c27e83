"""What was trained on and what is evaluated, and how near the two are (the split and its leakage)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.panels import empty, legend_below, name_ticks, panel_letters, time_axis, time_extent
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, EVALUATED, GREY, LIGHT, TRAINED, new_figure
from thetamix.report.figures.tables import joined
from thetamix.report.figures.thinning import pick
from thetamix.splits.parts import EVALUATION, NEITHER, TRAINING

MOST_NAMES = 45
SHARES = {
    "same_series": "in the same series",
    "same_cluster": "in the same cluster",
    "same_forcing": "under the same forcing",
}
DAYS = ("days_q05", "days_q25", "days_q50", "days_q75", "days_q95")
UNREAD = -1  # beside the labels of a split's parts


@run_figure(
    "split",
    title="The split and its leakage",
    caption="a: what was trained on and what is evaluated, series by series. b: share of the evaluated steps "
    "whose time was trained on elsewhere. c: days from an evaluated step to the nearest trained one of "
    "its series: line 5 to 95 %, bar quartiles, mark median.",
    needs="a split",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the split of the chosen or first seed, all its series, or those of the chosen cluster or depth."""
    seed = context.seed(choice)
    parts = _parts_of_series(context, choice, seed)
    if not parts:
        raise NotApplicableError("the network has no series")
    leakage = context.table("leakage")
    tall = float(np.clip(2.6 * len(parts), 45, 170))
    audited = leakage if leakage is not None and not leakage.empty else None
    figure = new_figure(tall + (20 if audited is None else 60), f"seed {seed}")
    grid = figure.add_gridspec(2, 2, height_ratios=[tall, 42]) if audited is not None else figure.add_gridspec(1, 2)
    panels = [figure.add_subplot(grid[0, :])]
    time = context.network["time"].to_numpy()
    _image(panels[0], np.stack([part for _, part in parts]), [name for name, _ in parts], time[pick(time.size)])
    if audited is not None:
        panels += [figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])]
        _shares(panels[1], audited)
        _days(panels[2], audited)
    panel_letters(panels)
    handles = [
        Patch(color=TRAINED, label="trained on"),
        Patch(color=EVALUATED, label="evaluated"),
        Patch(color=LIGHT, label="read, but in neither part"),
        Patch(facecolor="white", edgecolor=GREY, label="no reading"),
    ]
    legend_below(figure, handles)
    return figure


def _parts_of_series(context: FigureContext, choice: Choice, seed: int) -> list[tuple[str, np.ndarray]]:
    """Return the name of each series and its part at the steps that are drawn (step); UNREAD without a reading."""
    part = context.part(seed)
    steps = pick(part.shape[-1])
    parts = []
    for cluster, name in enumerate(context.clusters):
        if choice.cluster not in (None, name):
            continue
        readings = np.isfinite(context.accepted(cluster))
        for depth, metres in enumerate(context.depths):
            if (choice.depth is None or f"{choice.depth:g}" == metres) and readings[depth].any():
                there = readings[depth][:, steps].any(axis=0)
                shown = np.where(there, part[cluster, depth].max(axis=0)[steps], UNREAD)
                parts.append((joined(plain(name, 20), depth_label(metres)), shown))
    return parts


def _image(axes: Axes, parts: np.ndarray, names: Sequence[str], time: np.ndarray) -> None:
    order = {UNREAD: 0, int(NEITHER): 1, int(TRAINING): 2, int(EVALUATION): 3}
    codes = np.vectorize(order.get, otypes=[np.int64])(parts)
    axes.imshow(
        codes,
        cmap=ListedColormap(["white", LIGHT, TRAINED, EVALUATED]),
        vmin=-0.5,
        vmax=3.5,
        aspect="auto",
        interpolation="nearest",
        extent=(*time_extent(time), len(names) - 0.5, -0.5),
    )
    axes.xaxis_date()
    time_axis(axes)
    if len(names) <= MOST_NAMES:
        axes.set_yticks(np.arange(len(names)), names, fontsize=6)
    else:
        axes.set_ylabel(f"Series (1 to {len(names)}, in the network's order)")
    axes.tick_params(axis="y", length=0)


def _shares(axes: Axes, leakage: pd.DataFrame) -> None:
    wide = 0.8 / len(leakage)
    for number, (_, row) in enumerate(leakage.iterrows()):
        down = np.arange(len(SHARES)) - 0.4 + (number + 0.5) * wide
        axes.barh(-down, [100 * float(row[name]) for name in SHARES], 0.85 * wide, color=EVALUATED)
    name_ticks(axes, "y", -np.arange(len(SHARES)), list(SHARES.values()))
    axes.set(xlim=(0, 100), xlabel="Evaluated steps whose time is trained on [%]")


def _days(axes: Axes, leakage: pd.DataFrame) -> None:
    if leakage[list(DAYS)].isna().to_numpy().all():
        empty(axes, "no series is on both sides")
        axes.set_axis_off()
        return
    for number, (_, row) in enumerate(leakage.iterrows()):
        lowest, low, middle, high, highest = (float(row[name]) for name in DAYS)
        axes.plot([lowest, highest], [-number, -number], color=GREY)
        axes.barh(-number, high - low, 0.5, low, color=LIGHT, ec=GREY)
        axes.plot([middle, middle], [-number - 0.25, -number + 0.25], color=BLACK, lw=1.5)
    name_ticks(axes, "y", -np.arange(len(leakage)), [f"seed {int(s)}" for s in leakage["seed"]])
    axes.set(ylim=(-len(leakage) + 0.3, 0.7), xlabel="Days to the nearest trained step of the series [d]")
    axes.set_xlim(left=0)
