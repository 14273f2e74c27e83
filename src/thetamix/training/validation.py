"""How good a model is on blocks of the training part that were held back from it."""

import torch
from torch import Tensor

from thetamix.inputs.stretches import Stretches
from thetamix.inputs.window_ends import MOST_VALIDATED, VALIDATED_AT_ONCE
from thetamix.inputs.windows import Windows
from thetamix.mixture.loss import mixture_crps, mixture_nll
from thetamix.model.mixture_lstm import MixtureLSTM


def validate(model: MixtureLSTM, held_back: Windows | Stretches, unit: float) -> tuple[float, float]:
    """Score a model on readings that it was not trained on.

    Parameters
    ----------
    model
        In training; it is left so.
    held_back
        The validation part.
    unit
        Standard deviation of the target [m3 m-3].

    Returns
    -------
    nll, crps : float
        Means over the readings: negative log-likelihood [nats, of the standardised target], CRPS [m3 m-3].
    """
    index = held_back.order(None).to(held_back.forcing.device)
    if held_back.scored is None and len(index) > MOST_VALIDATED:
        index = index[torch.linspace(0, len(index) - 1, MOST_VALIDATED, dtype=torch.float64).long().to(index.device)]
    training = model.training
    model.eval()
    with torch.inference_mode():
        nll, crps, readings = _totals(model, held_back, index).tolist()
    model.train(training)
    return nll / readings, crps / readings * unit


def _totals(model: MixtureLSTM, held_back: Windows | Stretches, index: Tensor) -> Tensor:
    totals = torch.zeros(3, dtype=torch.float64, device=index.device)
    for batch in torch.split(index, max(VALIDATED_AT_ONCE // (held_back.scored or 1), 1)):
        totals += _sums(model, *held_back.gather(batch), held_back.scored)
    return totals


def _sums(model: MixtureLSTM, inputs: Tensor, fixed: Tensor, target: Tensor, scored: int | None) -> Tensor:
    mask = torch.isfinite(target)
    log_weight, mean, log_sd = model(inputs, fixed, scored)
    count = mask.sum()
    losses = [loss(log_weight, mean, log_sd, target, mask) * count for loss in (mixture_nll, mixture_crps)]
    return torch.stack([*losses, count]).double()
