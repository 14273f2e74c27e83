"""The training loop: small batches through one small LSTM, as fast as the processor allows.

There is no Dataset, no worker and no copy of a window before its batch is due: a batch is cut out of contiguous
tensors by its start positions, and all replicates of a series are scored in one pass. On a graphics card the tensors
lie there, and no step waits for the processor to read its loss.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from thetamix.inputs.spec import InputSpec
from thetamix.inputs.stretches import Stretches
from thetamix.inputs.windows import Windows
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import ModelCard
from thetamix.system.errors import ThetamixError
from thetamix.system.signals import deferred_interrupt
from thetamix.training.checkpoint import load_checkpoint
from thetamix.training.divergence import divergence
from thetamix.training.objective import objective
from thetamix.training.schedule import learning_rate
from thetamix.training.settings import Training
from thetamix.training.shards import set_gradients, several
from thetamix.training.state import Fit
from thetamix.training.validation import validate

#: Seconds between two checkpoints within an epoch.
SAVE_EVERY = 120.0
#: Steps between two looks at the loss: on a graphics card each look waits for all that is queued.
LOOK_EVERY = 20


@dataclass(frozen=True)
class EpochProgress:
    """Where a fit stands; given to the caller now and then.

    Attributes
    ----------
    epoch
        The current one, from 1.
    share
        How much of the fit is done.
    readings
        Scored since the fit began or went on.
    loss
        Mean loss of the current epoch so far [nats per reading, of the standardised target].
    validation
        Negative log-likelihood [nats] and CRPS [m3 m-3] after the last epoch, where there is a validation part.
    """

    epoch: int
    share: float
    readings: int
    loss: float
    validation: tuple[float, float] | None


@dataclass(frozen=True)
class FitJob:
    """Where a fit leaves its files, and what it may take.

    Attributes
    ----------
    folder
        For its files; the checkpoint lies in ``checkpoint`` within.
    key
        Of the step; a checkpoint of another one is not continued.
    seed
        Of the initial weights, the order of the windows and dropout.
    device
        Of torch: ``cpu`` or ``cuda``.
    threads
        How many work on a batch, on the processor; the weights do not depend on it.
    spare
        Asked before each step: whether a core is free. Otherwise one thread does the step.
    """

    folder: Path
    key: str
    seed: int
    device: str = "cpu"
    threads: int = 1
    spare: Callable[[], bool] = lambda: True


def fit(
    card: ModelCard,
    windows: Windows | Stretches,
    held_back: Windows | Stretches | None,
    settings: Training,
    job: FitJob,
    report: Callable[[EpochProgress], None],
) -> tuple[MixtureLSTM, list[dict[str, float]]]:
    """Train a model, going on from its checkpoint where there is one.

    The same seed and windows give the same weights to the last bit, interrupted or not. Ctrl-C lets the step end and
    saves it.

    Parameters
    ----------
    card
        What the model is.
    windows
        What it is trained on.
    held_back
        The validation part, which chooses the best epoch by its CRPS; None: the last epoch is taken.
    settings
        How.
    job
        Where, and with what.
    report
        Called every few steps, whenever the loss is looked at.

    Returns
    -------
    model : MixtureLSTM
        Trained, on the processor.
    history : list of dict
        One row an epoch: ``epoch``, ``learning_rate``, ``windows``, ``nll`` [nats per reading], and of the validation
        part ``validation_nll`` and ``validation_crps`` [m3 m-3].

    Raises
    ------
    ThetamixError
        If a loss is not finite, or would not be with the weights that are to be saved.
    KeyboardInterrupt
        If the user, or a worker pool that is dismissed, stopped it; the checkpoint is written.
    """
    folder, key = job.folder / "checkpoint", job.key
    state = Fit(card, job.seed, torch.device(job.device))
    checkpoint = load_checkpoint(folder, key)
    if checkpoint is not None:
        state.restore(checkpoint)
    windows = windows.to(state.device)
    held_back = held_back.to(state.device) if held_back is not None else None
    saved = time.monotonic()
    scored = 0
    validation = _last_validation(state.history)
    with deferred_interrupt() as interrupted, several(job.threads) as pool:
        for epoch in range(len(state.history) + 1, settings.epochs + 1):
            if settings.patience is not None and state.waited(settings) >= settings.patience:
                break
            order = windows.order(_epoch_generator(job.seed, epoch))[: settings.windows_per_epoch]
            batches = torch.split(order.to(state.device), settings.batch)
            steps = settings.epochs * len(batches)
            taken: list[tuple[Tensor, Tensor, Tensor]] = []
            rate = learning_rate(settings, epoch, (epoch - 1) / settings.epochs)
            while state.batches < len(batches):
                done = (epoch - 1) * len(batches) + state.batches
                rate = learning_rate(settings, epoch, done / steps)
                index = batches[state.batches]
                helpers = pool if job.spare() else None
                taken.append((index, *_step(state, windows, index, settings, card.inputs, rate, helpers)))
                state.batches += 1
                stop = interrupted()
                due = time.monotonic() - saved > SAVE_EVERY
                if len(taken) == LOOK_EVERY or state.batches == len(batches) or stop or due:
                    scored += _look(state, windows, taken)
                    taken = []
                if (stop or due) and state.batches < len(batches):
                    _check(state, windows, index, settings)
                    state.save(folder, key)
                    saved = time.monotonic()
                    if stop:
                        raise KeyboardInterrupt
                if not taken:
                    loss = state.total / max(state.readings, 1)
                    report(EpochProgress(epoch, (done + 1) / steps, scored, loss, validation))
            _check(state, windows, batches[-1], settings)
            if held_back is not None:
                validation = _validated(state, held_back, card.inputs.target.sd, epoch)
            state.end_epoch(settings, epoch, rate, len(order), validation)
            state.save(folder, key)
            if interrupted():
                raise KeyboardInterrupt
    if state.best is not None:
        state.model.load_state_dict(state.best)
    return state.model.cpu(), state.history


def _validated(state: Fit, held_back: Windows | Stretches, unit: float, epoch: int) -> tuple[float, float]:
    validation = validate(state.model, held_back, unit)
    if not all(map(math.isfinite, validation)):
        raise ThetamixError(
            f"training diverged: after epoch {epoch} the validation part's scores are {validation}; "
            "lower training.learning_rate, and look for implausible forcing with `thetamix check`"
        )
    return validation


def _last_validation(history: Sequence[Mapping[str, float]]) -> tuple[float, float] | None:
    """Give the last epoch's scores, which a fit that goes on shows until it has its own."""
    if not history or "validation_nll" not in history[-1]:
        return None
    return history[-1]["validation_nll"], history[-1]["validation_crps"]


def _epoch_generator(seed: int, epoch: int) -> torch.Generator:
    """Draw an epoch's windows from a generator of its own: a fit that goes on within it draws the same."""
    mixed = torch.Generator().manual_seed(seed)
    spread = torch.randint(2**62, (epoch,), generator=mixed)
    return torch.Generator().manual_seed(int(spread[-1]))


def _step(
    state: Fit,
    windows: Windows | Stretches,
    index: Tensor,
    settings: Training,
    spec: InputSpec,
    rate: float,
    pool: ThreadPoolExecutor | None = None,
) -> tuple[Tensor, Tensor]:
    """Take one step; its loss and the number of its readings stay where they were computed."""
    inputs, fixed, target = windows.gather(index)
    for first, last in _optional_columns(spec) if settings.drop_optional > 0 else []:
        kept = torch.rand(index.shape[0], device=index.device) >= settings.drop_optional
        inputs[:, :, first:last] *= kept[None, :, None]
    given = state.model, inputs, fixed, target, windows.scored
    loss, count = set_gradients(*given, pool, notebook=settings.notebook)
    state.optimizer.step(rate)
    return loss, count


def _check(state: Fit, windows: Windows | Stretches, index: Tensor, settings: Training) -> None:
    """Insist on weights that are worth saving: the last step's loss is of those before it."""
    given = windows.gather(index)
    state.model.eval()  # nothing random: a fit goes on as if nobody had asked
    with torch.no_grad():
        score, _ = objective(state.model, *given, windows.scored, notebook=settings.notebook)
    loss = float(score)
    state.model.train()
    if not math.isfinite(loss):
        where = f"the loss is {loss} after step {state.batches} of epoch {len(state.history) + 1}"
        raise divergence(windows, index, where)


def _look(state: Fit, windows: Windows | Stretches, taken: Sequence[tuple[Tensor, Tensor, Tensor]]) -> int:
    """Add the losses of the last steps up; gives the number of their readings."""
    losses = torch.stack([loss for _, loss, _ in taken]).tolist()
    counts = torch.stack([count for _, _, count in taken]).tolist()
    for (index, *_), loss, count in zip(taken, losses, counts, strict=True):
        if not math.isfinite(loss):
            step = state.batches - len(losses) + losses.index(loss) + 1
            where = f"the loss is {loss} in step {step} of epoch {len(state.history) + 1}"
            raise divergence(windows, index, where)
        state.total += loss * count  # one by one: a fit that went on must add in the same order
        state.readings += count
    return sum(counts)


def _optional_columns(spec: InputSpec) -> list[tuple[int, int]]:
    columns = []
    position = 0
    for entry in spec.forcing:
        width = 2 if entry.optional else 1
        if entry.optional:
            columns.append((position, position + width))
        position += width
    return columns
