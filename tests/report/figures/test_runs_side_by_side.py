"""Figures of several runs: what is drawn is what the tables say, in the colours of the runs."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from thetamix.report.figures.choice import NotApplicableError
from thetamix.report.figures.runs_side_by_side import MOST_FORECASTERS, MOST_PAIRS, run_crps, run_differences
from thetamix.report.figures.style import GREY, looks, save

RUNS = ["first", "later"]
SCORES = ("crps", "log_likelihood", "kge")


def differences(forecasters=("model",), low=-0.02, value=-0.01, high=-0.005, runs=RUNS):
    columns = ["score", "depth", "one_run", "one", "other_run", "other", "difference", "low", "high"]
    rows = [
        (score, depth, run, name, runs[0], name, value, low, high)
        for run, score, name, depth in itertools.product(runs[1:], SCORES, forecasters, ("all", "0.1", "0.3"))
    ]
    return pd.DataFrame(rows, columns=columns)


def crps(runs=RUNS, forecasters=("model", "cycle")):
    rows = [
        (run, name, "all", "all", depth, "all", "crps", 0.01 * number, np.nan, np.nan)
        for run, (number, name), depth in itertools.product(runs, enumerate(forecasters, 1), ("all", "0.1"))
    ]
    return pd.DataFrame(
        rows,
        columns=["run", "forecaster", "seed", "group", "depth", "cluster", "score", "value", "low", "high"],
    )


def marks(axes):
    """Colour, x and y of what is marked."""
    return [
        (line.get_color(), float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in axes.lines
        if line.get_marker() not in ("None", None, "")
    ]


def words(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_a_difference_has_the_colour_of_the_run_that_is_better():
    # Lower by 0.01: good for the CRPS, bad for the others.
    figure = run_differences(differences(), RUNS, SCORES)
    style = looks(RUNS)
    for axes, better in zip(figure.axes, ("later", "first", "first"), strict=False):
        drawn = marks(axes)
        assert [y for _, _, y in drawn] == [-1, -2, -3]
        assert all(x == -0.01 and same_color(colour, style[better].colour) for colour, x, _ in drawn)
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]


@pytest.mark.parametrize(("low", "high"), [(-0.02, 0.01), (np.nan, np.nan)])
def test_what_is_not_decided_is_hollow(low, high):
    figure = run_differences(differences(low=low, high=high), RUNS, ("crps",))
    for line in figure.axes[0].lines:
        if line.get_marker() == "o":
            assert line.get_color() == GREY
            assert line.get_markerfacecolor() == "white"
    assert len(marks(figure.axes[0])) == 3


def test_lines_and_units_are_named():
    figure = run_differences(differences(("a_$b", "c")), RUNS, ("crps",))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["all depths", "10 cm", "30 cm"] * 2
    assert axes.get_xlabel() == "CRPS\n[m³ m⁻³]"
    assert figure.get_suptitle() == "later − first"
    assert {r"a_\$b", "c", "later is better", "first is better", "not decided"} <= set(words(figure))


def test_pairs_of_many_runs_say_which_run():
    runs = ["first", "b", "c"]
    shown = words(run_differences(differences(runs=runs), runs, ("crps",)))
    assert {"b: model", "c: model", "b is better", "c is better"} <= set(shown)


def test_too_many_pairs_are_cut_and_said_so():
    figure = run_differences(differences([f"m{i}" for i in range(MOST_PAIRS + 2)]), RUNS, ("crps",))
    assert figure.get_suptitle() == f"later − first, {MOST_PAIRS} of {MOST_PAIRS + 2} pairs"
    assert len(marks(figure.axes[0])) == 3 * MOST_PAIRS


def test_runs_that_are_not_paired_have_no_differences():
    with pytest.raises(NotApplicableError, match="paired"):
        run_differences(differences().iloc[:0], RUNS, SCORES)


def test_crps_of_each_run_stands_in_its_line():
    figure = run_crps(crps(), RUNS)
    style = looks(RUNS)
    (axes,) = figure.axes
    drawn = {(round(y), x): [] for _, x, y in marks(axes)}
    for colour, x, y in marks(axes):
        drawn[round(y), x].append(colour)
    assert sorted(drawn) == [(-5, 0.02), (-4, 0.01), (-2, 0.02), (-1, 0.01)]
    assert all(colours == [style[run].colour for run in RUNS] for colours in drawn.values())
    assert [text.get_text() for text in axes.get_yticklabels()] == ["model", "cycle"] * 2
    assert axes.get_xlabel() == "CRPS [m³ m⁻³], low is good"


def test_forecasters_of_most_runs_come_before_floors_and_others():
    one = crps(["first"], ["floor (leave-one-out)", *(f"m{i}" for i in range(MOST_FORECASTERS)), "both"])
    figure = run_crps(pd.concat([one, crps(["later"], ["floor (leave-one-out)", "both"])]), RUNS)
    shown = [text.get_text() for text in figure.axes[0].get_yticklabels()][:MOST_FORECASTERS]
    assert shown == [*(f"m{i}" for i in range(MOST_FORECASTERS - 1)), "both"]
    assert "8 of 10 forecasters" in figure.get_suptitle()


def test_without_a_crps_there_is_no_figure():
    with pytest.raises(NotApplicableError):
        run_crps(crps().assign(value=np.nan), RUNS)


def test_the_same_tables_give_the_same_bytes(tmp_path):
    runs = ["first", "a very long name of a run, longer than a phone is wide", "c"]
    for name in "ab":
        save(run_differences(differences(["m" * 40, "n"], runs=runs), runs, SCORES), tmp_path / f"d{name}", pdf=True)
        save(run_crps(crps(runs), runs), tmp_path / f"c{name}", pdf=True)
    for kind in ("png", "pdf"):
        assert (tmp_path / f"da.{kind}").read_bytes() == (tmp_path / f"db.{kind}").read_bytes()
        assert (tmp_path / f"ca.{kind}").read_bytes() == (tmp_path / f"cb.{kind}").read_bytes()
