"""The training loop: small batches through one small LSTM, as fast as the processor allows.

There is no Dataset, no worker and no copy of a window before its batch is due: a batch is cut out of contiguous
tensors by its start positions, and all replicates of a series are scored in one pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from thetamix.errors import ThetamixError
from thetamix.mixture.loss import mixture_nll
from thetamix.model.files import ModelCard, build_model
from thetamix.model.inputs import InputSpec
from thetamix.model.lstm import MixtureLSTM
from thetamix.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from thetamix.training.notebook import notebook_nll
from thetamix.training.windows import Windows

Loss = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Schedule:
    """How a model is trained.

    Attributes
    ----------
    epochs
        Passes over the windows.
    batch
        Windows in one step.
    learning_rate
        Of Adam, in the first epoch.
    learning_rate_factor
        What the learning rate is multiplied by after each epoch.
    windows_per_epoch
        How many windows, drawn anew, make an epoch; None means all.
    drop_optional
        Share of the windows in which an optional input is withheld.
    notebook
        True for the published notebook's loss.
    """

    epochs: int
    batch: int
    learning_rate: float
    learning_rate_factor: float
    windows_per_epoch: int | None
    drop_optional: float
    notebook: bool


@dataclass(frozen=True)
class Progress:
    """Where a fit stands; given to the caller after every step.

    Attributes
    ----------
    epoch
        The current one, from 1.
    windows, total
        Windows done, and of the whole fit.
    loss
        Mean loss of the current epoch so far [nats per reading, of the standardised target].
    """

    epoch: int
    windows: int
    total: int
    loss: float


def fit(
    card: ModelCard,
    windows: Windows,
    schedule: Schedule,
    seed: int,
    folder: Path,
    key: str,
    report: Callable[[Progress], None],
) -> tuple[MixtureLSTM, list[dict[str, float]]]:
    """Train a model, going on from its checkpoint where there is one.

    The same seed and windows give the same weights to the last bit, interrupted or not.

    Parameters
    ----------
    card
        What the model is.
    windows
        What it is trained on.
    schedule
        How.
    seed
        Of the initial weights, the order of the windows and dropout.
    folder
        For the checkpoint.
    key
        Of the step; a checkpoint of another one is not continued.
    report
        Called after each step.

    Returns
    -------
    model : MixtureLSTM
        Trained.
    history : list of dict
        One row an epoch: ``epoch``, ``learning_rate``, ``windows``, ``nll`` [nats per reading].

    Raises
    ------
    ThetamixError
        If the loss is not finite.
    """
    checkpoint = load_checkpoint(folder, key)
    torch.manual_seed(seed)
    model = build_model(card)
    optimizer = torch.optim.Adam(model.parameters(), lr=schedule.learning_rate, fused=True)
    history: list[dict[str, float]] = []
    if checkpoint is not None:
        model.load_state_dict(checkpoint.model)
        optimizer.load_state_dict(checkpoint.optimizer)
        torch.set_rng_state(checkpoint.generator)
        history = checkpoint.history
    model.train()
    per_epoch = min(schedule.windows_per_epoch or len(windows), len(windows))
    for epoch in range(len(history) + 1, schedule.epochs + 1):
        rate = schedule.learning_rate * schedule.learning_rate_factor ** (epoch - 1)
        for group in optimizer.param_groups:
            group["lr"] = rate

        def step_done(done: int, loss: float, epoch: int = epoch) -> None:
            report(Progress(epoch, (epoch - 1) * per_epoch + done, schedule.epochs * per_epoch, loss))

        order = torch.randperm(len(windows))[:per_epoch]
        nll = _epoch(model, optimizer, windows, order, schedule, card.inputs, step_done)
        history.append({"epoch": epoch, "learning_rate": rate, "windows": per_epoch, "nll": nll})
        save_checkpoint(
            folder,
            Checkpoint(
                key=key,
                epoch=epoch,
                history=history,
                model=model.state_dict(),
                optimizer=optimizer.state_dict(),
                generator=torch.get_rng_state(),
            ),
        )
    return model, history


def _epoch(
    model: MixtureLSTM,
    optimizer: torch.optim.Optimizer,
    windows: Windows,
    order: Tensor,
    schedule: Schedule,
    spec: InputSpec,
    step_done: Callable[[int, float], None],
) -> float:
    loss_of: Loss = notebook_nll if schedule.notebook else mixture_nll
    optional = _optional_columns(spec) if schedule.drop_optional > 0 else []
    total, readings, done = 0.0, 0, 0
    for index in torch.split(order, schedule.batch):
        inputs, target = windows.gather(index)
        for first, last in optional:
            kept = torch.rand(index.shape[0]) >= schedule.drop_optional
            inputs[:, :, first:last] *= kept[None, :, None]
        mask = torch.isfinite(target)
        log_weight, mean, log_sd = model(inputs)
        loss = loss_of(log_weight, mean, log_sd, target, mask)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        value, count = loss.item(), int(mask.sum())
        if value - value != 0:  # neither infinite nor NaN
            rows = sorted({int(row) for row in windows.row[index][:5]})
            raise ThetamixError(
                f"training diverged: the loss is {value} after {done} windows of the epoch (series rows {rows}); "
                "lower training.learning_rate, and look for implausible readings or forcing"
            )
        total += value * count
        readings += count
        done += index.shape[0]
        step_done(done, total / readings)
    return total / readings


def _optional_columns(spec: InputSpec) -> list[tuple[int, int]]:
    columns = []
    position = 0
    for entry in spec.forcing:
        width = 2 if entry.optional else 1
        if entry.optional:
            columns.append((position, position + width))
        position += width
    return columns
