"""Sentences from the tables about calibration, spread and modes."""

import numpy as np
import pandas as pd
import pytest

from thetamix.report.words import statements as findings
from thetamix.report.words.phrases import Summary


def calibration(value, low=np.nan, high=np.nan, x=0.6):
    row = {"forecaster": "m", "seed": "all", "group": "all", "depth": "all", "kind": "coverage", "x": x}
    return pd.DataFrame([row | {"value": value, "low": low, "high": high, "n": 9}])


@pytest.mark.parametrize(
    ("value", "low", "high", "place", "words"),
    [
        (0.48, 0.45, 0.5, "poor", "holds 48% (m) of the readings: it is too narrow"),
        (0.72, 0.7, 0.75, "poor", "holds 72% (m) of the readings: it is too wide"),
        (0.48, 0.4, 0.65, "good", "about as many as it should"),
        (0.62, np.nan, np.nan, "good", "about as many as it should"),
    ],
)
def test_a_band_that_is_too_narrow_is_called_so(value, low, high, place, words):
    summary = Summary()
    findings.tell_calibration(summary, calibration(value, low, high), ["m"])
    assert words in getattr(summary, place)[0]
    assert findings.coverage(calibration(value), "other", 0.6) is None


def components(**values):
    rows = [
        {"forecaster": name, "component": component, "value": value}
        for name, of in values.items()
        for component, value in of.items()
    ]
    return pd.DataFrame(rows).assign(seed="all", group="all", depth="all", state_low=np.nan, state_high=np.nan)


def test_spread_is_taken_apart():
    table = components(
        observed={"offset": 0.0006, "transient": 0.0002, "instrument": 0.0002, "total": 0.001},
        m={"total": 0.004},
    )
    summary = Summary()
    findings.tell_variance(summary, table, "m")
    assert "sd 0.032 m³ m⁻³) is 60% persistent offsets" in summary.soil[0]
    assert "20% the instruments' noise" in summary.soil[0]
    assert summary.soil[1] == "m predicts a spread of 0.063 m³ m⁻³, 2.0 times that of the replicates."
    empty = Summary()
    findings.tell_variance(empty, components(observed={"total": np.nan}), "m")
    assert empty.soil == []


def test_less_spread_than_the_instruments_noise_is_no_share():
    table = components(observed={"offset": 0.0, "transient": 0.0, "instrument": 0.0004, "total": 0.0001})
    summary = Summary()
    findings.tell_variance(summary, table, None)
    (told,) = summary.soil
    assert "(sd 0.010 m³ m⁻³) is not above the noise that is assumed of the instruments (0.020 m³ m⁻³)" in told


def test_disagreement_of_two_scores_is_distrusted(make_scores):
    scores = make_scores()
    worse = (scores["forecaster"] == "model") & (scores["score"] == "log_likelihood")
    scores.loc[worse, "value"] = -3.0
    summary = Summary()
    findings.tell_likelihood(summary, scores, "model", ["cycle"])
    assert "lower log-likelihood (-3.00 against 1.00 nats)" in summary.distrust[0]


def test_modes_are_counted():
    table = pd.DataFrame(
        [{"forecaster": "m", "seed": "all", "by": "all", "level": "all", "strict": 0.25, "dip": 0.1}]
    )
    summary = Summary()
    findings.tell_modes(summary, table, "m")
    assert "more than one mode in 25%" in summary.soil[0]
    findings.tell_modes(summary, table, "other")
    assert len(summary.soil) == 1
