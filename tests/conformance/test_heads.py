"""What every head must do: those of the table, and the template of the documentation."""

import pytest
import torch

from thetamix.forecasters.lstm import LSTM
from thetamix.mixture.loss import mixture_nll
from thetamix.model.head import Head
from thetamix.model.heads import HEADS
from thetamix.model.model_file import build_model, load_model, save_model

from .template_files import template

MODEL = {"kind": "lstm", "inputs": {"forcing": ["precipitation"]}, "training": {}}
SIZES = [(1, 1), (4, 1), (8, 3)]


def from_template() -> type[Head]:
    return template("head").SharedSpreadHead


EVERY = HEADS | {"template": from_template()}


@pytest.fixture(params=EVERY)
def head(request, monkeypatch):
    """Put a head into the table; gives its name."""
    monkeypatch.setitem(HEADS, request.param, EVERY[request.param])
    torch.manual_seed(3)
    return request.param


@pytest.mark.parametrize(("hidden", "components"), SIZES)
def test_it_gives_a_mixture_for_states_of_any_shape(head, hidden, components):
    made = HEADS[head](hidden, components)
    assert isinstance(made, Head)
    for shape in ((5,), (2, 5), (3, 2, 5), (0,)):
        log_weight, mean, log_sd = made(torch.randn(*shape, hidden))
        assert log_weight.shape == mean.shape == log_sd.shape == (*shape, components)
        torch.testing.assert_close(log_weight.exp().sum(-1), torch.ones(shape))


@pytest.mark.parametrize(("hidden", "components"), SIZES)
def test_each_row_is_for_itself(head, hidden, components):
    made, states = HEADS[head](hidden, components), torch.randn(6, hidden)
    for together, alone in zip(made(states), made(states[2:3]), strict=True):
        torch.testing.assert_close(together[2:3], alone)


def test_every_parameter_has_a_finite_gradient(head):
    made = HEADS[head](4, 2)
    for scale in (1.0, 100.0):
        made.zero_grad()
        target = torch.randn(7, 3)
        mixture_nll(*made(scale * torch.tanh(torch.randn(7, 4))), target, target.isfinite()).backward()
        gradients = [parameter.grad for parameter in made.parameters()]
        assert gradients
        assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.any() for gradient in gradients)


def test_a_model_knows_its_head_when_it_is_read_again(head, make_card, tmp_path):
    card = make_card(head=head)
    model = build_model(card).eval()
    save_model(tmp_path, model, card)
    again, read = load_model(tmp_path)
    assert read.architecture.head == head
    assert type(again.head) is EVERY[head]
    states = torch.randn(5, 4)
    for before, after in zip(model.mixture(states), again.mixture(states), strict=True):
        torch.testing.assert_close(before, after)


def test_a_study_names_it(head):
    entry = LSTM.model_validate(MODEL | {"head": head})
    assert entry.head == head
    assert LSTM.model_validate(entry.model_dump(mode="json")) == entry
