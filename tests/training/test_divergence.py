"""No loss is NaN where the input is finite; a fit that diverges says so, and saves nothing that is not good."""

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import settings as quickly
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thetamix.inputs.stretches import Stretches
from thetamix.inputs.windows import Windows
from thetamix.mixture.loss import mixture_nll
from thetamix.model.model_file import build_model
from thetamix.system.errors import ThetamixError
from thetamix.training.checkpoint import load_checkpoint
from thetamix.training.loop import FitJob, fit
from thetamix.training.notebook import notebook_nll
from thetamix.training.settings import Training

LENGTH = 24
LARGEST = float(np.finfo(np.float32).max)
#: Readings in standard deviations: ordinary ones, all the same, far away, and whatever a float can hold.
READINGS = st.one_of(
    arrays(np.float32, (LENGTH, 2), elements=st.floats(-5, 5, width=32)),
    st.floats(-5, 5, width=32).map(lambda value: np.full((LENGTH, 2), value, np.float32)),
    arrays(np.float32, (LENGTH, 2), elements=st.sampled_from([-1e6, 0, 1e6, 1e9, -1e18])),
    arrays(np.float32, (LENGTH, 2), elements=st.floats(-LARGEST, LARGEST, width=32)),
)
FORCING = arrays(np.float32, (LENGTH, 2), elements=st.floats(-1e6, 1e6, width=32))
READING_COUNTS = st.sampled_from([1, 2, 2 * LENGTH])


def part_of(forcing: np.ndarray, readings: np.ndarray, count: int, many: bool) -> Windows | Stretches:
    """The windows or the one stretch of a series that keeps its last so many readings."""
    kept = readings.copy()
    kept.reshape(-1)[: kept.size - count] = np.nan
    names, target = ("c01 at 0.1 m",), torch.from_numpy(kept)
    known = np.isfinite(kept).any(axis=1)
    common = {"forcing": torch.from_numpy(forcing), "static": torch.ones(1, 1), "left_out": 0, "names": names}
    if many:
        return Stretches(
            cluster=torch.zeros(1, dtype=torch.int64),
            target=target,
            gap=torch.full((LENGTH,), LENGTH),
            readings_before=torch.from_numpy(np.concatenate([[0], np.cumsum(known)])[None]),
            sequence=LENGTH,
            warm_up=2,
            **common,
        )
    ends = np.flatnonzero(known & (np.arange(LENGTH) >= 2))
    return Windows(
        first=torch.from_numpy(ends - 2),
        row=torch.zeros(ends.size, dtype=torch.int64),
        target=target[ends],
        sequence=3,
        **common,
    )


def finite(weights: dict[str, torch.Tensor]) -> bool:
    return all(bool(value.isfinite().all()) for value in weights.values())


@pytest.fixture(scope="module")
def train(make_card, tmp_path_factory):
    def train(part, rate, *, components=2, dropout=0.0, notebook=False, policy="decay", epochs=3):
        folder = tmp_path_factory.mktemp("fit")
        card = make_card(hidden=5, components=components, dropout=dropout)
        schedule = Training().model_copy(
            update={
                "epochs": epochs,
                "batch": 8,
                "learning_rate": rate,
                "learning_rate_policy": policy,
                "learning_rate_factor": 1.0,
                "windows_per_epoch": None,
                "drop_optional": 0.0,
                "patience": None,
                "notebook": notebook,
            }
        )
        try:
            return *fit(card, part, part, schedule, FitJob(folder, "key", 1), lambda _: None), None
        except ThetamixError as error:
            return load_checkpoint(folder / "checkpoint", "key"), None, str(error)

    return train


@quickly(max_examples=60)
@given(
    readings=READINGS,
    forcing=FORCING,
    count=READING_COUNTS,
    many=st.booleans(),
    components=st.integers(1, 8),
    dropout=st.sampled_from([0.0, 0.4, 0.9]),
    rate=st.sampled_from([1e-4, 1e-2, 1.0, 10.0]),
    notebook=st.booleans(),
    policy=st.sampled_from(["decay", "one_cycle"]),
)
def test_no_finite_input_and_no_rate_that_anybody_would_try_diverges(
    train, readings, forcing, count, many, components, dropout, rate, notebook, policy
):
    model, history, error = train(
        part_of(forcing, readings, count, many),
        rate,
        components=components,
        dropout=dropout,
        notebook=notebook,
        policy=policy,
    )
    assert error is None
    assert finite(model.state_dict())
    assert all(math.isfinite(value) for row in history for value in row.values())


@quickly(max_examples=40)
@given(
    readings=READINGS,
    count=READING_COUNTS,
    many=st.booleans(),
    components=st.integers(1, 8),
    rate=st.sampled_from([1e4, 1e10, 1e20, 1e30, 1e38]),
    notebook=st.booleans(),
)
@example(np.zeros((LENGTH, 2), np.float32), 1, False, 2, 1e38, False)  # its only step is its last
def test_what_diverges_says_so_and_keeps_the_last_good_state(
    train, readings, count, many, components, rate, notebook
):
    forcing = np.random.default_rng(0).normal(size=(LENGTH, 2)).astype(np.float32)
    kept, history, error = train(
        part_of(forcing, readings, count, many), rate, components=components, notebook=notebook
    )
    if error is None:
        assert finite(kept.state_dict())
        assert all(math.isfinite(value) for row in history for value in row.values())
        return
    assert error.startswith("training diverged: the ")
    assert "c01 at 0.1 m" in error
    assert "lower training.learning_rate" in error
    if kept is not None:
        assert finite(kept.model)
        assert all(math.isfinite(value) for row in kept.history for value in row.values())


def test_the_weights_of_the_last_step_are_looked_at_too(train):
    # The loss of the only step is that of the initial weights: it is finite, and what the step leaves is not.
    forcing, readings = np.ones((LENGTH, 2), np.float32), np.zeros((LENGTH, 2), np.float32)
    kept, _, error = train(part_of(forcing, readings, 2, many=False), 1e38, epochs=1)
    assert kept is None
    assert "after step 1 of epoch 1" in error


NUMBERS = st.floats(-LARGEST, LARGEST, width=32)


@given(
    parameters=arrays(np.float32, (3, 4, 3), elements=NUMBERS),
    target=arrays(np.float32, (4, 2), elements=NUMBERS),
    loss=st.sampled_from([mixture_nll, notebook_nll]),
)
def test_losses_and_their_gradients_are_finite_for_any_head(parameters, target, loss):
    logit, mean, log_sd = (torch.from_numpy(a).requires_grad_() for a in parameters / 2)
    value = loss(torch.log_softmax(logit, dim=-1), mean, log_sd, torch.from_numpy(target), torch.ones(4, 2) > 0)
    value.backward()
    assert math.isfinite(value.item())
    assert all(bool(a.grad.isfinite().all()) for a in (logit, mean, log_sd))


@given(
    readings=READINGS,
    forcing=arrays(np.float32, (LENGTH, 2), elements=st.floats(-(2.0**100), 2.0**100, width=32)),
    components=st.integers(1, 8),
    layers=st.sampled_from([1, 2]),
    notebook=st.booleans(),
)
def test_a_models_gradients_are_finite_for_any_finite_input(
    make_card, readings, forcing, components, layers, notebook
):
    torch.manual_seed(0)
    model = build_model(make_card(hidden=5, layers=layers, components=components))
    part = part_of(forcing, readings, 2 * LENGTH, many=True)
    inputs, fixed, target = part.gather(part.order(None))
    loss = notebook_nll if notebook else mixture_nll
    loss(*model(inputs, fixed, part.scored), target, target.isfinite()).backward()
    assert all(bool(parameter.grad.isfinite().all()) for parameter in model.parameters())
