"""Heads: from the last hidden state to the parameters of a distribution."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class GaussianMixtureHead(nn.Module):
    """Weights by softmax, means as they are, standard deviations by exp: all in log space.

    Bischof et al. (2025), eq. 1; Bishop (1994), Mixture density networks.

    Parameters
    ----------
    hidden
        Size of the hidden state.
    components
        Number of Gaussians.
    """

    def __init__(self, hidden: int, components: int) -> None:
        super().__init__()
        self.components = components
        self.linear = nn.Linear(hidden, 3 * components)

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the mixture.

        Parameters
        ----------
        hidden
            Hidden state (…, hidden).

        Returns
        -------
        tuple of Tensor
            Log weights, means and log standard deviations, each (…, components), in units of the standardised
            target.
        """
        logit, mean, log_sd = self.linear(hidden).split(self.components, dim=-1)
        return torch.log_softmax(logit, dim=-1), mean, log_sd


#: Heads by name; a head takes (hidden, components) and returns log weights, means, log sds.
HEADS: dict[str, Callable[[int, int], nn.Module]] = {"gaussian_mixture": GaussianMixtureHead}
