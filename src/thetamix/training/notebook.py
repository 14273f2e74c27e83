"""The loss of the paper's published notebook, for comparison only.

It softmaxes the weights twice and floors the density at 1e-8, where the paper's eq. 2 does neither: the weights
cannot become unequal (two components differ by a factor e at most), and a reading far from every component has no
gradient.
"""

import math

import torch
from torch import Tensor

DENSITY_FLOOR = 1e-8


def notebook_nll(log_weight: Tensor, mean: Tensor, log_sd: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Compute the notebook's negative log-likelihood.

    Parameters
    ----------
    log_weight, mean, log_sd
        Parameters of the mixture (batch, component).
    target
        Readings (batch, replicate).
    mask
        Which readings count (batch, replicate), boolean.

    Returns
    -------
    Tensor
        The mean over the readings that count.
    """
    twice = torch.softmax(log_weight.exp(), dim=-1)[:, None, :]
    known = torch.where(mask, target, 0.0)[..., None]
    z = (known - mean[:, None, :]) / log_sd.exp()[:, None, :]
    density = (twice * torch.exp(-0.5 * z.square() - log_sd[:, None, :])).sum(dim=-1) / math.sqrt(2 * math.pi)
    loss = -torch.log(density.clamp_min(DENSITY_FLOOR))
    return torch.where(mask, loss, 0.0).sum() / mask.sum()
