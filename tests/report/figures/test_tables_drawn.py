"""Figures of tables: what is drawn is what the table says."""

import numpy as np
import pytest

from thetamix.report.figures import (
    aggregate_distribution,
    belt_by_state,
    calibration,
    comparison,
    floor_and_baselines,
    multimodality_by_month,
    quality,
    replicates,
    variance_components,
)
from thetamix.report.figures.choice import Choice, NotApplicableError
from thetamix.report.layouts.table_rows import rows


def labelled(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def test_floor_and_baselines_are_at_their_crps(make_context):
    context = make_context()
    figure = floor_and_baselines.draw(context, Choice())
    axes = figure.axes[0]
    table = rows(context.table("scores"), score="crps", cluster="all", seed="all").set_index(
        ["forecaster", "group", "depth"]
    )["value"]
    assert [text.get_text() for text in axes.get_yticklabels()][:2] == ["all series", "marl, 10 cm"]
    drawn = {text.get_text(): line for text, line in zip(figure.legends[0].get_texts(), axes.lines, strict=False)}
    for name in ("floor (leave-one-out)", "3G-LSTM", "cycle", "land"):
        assert drawn[name].get_xdata()[:2] == pytest.approx([table[name, "all", "all"], table[name, "marl", "0.1"]])
    bar = axes.patches[0]
    assert bar.get_x() == pytest.approx(table["floor (leave-one-out)", "all", "all"])
    assert bar.get_x() + bar.get_width() == pytest.approx(table["cycle", "all", "all"])


def test_many_cells_are_left_to_their_geologies_and_depths(make_context):
    context = make_context(depths=np.arange(1, 11) / 10)
    labels = [text.get_text() for text in floor_and_baselines.draw(context, Choice()).axes[0].get_yticklabels()]
    assert labels[:4] == ["all series", "marl, all depths", "sandstone, all depths", "schist, all depths"]
    assert len(labels) == 14


def test_calibration_is_the_table(make_context):
    context = make_context()
    figure = calibration.draw(context, Choice(seed=2))
    table = rows(context.table("calibration"), seed="2", group="all", depth="all", forecaster="3G-LSTM")
    for axes, kind in zip(figure.axes, calibration.LABELS, strict=False):
        mine = rows(table, kind=kind)
        line = axes.lines[1]  # condLSTM, 3G-LSTM, cycle
        np.testing.assert_allclose(line.get_ydata(), mine["value"])
        np.testing.assert_allclose(line.get_xdata(), mine["x"])
    widths = sorted(bar.get_width() for bar in figure.axes[5].patches)
    assert widths == pytest.approx([0.002] * 3 + [0.01] * 3)


def test_without_decomposition_its_panel_is_absent(make_context):
    figure = calibration.draw(make_context(without=["crps_decomposition"]), Choice())
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False]


def test_variance_components_are_stacked_to_the_total(make_context):
    context = make_context()
    axes = variance_components.draw(context, Choice()).axes[0]
    table = rows(context.table("variance_components"), seed="all", group="marl", depth="0.1", forecaster="observed")
    whole = table[table["state_low"].isna()].set_index("component")["value"]
    bars = sorted(
        (bar for bar in axes.patches if bar.get_x() == min(b.get_x() for b in axes.patches)),
        key=lambda bar: bar.get_y(),
    )
    tops = {round(bar.get_y() + bar.get_height(), 9) for bar in bars}
    stacked = 1000 * np.cumsum([whole["offset"], whole["transient"], whole["instrument"]])
    assert tops == {round(top, 9) for top in stacked}
    assert stacked[-1] == pytest.approx(1000 * whole["total"])


def test_belts_by_state_are_the_matched_ones(make_context):
    context = make_context()
    figure = belt_by_state.draw(context, Choice(depth=0.3))
    table = rows(context.table("belt_by_state"), seed="all", group="marl", depth="0.3", state_kind="leave_one_out")
    observed, condlstm, *_ = figure.axes[0].lines
    np.testing.assert_allclose(observed.get_ydata(), rows(table, kind="observed")["q50"])
    matched = rows(table, kind="matched", forecaster="condLSTM")
    np.testing.assert_allclose(condlstm.get_ydata(), matched["q50"])
    np.testing.assert_allclose(condlstm.get_xdata(), matched["state_low"] + 0.025)


def test_states_with_few_belts_are_left_out(make_context):
    context = make_context()
    table = context.table("belt_by_state")
    table.loc[table["state_low"] > 0.3, "n"] = 5
    observed = belt_by_state.draw(context, Choice()).axes[0].lines[0]
    assert max(observed.get_xdata()) < 0.33


def test_aggregate_distributions_are_the_table(make_context):
    context = make_context()
    top = aggregate_distribution.draw(context, Choice()).axes[0]
    table = rows(context.table("distribution"), seed="all", group="all", depth="all")
    for name in ("observed", "condLSTM", "3G-LSTM", "cycle"):
        mine = rows(table, forecaster=name)
        np.testing.assert_allclose(labelled(top, name).get_ydata(), mine["density"])


def test_months_of_multimodality(make_context):
    context = make_context()
    figure = multimodality_by_month.draw(context, Choice())
    shares, rainy, discharge, responses = figure.axes
    table = rows(context.table("multimodality"), forecaster="3G-LSTM", seed="all")
    strict, dip = shares.containers
    assert [bar.get_height() for bar in strict] == pytest.approx(list(100 * table["strict"]))
    assert [bar.get_height() for bar in dip] == pytest.approx([5.0] * 12)
    assert [bar.get_height() for bar in rainy.patches] == pytest.approx(list(100 * table["rainy_share"]))
    np.testing.assert_allclose(discharge.lines[0].get_ydata(), table["discharge"])
    np.testing.assert_allclose(responses.lines[0].get_ydata(), 37.5)


def test_without_discharge_and_responses_there_are_no_such_panels(make_context):
    context = make_context(without=["nonsequential"])
    context.table("multimodality")["discharge"] = np.nan
    assert len(multimodality_by_month.draw(context, Choice()).axes) == 2


def test_a_single_gaussian_has_one_mode(make_context, make_study, monkeypatch):
    context = make_context()
    context.study = make_study({"condLSTM": {"kind": "lstm", "components": 1}})
    card = context.card("condLSTM", 1)
    card["inputs"]["replicates"] = []
    monkeypatch.setattr(context, "card", lambda *_: card)
    with pytest.raises(NotApplicableError, match="single Gaussian"):
        multimodality_by_month.draw(context, Choice())


def test_pairs_are_at_their_differences(make_context):
    context = make_context()
    figure = comparison.draw(context, Choice(forecaster="cycle"))
    table = rows(context.table("comparison"), score="crps", group="all", depth="all")
    table = table[(table["one"] == "cycle") | (table["other"] == "cycle")]
    points = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_marker() in ("o", "s")]
    assert sorted(points) == pytest.approx(sorted(table["difference"]))


def test_quality_shows_flags_that_occur(make_context):
    figure = quality.draw(make_context(), Choice())
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["C02", "D06"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[1, 1, 20, 20]] * 3)


def test_a_cluster_without_a_flag_is_white(make_context):
    table = make_context().table("quality")
    flagged = table[(table["cluster"] != "c02") & (table["share"] > 0)]
    context = make_context(["c01", "c02"])
    context.tables["quality"] = flagged
    shares = quality.draw(context, Choice()).axes[0].images[0].get_array().filled(np.nan)
    assert np.isnan(shares[1]).all()
    assert shares[0].tolist() == pytest.approx([1, 1, 20, 20])


def test_a_network_without_flags_says_so(make_context):
    context = make_context()
    context.table("quality")["share"] = 0.0
    with pytest.raises(NotApplicableError, match="no reading carries a quality flag"):
        quality.draw(context, Choice())


def test_pairs_of_replicates_are_points(make_context):
    context = make_context()
    figure = replicates.draw(context, Choice())
    drawn = sum(
        len(line.get_xdata()) for axes in figure.axes for line in axes.lines if line.get_linestyle() == "None"
    )
    assert drawn == len(context.table("replicate_correlation"))
