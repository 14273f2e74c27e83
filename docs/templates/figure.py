"""Template of a figure: copy it to ``src/thetamix/report/figures/``, and add its line to ``registry.py`` there."""

from matplotlib.figure import Figure

from thetamix.evaluation.estimates import ALL
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import depth_label
from thetamix.report.figures.panels import legend_below, look_handle, value_lines
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import new_figure
from thetamix.report.figures.tables import depths_of, seed_label
from thetamix.report.layouts.table_rows import rows

MOST = 4


@run_figure(
    "kge_by_depth",
    title="KGE by depth",
    caption="KGE of the expectation by depth, mean over geologies; 1 is good.",
    needs="scores.csv",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the first forecasters with a density, or the chosen one."""
    seed, looks = context.seed_text(choice), context.looks
    scores = rows(context.require("scores"), score="kge", cluster=ALL, group=ALL, seed=seed)
    depths, names = depths_of(scores), context.in_table(scores, choice, MOST)
    if not names or scores["value"].isna().all():
        raise NotApplicableError("no forecaster has a KGE")
    figure = new_figure(70, seed_label(seed))
    axes = figure.subplots()
    for name in names:
        values = rows(scores, forecaster=name).set_index("depth")["value"].reindex(depths)
        axes.plot(
            [depth_label(depth) for depth in depths], values, color=looks[name].colour, marker=looks[name].marker
        )
    axes.set(xlabel="Depth", ylabel="KGE [–]")
    value_lines(axes, "y")
    legend_below(figure, [look_handle(looks[name], name) for name in names])
    return figure
