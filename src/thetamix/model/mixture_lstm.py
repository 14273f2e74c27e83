"""The network of the paper: one LSTM, dropout on its last hidden state, a mixture head (Fig. 2)."""

import torch
from torch import Tensor, nn

from thetamix.model import recurrence
from thetamix.model.heads import HEADS


class MixtureLSTM(nn.Module):
    """An LSTM whose output is a mixture of Gaussians.

    condLSTM and 3G-LSTM (Bischof et al. 2025, Table 1) are this model with one component and replicates among
    its inputs, and with three components and none.

    Parameters
    ----------
    inputs
        Number of inputs at each time step.
    hidden
        Size of the hidden state.
    layers
        Number of LSTM layers.
    dropout
        Share of the last hidden state that is dropped in training.
    components
        Number of Gaussians.
    forget_gate_bias
        Initial bias of the forget gates: large, so that an untrained model remembers (Gers et al. 2000,
        doi:10.1162/089976600300015015).
    head
        Its name in :data:`~thetamix.model.heads.HEADS`.
    """

    def __init__(
        self,
        inputs: int,
        *,
        hidden: int,
        layers: int,
        dropout: float,
        components: int,
        forget_gate_bias: float,
        head: str = "gaussian_mixture",
    ) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, layers)
        self.dropout = nn.Dropout(dropout)
        self.components = components
        self.head = HEADS[head](hidden, components)
        with torch.no_grad():
            for layer in range(layers):
                # Torch keeps the gates in the order input, forget, cell, output, with two biases that are added.
                getattr(self.lstm, f"bias_ih_l{layer}")[hidden : 2 * hidden] = forget_gate_bias
                getattr(self.lstm, f"bias_hh_l{layer}")[hidden : 2 * hidden] = 0.0

    def forward(
        self, windows: Tensor, fixed: Tensor | None = None, scored: int | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the distribution at the end of each window.

        Parameters
        ----------
        windows, fixed, scored
            See :meth:`states`.

        Returns
        -------
        tuple of Tensor
            See :meth:`mixture`.
        """
        return self.mixture(self.states(windows, fixed, scored))

    def states(self, windows: Tensor, fixed: Tensor | None = None, scored: int | None = None) -> Tensor:
        """Return the hidden state of the last layer at the end of each window.

        Parameters
        ----------
        windows
            Standardised inputs (sequence, batch, inputs).
        fixed
            The last inputs, where they are the same at all steps (batch, inputs); `windows` has those before them.
        scored
            At the last so many steps instead.

        Returns
        -------
        Tensor
            Of shape (batch, hidden), or (scored, batch, hidden).
        """
        if fixed is None:
            fixed = windows.new_empty(windows.shape[1], 0)
        if recurrence.takes(self.lstm, windows, fixed):
            return recurrence.states(self.lstm, windows, fixed, scored)
        windows = torch.cat([windows, fixed.expand(len(windows), -1, -1)], dim=2)
        outputs, (hidden, _) = self.lstm(windows)
        states: Tensor = hidden[-1] if scored is None else outputs[-scored:]
        return states

    def mixture(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the distribution from hidden states of the last layer.

        Parameters
        ----------
        states
            Of shape (…, hidden).

        Returns
        -------
        tuple of Tensor
            Log weights, means and log standard deviations, each (…, component), of the standardised target.
        """
        parameters: tuple[Tensor, Tensor, Tensor] = self.head(self.dropout(states))
        return parameters

    def lstm_at(self, static: Tensor, dtype: torch.dtype = torch.float32) -> nn.LSTM:
        """Return the LSTM of one place, which is told only what changes.

        What is the same at every step adds the same to the gates at every step, as a bias does: the product is taken
        once, and a window needs neither the room nor the operations for it.

        Parameters
        ----------
        static
            The last inputs (static input), standardised.
        dtype
            Of the weights.

        Returns
        -------
        torch.nn.LSTM
            Takes the inputs before those.
        """
        changing = self.lstm.input_size - len(static)
        shape = (changing, self.lstm.hidden_size, self.lstm.num_layers)
        lstm = nn.LSTM(*shape, device="meta", dtype=dtype).to_empty(device=static.device)
        weights: dict[str, Tensor] = dict(self.lstm.named_parameters())
        fixed = weights["weight_ih_l0"][:, changing:] @ static
        # In one of torch's two biases: fewer digits are lost where they are rounded to bfloat16.
        weights["bias_ih_l0"] = weights["bias_ih_l0"] + weights["bias_hh_l0"] + fixed
        weights["bias_hh_l0"] = torch.zeros_like(fixed)
        weights["weight_ih_l0"] = weights["weight_ih_l0"][:, :changing]
        lstm.load_state_dict(weights)
        return lstm
