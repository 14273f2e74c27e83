"""Several runs side by side: paired differences of scores by depth, and the CRPS of each run by depth.

Narrower than the figures of a run, one column of a page, so that a phone shows them in their own size. A run has the
same colour in both.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.floor import LEAVE_ONE_OUT, SELF_INCLUDING
from thetamix.evaluation.scores import SCORES
from thetamix.report.figures.choice import NotApplicableError
from thetamix.report.figures.comparison import UNITS
from thetamix.report.figures.labels import depth_label, legend_label, plain
from thetamix.report.figures.panels import legend_below, name_ticks, value_lines
from thetamix.report.figures.style import BLACK, CRPS, GREY, Look, looks, new_figure, styled
from thetamix.report.figures.tables import depths_of, joined, left_out
from thetamix.report.layouts.table_rows import rows

G = TypeVar("G")
M = TypeVar("M")
Estimate = tuple[float, float, float]  # value, low, high

NARROW = 95.0  # [mm]
ROW = 4.0  # [mm]
BAND = "#ECECEC"
MOST_PAIRS, MOST_FORECASTERS = 6, 8
FLOORS = (LEAVE_ONE_OUT, SELF_INCLUDING)
PAIR = ["one_run", "one", "other_run", "other"]


@styled
def run_differences(table: pd.DataFrame, runs: Sequence[str], scores: Sequence[str]) -> Figure:
    """Draw the paired differences between runs.

    Parameters
    ----------
    table
        ``comparison.csv`` of ``thetamix compare``.
    runs
        Labels of all runs; the first is the one that the others are set against.
    scores
        Which, a panel each.

    Returns
    -------
    matplotlib.figure.Figure
        A line a pair and depth: the difference with its interval, in colour and with the mark of the run that is
        better; hollow and grey where the interval holds zero or is not known.

    Raises
    ------
    NotApplicableError
        If no two runs are paired.
    """
    table = table[np.isfinite(table["difference"].to_numpy(dtype=float))]
    shown = [score for score in scores if score in set(table["score"])]
    every = [tuple(map(str, pair)) for pair in table[PAIR].drop_duplicates().to_numpy()]
    if not every or not shown:
        raise NotApplicableError("no two runs can be paired")
    pairs, depths = every[:MOST_PAIRS], [ALL, *depths_of(table)]
    side_by_side = min(len(shown), 2)
    high = -(-len(shown) // side_by_side)
    what = f"{plain(runs[1])} − {plain(runs[0])}" if len(runs) == 2 else f"each run − {plain(runs[0])}"
    subject = joined(what, left_out(len(every), len(pairs), "pairs"))
    lines = len(pairs) * (len(depths) + 1)
    figure = new_figure(26 + high * (lines * ROW + 14), subject, width=NARROW)
    panels = list(figure.subplots(high, side_by_side, sharey=True, squeeze=False).ravel())
    style = looks(runs)
    for axes, score in zip(panels, shown, strict=False):
        estimates = _estimates(rows(table, score=score), [*PAIR, "depth"], "difference")
        for y, pair, depth in _lines(pairs, depths):
            if (*pair, depth) in estimates:
                _draw_difference(axes, y, estimates[*pair, depth], score, style[pair[0]], style[pair[2]])
        axes.locator_params(axis="x", nbins=3)
        axes.axvline(0, color=BLACK, lw=0.6)
        axes.set_xlabel(f"{SCORES[score].title}\n[{UNITS.get(score, '–')}]")
    names = [_pair_name(pair, len(runs)) for pair in pairs]
    for number, axes in enumerate(panels[: len(shown)]):
        _name_lines(axes, names, [depth_label(depth) for depth in depths], left=number % side_by_side == 0)
    for axes in panels[len(shown) :]:
        axes.set_visible(False)
    involved = [run for run in runs if any(run in (pair[0], pair[2]) for pair in pairs)]
    handles = [_handle(style[run], f"{plain(run, 24)} is better") for run in involved]
    handles.append(Line2D([], [], color=GREY, marker="o", mfc="white", ms=4, label="not decided"))
    legend_below(figure, handles, 2)
    return figure


@styled
def run_crps(scores: pd.DataFrame, runs: Sequence[str]) -> Figure:
    """Draw the CRPS of the forecasters of several runs by depth.

    Parameters
    ----------
    scores
        The long tables of the runs, with a column ``run``.
    runs
        Labels, in order.

    Returns
    -------
    matplotlib.figure.Figure
        A line a depth and forecaster, a mark a run with its interval.

    Raises
    ------
    NotApplicableError
        If no forecaster has a CRPS.
    """
    chosen = rows(scores, score="crps", seed=ALL, group=ALL, cluster=ALL)
    chosen = chosen[np.isfinite(chosen["value"].to_numpy(dtype=float))]
    if chosen.empty:
        raise NotApplicableError("no forecaster has a CRPS")
    count: dict[str, int] = chosen.groupby("forecaster", sort=False)["run"].nunique().to_dict()
    # What most runs have can be compared; floors are no forecasters.
    ranked = sorted(count, key=lambda name: (name in FLOORS, -count[name]))[:MOST_FORECASTERS]
    names, depths = [name for name in count if name in ranked], [ALL, *depths_of(chosen)]
    subject = joined("mean over seeds", left_out(len(count), len(names), "forecasters"))
    lines = len(depths) * (len(names) + 1)
    figure = new_figure(24 + lines * ROW * max(1.0, 0.35 * len(runs)), subject, width=NARROW)
    axes = figure.subplots()
    style = looks(runs)
    offsets = np.linspace(0.3, -0.3, len(runs)) if len(runs) > 2 else np.array([0.22, -0.22])[: len(runs)]
    for run, offset in zip(runs, offsets, strict=True):
        estimates = _estimates(rows(chosen, run=run), ["depth", "forecaster"], "value")
        look = style[run]
        for y, depth, name in _lines(depths, names):
            if (depth, name) in estimates:
                value, low, high = estimates[depth, name]
                axes.plot([low, high], [y + offset] * 2, color=look.colour, lw=1.2)
                axes.plot(value, y + offset, ls="", marker=look.marker, color=look.colour, ms=3.5)
    _name_lines(axes, [depth_label(depth) for depth in depths], [plain(name, 26) for name in names])
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{CRPS}, low is good")
    handles = [_handle(style[run], legend_label(run, 24)) for run in runs]
    legend_below(figure, handles, 2)
    return figure


def _estimates(table: pd.DataFrame, keys: Sequence[str], value: str) -> dict[tuple[str, ...], Estimate]:
    """Look values up with their intervals."""
    columns = (table[name].astype(float) for name in (value, "low", "high"))
    names = (table[key] for key in keys)
    return dict(zip(zip(*names, strict=True), zip(*columns, strict=True), strict=True))


def _draw_difference(axes: Axes, y: float, estimate: Estimate, score: str, first: Look, second: Look) -> None:
    value, low, high = estimate
    if low > 0 or high < 0:
        look = first if (value > 0) == SCORES[score].higher_is_better else second
        axes.plot([low, high], [y, y], color=look.colour, lw=1.4)
        axes.plot(value, y, ls="", marker=look.marker, color=look.colour, ms=4)
    else:
        axes.plot([low, high], [y, y], color=GREY, lw=1)
        axes.plot(value, y, ls="", marker="o", color=GREY, mfc="white", ms=4)


def _lines(groups: Sequence[G], members: Sequence[M]) -> Iterator[tuple[float, G, M]]:
    """Give lines their heights, from the top: first a group's name, then its members."""
    for g, group in enumerate(groups):
        for m, member in enumerate(members):
            yield -float(g * (len(members) + 1) + m + 1), group, member


def _name_lines(axes: Axes, groups: Sequence[str], members: Sequence[str], *, left: bool = True) -> None:
    """Name the lines at the left, and groups in bands above them; these reach into the panel at the right."""
    places = list(_lines(groups, members))
    for g, name in enumerate(groups):
        top = -float(g * (len(members) + 1))
        axes.axhspan(top - 0.42, top + 0.42, color=BAND, lw=0, zorder=3)
        if left:
            text = axes.text(
                0.02, top, name, transform=axes.get_yaxis_transform(), va="center_baseline", size=7, zorder=4
            )
            text.set_in_layout(False)
    if left:
        axes.set_zorder(1)
        axes.patch.set_visible(False)
    name_ticks(axes, "y", [y for y, _, _ in places], [member for _, _, member in places])
    axes.set_ylim(places[-1][0] - 0.6, 0.5)
    value_lines(axes, "x")


def _pair_name(pair: Sequence[str], runs: int) -> str:
    run, first, _, second = pair
    names = plain(first, 26) if first == second else f"{plain(first, 24)} − {plain(second, 24)}"
    return f"{plain(run, 16)}: {names}" if runs > 2 else names


def _handle(look: Look, label: str) -> Line2D:
    return Line2D([], [], color=look.colour, marker=look.marker, ms=4, label=label)
