"""Time to quality: how long preset ``fast`` needs for the held-out likelihood of the field's loop after five epochs.

    python benchmarks/time_to_quality.py               # 3 clusters x 1 year hourly, 3 seeds: about half an hour

Both train a 3G-LSTM on the training part of the same split, with one thread in one process, and are scored on the
same evaluated windows; the clock runs while they train, not while they are scored. The loop is that of ``train.py``:
one sample at a time out of a DataLoader, the paper's batch and learning rate. Ours is scored after each epoch.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader
from train import ATTRIBUTES, FORCING, PAPER, Samples

from thetamix.durations import parse_duration
from thetamix.model.files import Architecture, ModelCard, build_model
from thetamix.network.observations import observations
from thetamix.settings import Training
from thetamix.simulation.network import simulate
from thetamix.splits.draw import draw_split, usable_readings
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.training import loop as loop_module
from thetamix.training.inputs import describe_inputs
from thetamix.training.loop import Progress, fit
from thetamix.training.processor import prepare_processor
from thetamix.training.schedule import Schedule
from thetamix.training.validation import validate
from thetamix.training.windows import Windows, training_windows

EPOCHS = 5


def parts(clusters: int, years: float, seed: int) -> tuple[ModelCard, Windows, Windows]:
    network = simulate(clusters, years, seed, truth_profiles=0).network
    observed = observations(network)
    present = usable_readings(observed, "all")
    split = {"scheme": "blocks", "block": parse_duration("30d"), "gap": parse_duration("0d")}
    part = draw_split(network, present, seed, evaluation_share=0.4, **split)
    readings = observed.to_numpy()
    trained, evaluated = ((part == value) & present for value in (TRAINING, EVALUATION))
    chosen = {"forcing": FORCING, "attributes": ATTRIBUTES, "condition_on_replicate": False}
    spec = describe_inputs(network, trained, readings, PAPER["sequence"], **chosen)
    shape = Architecture(PAPER["hidden"], PAPER["layers"], PAPER["dropout"], 3, PAPER["forget_gate_bias"])
    card = ModelCard(shape, spec, PAPER["sequence"], 1.0, False, {})
    both = (
        training_windows(network, each, readings, spec, PAPER["sequence"]) for each in (trained, evaluated)
    )
    return card, *both


def loop(card: ModelCard, windows: Windows, held_out: Windows, seed: int) -> tuple[float, float]:
    """Seconds and held-out likelihood of the field's loop."""
    torch.manual_seed(seed)
    model = build_model(card)
    optimizer = torch.optim.Adam(model.parameters(), lr=PAPER["learning_rate"])
    began = time.perf_counter()
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = PAPER["learning_rate"] * PAPER["learning_rate_factor"] ** epoch
        for inputs, target in DataLoader(Samples(windows), batch_size=PAPER["batch"], shuffle=True):
            log_weight, mean, log_sd = model(inputs.transpose(0, 1))
            normal = torch.distributions.Normal(mean, log_sd.exp())
            loss = -torch.logsumexp(log_weight + normal.log_prob(target[:, None]), dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return time.perf_counter() - began, validate(model, held_out, 1.0)[0]


def ours(card: ModelCard, windows: Windows, held_out: Windows, seed: int) -> list[tuple[float, float]]:
    """Seconds and held-out likelihood after each epoch of preset ``fast``, without its own validation part."""
    settings = Training.model_validate({"preset": "fast"})
    schedule = Schedule(
        epochs=settings.epochs,
        batch=settings.batch,
        learning_rate=settings.learning_rate,
        policy=settings.learning_rate_policy,
        learning_rate_factor=settings.learning_rate_factor,
        windows_per_epoch=settings.windows_per_epoch,
        drop_optional=settings.drop_optional,
        patience=None,
        notebook=False,
    )
    card = replace(card, architecture=replace(card.architecture, dropout=settings.dropout))
    scored: list[tuple[float, float]] = []
    clock = {"spent": 0.0, "began": time.perf_counter()}
    validate_once = loop_module.validate

    def timed(model, part, unit) -> tuple[float, float]:
        clock["spent"] += time.perf_counter() - clock["began"]
        values = validate_once(model, part, unit)
        scored.append((clock["spent"], values[0]))
        clock["began"] = time.perf_counter()
        return values

    def report(_: Progress) -> None:
        pass

    loop_module.validate = timed
    try:
        with tempfile.TemporaryDirectory() as folder:
            fit(card, windows, held_out, schedule, seed, Path(folder), "benchmark", report)
    finally:
        loop_module.validate = validate_once
    return scored


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clusters", type=int, default=3)
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    prepare_processor()
    ratios = []
    for seed in range(1, options.seeds + 1):
        card, windows, held_out = parts(options.clusters, options.years, seed)
        seconds, quality = loop(card, windows, held_out, seed)
        scored = ours(card, windows, held_out, seed)
        reached = next((spent for spent, nll in scored if nll <= quality), np.inf)
        ratios.append(seconds / reached)
        each = ", ".join(f"{nll:.3f} at {spent:.0f} s" for spent, nll in scored)
        print(
            f"seed {seed}: loop {quality:.3f} at {seconds:.0f} s; fast {each}; {ratios[-1]:.1f} times faster",
            flush=True,
        )
    print(
        f"time to the loop's likelihood: median {statistics.median(ratios):.1f} times faster, "
        f"{min(ratios):.1f} to {max(ratios):.1f}"
    )


if __name__ == "__main__":
    main()
