"""The head gives a mixture in log space, without limits where there need be none."""

import torch
from scipy.special import log_softmax

from thetamix.model.heads import HEADS, GaussianMixtureHead


def test_log_weights_are_a_softmax_once_and_the_rest_is_linear():
    torch.manual_seed(0)
    head = GaussianMixtureHead(6, 3).double()
    hidden = torch.randn(5, 7, 6, dtype=torch.float64)
    log_weight, mean, log_sd = head(hidden)
    raw = hidden @ head.linear.weight.T + head.linear.bias
    assert mean.shape == (5, 7, 3)
    torch.testing.assert_close(log_weight.detach().numpy(), log_softmax(raw[..., :3].detach().numpy(), axis=-1))
    torch.testing.assert_close(mean, raw[..., 3:6])
    torch.testing.assert_close(log_sd, raw[..., 6:])


def test_extreme_logits_stay_finite():
    head = GaussianMixtureHead(1, 2)
    with torch.no_grad():
        head.linear.weight.copy_(torch.tensor([1.0, -1.0, 0.0, 0.0, 0.0, 0.0])[:, None])
    log_weight, _, _ = head(torch.tensor([[1000.0]]))
    assert torch.isfinite(log_weight).all()
    assert log_weight[0, 1] < -1900


def test_heads_by_name():
    assert HEADS["gaussian_mixture"] is GaussianMixtureHead
