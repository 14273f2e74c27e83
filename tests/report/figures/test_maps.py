import numpy as np
import pytest
from matplotlib.figure import Figure

from thetamix.report.figures import clusters_map, skill_map
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.figures.maps import map_axes, name_points
from thetamix.report.layouts.table_rows import rows


def test_without_coordinates_there_is_no_map(make_context):
    context = make_context()
    context.network["latitude"][:] = np.nan
    for figure in (clusters_map, skill_map):
        with pytest.raises(NotApplicableError, match="no cluster of the network has a latitude"):
            figure.draw(context, Choice())


def test_a_kilometre_is_as_long_in_both_directions_and_on_the_bar():
    axes = Figure(figsize=(4, 4)).add_subplot()
    map_axes(axes, np.array([49.7, 49.8]), np.array([5.8, 6.0]))
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(49.75)))
    bar = np.ptp(axes.lines[0].get_xdata()) * np.cos(np.radians(49.75)) * 111.2
    assert f"{bar:g} km" == axes.texts[0].get_text()


def test_a_single_place_has_a_map():
    axes = Figure().add_subplot()
    map_axes(axes, np.array([49.7, np.nan]), np.array([5.8, 6.0]))
    assert axes.get_xlim()[0] < 5.8 < axes.get_xlim()[1]


def test_names_do_not_lie_upon_each_other():
    axes = Figure(figsize=(4, 4)).add_subplot()
    x = np.linspace(0.49, 0.51, 30)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    name_points(axes, x, x, [f"name {i}" for i in range(30)], (220, 220))
    assert 0 < len(axes.texts) < 10


def test_clusters_are_where_they_are_with_the_look_of_their_geology(make_context):
    context = make_context()
    axes = clusters_map.draw(context, Choice()).axes[0]
    points = {line.get_label(): line for line in axes.lines}
    for number, group in enumerate(context.groups):
        assert points[group].get_xdata() == pytest.approx([float(context.network["longitude"][number])])
        assert points[group].get_color() == context.group_looks[group].colour


def test_the_design_has_the_depths_of_the_sensors(make_context):
    context = make_context()
    shape = [context.network.sizes[name] for name in ("cluster", "depth", "replicate")]
    true_depth = np.broadcast_to(np.array([0.12, 0.33])[:, None], shape)
    context.network["sensor_depth"] = ("cluster", "depth", "replicate"), true_depth
    axes = clusters_map.draw(context, Choice(cluster="c02")).axes[1]
    squares = [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "s"]
    assert sorted(squares) == pytest.approx([0.12] * 3 + [0.33] * 3)
    assert axes.get_title() == "c02"


def test_skill_is_the_share_of_the_annual_cycles_crps(make_context):
    context = make_context()
    figure = skill_map.draw(context, Choice(forecaster="3G-LSTM", seed=2, depth=0.3))
    scores = rows(context.table("scores"), score="crps", seed="2", depth="0.3").set_index(["forecaster", "cluster"])
    points = figure.axes[0].collections[0]
    expected = [
        1 - scores.loc[("3G-LSTM", name), "value"] / scores.loc[("cycle", name), "value"] for name in context.clusters
    ]
    np.testing.assert_allclose(points.get_array(), expected)


def test_without_annual_cycle_the_crps_itself_is_shown(make_context, make_study):
    context = make_context()
    context.study = make_study({name: {"kind": "lstm"} for name in ("condLSTM", "3G-LSTM")})
    figure = skill_map.draw(context, Choice())
    assert figure.axes[-1].get_ylabel() == "CRPS [m³ m⁻³]"
