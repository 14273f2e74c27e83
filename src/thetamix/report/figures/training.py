"""How the loss fell in training."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import legend_label
from thetamix.report.figures.style import Look, new_figure, styled


@styled
def training(histories: Mapping[tuple[str, int], pd.DataFrame], looks: Mapping[str, Look]) -> Figure:
    """Draw training histories.

    Parameters
    ----------
    histories
        By forecaster and seed: columns epoch, learning_rate, nll [nats per reading].
    looks
        Of the forecasters.

    Returns
    -------
    matplotlib.figure.Figure
        Loss and learning rate by epoch, a line a fit.
    """
    figure = new_figure(75)
    loss, rate = figure.subplots(1, 2)
    named = set()
    for (name, _), history in histories.items():
        look = looks[name]
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


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the histories of all fits, or of the chosen forecaster or seed."""
    names = context.ranked(choice, density=False) if choice.forecaster is not None else context.forecasters
    seeds = [context.seed(choice)] if choice.seed is not None else context.study["seeds"]
    found = {(name, seed): context.history(name, seed) for name in names for seed in seeds}
    histories = {key: history for key, history in found.items() if history is not None and len(history)}
    if not histories:
        raise NotApplicableError("none of these forecasters was trained: there is no history")
    return training(histories, context.looks)
