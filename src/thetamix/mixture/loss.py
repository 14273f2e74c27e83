r"""The mixture as a training loss, in torch: negative log-likelihood and CRPS with their gradients.

Both take the head's output as it is, log weights and log standard deviations of shape ``(..., K)``,
and readings of shape ``(..., R)``: all R replicates of a series are scored under one mixture in one
pass. Both return the mean over the readings that the mask admits; without any it is zero, and so are
its gradients. Readings that the mask excludes may be NaN.

The gradients are written out instead of recorded: a training step of a small network is bound by the
number of operations, not by their size, and the formulas stay finite where a chain of recorded
operations multiplies zero by infinity. What is computed is exact for standard deviations in
:math:`[10^{-9}, 10^9]` and, in the likelihood, readings up to :math:`10^9` standard deviations away.
Beyond, these numbers are held at their limits while their gradients go on, so that a parameter always
feels which way is back, and gradients and their squares (which Adam accumulates) stay finite in float32.
There is no floor on the density.

Examples
--------
>>> import torch
>>> log_weight = torch.log_softmax(torch.zeros(2, 3), dim=-1)
>>> mean, log_sd = torch.zeros(2, 3), torch.zeros(2, 3)
>>> target = torch.tensor([[0.0, 1.0], [2.0, torch.nan]])
>>> round(mixture_nll(log_weight, mean, log_sd, target, target.isfinite()).item(), 4)
1.7523
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
LARGEST_LOG_SD = math.log(1e9)
FARTHEST = 1e9  # in standard deviations; its fourth power fits in float32
LARGEST = 1e18  # distance in the CRPS; its square fits in float32
ROOT_HALF = math.sqrt(0.5)
ROOT_2_OVER_PI = math.sqrt(2.0 / math.pi)


def mixture_nll(log_weight: Tensor, mean: Tensor, log_sd: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    r"""Mean negative log-likelihood, :math:`-\log\sum_k w_k \varphi(z_k)/\sigma_k` (Bischof, eq. 2).

    With the responsibilities :math:`r_k` of the components for a reading, its gradients are
    :math:`-r_k`, :math:`-r_k z_k/\sigma_k` and :math:`r_k (1 - z_k^2)` with respect to log weight,
    mean and log standard deviation (Bishop 1994, *Mixture Density Networks*, NCRG/94/004).

    Parameters
    ----------
    log_weight, mean, log_sd
        Shape ``(..., K)``; log weights as ``log_softmax`` gives them.
    target
        Readings, shape ``(..., R)``; leading axes broadcast against those of the parameters.
    mask
        True where a reading counts; the shape of ``target``.

    Returns
    -------
    Tensor
        A scalar, zero where the mask admits nothing.

    Examples
    --------
    >>> one = torch.zeros(1, 1)
    >>> round(mixture_nll(one, one, one, one, one == 0).item(), 4)  # log √(2π)
    0.9189
    """
    return _mean_over_readings(_Likelihood, log_weight, mean, log_sd, target, mask)


def mixture_crps(log_weight: Tensor, mean: Tensor, log_sd: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    r"""Mean continuous ranked probability score, in closed form.

    :math:`\sum_k w_k A(y-\mu_k, \sigma_k) - \tfrac12 \sum_{ij} w_i w_j A(\mu_i-\mu_j,
    \sqrt{\sigma_i^2+\sigma_j^2})` with :math:`A = E|N(\mu, \sigma^2)|` (Grimit et al. 2006,
    doi:10.1256/qj.05.235); :math:`\partial A/\partial\mu = \operatorname{erf}(\mu/\sigma\sqrt2)` and
    :math:`\partial A/\partial\sigma = 2\varphi(\mu/\sigma)`.

    Parameters
    ----------
    log_weight, mean, log_sd, target, mask
        As for :func:`mixture_nll`.

    Returns
    -------
    Tensor
        A scalar in the units of the readings, zero where the mask admits nothing.

    Examples
    --------
    >>> one = torch.zeros(1, 1)
    >>> round(mixture_crps(one, one, one, one, one == 0).item(), 4)  # (√2 - 1)/√π
    0.2337
    """
    return _mean_over_readings(_RankedProbability, log_weight, mean, log_sd, target, mask)


def _mean_over_readings(
    score: Any, log_weight: Tensor, mean: Tensor, log_sd: Tensor, target: Tensor, mask: Tensor
) -> Tensor:
    """Score readings ``(..., R)`` with the replicates moved to the front, where they broadcast."""
    lead = mean.shape[:-1]
    if target.shape[:-1] != lead:
        lead = torch.broadcast_shapes(lead, target.shape[:-1])  # type: ignore[no-untyped-call]
        target, mask = target.expand(*lead, -1), mask.expand(*lead, -1)
    share = mask.to(mean.dtype) / mask.sum().clamp(min=1)
    reading = torch.where(mask, target, 0.0)
    front = (a.movedim(-1, 0).unsqueeze(-1) for a in (reading, share))
    loss: Tensor = score.apply(log_weight, mean, log_sd, *front)
    return loss


class _Score(torch.autograd.Function):
    """A loss whose forward pass leaves its three gradients behind."""

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ((grad * g).sum_to_size(shape) for g, shape in zip(ctx.saved_tensors, ctx.shapes, strict=True))
        return (*gradients, None, None)


class _Likelihood(_Score):
    """Negative log-likelihood; readings and their shares in the mean have shape ``(R, ..., 1)``."""

    @staticmethod
    def forward(ctx: Any, log_weight: Tensor, mean: Tensor, log_sd: Tensor, reading: Tensor, share: Tensor) -> Tensor:
        ctx.shapes = (log_weight.shape, mean.shape, log_sd.shape)
        log_sd = log_sd.clamp(-LARGEST_LOG_SD, LARGEST_LOG_SD)
        precision = (-log_sd).exp_()
        z = (reading - mean).mul_(precision).clamp_(-FARTHEST, FARTHEST)
        logs = torch.addcmul(log_weight - log_sd, z, z, value=-0.5)
        top = logs.amax(-1, keepdim=True)
        terms = logs.sub_(top).exp_()
        total = terms.sum(-1, keepdim=True)
        loss = (share * (LOG_SQRT_2PI - top - total.log())).sum()
        # responsibilities for the readings, with the minus sign of the loss
        r = terms.mul_((share / total).neg_())
        by_weight = r.sum(0)
        r.mul_(z)
        by_mean = r.sum(0).mul_(precision)
        by_sd = r.mul_(z).sum(0).sub_(by_weight)
        ctx.save_for_backward(by_weight, by_mean, by_sd)
        return loss


class _RankedProbability(_Score):
    """CRPS; readings and their shares in the mean have shape ``(R, ..., 1)``."""

    @staticmethod
    def forward(ctx: Any, log_weight: Tensor, mean: Tensor, log_sd: Tensor, reading: Tensor, share: Tensor) -> Tensor:
        ctx.shapes = (log_weight.shape, mean.shape, log_sd.shape)
        w = log_weight.clamp(max=0.0).exp_()
        s = log_sd.clamp(-LARGEST_LOG_SD, LARGEST_LOG_SD).exp_()
        near, near_by_mean, near_by_sd = _folded_mean(reading - mean, s)
        both = torch.hypot(s.unsqueeze(-1), s.unsqueeze(-2))
        pair, pair_by_mean, pair_by_sd = _folded_mean(mean.unsqueeze(-1) - mean.unsqueeze(-2), both)
        partner = share.sum(0).unsqueeze(-1) * w.unsqueeze(-2)
        distance, difference = (share * near).sum(0), (partner * pair).sum(-1)
        loss = (w * (distance - 0.5 * difference)).sum()
        by_weight = w * (distance - difference)
        by_mean = -w * ((share * near_by_mean).sum(0) + (partner * pair_by_mean).sum(-1))
        by_sd = w * s * ((share * near_by_sd).sum(0) - s * (partner * pair_by_sd / both).sum(-1))
        ctx.save_for_backward(by_weight, by_mean, by_sd)
        return loss


def _folded_mean(distance: Tensor, sd: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean of ``|N(distance, sd²)|`` and its derivatives by distance and standard deviation."""
    distance = distance.clamp(-LARGEST, LARGEST)
    u = distance / sd
    by_distance = torch.erf(u * ROOT_HALF)
    by_sd = ROOT_2_OVER_PI * torch.exp(-0.5 * u * u)
    return distance * by_distance + sd * by_sd, by_distance, by_sd
