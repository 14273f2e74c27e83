"""Checkpoints: after each epoch, everything that the next one depends on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from thetamix.files import atomic_path

FILE = "epoch.pt"


@dataclass
class Checkpoint:
    """The state between two epochs.

    Attributes
    ----------
    key
        Of the step that trains; a checkpoint with another key is not continued.
    epoch
        Number of epochs done.
    history
        One row an epoch.
    model, optimizer
        State dictionaries.
    generator
        State of torch's random numbers.
    """

    key: str
    epoch: int
    history: list[dict[str, float]]
    model: dict[str, Any]
    optimizer: dict[str, Any]
    generator: torch.Tensor


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one piece, over the one before.

    Parameters
    ----------
    folder
        Where.
    checkpoint
        The state.
    """
    with atomic_path(folder / FILE) as temporary:
        torch.save(vars(checkpoint), temporary)


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
    try:
        checkpoint = Checkpoint(**torch.load(path, weights_only=True))
    except Exception:  # damaged from outside, which torch has a dozen errors for
        return None  # the fit starts again, which is always right
    return checkpoint if checkpoint.key == key else None
