"""A graphics card without a card: steps on tensors that have no values, where whatever needs one is an error.

Torch's device ``meta`` knows shapes alone. A number that is read (``item``, ``float``, ``if``), a result whose size
depends on values and a copy to the processor all fail on it; so does, here, any operation that touches a tensor of
the processor. On a card each of these would make the processor wait until all that is queued is done.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from thetamix.inputs.stretches import Stretches
from thetamix.inputs.windows import Windows
from thetamix.model.model_file import build_model
from thetamix.prediction import carried
from thetamix.prediction import exact_windows as exact
from thetamix.training import loop, validation
from thetamix.training.settings import Training
from thetamix.training.state import Fit

CARD = torch.device("meta")
FORCING = [("precipitation", False), ("discharge", True)]  # three dynamic inputs
STEPS, ROWS, REPLICATES = 40, 2, 3
SCHEDULE = Training().model_copy(
    update={
        "epochs": 1,
        "batch": 8,
        "learning_rate": 1e-3,
        "learning_rate_policy": "one_cycle",
        "learning_rate_factor": 1.0,
        "windows_per_epoch": None,
        "drop_optional": 0.25,
        "patience": None,
        "notebook": False,
    }
)


class Resident(TorchDispatchMode):
    """Every tensor of every operation lies on the card."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves((args, kwargs, result)):
            assert not isinstance(leaf, Tensor) or leaf.device == CARD, f"{func} leaves the card"
        return result


class NothingFromLists(TorchFunctionMode):
    """Numbers of Python's are copied to a card, and the processor waits for it."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        assert func not in (torch.tensor, torch.as_tensor, torch.from_numpy), f"{func} copies to the card"
        return func(*args, **(kwargs or {}))


@contextmanager
def resident() -> Iterator[None]:
    with NothingFromLists(), Resident():
        yield


def on_card(windows):
    tensors = {f.name: getattr(windows, f.name) for f in fields(windows)}
    moved = {name: value.to(CARD) for name, value in tensors.items() if isinstance(value, Tensor)}
    return replace(windows, **moved)


def windows() -> Windows:
    count = STEPS - 4
    return Windows(
        forcing=torch.zeros(STEPS, 3),
        static=torch.zeros(ROWS, 1),
        first=torch.arange(count),
        row=torch.zeros(count, dtype=torch.int64),
        target=torch.zeros(count, REPLICATES),
        sequence=5,
        left_out=0,
        names=("c01 at 0.1 m",),
    )


def stretches() -> Stretches:
    return Stretches(
        forcing=torch.zeros(STEPS, 3),
        static=torch.zeros(ROWS, 1),
        cluster=torch.zeros(ROWS, dtype=torch.int64),
        target=torch.zeros(ROWS * STEPS, REPLICATES),
        gap=torch.full((STEPS,), STEPS),
        readings_before=torch.arange(STEPS + 1).expand(ROWS, -1),
        sequence=12,
        warm_up=4,
        left_out=0,
        names=("c01 at 0.1 m", "c01 at 0.3 m"),
    )


@pytest.fixture
def card(make_card):
    return make_card(hidden=6, layers=2, dropout=0.4, components=3, forcing=FORCING)


@pytest.fixture
def begin(card):
    """Begin a fit on the card."""

    def begin():
        with CARD:
            return Fit(card, 1, CARD)

    return begin


@pytest.fixture(params=["windows", "stretches"])
def part(request):
    return {"windows": windows, "stretches": stretches}[request.param]()


def take_two_steps(state, part, card, schedule) -> list[tuple[Tensor, Tensor]]:
    index = part.order(None)[:8].to(CARD)
    moved = on_card(part)
    with resident():
        return [loop._step(state, moved, index, schedule, card.inputs, 1e-3) for _ in range(2)]


@pytest.mark.parametrize("notebook", [False, True])
def test_a_step_waits_for_nothing(begin, part, card, notebook):
    schedule = SCHEDULE.model_copy(update={"notebook": notebook})
    state = begin()
    for loss, count in take_two_steps(state, part, card, schedule):
        assert loss.shape == count.shape == ()
    for values in state.optimizer.state:
        assert {value.device for value in values.values()} == {CARD}
        assert values.keys() == {"step", "exp_avg", "exp_avg_sq"}


def test_the_validation_brings_back_one_result(card, part):
    with CARD:
        model = build_model(card).eval()
    index = part.order(None).to(CARD)
    moved = on_card(part)
    with torch.inference_mode(), resident():
        assert validation._totals(model, moved, index).shape == (3,)


@pytest.mark.parametrize("cut", [slice(0, 7), torch.zeros(7, dtype=torch.int64, device=CARD)])
def test_exact_windows_wait_for_nothing(card, cut):
    with CARD:
        model = build_model(card).eval()
        record, fixed = torch.zeros(STEPS, 3), torch.zeros(1)
    with torch.inference_mode(), resident():
        parameters = exact._predict(model, record, fixed, [cut, cut], 5)
    assert [value.shape for value in parameters] == [(14, 3)] * 3


def test_a_carried_pass_waits_for_nothing(card):
    with CARD:
        model = build_model(card).eval()
        inputs, carry = torch.zeros(10, 4, 4), (torch.zeros(2, 4, 6), torch.zeros(2, 4, 6))
    with torch.inference_mode(), resident():
        parameters, _ = carried._pass(model, inputs, [10] * 4, carry)
    assert [value.shape for value in parameters] == [(10, 4, 3)] * 3


SLIPS = {
    "a number that is read": lambda inputs: inputs.sum().item(),
    "a question": lambda inputs: bool((inputs > 0).any()),
    "a size that depends on values": lambda inputs: inputs[inputs > 0],
    "a list": lambda inputs: inputs.sum(dim=(1, 2)).tolist(),
    "a copy to the processor": lambda inputs: inputs.cpu(),
    "an array": lambda inputs: inputs.numpy(),
    "steps on the processor": lambda inputs: inputs[torch.arange(2)],
    "steps that are moved": lambda inputs: torch.arange(2).to(inputs.device),
    "a number that is sent": lambda inputs: inputs * torch.tensor(2.0, device=inputs.device),
    "a mask on the processor": lambda inputs: inputs * torch.ones(inputs.shape),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_in_the_step_is_found(begin, card, monkeypatch, slip):
    gather = Windows.gather

    def slipped(self, index):
        inputs, *others = gather(self, index)
        slip(inputs)
        return inputs, *others

    monkeypatch.setattr(Windows, "gather", slipped)
    with pytest.raises((AssertionError, RuntimeError, NotImplementedError, TypeError)):
        take_two_steps(begin(), windows(), card, SCHEDULE)


def test_a_rate_on_the_processor_is_found(begin, card):
    rate = torch.tensor(1e-3)
    state, moved = begin(), on_card(windows())
    index = torch.zeros(8, dtype=torch.int64, device=CARD)
    with pytest.raises((AssertionError, NotImplementedError)), resident():
        loop._step(state, moved, index, SCHEDULE, card.inputs, rate)
