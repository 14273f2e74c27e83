"""Template of a head: copy it to ``src/thetamix/model/``, and add a line to ``HEADS`` in ``model/heads.py``."""

import torch
from torch import Tensor, nn

from thetamix.model.head import Head


class SharedSpreadHead(Head):
    """A mixture whose components share one standard deviation."""

    def __init__(self, hidden: int, components: int) -> None:
        super().__init__(hidden, components)
        self.linear = nn.Linear(hidden, 2 * components + 1)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the mixture: log weights, means and log standard deviations, each (…, components)."""
        logit, mean, log_sd = self.linear(hidden).split([self.components, self.components, 1], dim=-1)
        return torch.log_softmax(logit, dim=-1), mean, log_sd.expand_as(mean)
