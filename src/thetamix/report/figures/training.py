"""How the loss fell in training."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label
from thetamix.report.figures.run_figure import run_figure
from thetamix.report.figures.style import new_figure


@run_figure(
    "training",
    title="Training",
    caption="Loss and learning rate of each fit by epoch; a line a seed.",
    needs="a trained model",
)
def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the histories of all fits, or of the chosen forecaster or seed."""
    names = context.ranked(choice, density=False) if choice.forecaster is not None else context.forecasters
    seeds = [context.seed(choice)] if choice.seed is not None else context.study.seeds
    read = {(name, seed): context.history(name, seed) for name in names for seed in seeds}
    histories = {key: history for key, history in read.items() if history is not None and len(history)}
    if not histories:
        raise NotApplicableError("none of these forecasters was trained: there is no history")
    figure = new_figure(75)
    loss, rate = figure.subplots(1, 2)
    named = set()
    for (name, _), history in histories.items():
        look = context.looks[name]
        style = {"color": look.colour, "ls": look.line, "marker": look.marker, "ms": 3}
        label = legend_label(name) if name not in named else None
        loss.plot(history["epoch"], history["nll"], label=label, **style)
        rate.plot(history["epoch"], history["learning_rate"], **style)
        named.add(name)
    loss.set(xlabel="Epoch [–]", ylabel="Negative log-likelihood of the\nstandardised readings [nats per reading]")
    rate.set(xlabel="Epoch [–]", ylabel="Learning rate [–]", yscale="log")
    for axes in (loss, rate):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    figure.legend(loc="outside lower center", ncols=min(len(named), 4))
    return figure
