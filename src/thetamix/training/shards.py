"""The gradient of a batch, whose windows pass the LSTM in shards: several cores work on one fit.

Torch's own threads divide every operation among themselves and wait for each other many times a step; beside one busy
neighbour they collapse. Here a thread takes its shard of the windows through all steps, forth and back, and the
threads meet twice a batch. How a batch is cut depends on its size alone, and gradients are added in order: the result
is the same to the last bit, whatever the number of threads.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.training.objective import loss_of
from thetamix.training.schedule import shard


@contextlib.contextmanager
def several(threads: int) -> Iterator[ThreadPoolExecutor | None]:
    """Hold threads for a block.

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
    fixed: Tensor,
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
    inputs, fixed, target, scored, notebook
        See :func:`thetamix.training.objective.objective`.
    pool
        Computes the shards of a batch on the processor; None: the caller does.

    Returns
    -------
    loss, readings : Tensor
        Of the whole batch; see :func:`thetamix.training.objective.objective`.
    """
    weights = list(model.lstm.parameters())
    head = list(model.head.parameters())

    def forth(windows: Tensor, fixed: Tensor) -> Tensor:
        return model.states(windows, fixed, scored)

    def back(states: Tensor, by_states: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(states, weights, by_states)

    each = pool.map if pool is not None else map
    size = shard(inputs.shape[1]) if inputs.device.type == "cpu" else inputs.shape[1]
    passed = list(each(forth, torch.split(inputs, size, dim=1), torch.split(fixed, size)))
    states = torch.cat([part.detach() for part in passed], dim=-2).requires_grad_()
    loss, count = loss_of(model, states, target, notebook=notebook)
    by_states, *by_head = torch.autograd.grad(loss, [states, *head])
    parts = list(each(back, passed, torch.split(by_states, size, dim=-2)))
    by_weights = [sum(several[1:], several[0]) for several in zip(*parts, strict=True)]
    for parameter, gradient in zip([*weights, *head], [*by_weights, *by_head], strict=True):
        parameter.grad = gradient
    return loss.detach(), count
