"""What is said of a fit whose loss is not finite: a learning rate too high, or numbers that are no measurements."""

import torch
from torch import Tensor

from thetamix.inputs.stretches import Stretches
from thetamix.inputs.windows import Windows
from thetamix.system.errors import ThetamixError


def divergence(windows: Windows | Stretches, index: Tensor, where: str) -> ThetamixError:
    """Describe where a fit diverged.

    Parameters
    ----------
    windows
        What is trained on.
    index
        Numbers of the windows of the step.
    where
        The loss and the step: ``the loss is nan in step 3 of epoch 2``.

    Returns
    -------
    ThetamixError
        To be raised.
    """
    return ThetamixError(
        f"training diverged: {where}, {_most_extreme(windows, index)}; lower training.learning_rate, and look for "
        "implausible readings or forcing with `thetamix check`. A checkpoint that was written before is kept"
    )


def _most_extreme(windows: Windows | Stretches, index: Tensor) -> str:
    inputs, fixed, target = windows.gather(index)
    readings = target.abs().nan_to_num(0.0)
    batch = readings.amax(dim=-1) if windows.scored is None else readings.amax(dim=(0, -1))
    told = torch.maximum(inputs.abs().amax(dim=(0, 2)), fixed.abs().amax(dim=1))
    return (
        f"whose most extreme reading is {float(batch.max()):.3g} standard deviations from the mean, of "
        f"{windows.name_of(index[batch.argmax()])}, and whose most extreme input is {float(told.max()):.3g}, of "
        f"{windows.name_of(index[told.argmax()])}"
    )
