import numpy as np
import pytest
from scipy import integrate

from thetamix.report.figures.choice import Choice
from thetamix.report.figures.score_gallery import MATCHES, OBSERVED, draw, match_scores


@pytest.mark.parametrize("word", MATCHES)
def test_scores_are_their_integrals(word):
    predicted = MATCHES[word]
    found = match_scores(OBSERVED, predicted)
    x = np.linspace(-0.3, 1.0, 20001)
    weight = OBSERVED.pdf(x)
    distance = integrate.trapezoid(np.abs(OBSERVED.cdf(x) - predicted.cdf(x)), x)
    assert found.wasserstein == pytest.approx(distance, abs=1e-6)
    assert found.crps == pytest.approx(integrate.trapezoid(weight * predicted.crps(x), x), rel=1e-3)
    assert found.log_likelihood == pytest.approx(integrate.trapezoid(weight * predicted.logpdf(x), x), abs=0.01)


def test_from_perfect_to_bad():
    scores = [match_scores(OBSERVED, predicted) for predicted in MATCHES.values()]
    assert scores[0].wasserstein == pytest.approx(0, abs=1e-12)
    for worse, better in zip(scores[1:], scores[:-1], strict=True):
        assert worse.wasserstein > better.wasserstein
        assert worse.crps > better.crps
        assert worse.log_likelihood < better.log_likelihood


def test_scores_are_written_beside_their_densities():
    texts = [axes.texts[0].get_text() for axes in draw(None, Choice()).axes]
    assert texts[0].startswith("Wasserstein 0.000 m³ m⁻³")
    assert "CRPS 0.0" in texts[3]
