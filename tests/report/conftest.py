"""A study, its scores and its split's audit, as the report takes them."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.aggregate import score_table
from thetamix.evaluation.evaluate import SeriesScores
from thetamix.evaluation.scores import SCORES
from thetamix.network.series import Series
from thetamix.report.explorer import explorer_data
from thetamix.splits.parts import EVALUATION, TRAINING

STUDY = {
    "name": "attert",
    "quality": {"reject": ["C01"]},
    "split": {"scheme": "blocks", "block": "90d"},
    "evaluation": {"bootstrap": {"block_draws": 1000}},
    "seeds": [1, 2, 3],
    "forecasters": {
        "model": {"kind": "lstm"},
        "pool": {"kind": "ensemble"},
        "cycle": {"kind": "annual_cycle"},
        "land": {"kind": "reference", "dress": "none"},
    },
}
CRPS = {"model": 0.03, "pool": 0.05, "cycle": 0.04, "land": 0.06}


@pytest.fixture
def study():
    return {**STUDY}


@pytest.fixture
def make_scores():
    """The long table; `crps` by forecaster, or by forecaster, seed and cluster."""

    def make(crps=CRPS, unpredicted=0, geology=("marl", "schist"), clusters=(0, 1)):
        results = {}
        for name in STUDY["forecasters"]:
            for seed in STUDY["seeds"]:
                results[name, seed] = [
                    one_series(cluster, depth, crps.get((name, seed, cluster), crps.get(name, np.nan)), unpredicted)
                    for cluster in clusters
                    for depth in (0.1, 0.3)
                ]
        return score_table(results, geology, draw_clusters=False, step_bootstrap="50 draws of 80%")

    return make


def one_series(cluster: int, depth: float, crps: float, unpredicted: int) -> SeriesScores:
    values = dict.fromkeys(SCORES, np.nan) | {"crps": crps, "kge": 0.5, "log_likelihood": 1.0}
    draws = {name: np.full(10, value) for name, value in values.items()}
    return SeriesScores(
        Series(cluster, 0, f"c{cluster}", depth, (True,)),
        values,
        draws,
        draws,
        100,
        unpredicted,
        frozenset(range(10)),
    )


@pytest.fixture
def leakage():
    return pd.DataFrame(
        {
            "seed": [1, 2, 3],
            "steps": [1000.0, 2000.0, 3000.0],
            "same_series": 0.0,
            "same_cluster": [0.5, 0.6, 0.7],
            "same_forcing": [0.8, 0.9, 1.0],
            "days_q50": 12.5,
            "days_q95": 40.0,
            "one_sided": ["", "c1 at 0.1 m (no training part)", ""],
        }
    )


@pytest.fixture
def network(make_network):
    """Two clusters, two depths, three replicates, 400 days; one series is empty."""
    readings = np.random.default_rng(5).uniform(0.1, 0.5, (2, 2, 3, 400))
    readings[1, 1] = np.nan
    return make_network(readings)


@pytest.fixture
def explore(make_mixtures):
    """Data of the explorer for forecasters by name; None stands for three plain components."""

    def explore(network, forecasters, pools=None, part=None, reject=(), **more):
        predictions = {
            name: make_mixtures(network, 1 / 3, np.array([0.2, 0.25, 0.35]), 0.03) if given is None else given
            for name, given in forecasters.items()
        }
        if part is None:
            part = np.full(network["soil_moisture"].shape, EVALUATION)
            part[..., : part.shape[-1] // 2] = TRAINING
        return explorer_data(network, part, reject, predictions, pools=pools or {}, **more)

    return explore


@pytest.fixture
def explored(explore, network):
    """The explorer's data for the forecasters of the study."""
    return explore(network, {"model": None, "pool": None, "cycle": None}, {"pool": ["model"]})
