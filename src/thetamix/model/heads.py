"""Heads: from the last hidden state to the parameters of a mixture. A study names one with the key ``head``."""

import torch
from torch import Tensor, nn

from thetamix.model.head import Head


class GaussianMixtureHead(Head):
    """Weights by softmax, means as they are, standard deviations by exp: all in log space.

    Bischof et al. (2025), eq. 1; Bishop (1994), Mixture density networks.
    """

    def __init__(self, hidden: int, components: int) -> None:
        super().__init__(hidden, components)
        self.linear = nn.Linear(hidden, 3 * components)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the mixture."""
        logit, mean, log_sd = self.linear(hidden).split(self.components, dim=-1)
        return torch.log_softmax(logit, dim=-1), mean, log_sd


#: Classes by the word in a study.
HEADS: dict[str, type[Head]] = {"gaussian_mixture": GaussianMixtureHead}
