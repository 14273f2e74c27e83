"""The notebook's loss, as its published code computes it: weights softmaxed twice, the density floored."""

import math

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import norm

from thetamix.mixture.loss import mixture_nll
from thetamix.training.notebook import DENSITY_FLOOR, notebook_nll


def case(seed: int, components: int = 3, spread: float = 1.0):
    rng = np.random.default_rng(seed)
    logit, mean, log_sd = rng.normal(0, spread, (3, 6, components))
    target = rng.normal(0, spread, (6, 2))
    mask = rng.random((6, 2)) < 0.7
    target[~mask] = np.nan
    return logit, mean, log_sd, target, mask


def loss_of(logit, mean, log_sd, target, mask) -> float:
    log_weight = torch.log_softmax(torch.from_numpy(logit), dim=-1)
    rest = (torch.from_numpy(a) for a in (mean, log_sd, target, mask))
    return notebook_nll(log_weight, *rest).item()


@pytest.mark.parametrize("seed", range(5))
def test_formula(seed):
    logit, mean, log_sd, target, mask = case(seed)
    weight = softmax(softmax(logit, axis=1), axis=1)
    losses = []
    for row, replicate in np.argwhere(mask):
        density = np.sum(weight[row] * norm.pdf(target[row, replicate], mean[row], np.exp(log_sd[row])))
        losses.append(-np.log(max(density, 1e-8)))
    assert loss_of(logit, mean, log_sd, target, mask) == pytest.approx(np.mean(losses), rel=1e-12)


def test_two_components_differ_by_a_factor_e_at_most():
    # With all the weight on a component that misses, the loss still sees 1 / (1 + e) of the other.
    logit, mean = np.array([[50.0, -50.0]]), np.array([[100.0, 0.0]])
    loss = loss_of(logit, mean, np.zeros((1, 2)), np.zeros((1, 1)), np.ones((1, 1), bool))
    assert loss == pytest.approx(math.log(1 + math.e) - norm.logpdf(0))


def test_a_far_reading_costs_the_floor_and_has_no_gradient():
    parameters = [torch.zeros(1, 1, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    target, mask = torch.full((1, 1), 50.0, dtype=torch.float64), torch.ones(1, 1, dtype=torch.bool)
    loss = notebook_nll(*parameters, target, mask)
    loss.backward()
    assert loss.item() == pytest.approx(-math.log(DENSITY_FLOOR))
    assert [float(p.grad) for p in parameters] == [0.0, 0.0, 0.0]


def test_one_component_is_the_likelihood_itself():
    _, mean, log_sd, target, mask = case(7, components=1, spread=0.5)
    tensors = [torch.from_numpy(a) for a in (np.zeros_like(mean), mean, log_sd, target, mask)]
    assert notebook_nll(*tensors).item() == pytest.approx(mixture_nll(*tensors).item(), rel=1e-6)
