"""The gradient of a batch, computed in shards: several cores work on one fit.

Torch's own threads divide every operation among themselves and wait for each other many times a step; beside one busy
neighbour they collapse. Here a thread computes the whole gradient of its share of the windows, and they meet once a
step. How a batch is cut depends on its size alone, and gradients are added in order: the result is the same to the
last bit, whatever the number of threads.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn.functional import dropout

from thetamix.model.lstm import MixtureLSTM
from thetamix.training.objective import objective
from thetamix.training.schedule import SHARD


@contextlib.contextmanager
def several(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Have threads for a block.

    Parameters
    ----------
    threads
        How many, each with one of torch's.

    Yields
    ------
    ThreadPoolExecutor or None
        None with one: the caller does everything itself.
    """
    if threads <= 1:
        yield None
        return
    with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        yield pool


def set_gradients(
    model: MixtureLSTM,
    inputs: Tensor,
    target: Tensor,
    scored: int | None,
    pool: ThreadPoolExecutor | None,
    *,
    notebook: bool,
) -> tuple[Tensor, Tensor]:
    """Score a batch and leave the gradient of its loss with the weights; nothing waits for a graphics card.

    Parameters
    ----------
    model
        In training.
    inputs, target, scored, notebook
        See :func:`thetamix.training.objective.objective`.
    pool
        Computes the shards of a batch on the processor; None: the caller does.

    Returns
    -------
    loss, readings : Tensor
        Of the whole batch; see :func:`thetamix.training.objective.objective`.
    """
    parameters = list(model.parameters())
    # Drawn for the whole batch at once: threads would draw in any order.
    kept = dropout(inputs.new_ones(*target.shape[:-1], model.lstm.hidden_size), model.dropout.p)
    total = torch.isfinite(target).sum().clamp(min=1)

    def gradient(inputs: Tensor, target: Tensor, kept: Tensor) -> tuple[Tensor, ...]:
        mean, count = objective(model, inputs.contiguous(), target, scored, notebook=notebook, kept=kept)
        share = mean * (count / total)
        return share.detach(), count, *torch.autograd.grad(share, parameters)

    # The windows of a batch lie along the last axis but one: of inputs, of readings and of hidden states.
    size = SHARD if inputs.device.type == "cpu" else max(inputs.shape[-2], 1)
    shards = [torch.split(whole, size, dim=-2) for whole in (inputs, target, kept)]
    results = list(pool.map(gradient, *shards) if pool is not None else map(gradient, *shards))
    loss, count, *gradients = (sum(parts[1:], parts[0]) for parts in zip(*results, strict=True))
    for parameter, value in zip(parameters, gradients, strict=True):
        parameter.grad = value
    return loss, count
