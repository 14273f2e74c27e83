"""The loss of the paper's published notebook, for comparison only.

It softmaxes the weights twice and floors the density at 1e-8, where the paper's eq. 2 does neither: the weights
cannot become unequal (two components differ by a factor e at most), and a reading far from every component has no
gradient. It is computed in logs, within the limits of :mod:`thetamix.mixture.loss`: the density of a series
that hardly varies would overflow.
"""

import math

import torch
from torch import Tensor

from thetamix.mixture.loss import FARTHEST, LARGEST, LARGEST_LOG_SD, LOG_SQRT_2PI

DENSITY_FLOOR = 1e-8


def notebook_nll(log_weight: Tensor, mean: Tensor, log_sd: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Compute the notebook's negative log-likelihood.

    Parameters
    ----------
    log_weight, mean, log_sd
        Parameters of the mixture (…, component).
    target
        Readings (…, replicate).
    mask
        Which readings count (…, replicate), boolean.

    Returns
    -------
    Tensor
        The mean over the readings that count.
    """
    twice = torch.log_softmax(log_weight.exp(), dim=-1)[..., None, :]
    reading = torch.where(mask, target, 0.0)[..., None]
    log_sd = log_sd.clamp(-LARGEST_LOG_SD, LARGEST_LOG_SD)[..., None, :]
    distance = (reading - mean[..., None, :]).clamp(-LARGEST, LARGEST)
    z = (distance * torch.exp(-log_sd)).clamp(-FARTHEST, FARTHEST)
    log_density = torch.logsumexp(twice - 0.5 * z.square() - log_sd, dim=-1) - LOG_SQRT_2PI
    loss = -log_density.clamp_min(math.log(DENSITY_FLOOR))
    return torch.where(mask, loss, 0.0).sum() / mask.sum().clamp(min=1)
