"""The compiled recurrence against torch's own in double precision, forth and back."""

import copy
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import settings as quickly
from hypothesis import strategies as st

from thetamix.model.recurrence import states, states_along, takes


def lstm(inputs: int, hidden: int = 5, **options) -> torch.nn.LSTM:
    torch.manual_seed(inputs)
    return torch.nn.LSTM(inputs, hidden, **options)


def nothing(windows: torch.Tensor) -> torch.Tensor:
    """No inputs that stay the same."""
    return torch.empty(windows.shape[1], 0)


def by_torch(model: torch.nn.LSTM, windows: torch.Tensor, fixed: torch.Tensor, scored: int | None):
    """States and the weights' gradients of their weighted sum, in double precision."""
    model = copy.deepcopy(model).double()
    outputs, _ = model(torch.cat([windows, fixed.expand(len(windows), -1, -1)], dim=2).double())
    found = outputs[-1] if scored is None else outputs[-scored:]
    weight = torch.linspace(-1, 1, found.numel(), dtype=torch.float64).view(found.shape)
    return found, torch.autograd.grad((found * weight).sum(), list(model.parameters()))


def ours(model: torch.nn.LSTM, windows: torch.Tensor, fixed: torch.Tensor, scored: int | None):
    found = states(model, windows, fixed, scored)
    weight = torch.linspace(-1, 1, found.numel(), dtype=torch.float64).view(found.shape).float()
    return found, torch.autograd.grad((found * weight).sum(), list(model.parameters()))


@quickly(deadline=None, max_examples=60)
@given(data=st.data())
def test_states_and_gradients_are_those_of_torch(data):
    hidden = data.draw(st.sampled_from([1, 5, 16]), "hidden")
    steps, batch = data.draw(st.integers(1, 7), "steps"), data.draw(st.integers(1, 21), "batch")
    changing, fixed = data.draw(st.integers(1, 5), "changing"), data.draw(st.integers(0, 3), "fixed")
    scored = data.draw(st.none() | st.integers(1, steps), "scored")
    model = lstm(changing + fixed, hidden)
    windows, same = torch.randn(steps, batch, changing) * 3, torch.randn(batch, fixed)
    found, gradients = ours(model, windows, same, scored)
    expected, theirs = by_torch(model, windows, same, scored)
    assert found.shape == expected.shape
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-6)
    for one, other in zip(gradients, theirs, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=1e-5, atol=2e-6 * batch)
    with torch.no_grad():
        assert torch.equal(states(model, windows, same, scored), found)


def test_a_year_of_steps_is_as_near_to_double_precision_as_torch_is():
    model = lstm(6, 64)
    with torch.no_grad():
        model.bias_ih_l0[64:128] = 3  # remembers
    windows, fixed = torch.randn(365, 10, 4), torch.randn(10, 2)
    found, gradients = ours(model, windows, fixed, 180)
    expected, theirs = by_torch(model, windows, fixed, 180)
    with torch.no_grad():
        outputs, _ = model(torch.cat([windows, fixed.expand(365, -1, -1)], dim=2))
    error, of_torch = ((one[-180:].double() - expected).square().mean().sqrt() for one in (found, outputs))
    assert error < 4 * of_torch
    for one, other in zip(gradients, theirs, strict=True):
        assert float((one - other).norm() / other.norm()) < 1e-5


@pytest.mark.parametrize("first", [[3, 4, 20, 7, 42], [5], [0, 1, 2, 41, 42], [42, 0]])
def test_windows_along_a_record_are_those_that_are_cut_out(first):
    model, record, fixed = lstm(6, 16), torch.randn(50, 4), torch.randn(2)
    with torch.no_grad():
        cut = torch.stack([record[begin : begin + 8] for begin in first], dim=1)
        expected = states(model, cut, fixed.expand(len(first), -1), None)
        found = states_along(model, record, fixed, torch.tensor(first), 8)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_windows_far_between_do_not_keep_what_lies_between_them(monkeypatch):
    model, record = lstm(2), torch.randn(100_000, 2)
    seen = []
    addmm = torch.addmm
    monkeypatch.setattr(torch, "addmm", lambda *given: seen.append(len(given[1])) or addmm(*given))
    with torch.no_grad():
        states_along(model, record, torch.empty(0), torch.tensor([0, 5, 99_000, 99_990]), 10)
    assert seen == [15, 10, 10]


def test_where_inputs_begin_in_memory_does_not_matter():
    model, several = lstm(13, 16), torch.randn(4 * 60)
    first = torch.arange(40)
    with torch.no_grad():
        found = []
        for shift in range(17):
            moved = torch.cat([torch.zeros(shift), several])[shift:]
            found.append(states_along(model, moved.view(60, 4), moved[:9], first, 8))
    assert all(torch.equal(one, found[0]) for one in found)


def test_what_changes_gives_the_same_bits_beside_any_neighbours():
    model, windows = lstm(3), torch.randn(9, 11, 3)
    with torch.no_grad():
        together = states(model, windows, nothing(windows), None)
        for number in range(11):
            one = windows[:, number : number + 1]
            assert torch.equal(states(model, one, nothing(one), None), together[number : number + 1])


def test_what_is_not_a_number_stays_visible():
    model, windows = lstm(3), torch.randn(9, 6, 3)
    windows[4, 2, 1] = torch.nan
    for found in (
        states(model, windows, nothing(windows), None),
        states(model, windows, nothing(windows), 5)[-1],
    ):
        assert found.isnan().all(dim=1).tolist() == [False, False, True, False, False, False]
        assert not found[[0, 1, 3, 4, 5]].isnan().any()
    _, gradients = ours(model, windows, nothing(windows), None)
    assert all(bool(gradient.isnan().any()) for gradient in gradients)
    with torch.no_grad():
        model.weight_hh_l0[0, 0] = torch.inf
    windows = torch.randn(9, 6, 3)
    assert not states(model, windows, nothing(windows), None).isfinite().all()


@pytest.mark.parametrize("size", [30, 1e3, 1e6])
def test_gradients_are_those_of_torch_where_gates_are_closed(size):
    model, windows = lstm(2), torch.randn(6, 4, 2) * size
    found, gradients = ours(model, windows, nothing(windows), 3)
    expected, theirs = by_torch(model, windows, nothing(windows), 3)
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-6)
    for one, other in zip(gradients, theirs, strict=True):
        assert float((one - other).norm()) < 1e-5 * max(float(other.norm()), 1.0)


@pytest.mark.parametrize("size", [1e18, 3e37])
def test_gradients_are_finite_for_any_finite_input(size):
    model, windows = lstm(2), torch.randn(6, 4, 2) * size
    found, gradients = ours(model, windows, nothing(windows), 3)
    assert found.isfinite().all()
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)


def test_torch_takes_what_is_not_compiled():
    windows = torch.randn(4, 2, 3)
    assert takes(lstm(3), windows, nothing(windows))
    assert not takes(lstm(3, num_layers=2), windows)
    assert not takes(lstm(3).double(), windows.double())
    assert not takes(lstm(3), windows.bfloat16())
    assert not takes(lstm(3, device="meta"), windows.to("meta"))
    assert not takes(lstm(5), windows, torch.randn(2, 2, requires_grad=True))


WITHOUT = """
import sys
{how}
import torch
from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.recurrence import compiles
model = MixtureLSTM(3, hidden=4, layers=1, dropout=0.0, components=2, forget_gate_bias=3.0)
sum(part.sum() for part in model(torch.randn(5, 2, 2), torch.randn(2, 1))).backward()
assert model.lstm.weight_hh_l0.grad.any() and not compiles(1)
"""


@pytest.mark.parametrize("why", ["its library is not there", "it refuses"])
def test_torch_takes_all_where_numba_is_of_no_use(tmp_path, why):
    how = "sys.modules['llvmlite'] = None"
    if why == "it refuses":
        (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 2.4 or less')")
        how = f"sys.path.insert(0, {str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", WITHOUT.format(how=how)], capture_output=True, text=True, check=True)
    assert "numba is of no use here" in done.stderr


def test_inputs_that_a_model_does_not_have_are_an_error():
    windows = torch.randn(4, 2, 3)
    for fixed in (nothing(windows), torch.randn(2, 3)):
        with torch.no_grad(), pytest.raises(RuntimeError, match="shape"):
            states(lstm(5), windows, fixed, None)


def test_a_graph_is_gone_back_once():
    windows = torch.randn(4, 2, 3)
    found = states(lstm(3), windows, nothing(windows), None)
    found.sum().backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="gone back once"):
        found.sum().backward()
