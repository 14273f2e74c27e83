"""The loop that the field writes: a Dataset that cuts out one sample at a time, a DataLoader, torch as it comes.

The weights and the head are those of thetamix's model; it is fed, passed, scored and stepped as the field does.
"""

import time
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from sides.data import PAPER, BenchmarkData
from thetamix.inputs.windows import Windows
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import ModelCard, build_model


class Samples(Dataset[tuple[Tensor, Tensor]]):
    """One reading of one sensor and its window."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        window, replicate = torch.isfinite(windows.target).nonzero(as_tuple=True)
        self.window, self.replicate = window.numpy(), replicate.numpy()

    def __len__(self) -> int:
        return len(self.window)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        w, index = self.windows, self.window[number]
        first = int(w.first[index])
        static = w.static[w.row[index]].expand(w.sequence, -1)
        inputs = torch.cat([w.forcing[first : first + w.sequence], static], dim=1)
        return inputs, w.target[index, self.replicate[number]]


def predict(model: MixtureLSTM, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pass a batch of windows (batch, sequence, input) through torch's LSTM."""
    _, (hidden, _) = model.lstm(inputs.transpose(0, 1))
    return model.mixture(hidden[-1])


def loss_of(model: MixtureLSTM, inputs: Tensor, target: Tensor) -> Tensor:
    """Negative log-likelihood of a batch."""
    log_weight, mean, log_sd = predict(model, inputs)
    normal = torch.distributions.Normal(mean, log_sd.exp())
    return -torch.logsumexp(log_weight + normal.log_prob(target[:, None]), dim=1).mean()


class Loop:
    """The loop, which may be stopped and continued between two batches."""

    def __init__(self, card: ModelCard, windows: Windows, seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.model = build_model(card)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=PAPER["learning_rate"])
        self.loader = DataLoader(Samples(windows), batch_size=PAPER["batch"], shuffle=True)
        self._going: Iterator[tuple[Tensor, Tensor]] = iter(())

    def step(self, inputs: Tensor, target: Tensor) -> None:
        """Take one step."""
        self.optimizer.zero_grad()
        loss_of(self.model, inputs, target).backward()
        self.optimizer.step()

    def epoch(self, rate: float) -> None:
        """Go through all samples once."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for inputs, target in self.loader:
            self.step(inputs, target)

    def speed(self, seconds: float) -> float:
        """Sensor-windows per second."""
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            batch = next(self._going, None)
            if batch is None:
                self._going = iter(self.loader)
                continue
            self.step(*batch)
            done += len(batch[1])
        return done / (time.perf_counter() - began)


def prediction_samples(data: BenchmarkData, card: ModelCard) -> Samples:
    """Collect the windows of all readings, a sensor after the other."""
    return Samples(data.windows(card, data.either))


def prediction_speed(model: MixtureLSTM, samples: Samples, seconds: float) -> float:
    """Sensor-windows per second of the same loop without gradients."""
    done, began = 0, time.perf_counter()
    with torch.no_grad():
        for inputs, target in DataLoader(samples, batch_size=PAPER["batch"]):
            predict(model, inputs)
            done += len(target)
            if time.perf_counter() - began > seconds:
                break
    return done / (time.perf_counter() - began)
