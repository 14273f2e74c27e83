"""A study, its scores and its split's audit, as the report takes them."""

import numpy as np
import pandas as pd
import pytest

from thetamix.report.explorer.explorer_data import explorer_data
from thetamix.splits.parts import EVALUATION, TRAINING


@pytest.fixture
def study(make_study):
    return make_study()


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
