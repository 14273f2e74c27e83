"""A trained model from its inputs to its mixture, drawn from what its files say (Fig. 2)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from thetamix.inputs.spec import InputSpec
from thetamix.mixture import GaussianMixture
from thetamix.report.figures.choice import Choice, FigureSeries, NotApplicableError
from thetamix.report.figures.figure_context import FigureContext
from thetamix.report.figures.labels import plain
from thetamix.report.figures.style import BLACK, DENSITY, GREY, LIGHT, SOIL_MOISTURE, Look, new_figure, styled
from thetamix.splits.parts import EVALUATION

CELLS = 4
MOST_INPUTS = 9


@styled
def model_diagram(
    card: Mapping[str, Any], example: GaussianMixture | None, look: Look, forecaster: str, subject: str
) -> Figure:
    """Draw a model.

    Parameters
    ----------
    card
        The plain values of ``model.json``.
    example
        One of its mixtures, pooled over the replicates it is conditioned on; None: the panel is left out.
    look, forecaster
        Of the model.
    subject
        Where the example is from.

    Returns
    -------
    matplotlib.figure.Figure
        Left to right: inputs by name, the LSTM over its window, the head, and a mixture that it predicted with its
        components.
    """
    inputs = InputSpec.from_json(card["inputs"])
    shape = card["architecture"]
    words = plain(forecaster) + (f"; its mixture of {subject}" if subject else "")
    figure = new_figure(85, words)
    grid = figure.add_gridspec(1, 2, width_ratios=[2.9, 1])
    axes = figure.add_subplot(grid[0, 0] if example is not None else grid[0, :])
    axes.set(xlim=(-0.5, 100.5), ylim=(-6, 68))
    axes.axis("off")
    window = f"{card['sequence']} × {card['step_hours']:g} h"
    forcing, attributes = _forcing(inputs), _attributes(inputs)
    _box(axes, (0, 35), (35, _tall(forcing)), f"Forcing, {window}", forcing, LIGHT)
    _box(axes, (0, 29 - _tall(attributes)), (35, _tall(attributes)), "Constant attributes", attributes, LIGHT)
    hidden, layers = shape["hidden"], shape["layers"]
    for number in range(CELLS):
        left = 41 + 8.3 * number
        label = ("t − L + 1", "…", "t − 1", "t")[number]
        _box(axes, (left, 26), (6.2, 12), "", ["…"] if number == 1 else ["LSTM"], "white", centred=True)
        axes.text(left + 3.1, 22, label, ha="center", fontsize=6)
        if number:
            _arrow(axes, (left - 2.1, 32), (left, 32))
    _arrow(axes, (35, 41), (41, 35))
    _arrow(axes, (35, 23), (41, 29))
    axes.text(
        56.5,
        42,
        f"{layers} layer{'s' if layers > 1 else ''} of {hidden} units,\n"
        f"{inputs.dynamic_size + inputs.static_size} inputs at each step,\nwindow L = {card['sequence']} steps",
        ha="center",
        fontsize=6.5,
    )
    components = shape["components"]
    head = [
        f"dropout {shape['dropout']:g} in training",
        f"linear: {hidden} → {3 * components}",
        "weights: softmax",
        "means",
        "sd: exp",
    ]
    title = f"{components} Gaussian{'s' if components > 1 else ''}"
    _box(axes, (77, 19), (23, 26), title, head, LIGHT)
    _arrow(axes, (72.1, 32), (77, 32))
    if inputs.replicates:
        known = ", ".join(plain(name, 8) for name in inputs.replicates[:6])
        axes.text(86.5, 13, f"one pass a replicate ({known}),\npooled with equal weights", ha="center", fontsize=7)
    if example is not None:
        _mixture(figure.add_subplot(grid[0, 1]), example, look)
    return figure


def draw(context: FigureContext, choice: Choice) -> Figure:
    """Draw the chosen model, or the trained one with most components."""
    seed = context.seed(choice)
    names = context.ranked(choice, ("lstm",))
    cards = {name: card for name in names if (card := context.model(name, seed)) is not None}
    if not cards:
        raise NotApplicableError(f"{names[0]} is no trained model: there is nothing to draw")
    name = max(cards, key=lambda one: int(cards[one]["architecture"]["components"]))
    example, subject = None, ""
    try:
        one = context.series(choice)
        mixture = context.mixture(name, seed, one, np.arange(one.time.size))
        step = most_mixed_step(one, mixture)
        example = mixture[step]
        subject = f"{one.name}, {str(one.time[step].astype('datetime64[m]')).replace('T', ' ')} UTC"
    except NotApplicableError:
        pass  # the diagram stands without an example
    return model_diagram(cards[name], example, context.looks[name], name, subject)


def most_mixed_step(one: FigureSeries, mixture: GaussianMixture) -> int:
    """Choose the evaluated step whose largest weight is smallest: all components can be seen there."""
    largest = np.nan_to_num(mixture.weight.max(axis=-1), nan=np.inf)
    evaluated = np.where(one.part == EVALUATION, largest, np.inf)
    return int(np.argmin(evaluated if np.isfinite(evaluated).any() else largest))


def _tall(lines: list[str]) -> float:
    return 8 + 2.9 * min(len(lines), MOST_INPUTS)


def _forcing(inputs: InputSpec) -> list[str]:
    return [_readable(f.scale.name) + (" (optional)" if f.optional else "") for f in inputs.forcing]


def _attributes(inputs: InputSpec) -> list[str]:
    lines = [_readable(number.name) for number in inputs.numbers]
    lines += [f"{_readable(c.name)} ({len(c.values)} categories)" for c in inputs.categories]
    if inputs.replicates:
        lines.append(f"replicate ({len(inputs.replicates)})")
    return lines


def _readable(name: str) -> str:
    return plain(name.replace("_", " "), 30)


def _box(
    axes: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    title: str,
    lines: list[str],
    colour: str,
    *,
    centred: bool = False,
) -> None:
    axes.add_patch(
        FancyBboxPatch(corner, *size, boxstyle="round,pad=0,rounding_size=1.2", fc=colour, ec=GREY, lw=0.7)
    )
    middle, top = corner[0] + size[0] / 2, corner[1] + size[1]
    if centred:
        axes.text(middle, corner[1] + size[1] / 2, lines[0], ha="center", va="center", fontsize=6)
        return
    shown = (
        lines if len(lines) <= MOST_INPUTS else [*lines[: MOST_INPUTS - 1], f"… and {len(lines) - MOST_INPUTS + 1}"]
    )
    axes.text(middle, top - 1.5, title, ha="center", va="top", fontsize=7, fontweight="bold", wrap=False)
    axes.text(middle, top - 6.5, "\n".join(shown), ha="center", va="top", fontsize=6.5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=7, color=BLACK, lw=0.8))


def _mixture(axes: Axes, example: GaussianMixture, look: Look) -> None:
    low, high = example.quantile([0.0005, 0.9995])
    x = np.linspace(float(low), float(high), 300)
    for weight, mean, sd in zip(example.weight, example.mean, example.sd, strict=True):
        if weight > 0:
            axes.plot(x, weight * GaussianMixture([1.0], [mean], [sd]).pdf(x), color=GREY, lw=0.8, ls=(0, (5, 1)))
    axes.plot(x, example.pdf(x), color=look.colour, lw=1.5)
    axes.set(xlabel=SOIL_MOISTURE, ylabel=DENSITY)
    axes.set_ylim(bottom=0)
