import re

import numpy as np
import pytest

from thetamix.report.figures import style
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.drawing import draw, draw_all, draw_and_save
from thetamix.report.figures.registry import FIGURES
from thetamix.system.errors import InputError

HOSTILE = (
    '<script>alert("x")</script>',
    "$\\alpha$ and $5",
    "../../etc/passwd",
    "a" * 200,
    "\U0001f600 土壌 \u202egnp",
    "_hidden & 'quoted'",
)


def test_all_figures_are_drawn_in_order(make_context, tmp_path, monkeypatch):
    monkeypatch.setattr(style, "DPI", 20)  # this many pixels cost time
    drawn = list(draw_all(make_context(), tmp_path, pdf=False))
    assert [figure.name for figure in drawn if not figure.why_not] == list(FIGURES)
    assert [figure.title for figure in drawn] == [figure.title for figure in FIGURES.values()]


@pytest.mark.parametrize("name", ["series_density", "belt_by_moisture"])
def test_the_same_run_gives_the_same_bytes(name, make_context, tmp_path):
    first, second = (draw_and_save(name, make_context(), tmp_path / part) for part in "ab")
    assert first.png.read_bytes() == second.png.read_bytes()
    assert first.pdf.read_bytes() == second.pdf.read_bytes()


@pytest.mark.parametrize("cluster", HOSTILE)
def test_hostile_names_are_harmless_in_file_names(cluster, make_context, tmp_path):
    drawn = draw_and_save("series_belt", make_context(HOSTILE, steps=20), tmp_path / "in", Choice(cluster=cluster))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert drawn.png.parent == tmp_path / "in"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,124}", drawn.png.name)


def without_readings(make_context):
    context = make_context()
    context.network["soil_moisture"][:] = np.nan
    return context


def without_predictions(make_context):
    context = make_context()
    for name in context.forecasters:
        prediction = context.prediction(name, 1)
        for parameter in prediction:
            prediction[parameter][:] = np.nan
    return context


def two_steps(make_context):
    return make_context(steps=2)


def tables_of_nan(make_context):
    context = make_context()
    for name in (
        "scores",
        "calibration",
        "belt_by_state",
        "variance_components",
        "multimodality",
        "comparison",
    ):
        table = context.table(name)
        for column in table.select_dtypes(float):
            table[column] = np.nan
    return context


def without_tables(make_context):
    return make_context(without=TABLES)


TABLES = (
    *("scores", "belt_by_state", "variance_components", "calibration", "crps_decomposition", "distribution"),
    *("multimodality", "nonsequential", "replicate_correlation", "comparison", "quality", "leakage"),
)


@pytest.mark.parametrize(
    "odd",
    [without_readings, without_predictions, two_steps, tables_of_nan],
    ids=lambda odd: odd.__name__,
)
def test_an_odd_run_draws_what_it_can_and_says_why_not(odd, make_context):
    drawn, why_not = drawable(odd(make_context), render=odd is tables_of_nan)
    assert "score_gallery" in drawn  # which needs nothing
    assert all(reason and "\n" not in reason for reason in why_not.values())


def drawable(context, *, render=False):
    drawn, why_not = [], {}
    for name in FIGURES:
        try:
            figure = draw(name, context)
            if render:
                figure.draw_without_rendering()
            drawn.append(name)
        except NotApplicableError as reason:
            why_not[name] = str(reason)
    return drawn, why_not


def test_a_single_cluster_has_all_figures(make_context):
    assert drawable(make_context(["only"], depths=(0.1,)))[1] == {}


def test_without_tables_only_what_needs_none_is_drawn(make_context):
    assert drawable(without_tables(make_context))[0] == [
        *(
            "data",
            "clusters_map",
            "model_diagram",
            "series_belt",
            "series_density",
            "belt_by_moisture",
            "belt_by_cluster",
        ),
        *("split", "training", "score_gallery"),
    ]


def test_an_unknown_figure_names_the_nearest(make_context):
    with pytest.raises(InputError, match='did you mean "series_belt"'):
        draw("series_bell", make_context())


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice(cluster="c1"), "no cluster 'c1'; did you mean \"c01\""),
        (Choice(depth=0.2), "no depth 0.2 m; it has 0.1, 0.3 m"),
        (Choice(forecaster="3G"), "no forecaster '3G'"),
        (Choice(seed=9), "no seed 9; it has 1, 2"),
    ],
)
def test_a_choice_that_the_run_does_not_have_is_an_error(choice, message, make_context):
    with pytest.raises(InputError, match=message):
        draw("series_belt", make_context(), choice)


def test_a_point_forecast_has_no_density(make_context):
    with pytest.raises(NotApplicableError, match="land is a point forecast"):
        draw("series_density", make_context(), Choice(forecaster="land"))


def test_the_file_is_called_after_the_choice(make_context, tmp_path):
    choice = Choice(cluster="c02", depth=0.3, forecaster="3G-LSTM", seed=2)
    drawn = draw_and_save("series_belt", make_context(), tmp_path, choice)
    assert drawn.png.name == "series_belt-c02-0.3-3G-LSTM-2.png"
    assert drawn.caption.startswith("c02 at 30 cm, 3G-LSTM, seed 2. One series")
