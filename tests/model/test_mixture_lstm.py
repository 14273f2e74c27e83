"""The network is the paper's: gates, dropout on the last hidden state, the size of it all."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import count_parameters

SHAPE = {"hidden": 5, "layers": 2, "dropout": 0.4, "components": 3, "forget_gate_bias": 3.0}


def model(inputs: int = 4, **changes: object) -> MixtureLSTM:
    torch.manual_seed(1)
    return MixtureLSTM(inputs, **SHAPE | changes)


@pytest.mark.parametrize("bias", [3.0, 0.0, -1.5])
def test_forget_gates_start_at_their_bias_and_only_they(bias):
    lstm = model(forget_gate_bias=bias).lstm
    torch.manual_seed(1)
    plain = torch.nn.LSTM(4, 5, 2)
    for layer in range(2):
        total = getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")
        untouched = getattr(plain, f"bias_ih_l{layer}") + getattr(plain, f"bias_hh_l{layer}")
        assert (total[5:10] == bias).all()
        other = [*range(5), *range(10, 20)]
        assert (total[other] == untouched[other]).all()


@pytest.mark.parametrize(("inputs", "hidden", "layers", "components"), [(16, 64, 1, 3), (5, 7, 3, 1)])
def test_number_of_parameters(inputs, hidden, layers, components):
    made = model(inputs, hidden=hidden, layers=layers, components=components)
    first = 4 * hidden * (inputs + hidden + 2)
    others = (layers - 1) * 4 * hidden * (2 * hidden + 2)
    assert count_parameters(made) == first + others + 3 * components * (hidden + 1)


def test_the_output_is_that_of_the_equations_of_an_lstm():
    made = model(layers=1).double().eval()
    windows = np.random.default_rng(0).normal(size=(6, 2, 4))
    p = {name: value.detach().numpy() for name, value in made.named_parameters()}
    h, c = np.zeros((2, 5)), np.zeros((2, 5))
    for x in windows:
        gates = x @ p["lstm.weight_ih_l0"].T + h @ p["lstm.weight_hh_l0"].T
        i, f, g, o = np.split(gates + p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"], 4, axis=1)
        c = expit(f) * c + expit(i) * np.tanh(g)
        h = expit(o) * np.tanh(c)
    raw = h @ p["head.linear.weight"].T + p["head.linear.bias"]
    log_weight, mean, log_sd = (a.detach().numpy() for a in made(torch.from_numpy(windows)))
    np.testing.assert_allclose(mean, raw[:, 3:6], rtol=1e-12)
    np.testing.assert_allclose(log_sd, raw[:, 6:], rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_weight).sum(axis=1), 1, rtol=1e-12)


def test_dropout_is_on_the_last_hidden_state_and_off_at_prediction():
    made, windows = model(layers=1, dropout=0.5), torch.randn(3, 200, 4)
    seen = []
    made.head.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    with torch.no_grad():
        made.train()(windows)
        made.eval()(windows)
        made(windows)
    dropped, kept, again = seen
    share = float((dropped == 0).float().mean())
    assert 0.4 < share < 0.6
    there = dropped != 0
    torch.testing.assert_close(dropped[there], 2 * kept[there])
    assert (kept == again).all()


def test_a_window_of_a_batch_is_predicted_as_if_it_were_alone():
    made, windows = model().eval(), torch.randn(9, 6, 4)
    with torch.no_grad():
        together = made(windows)
        alone = [made(windows[:, i : i + 1]) for i in range(6)]
    for position in range(3):
        torch.testing.assert_close(together[position], torch.cat([one[position] for one in alone]))
