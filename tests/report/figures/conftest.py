"""A run as figures see it, made up in memory: network, mixtures, tables, histories, models."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from thetamix.network.settings import Quality
from thetamix.report.figures.choice import FigureSeries
from thetamix.report.figures.figure_context import FigureContext
from thetamix.splits.parts import EVALUATION, TRAINING

FORECASTERS = {
    "condLSTM": {"kind": "lstm", "components": 1, "condition_on_replicate": True},
    "3G-LSTM": {"kind": "lstm", "components": 3, "condition_on_replicate": False},
    "cycle": {"kind": "annual_cycle", "by": ["cluster", "depth"]},
    "land": {"kind": "reference", "dress": "none"},
}
FLOORS = ("floor (leave-one-out)", "floor (self-including)")
SEEDS = (1, 2)
MONTHS = [str(month) for month in range(1, 13)]


class MemoryContext(FigureContext):
    """A run that is not on disk; all seeds have the same split and predictions."""

    def __init__(self, study, network, part, predictions, tables):
        super().__init__(study, network)
        self.parts, self.predictions, self.tables = part, predictions, tables

    def part(self, _seed):
        return self.parts

    def prediction(self, forecaster, _seed):
        return self.predictions[forecaster]

    def table(self, name):
        return self.tables.get(name)

    def steps(self, forecaster, _seed):
        return make_steps(self.network, sum(map(ord, forecaster)))

    def history(self, forecaster, seed):
        return make_history(seed) if FORECASTERS[forecaster]["kind"] == "lstm" else None

    def card(self, forecaster, _seed):
        return make_card(forecaster) if FORECASTERS[forecaster]["kind"] == "lstm" else None


@pytest.fixture
def make_series():
    """One series of three replicates; the first half is trained on."""

    def make(steps=60, replicates=3, name="c01 at 10 cm", seed=0):
        rng = np.random.default_rng(seed)
        time = np.datetime64("2013-01-01", "ns") + np.arange(1, steps + 1) * np.timedelta64(1, "D")
        part = np.where(np.arange(steps) < steps // 2, TRAINING, EVALUATION).astype(np.int8)
        readings = 0.2 + 0.1 * rng.random((replicates, steps))
        return FigureSeries(0, 0, name, time, readings, list("ABCDEF")[:replicates], part)

    return make


@pytest.fixture
def make_context(make_network, make_study):
    """A run; `names` are those of its clusters, `without` its absent tables."""

    def make(names=("c01", "c02", "c03"), *, depths=(0.1, 0.3), steps=120, without=(), network=None, seed=0, **more):
        rng = np.random.default_rng(seed)
        if network is None:
            latitude, longitude = 49.7 + 0.1 * rng.random(len(names)), 5.8 + 0.2 * rng.random(len(names))
            network = make_network(
                clusters=len(names),
                depths=depths,
                steps=steps,
                latitude=latitude,
                longitude=longitude,
                reference_soil_moisture=rng.uniform(0.2, 0.3, (len(names), len(depths), steps)),
                **more,
            )
            network = network.assign_coords(cluster_id=("cluster", np.array(names, dtype=object)))
        sizes = [network.sizes[name] for name in ("cluster", "depth", "replicate", "time")]
        part = np.full(sizes, TRAINING)
        part[..., sizes[-1] // 2 :] = EVALUATION
        tables = make_tables(network, rng)
        study = make_study(FORECASTERS, name="test", seeds=list(SEEDS), quality=Quality())
        predictions = {name: make_prediction(network, name, seed) for name in FORECASTERS}
        return MemoryContext(study, network, part, predictions, {n: t for n, t in tables.items() if n not in without})

    return make


def cluster_groups(network: xr.Dataset) -> list[str]:
    return [str(name) for name in network["geology"].to_numpy()]


def make_prediction(network: xr.Dataset, name: str, seed: int) -> xr.Dataset:
    rng = np.random.default_rng([seed, len(name)])
    lead = tuple(network.sizes[dimension] for dimension in ("cluster", "depth", "time"))
    components = {"condLSTM": 3, "3G-LSTM": 3, "cycle": 5, "land": 1}[name]
    weight = rng.dirichlet(np.ones(components), lead)
    mean = rng.uniform(0.15, 0.4, (*lead, components))
    sd = np.full_like(mean, 0.0) if name == "land" else rng.uniform(0.02, 0.05, mean.shape)
    dimensions = ("cluster", "depth", "time", "component")
    return xr.Dataset(
        {
            title: (dimensions, values.astype(np.float32))
            for title, values in zip(
                ("component_weight", "component_mean", "component_sd"), (weight, mean, sd), strict=True
            )
        }
    )


def make_steps(network: xr.Dataset, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for (cluster, group), depth in itertools.product(
        zip(network["cluster_id"].to_numpy(), cluster_groups(network), strict=True), network["depth"].to_numpy()
    ):
        state = rng.uniform(0.1, 0.4, 80)
        rows.append(
            pd.DataFrame(
                {
                    "group": group,
                    "cluster": str(cluster),
                    "depth": f"{depth:g}",
                    "time": np.datetime64("2013-01-01", "ns"),
                    "state": state,
                    "expectation": state + rng.normal(0, 0.02, 80),
                    "observed_belt": rng.gamma(4, 0.015, 80),
                    "predicted_belt": rng.gamma(6, 0.01, 80),
                    "matched_belt": rng.gamma(5, 0.012, 80),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def make_history(seed: int) -> pd.DataFrame:
    epochs = np.arange(1, 5)
    return pd.DataFrame(
        {"epoch": epochs, "learning_rate": 1e-3 / epochs, "windows": 100, "nll": 1.0 / epochs + 0.1 * seed}
    )


def make_card(name: str) -> dict[str, object]:
    scale = {"mean": 0.0, "sd": 1.0, "lowest": -2.0, "highest": 2.0}
    return {
        "format": "thetamix model 1",
        "architecture": {
            "hidden": 64,
            "layers": 1,
            "dropout": 0.4,
            "components": FORECASTERS[name]["components"],
            "forget_gate_bias": 3.0,
        },
        "inputs": {
            "forcing": [
                {"scale": {"name": "precipitation", **scale}, "optional": False},
                {"scale": {"name": "discharge", **scale}, "optional": True},
            ],
            "numbers": [{"name": "depth", **scale}, {"name": "elevation", **scale}],
            "categories": [{"name": "soil_type", "values": ["clay", "sand"]}],
            "replicates": ["A", "B", "C"] if name == "condLSTM" else [],
            "target": {"name": "soil_moisture", **scale},
        },
        "sequence": 128,
        "step_hours": 24.0,
        "dropout_at_prediction": False,
        "known": {},
    }


def make_tables(network: xr.Dataset, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Tables with the columns that evaluation writes, and made-up numbers."""
    clusters = [str(name) for name in network["cluster_id"].to_numpy()]
    group = cluster_groups(network)
    depths = [f"{depth:g}" for depth in network["depth"].to_numpy()]
    cells = list(itertools.product([*sorted(set(group)), "all"], [*depths, "all"]))
    seeds = [*map(str, SEEDS), "all"]
    densities = [name for name in FORECASTERS if name != "land"]

    def table(rows, columns):
        return pd.DataFrame(list(rows), columns=columns.split())

    def scores():
        for name, seed, score in itertools.product([*FORECASTERS, *FLOORS], seeds, ("crps", "kge", "log_likelihood")):
            for at, depth in cells:
                value = rng.uniform(0.02, 0.05)
                yield name, seed, at, depth, "all", score, value, 0.9 * value, 1.1 * value, 3, 0
            for (cluster, at), depth in itertools.product(zip(clusters, group, strict=True), depths):
                yield name, seed, at, depth, cluster, score, rng.uniform(0.02, 0.05), np.nan, np.nan, 50, 0

    def belts():
        states = np.arange(0.1, 0.4, 0.05)
        kinds = [("observed", "observed"), *itertools.product(densities, ("predicted", "matched"))]
        for (name, kind), seed, (at, depth), how, low in itertools.product(
            kinds, seeds, cells, ("mean", "leave_one_out"), states
        ):
            quantiles = np.sort(rng.gamma(4, 0.015, 5))
            yield name, seed, at, depth, kind, how, low, low + 0.05, 100, quantiles.mean(), *quantiles

    def components():
        states = [(np.nan, np.nan), *((low, low + 0.05) for low in np.arange(0.1, 0.4, 0.05))]
        for name, seed, (at, depth), state in itertools.product(["observed", *densities], seeds, cells, states):
            parts = rng.uniform(1e-4, 1e-3, 3)
            for part, value in zip(("offset", "transient", "instrument"), parts, strict=True):
                yield name, seed, at, depth, *state, part, value, 0.8 * value, 1.2 * value, 3
            yield name, seed, at, depth, *state, "total", parts.sum(), 0.8 * parts.sum(), 1.2 * parts.sum(), 3

    def calibration():
        for name, seed, (at, depth) in itertools.product(densities, seeds, cells):
            for kind, xs in (
                ("pit", (np.arange(10) + 0.5) / 10),
                ("coverage", np.arange(0.1, 1, 0.1)),
                ("width", np.arange(0.1, 1, 0.1)),
                ("reliability", np.arange(0.05, 1, 0.1)),
                ("spread_error", np.arange(0.02, 0.06, 0.01)),
            ):
                for x in xs:
                    value = {"pit": 1.0, "width": 0.2 * x}.get(kind, x) * rng.uniform(0.9, 1.1)
                    yield name, seed, at, depth, kind, x, value, 0.9 * value, 1.1 * value, 100

    def densities_of():
        x = np.arange(0.0, 0.6, 0.01)
        for name, seed, (at, depth) in itertools.product(["observed", *densities], seeds, cells):
            middle = rng.uniform(0.2, 0.35)
            for place in x:
                yield name, seed, at, depth, place, np.exp(-0.5 * ((place - middle) / 0.05) ** 2) / 0.125

    def modes():
        for name, seed in itertools.product(densities, seeds):
            for month in MONTHS:
                yield (
                    name,
                    seed,
                    "month",
                    month,
                    rng.uniform(0, 0.3),
                    0.05,
                    100,
                    rng.uniform(0, 2),
                    rng.uniform(),
                )

    place = "forecaster seed group depth "
    return {
        "scores": table(scores(), place + "cluster score value low high n n_undefined"),
        "belt_by_state": table(belts(), place + "kind state_kind state_low state_high n mean q10 q25 q50 q75 q90"),
        "variance_components": table(components(), place + "state_low state_high component value low high n_series"),
        "calibration": table(calibration(), place + "kind x value low high n"),
        "crps_decomposition": table(
            (
                (name, seed, *cell, 0.03, 0.002, 0.01, 0.038)
                for name, seed, cell in itertools.product(densities, seeds, cells)
            ),
            place + "crps reliability resolution uncertainty",
        ),
        "distribution": table(densities_of(), place + "soil_moisture density"),
        "multimodality": table(modes(), "forecaster seed by level strict dip n discharge rainy_share"),
        "nonsequential": table(
            ((at, month, 10, 8, 3, 0.375) for at, month in itertools.product(sorted(set(group)), MONTHS)),
            "group month events responses non_sequential share",
        ),
        "replicate_correlation": table(
            (
                (at, depth, cluster, *pair, rng.uniform(0.6, 1), rng.normal(0, 0.05), 100)
                for (cluster, at), depth, pair in itertools.product(
                    zip(clusters, group, strict=True), depths, itertools.combinations("ABC", 2)
                )
            ),
            "group depth cluster one other correlation offset n",
        ),
        "comparison": table(
            (
                (score, *pair, at, depth, (d := rng.normal(0, 0.01)), d - 0.005, d + 0.005, 0.7, 6)
                for score in ("crps", "log_likelihood")
                for pair in itertools.combinations(FORECASTERS, 2)
                for at, depth in cells
            ),
            "score one other group depth difference low high share_one_better n",
        ),
        "quality": table(
            (
                (flag, cluster, depth, share)
                for flag, share in (("C01", 0.0), ("C02", 0.01), ("D06", 0.2))
                for cluster in clusters
                for depth in depths
            ),
            "flag cluster depth share",
        ),
        "leakage": pd.DataFrame(
            [
                {"seed": seed, "same_series": 0.0, "same_cluster": 0.6, "same_forcing": 0.7}
                | {f"days_q{q:02.0f}": float(q) for q in (0, 5, 25, 50, 75, 95, 100)}
                for seed in SEEDS
            ]
        ),
    }
