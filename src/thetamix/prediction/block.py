"""A trained LSTM, applied to places: by exact windows, or by a state that is carried on."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from thetamix.inputs.encoding import with_replicate
from thetamix.inputs.window_ends import complete_windows
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import ModelCard
from thetamix.network.series import Series
from thetamix.prediction.carried import State, predict_carried
from thetamix.prediction.exact_windows import ON_CARD, predict_windows
from thetamix.prediction.model_inputs import Inputs, check_carried
from thetamix.prediction.threads import in_order

Mixture = tuple[np.ndarray, np.ndarray, np.ndarray]

#: Rows that are predicted side by side by a state that is carried on, and rows times steps of a short record: what is
#: in memory for each thread.
ROWS, ROW_STEPS = 16, 16 * 512


def predict_series(
    model: MixtureLSTM,
    card: ModelCard,
    inputs: Inputs,
    members: Sequence[Series],
    threads: int = 1,
    dtype: torch.dtype = torch.float32,
) -> Iterator[tuple[Series, Mixture]]:
    """Predict series in order, each as in training.

    Parameters
    ----------
    model, card
        From :func:`thetamix.model.model_file.load_model`.
    inputs
        From :func:`thetamix.prediction.model_inputs.read_inputs`.
    members
        The series to predict; they need no readings.
    threads
        How many are predicted at a time on the processor; the result is the same to the last bit. One on a graphics
        card, and with dropout, whose draws have an order.
    dtype
        What windows are computed in; a state is always carried in float32.

    Yields
    ------
    Series, tuple of numpy.ndarray
        Weights [1], means and standard deviations [m3 m-3] (time, component). A model that was told the replicate
        gives one component a replicate; their weights are equal over the replicates it was trained on at the
        place, and over all where it was not.
    """
    threads = _threads(model, card, threads)
    if card.warm_up is not None:
        for some, mixtures, _ in _advanced(model, card, inputs, members, None, threads):
            yield from zip(some, mixtures, strict=True)
        return
    whole = complete_windows(inputs.complete, card.sequence)

    def from_windows(one: Series) -> Mixture:
        forcing, ends = inputs.forcing[one.cluster], whole[one.cluster]
        rows = _rows(card, inputs, [one])
        parts = [predict_windows(model, forcing, row, ends, card.sequence, dtype) for row in rows]
        return _pooled(card, inputs, [one], np.stack(parts, axis=1))[0]

    yield from zip(members, in_order(from_windows, members, threads), strict=True)


def advance_series(
    model: MixtureLSTM,
    card: ModelCard,
    inputs: Inputs,
    members: Sequence[Series],
    state: State | None,
    threads: int = 1,
) -> tuple[list[Mixture], State]:
    """Predict series side by side from the state that they were left in.

    Parameters
    ----------
    model, card, inputs, members, threads
        See :func:`predict_series`.
    state
        Of all rows, or None at the beginning: the rows are the series, each with all replicates the model was told.

    Returns
    -------
    list of tuple of numpy.ndarray
        The mixture of each series; see :func:`predict_series`.
    State
        After the last step.

    Raises
    ------
    InputError
        If the model was trained on windows.
    """
    check_carried(card)
    parts = list(_advanced(model, card, inputs, members, state, _threads(model, card, threads)))
    mixtures = [mixture for _, several, _ in parts for mixture in several]
    return mixtures, State.joined([after for *_, after in parts])


def _advanced(
    model: MixtureLSTM,
    card: ModelCard,
    inputs: Inputs,
    members: Sequence[Series],
    state: State | None,
    threads: int,
) -> Iterator[tuple[Sequence[Series], list[Mixture], State]]:
    """Advance groups of series, several at a time: so many that their steps fit in memory."""
    assert card.warm_up is not None
    warm_up, each = card.warm_up, max(len(card.inputs.replicates), 1)
    on_card = ON_CARD if _on_card(model) else 1
    rows_together = max(ROWS, ROW_STEPS // inputs.complete.shape[1]) * on_card
    together = max(rows_together // each, 1)

    def advance(first: int) -> tuple[Sequence[Series], list[Mixture], State]:
        some = members[first : first + together]
        rows = _rows(card, inputs, some)
        mine = slice(first * each, first * each + len(rows))
        before = State.zero(model, len(rows)) if state is None else state.rows(mine)
        cluster = np.repeat([one.cluster for one in some], each)
        there = slice(cluster.min(), cluster.max() + 1)
        forcing, complete = inputs.forcing[there], inputs.complete[there]
        values, after = predict_carried(model, forcing, complete, cluster - there.start, rows, warm_up, before)
        return some, _pooled(card, inputs, some, values), after

    yield from in_order(advance, range(0, len(members), together), threads)


def _threads(model: MixtureLSTM, card: ModelCard, threads: int) -> int:
    return 1 if card.dropout_at_prediction or _on_card(model) else threads


def _on_card(model: MixtureLSTM) -> bool:
    return next(model.parameters()).device.type != "cpu"


def replicate_of_components(card: ModelCard) -> list[int] | None:
    """Say whose each component of a model's predictions is.

    Parameters
    ----------
    card
        Of the model.

    Returns
    -------
    list of int or None
        None for a model that was not told the replicate.
    """
    codes = range(len(card.inputs.replicates))
    return [code for code in codes for _ in range(card.architecture.components)] or None


def _pooled(card: ModelCard, inputs: Inputs, some: Sequence[Series], values: np.ndarray) -> list[Mixture]:
    """Pool the mixtures of each series' replicates, in the unit of soil moisture.

    The parameters (3, row, time, component) have a row for each series and replicate.
    """
    target = card.inputs.target
    _, rows, steps, components = values.shape
    each = rows // len(some)
    shape = (3, len(some), each, steps, components)
    weight, mean, sd = np.moveaxis(values.reshape(shape), 2, 3)  # each (series, time, replicate, component)
    shares = _shares(card, some, inputs.moved).astype(np.float32)
    weight = weight * shares[:, None, :, None]
    mean, sd = mean * target.sd + target.mean, sd * target.sd
    pooled = (part.reshape(len(some), steps, each * components) for part in (weight, mean, sd))
    return list(zip(*pooled, strict=True))


def _rows(card: ModelCard, inputs: Inputs, some: Sequence[Series]) -> np.ndarray:
    """Give the static inputs of each series and replicate (row, static input)."""
    replicates = len(card.inputs.replicates)
    static = inputs.static[[one.cluster for one in some], [one.depth for one in some]]
    codes = np.arange(max(replicates, 1))
    return with_replicate(np.repeat(static, len(codes), axis=0), np.tile(codes, len(some)), replicates)


def _shares(card: ModelCard, some: Sequence[Series], moved: np.ndarray) -> np.ndarray:
    """Share the weight of each series among its replicates (series, replicate)."""
    labels = card.inputs.replicates
    if not labels:
        return np.ones((len(some), 1))
    anywhere = {label for depths in card.known.values() for names in depths.values() for label in names}
    there = np.zeros((len(some), len(labels)))
    for number, one in enumerate(some):
        known = {} if moved[one.cluster] else card.known.get(one.cluster_id, {})
        here = known.get(f"{one.depth_m:g}") or anywhere
        there[number] = [label in here for label in labels]
    shares: np.ndarray = there / there.sum(axis=1, keepdims=True)
    return shares
