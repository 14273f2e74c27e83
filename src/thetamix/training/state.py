"""A fit in progress: what goes into a checkpoint and comes back from it."""

import time
from pathlib import Path
from typing import Any

import torch

from thetamix.model.model_file import ModelCard, build_model
from thetamix.system.errors import InputError
from thetamix.training.adam import Adam
from thetamix.training.checkpoint import Checkpoint, save_checkpoint
from thetamix.training.schedule import best_epoch
from thetamix.training.settings import Training


class Fit:
    """A fit in progress: what a checkpoint holds; use :func:`thetamix.training.loop.fit`.

    Parameters
    ----------
    card
        What the model is.
    seed
        Of everything random.
    device
        Where it is trained.
    """

    def __init__(self, card: ModelCard, seed: int, device: torch.device) -> None:
        torch.manual_seed(seed)
        self.model = build_model(card).to(device)
        self.model.train()
        self.optimizer = Adam(self.model.parameters())
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] | None = None
        self.batches = 0
        self.total = 0.0
        self.readings = 0
        self.seconds = 0.0
        self.since = time.monotonic()
        self.device = device

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint, which has to be of the same device."""
        if checkpoint.device != self.device.type:
            raise InputError(
                f"the fit was begun on {checkpoint.device} and would not end the same on {self.device.type}; set "
                f"training.device to {checkpoint.device}, or remove its folder `checkpoint` to begin anew"
            )
        self.model.load_state_dict(checkpoint.model)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.history, self.best, self.batches = checkpoint.history, checkpoint.best, checkpoint.batches
        self.total, self.readings = checkpoint.total, checkpoint.readings
        self.seconds = checkpoint.seconds
        torch.set_num_threads(checkpoint.threads)
        torch.set_rng_state(checkpoint.generators[0])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint.generators[1], self.device)

    def save(self, folder: Path, key: str) -> None:
        """Write a checkpoint."""
        now = time.monotonic()
        self.seconds, self.since = self.seconds + now - self.since, now
        generators = [torch.get_rng_state()]
        if self.device.type == "cuda":
            generators.append(torch.cuda.get_rng_state(self.device))
        save_checkpoint(
            folder,
            Checkpoint(
                key=key,
                history=self.history,
                batches=self.batches,
                total=self.total,
                readings=self.readings,
                best=self.best,
                model=self.model.state_dict(),
                optimizer=self.optimizer.state_dict(),
                generators=generators,
                threads=torch.get_num_threads(),
                device=self.device.type,
                seconds=self.seconds,
            ),
        )

    def end_epoch(
        self,
        settings: Training,
        epoch: int,
        rate: float,
        windows: int,
        validation: tuple[float, float] | None,
    ) -> None:
        """Note what an epoch gave, and the weights where they are the best so far."""
        row = {"epoch": epoch, "learning_rate": rate, "windows": windows, "nll": self.total / self.readings}
        if validation is not None:
            row |= {"validation_nll": validation[0], "validation_crps": validation[1]}
        self.history.append(row)
        if best_epoch(settings, self.history) == epoch:
            self.best = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.batches, self.total, self.readings = 0, 0.0, 0

    def waited(self, settings: Training) -> int:
        """Count the epochs since the best one."""
        best = best_epoch(settings, self.history)
        return len(self.history) - best if best is not None else 0
