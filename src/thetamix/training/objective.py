"""What training makes small."""

import torch
from torch import Tensor

from thetamix.mixture.loss import mixture_nll
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.training.notebook import notebook_nll


def objective(
    model: MixtureLSTM, inputs: Tensor, fixed: Tensor, target: Tensor, scored: int | None, *, notebook: bool
) -> tuple[Tensor, Tensor]:
    """Score a batch; nothing waits for a graphics card to be done.

    Parameters
    ----------
    model
        The model.
    inputs, fixed, scored
        See :meth:`thetamix.model.mixture_lstm.MixtureLSTM.states`.
    target, notebook
        See :func:`loss_of`.

    Returns
    -------
    loss, readings : Tensor
        See :func:`loss_of`.
    """
    return loss_of(model, model.states(inputs, fixed, scored), target, notebook=notebook)


def loss_of(model: MixtureLSTM, states: Tensor, target: Tensor, *, notebook: bool) -> tuple[Tensor, Tensor]:
    """Score hidden states.

    Parameters
    ----------
    model
        The model.
    states
        Of its last layer (batch, hidden), or (scored, batch, hidden).
    target
        Standardised readings (batch, replicate), or (scored, batch, replicate); NaN where there is none.
    notebook
        True for the published notebook's loss.

    Returns
    -------
    loss, readings : Tensor
        Mean negative log-likelihood [nats], and the number of readings that it is of: scalars on the device.
    """
    mask = torch.isfinite(target)
    log_weight, mean, log_sd = model.mixture(states)
    loss = (notebook_nll if notebook else mixture_nll)(log_weight, mean, log_sd, target, mask)
    return loss, mask.sum()
