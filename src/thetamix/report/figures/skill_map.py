"""How well each cluster is predicted, on a map, depth by depth."""

import numpy as np
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.ranking import crps_and_skill
from thetamix.evaluation.study_facts import named
from thetamix.forecasters.annual_cycle import AnnualCycle
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label, plain
from thetamix.report.figures.maps import coordinates, map_axes, map_height, name_points
from thetamix.report.figures.panels import panel_grid
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import BLACK, CRPS, GREY, new_figure
from thetamix.report.figures.tables import depths_of, few, joined, left_out, seed_label
from thetamix.report.layouts.table_rows import rows

MOST_DEPTHS = 4


@run_figure(
    "skill_map",
    title="Map of skill",
    caption="Skill of a forecaster at each cluster, a map a depth: the share of the CRPS of the annual cycle that"
    " it does away with. Above 0 it is better than the annual cycle, below 0 worse. Crosses: no score.",
    needs="scores.csv; latitude and longitude of the clusters",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the skill of the chosen forecaster, or the first trained model, against the annual cycle of the series.

    Without an annual cycle the CRPS itself is shown.
    """
    latitude, longitude = coordinates(context.network)
    scores, seed, names = context.require("scores"), context.seed_text(choice), context.clusters
    forecaster = context.ranked(choice)[0]
    null = _strongest_null(context, forecaster)
    scored_depths = depths_of(scores[(scores["cluster"] != ALL) & (scores["seed"] != ALL)])
    depths = few(scored_depths, MOST_DEPTHS)
    cut = left_out(len(scored_depths), len(depths), "depths")
    if choice.depth is not None:
        depths, cut = [f"{choice.depth:g}"], ""
    crps, skill = crps_and_skill(scores if seed == ALL else rows(scores, seed=seed), forecaster, null)
    of_series = crps if null is None else skill
    values = {depth: of_series.reindex([(name, depth) for name in names]).to_numpy() for depth in depths}
    everything = np.concatenate(list(values.values()))
    scored = everything[np.isfinite(everything)]
    if scored.size == 0:
        raise NotApplicableError(f"{forecaster} has no score of single series")
    against = "" if null is None else f"against {plain(null)}"
    columns = min(len(depths), 3) if len(depths) != 4 else 2
    tall = map_height(latitude, longitude, 130 / columns)
    figure = new_figure(
        (tall + 18) * -(-len(depths) // columns) + 10,
        joined(f"{plain(forecaster)} {against}".strip(), seed_label(seed), cut),
    )
    norm: Normalize
    if null is None:
        norm, colours, label = Normalize(0, float(scored.max())), "cividis", CRPS
    else:
        top = max(float(np.quantile(np.abs(scored), 0.95)), 0.05)
        norm = TwoSlopeNorm(0.0, -top, min(top, 1.0))  # 1 is perfect
        colours, label = "PuOr", "Skill 1 − CRPS / CRPS of the null [–]"
    panels = panel_grid(figure, len(depths), columns)
    for axes, depth in zip(panels, depths, strict=True):
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
    figure.colorbar(points, ax=panels, extend="neither" if null is None else "both", aspect=30).set_label(label)
    return figure


def _strongest_null(context: FigureContext, forecaster: str) -> str | None:
    """Return the annual cycle that a forecaster is measured against: that of single series, where there is one."""
    cycles = [name for name in named(context.study, "null") if name != forecaster]
    entries = {name: context.study.forecasters[name] for name in cycles}
    by_series = [name for name, entry in entries.items() if isinstance(entry, AnnualCycle) and "cluster" in entry.by]
    return next(iter([*by_series, *cycles]), None)
