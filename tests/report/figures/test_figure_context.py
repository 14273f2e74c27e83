import numpy as np
import pytest

from thetamix.evaluation.settings import Evaluation
from thetamix.network.settings import Quality
from thetamix.report.figures.choice import Choice, NotApplicableError


def test_the_series_with_most_replicates_and_most_evaluated_steps_is_shown(make_context):
    context = make_context()
    readings = context.network["soil_moisture"]
    readings[:, :, :, 60:] = np.nan  # the second half is evaluated
    readings[0, 0, :2, 60:110] = 0.3  # long, but a replicate short
    readings[0, 0, 2] = np.nan
    readings[1, 1, :, 60:90] = 0.3
    readings[2, 0, :, 60:70] = 0.3
    one = context.series(Choice())
    assert (one.name, one.labels) == ("c02 at 30 cm", ["A", "B", "C"])
    assert context.series(Choice(cluster="c03")).name == "c03 at 10 cm"
    assert context.series(Choice(cluster="c01", depth=0.1)).labels == ["A", "B"]


def test_rejected_readings_are_not_shown(make_context):
    context = make_context()
    flags = np.zeros(context.network["soil_moisture"].shape, dtype=np.int32)
    flags[0, 0, 0, :10] = 1
    context.network["soil_moisture_flag"] = context.network["soil_moisture"].dims, flags
    context.study.quality = Quality(reject=["C01"])
    one = context.series(Choice(cluster="c01", depth=0.1))
    assert np.isnan(one.readings).sum() == 10


def test_a_series_without_readings_does_not_apply(make_context):
    context = make_context()
    context.network["soil_moisture"][0, 0] = np.nan
    with pytest.raises(NotApplicableError, match="no accepted reading"):
        context.series(Choice(cluster="c01", depth=0.1))


def test_trained_models_come_first_and_point_forecasts_are_left_out(make_context):
    context = make_context()
    assert context.ranked(Choice()) == ["condLSTM", "3G-LSTM", "cycle"]
    assert context.ranked(Choice(), density=False) == ["condLSTM", "3G-LSTM", "land", "cycle"]


def test_the_network_is_one_group_where_the_study_does_not_group_by_geology(make_context):
    context = make_context()
    context.study.evaluation = Evaluation(group_by=["depth"])
    assert context.groups == ["all"] * 3
