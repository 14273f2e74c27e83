"""Predict a block: arrays in, mixtures out. Windows, carried states, pieces and grids all pass through it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from thetamix.inputs.encoding import with_replicate
from thetamix.inputs.window_ends import complete_windows
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import ModelCard
from thetamix.network.series import Series
from thetamix.prediction.carried import State, predict_carried
from thetamix.prediction.exact_windows import ON_CARD, predict_windows
from thetamix.prediction.model_inputs import EncodedNetwork
from thetamix.prediction.threads import in_order

#: Weights [1], means and standard deviations [m3 m-3] (series, time, component). A model that was told the replicate
#: has components of each: their weights are equal over the replicates it was trained on at the place, and over all
#: where it was not.
Mixture = tuple[np.ndarray, np.ndarray, np.ndarray]

#: Rows that are predicted side by side by a state that is carried on, and rows times steps of a short record: what is
#: in memory for each thread.
ROWS, ROW_STEPS = 16, 16 * 512


@dataclass(frozen=True)
class InputBlock:
    """What a model is told of some series.

    Attributes
    ----------
    forcing, complete
        See :func:`thetamix.inputs.encoding.forcing_inputs`.
    cluster
        Position of each series' cluster in them (series).
    static
        Standardised (series, static input), without the replicate.
    shares
        Of the replicates in the mixture (series, replicate) [1]; of one where the model is not told the replicate.
    asked
        At which steps a prediction is wanted (series, time), boolean.
    """

    forcing: np.ndarray
    complete: np.ndarray
    cluster: np.ndarray
    static: np.ndarray
    shares: np.ndarray
    asked: np.ndarray


def predict_block(
    model: MixtureLSTM,
    card: ModelCard,
    block: InputBlock,
    state: State | None = None,
    dtype: torch.dtype = torch.float32,
) -> tuple[Mixture, State | None]:
    """Predict a block at all its steps, by exact windows or, if the model was trained for it, by a carried state.

    Parameters
    ----------
    model, card
        From :func:`thetamix.model.model_file.load_model`.
    block
        What the model is told.
    state
        Of all rows before the first step; None at the beginning. The rows are the series, each with all replicates
        that the model was told.
    dtype
        What windows are computed in; a state is always carried in float32.

    Returns
    -------
    Mixture
        Of each series and step; NaN where none is predicted, or asked for.
    State or None
        After the last step, where the model carries one.
    """
    codes = np.arange(max(len(card.inputs.replicates), 1))
    static = np.repeat(block.static, codes.size, axis=0)
    static = with_replicate(static, np.tile(codes, len(block.static)), len(card.inputs.replicates))
    cluster, asked, after = *(np.repeat(a, codes.size, axis=0) for a in (block.cluster, block.asked)), None
    if card.warm_up is None:
        ends = complete_windows(block.complete, card.sequence)[cluster] & asked
        rows = zip(cluster, static, ends, strict=True)
        parts = [predict_windows(model, block.forcing[c], row, own, card.sequence, dtype) for c, row, own in rows]
        values = np.stack(parts, axis=1)
    else:
        before = state if state is not None else State.zero(model, len(static))
        given = block.forcing, block.complete, cluster, static
        values, after = predict_carried(model, *given, card.warm_up, before)
        values = np.where(asked[..., None], values, np.float32(np.nan))
    return _pooled(card, block.shares, values), after


def predict_series(
    model: MixtureLSTM,
    card: ModelCard,
    encoded: EncodedNetwork,
    members: Sequence[Series],
    state: State | None = None,
    threads: int = 1,
    dtype: torch.dtype = torch.float32,
    asked: Callable[[Series], np.ndarray] | None = None,
) -> Iterator[tuple[Sequence[Series], Mixture, State | None]]:
    """Predict the series of a network, block by block, in order.

    Parameters
    ----------
    model, card, state, dtype
        See :func:`predict_block`.
    encoded
        From :func:`thetamix.prediction.model_inputs.read_inputs`.
    members
        The series; they need no readings.
    threads
        How many blocks are predicted at a time on the processor; the result is the same to the last bit. One on a
        graphics card, and with dropout, whose draws have an order.
    asked
        At which steps of a series a prediction is wanted (time), boolean; None: at all.

    Yields
    ------
    sequence of Series, Mixture, State or None
        Of each block.
    """
    on_card = next(model.parameters()).device.type != "cpu"
    rows = max(len(card.inputs.replicates), 1)
    together = 1  # each series has windows enough
    if card.warm_up is not None:
        side_by_side = max(ROWS, ROW_STEPS // encoded.complete.shape[1]) * (ON_CARD if on_card else 1)
        together = max(side_by_side // rows, 1)

    def predict(first: int) -> tuple[Sequence[Series], Mixture, State | None]:
        own = members[first : first + together]
        before = state.rows(slice(first * rows, (first + len(own)) * rows)) if state is not None else None
        return own, *predict_block(model, card, block_of(encoded, own, asked), before, dtype)

    threads = 1 if card.dropout_at_prediction or on_card else threads
    yield from in_order(predict, range(0, len(members), together), threads)


def block_of(
    encoded: EncodedNetwork, members: Sequence[Series], asked: Callable[[Series], np.ndarray] | None = None
) -> InputBlock:
    """Return what a model is told of some series of a network, see :func:`predict_series`."""
    cluster, depth = np.transpose([(series.cluster, series.depth) for series in members])
    own = slice(cluster.min(), cluster.max() + 1)
    forcing, complete = encoded.forcing[own], encoded.complete[own]
    static, shares = encoded.static[cluster, depth], encoded.shares[cluster, depth]
    wanted = [np.ones(complete.shape[1], dtype=bool) if asked is None else asked(entry) for entry in members]
    return InputBlock(forcing, complete, cluster - own.start, static, shares, np.stack(wanted))


def replicate_of_components(card: ModelCard) -> list[int] | None:
    """Return whose each component of a model's predictions is; None if the model was not told the replicate."""
    codes = range(len(card.inputs.replicates))
    return [code for code in codes for _ in range(card.architecture.components)] or None


def _pooled(card: ModelCard, shares: np.ndarray, values: np.ndarray) -> Mixture:
    """Pool the mixtures of each series' replicates, in the unit of soil moisture.

    The parameters (3, row, time, component) have a row for each series and replicate.
    """
    target, (series, replicates) = card.inputs.target, shares.shape
    _, _, steps, components = values.shape
    shape = (3, series, replicates, steps, components)
    weight, mean, sd = np.moveaxis(values.reshape(shape), 2, 3)  # each (series, time, replicate, component)
    weight = weight * shares.astype(np.float32)[:, None, :, None]
    mean, sd = mean * target.sd + target.mean, sd * target.sd
    weight, mean, sd = (part.reshape(series, steps, replicates * components) for part in (weight, mean, sd))
    return weight, mean, sd
