"""What a head is; the table of all of them is :mod:`thetamix.model.heads`."""

from torch import Tensor, nn


class Head(nn.Module):
    """What stands on the LSTM. A new one is a class of this and its line in :data:`thetamix.model.heads.HEADS`.

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
