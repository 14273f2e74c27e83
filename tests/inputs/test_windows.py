"""Windows: what is gathered is what naive slicing gives, and nothing beyond the training part is in it."""

import numpy as np
import pytest
import torch

from thetamix.inputs.encoding import describe_inputs, forcing_inputs, static_inputs
from thetamix.inputs.windows import training_windows
from thetamix.network.by_series import Mask, Readings
from thetamix.system.errors import InputError

SEQUENCE = 5
FORCING = [("precipitation", False), ("discharge", True)]


def case(make_network, seed: int = 0):
    rng = np.random.default_rng(seed)
    readings = rng.uniform(0.1, 0.5, (3, 2, 2, 40)).astype(np.float32)
    readings[rng.random(readings.shape) < 0.2] = np.nan
    readings[1, 1] = np.nan
    rain = rng.exponential(1.0, (3, 40))
    rain[0, 12] = rain[2, [3, 30]] = np.nan
    discharge = np.where(rng.random((3, 40)) < 0.3, np.nan, 2.0)
    network = make_network(readings, precipitation=rain, discharge=discharge)
    trained = np.isfinite(readings) & (rng.random(40) < 0.6)
    return network, trained, readings


def windows_of(network, trained, readings, *, condition=False, sequence=SEQUENCE):
    trained, readings = Mask.of(trained), Readings.of(readings)
    spec = describe_inputs(
        network,
        trained,
        readings,
        sequence,
        forcing=FORCING,
        attributes=["elevation", "geology"],
        condition_on_replicate=condition,
    )
    return training_windows(network, trained, readings, spec, sequence), spec


def naive(network, trained, readings, spec):
    """Every window in a loop: (sequence, input) arrays and targets by replicate."""
    forcing, complete = forcing_inputs(network, spec)
    static = static_inputs(network, spec)
    pairs = []
    for c, d in np.ndindex(3, 2):
        for end in range(SEQUENCE - 1, 40):
            steps = slice(end - SEQUENCE + 1, end + 1)
            there = trained[c, d, :, end]
            if not there.any() or not complete[c, steps].all():
                continue
            still = np.tile(static[c, d], (SEQUENCE, 1))
            window = np.concatenate([forcing[c, steps], still], axis=1)
            target = np.where(there, (readings[c, d, :, end] - spec.target.mean) / spec.target.sd, np.nan)
            pairs.append((window, target, there))
    return pairs


def whole_inputs(windows, index):
    """What the model is told at each step, whether it changes or not, and the targets."""
    inputs, fixed, target = windows.gather(index)
    return torch.cat([inputs, fixed.expand(len(inputs), -1, -1)], dim=2), target


@pytest.mark.parametrize("seed", range(3))
def test_all_replicates_of_a_series_share_a_window(make_network, seed):
    network, trained, readings = case(make_network, seed)
    windows, spec = windows_of(network, trained, readings)
    expected = naive(network, trained, readings, spec)
    inputs, target = whole_inputs(windows, torch.arange(len(windows)))
    assert len(windows) == len(expected)
    assert inputs.dtype == target.dtype == torch.float32
    np.testing.assert_array_equal(inputs.numpy(), np.stack([window for window, _, _ in expected], axis=1))
    np.testing.assert_allclose(target.numpy(), np.stack([t for _, t, _ in expected]), rtol=2e-5, atol=1e-6)
    assert windows.readings == sum(there.sum() for _, _, there in expected)
    assert windows.left_out == trained.any(axis=2).sum() - len(expected)


def test_a_conditioned_model_has_a_window_for_each_replicate(make_network):
    network, trained, readings = case(make_network)
    windows, spec = windows_of(network, trained, readings, condition=True)
    inputs, target = whole_inputs(windows, torch.arange(len(windows)))
    expected = naive(network, trained, readings, spec)
    got = {}
    for number in range(len(windows)):
        code = inputs[0, number, -2:].tolist()
        assert sorted(code) == [0.0, 1.0]
        assert (inputs[:, number, -2:] == inputs[:1, number, -2:]).all()
        key = (inputs[:, number, :-2].numpy().tobytes(), code.index(1.0))
        got[key] = float(target[number, 0])
    wanted = {
        (window.astype(np.float32).tobytes(), r): t[r] for window, t, there in expected for r in np.flatnonzero(there)
    }
    assert got == pytest.approx(wanted, rel=2e-5, abs=1e-6)
    assert target.shape[1] == 1
    assert windows.readings == len(windows) == len(wanted)
    assert windows.left_out == trained.sum() - len(windows)


def test_any_batch_is_a_choice_of_the_windows(make_network):
    windows, _ = windows_of(*case(make_network))
    everything, fixed, targets = windows.gather(torch.arange(len(windows)))
    index = torch.tensor([7, 0, 7, len(windows) - 1])
    inputs, some, target = windows.gather(index)
    assert torch.equal(inputs, everything[:, index])
    assert torch.equal(some, fixed[index])
    assert torch.equal(target.nan_to_num(9), targets[index].nan_to_num(9))


@pytest.mark.parametrize("condition", [False, True])
def test_readings_beyond_the_training_part_are_never_looked_at(make_network, condition):
    network, trained, readings = case(make_network)
    windows, spec = windows_of(network, trained, readings, condition=condition)
    noise = np.random.default_rng(1).uniform(0, 9, readings.shape).astype(np.float32)
    for other in (np.where(trained, readings, noise), np.where(trained, readings, np.nan)):
        again, same = windows_of(network, trained, other, condition=condition)
        assert same == spec
        for name in ("forcing", "static", "first", "row", "target"):
            ours, theirs = (getattr(w, name).numpy() for w in (windows, again))
            assert ours.tobytes() == theirs.tobytes()


def test_no_window_is_an_error_that_says_how_long_they_are(make_network):
    network, trained, readings = case(make_network)
    with pytest.raises(InputError, match="no window of 41 steps with complete forcing"):
        windows_of(network, trained, readings, sequence=41)
