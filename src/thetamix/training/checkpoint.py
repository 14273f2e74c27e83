"""Checkpoints: now and then, everything that the rest of a fit depends on."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from thetamix.system.files import atomic_path

FILE = "fit.pt"
#: Bytes of the hash that the file begins with.
DIGEST = 32


@dataclass
class Checkpoint:
    """The state between two steps.

    Attributes
    ----------
    key
        Of the step that trains; a checkpoint with another key is not continued.
    history
        One row a finished epoch.
    batches
        Steps done in the epoch that comes after them.
    total, readings
        Sum of the losses of these steps, and the readings that they were of.
    best
        Weights of the epoch that would be taken so far (:func:`thetamix.training.schedule.best_epoch`).
    model, optimizer
        State dictionaries.
    generators
        States of torch's random numbers: of the processor, and of the device where that is another.
    threads
        Of torch, in each thread that works on a batch: the last bits depend on them.
    device
        Where it is trained: the generators belong to it.
    seconds
        Spent on training.
    """

    key: str
    history: list[dict[str, float]]
    batches: int
    total: float
    readings: int
    best: dict[str, Any] | None
    model: dict[str, Any]
    optimizer: dict[str, Any]
    generators: list[torch.Tensor]
    threads: int
    device: str
    seconds: float


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one piece, over the one before.

    Parameters
    ----------
    folder
        Where.
    checkpoint
        The state.
    """
    payload = io.BytesIO()
    torch.save(vars(checkpoint), payload)
    content = payload.getvalue()
    with atomic_path(folder / FILE) as temporary:
        temporary.write_bytes(hashlib.sha256(content).digest() + content)


def load_checkpoint(folder: Path, key: str) -> Checkpoint | None:
    """Read the checkpoint of a fit, if there is one to go on from.

    Parameters
    ----------
    folder
        Where.
    key
        Of the step that trains.

    Returns
    -------
    Checkpoint or None
        None where there is none, it is unreadable or belongs to another study.
    """
    path = folder / FILE
    if not path.exists():
        return None
    whole = path.read_bytes()
    digest, content = whole[:DIGEST], whole[DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return None  # damaged from outside: the fit starts again, which is always right
    plain = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    # The key first: another release may have written other things beside it.
    return Checkpoint(**plain) if plain["key"] == key else None
