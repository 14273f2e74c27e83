"""Adam, of Kingma and Ba (2015), arXiv:1412.6980: torch's kernel, without what surrounds it in ``torch.optim``.

The first of torch's optimisers to be made imports torch's compiler, which no fit uses: 800 modules, a second of CPU,
and 35 MB more at the peak of a fit. The kernel is the same, and so is each bit of the weights.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

#: How fast the two averages forget, and what is added to the root of the second; as the authors chose them.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
#: What is kept of each parameter: the number of steps, and the averages of its gradient and of its square.
KEPT = ("step", "exp_avg", "exp_avg_sq")


class Adam:
    """Adam for a few parameters, all on one device, each with a gradient.

    Parameters
    ----------
    parameters
        What is trained.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._parameters = list(parameters)
        self.state: list[dict[str, Tensor]] = [
            {
                "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }
            for parameter in self._parameters
        ]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move the parameters against the gradients that the parameters hold.

        Parameters
        ----------
        rate
            The learning rate.
        """
        steps, first, second = ([kept[name] for kept in self.state] for name in KEPT)
        torch._foreach_add_(steps, 1)
        gradients: list[Any] = [parameter.grad for parameter in self._parameters]
        torch._fused_adam_(
            self._parameters,
            gradients,
            first,
            second,
            [],
            steps,
            lr=rate,
            beta1=BETA1,
            beta2=BETA2,
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return what a fit needs to go on, laid out as by ``torch.optim``: older checkpoints are gone on with."""
        return {"state": dict(enumerate(self.state))}

    def load_state_dict(self, given: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` gave, on the parameters' device; nothing where no step was taken."""
        for number, values in given["state"].items():
            for name in KEPT:
                self.state[number][name].copy_(values[name])
