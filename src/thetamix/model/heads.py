"""Heads: from the last hidden state to the parameters of a mixture. A study names one with the key ``head``."""

import torch
from torch import Tensor, nn


class Head(nn.Module):
    """What stands on the LSTM. A new one is a class of this and its line in :data:`HEADS`.

    Every parameter takes part in every pass: training asks for the gradient of each.

    Parameters
    ----------
    hidden
        Size of the hidden state.
    components
        Number of Gaussians.
    """

    def __init__(self, hidden: int, components: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.components = components

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the mixture.

        Parameters
        ----------
        hidden
            Last hidden state, after dropout (…, hidden).

        Returns
        -------
        tuple of Tensor
            Log weights, means and log standard deviations, each (…, components), in units of the standardised
            target.
        """
        raise NotImplementedError


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
