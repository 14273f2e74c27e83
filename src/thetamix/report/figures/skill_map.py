"""How well each cluster is predicted, on a map, depth by depth."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.maps import coordinates, map_axes, map_height, name_points
from thetamix.report.figures.style import BLACK, CRPS, GREY, new_figure, styled
from thetamix.report.figures.tables import depths_of, few, joined, rows, seed_label

MOST_DEPTHS = 4


@styled
def skill_map(
    network: xr.Dataset,
    scores: pd.DataFrame,
    forecaster: str,
    null: str | None,
    seed: str,
    depths: Sequence[str],
) -> Figure:
    """Draw the skill of each cluster.

    Parameters
    ----------
    network
        With ``latitude`` and ``longitude`` (cluster).
    scores
        The long table.
    forecaster
        Whose skill.
    null
        The forecaster that it is measured against; None: the CRPS itself is shown.
    seed
        As the table writes it.
    depths
        Which, as the table writes them.

    Returns
    -------
    matplotlib.figure.Figure
        A map a depth: 1 − CRPS / CRPS of the null; above 0 is better than the null.

    Raises
    ------
    NotApplicableError
        If no cluster has coordinates, or no series has a score.
    """
    latitude, longitude = coordinates(network)
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    values = {depth: _of_clusters(scores, forecaster, null, seed, depth, names) for depth in depths}
    everything = np.concatenate(list(values.values()))
    known = everything[np.isfinite(everything)]
    if known.size == 0:
        raise NotApplicableError(f"{forecaster} has no score of single series")
    against = "" if null is None else f"against {plain(null)}"
    columns = min(len(depths), 3) if len(depths) != 4 else 2
    lines = -(-len(depths) // columns)
    tall = map_height(latitude, longitude, 130 / columns)
    figure = new_figure((tall + 18) * lines + 10, joined(f"{plain(forecaster)} {against}".strip(), seed_label(seed)))
    norm: Normalize
    if null is None:
        norm, colours, label = Normalize(0, float(known.max())), "cividis", CRPS
    else:
        top = max(float(np.quantile(np.abs(known), 0.95)), 0.05)
        norm = TwoSlopeNorm(0.0, -top, min(top, 1.0))  # 1 is perfect
        colours, label = "PuOr", "Skill 1 − CRPS / CRPS of the null [–]"
    panels = np.atleast_1d(np.array(figure.subplots(lines, columns))).ravel()
    for axes, depth in zip(panels, depths, strict=False):
        map_axes(axes, latitude, longitude)
        missing = ~np.isfinite(values[depth])
        axes.plot(longitude[missing], latitude[missing], "x", color=GREY, ms=4, mew=0.7)
        points = axes.scatter(
            longitude[~missing],
            latitude[~missing],
            c=values[depth][~missing],
            norm=norm,
            cmap=colours,
            s=34,
            ec=BLACK,
            lw=0.5,
        )
        name_points(axes, longitude, latitude, names, (2.83 * 130 / columns, 2.83 * tall))
        axes.label_outer()
        axes.set_title(depth_label(depth))
    for axes in panels[len(depths) :]:
        axes.set_visible(False)
    bar = figure.colorbar(points, ax=list(panels), extend="neither" if null is None else "both", aspect=30)
    bar.set_label(label)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the skill of the chosen forecaster, or the first trained model, against the annual cycle of the series."""
    coordinates(context.network)
    scores = context.require("scores")
    seed = context.seed_text(choice)
    scored = scores[(scores["cluster"] != ALL) & (scores["seed"] != ALL)]
    depths = depths_of(scored)
    if choice.depth is not None:
        depths = [f"{choice.depth:g}"]
    return skill_map(
        context.network,
        scores,
        context.ranked(choice)[0],
        strongest_null(context, context.ranked(choice)[0]),
        seed,
        few(depths, MOST_DEPTHS),
    )


def strongest_null(context: FigureContext, forecaster: str) -> str | None:
    """Give the annual cycle that a forecaster is measured against: that of single series, where there is one."""
    cycles = [name for name in context.forecasters if context.kind(name) == "annual_cycle" and name != forecaster]
    by_series = [name for name in cycles if "cluster" in context.study["forecasters"][name].get("by", ())]
    return next(iter([*by_series, *cycles]), None)


def _of_clusters(
    scores: pd.DataFrame, forecaster: str, null: str | None, seed: str, depth: str, names: Sequence[str]
) -> np.ndarray:
    """Give the skill or the score (cluster); the mean over the seeds that both have."""
    chosen = rows(scores, score="crps", depth=depth)
    chosen = chosen[chosen["cluster"] != ALL]
    chosen = chosen[chosen["seed"] != ALL] if seed == ALL else chosen[chosen["seed"] == seed]
    wide = chosen.pivot_table(index=["seed", "cluster"], columns="forecaster", values="value")
    wanted = [forecaster] if null is None else [forecaster, null]
    if not set(wanted) <= set(wide.columns):
        return np.full(len(names), np.nan)
    mean = wide[wanted].dropna().groupby(level="cluster").mean().reindex(list(names))
    if null is None:
        return mean[forecaster].to_numpy()
    return (1 - mean[forecaster] / mean[null]).to_numpy()
