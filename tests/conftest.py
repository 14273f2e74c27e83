"""Small networks and predictions that many tests look at, made in memory by factories."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import settings

from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import Estimate, mean
from thetamix.evaluation.floor import FLOOR_SCORES, FLOORS
from thetamix.evaluation.long_table import score_table
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import with_cells
from thetamix.network.assemble import assemble

# The machines that run the tests are shared: how long an example takes says nothing about the code.
settings.register_profile("thetamix", deadline=None)
settings.load_profile("thetamix")

DAY = np.timedelta64(1, "D")
CRPS = {"model": 0.03, "pool": 0.05, "cycle": 0.04, "land": 0.06}
ABOUT = {"title": "A test", "summary": "Made up.", "source": "tests", "history": "now"}


def small_network(
    readings: np.ndarray | None = None,
    *,
    clusters: int = 2,
    depths: Sequence[float] = (0.1, 0.3),
    replicates: int = 3,
    steps: int = 120,
    step: np.timedelta64 = DAY,
    start: str = "2013-01-01",
    seed: int = 0,
    **variables: object,
) -> xr.Dataset:
    """Label readings (cluster, depth, replicate, time) as a network; without any, readings are drawn.

    Further variables replace or add to the forcing and the attributes; None leaves one out.
    """
    rng = np.random.default_rng(seed)
    if readings is None:
        readings = rng.uniform(0.1, 0.5, (clusters, len(depths), replicates, steps))
    clusters, _, replicates, steps = readings.shape
    series = (clusters, steps)
    everything: dict[str, object] = {
        "precipitation": rng.exponential(0.2, series),
        "potential_evapotranspiration": rng.uniform(0, 0.3, series),
        "air_temperature": rng.normal(9, 7, series),
        "elevation": rng.uniform(200, 500, clusters),
        "geology": np.array(["marl", "schist", "sandstone"] * clusters, dtype=object)[:clusters],
    } | variables
    arrays = {name: _float32(values) for name, values in everything.items() if values is not None}
    return assemble(
        {"soil_moisture": readings.astype(np.float32), **arrays},
        cluster_id=[f"c{number:02d}" for number in range(clusters)],
        depth=depths,
        replicate_label=[chr(65 + number) for number in range(replicates)],
        time=np.datetime64(start, "ns") + np.arange(1, steps + 1) * step,
        step=step,
        about=ABOUT,
    )


def _float32(values: object) -> object:
    # As in a network file, where what changes in time is single precision.
    if isinstance(values, np.ndarray) and values.dtype.kind == "f" and values.ndim > 1:
        return values.astype(np.float32)
    return values


def mixtures(
    network: xr.Dataset,
    weight: np.ndarray | float,
    mean: np.ndarray | float,
    sd: np.ndarray | float,
    replicate: Sequence[int] | None = None,
) -> xr.Dataset:
    """Label mixtures that broadcast to (cluster, depth, time, component) as an open prediction file."""
    lead = tuple(network.sizes[name] for name in ("cluster", "depth", "time"))
    arrays = [np.asarray(a, dtype=np.float32) for a in (weight, mean, sd)]
    shape = np.broadcast_shapes((*lead, 1), *(a.shape for a in arrays))
    names = ("component_weight", "component_mean", "component_sd")
    dimensions = ("cluster", "depth", "time", "component")
    prediction = xr.Dataset(
        {name: (dimensions, np.broadcast_to(a, shape)) for name, a in zip(names, arrays, strict=True)}
    )
    if replicate is not None:
        prediction = prediction.assign_coords(replicate=("component", np.array(replicate, dtype=np.int32)))
    return prediction


@pytest.fixture(scope="session")
def make_network() -> Callable[..., xr.Dataset]:
    """The factory :func:`small_network`."""
    return small_network


@pytest.fixture(scope="session")
def make_mixtures() -> Callable[..., xr.Dataset]:
    """The factory :func:`mixtures`."""
    return mixtures


def small_card(
    *,
    forcing: Sequence[tuple[str, bool]] = (("precipitation", False), ("air_temperature", False)),
    categories: Sequence[tuple[str, tuple[str, ...]]] = (),
    replicates: Sequence[str] = (),
    target: tuple[float, float] = (0.3, 0.1),
    hidden: int = 4,
    layers: int = 1,
    dropout: float = 0.0,
    components: int = 2,
    forget_gate_bias: float = 3.0,
    head: str = "gaussian_mixture",
    sequence: int = 5,
    step_hours: float = 24.0,
    dropout_at_prediction: bool = False,
    known: dict[str, dict[str, list[str]]] | None = None,
) -> object:
    """Describe a small model with inputs that are not scaled; the depth is its only number."""
    from thetamix.inputs.spec import Category, ForcingInput, InputSpec, Scale
    from thetamix.model.model_file import Architecture, ModelCard

    spec = InputSpec(
        forcing=tuple(ForcingInput(Scale(name, 0.0, 1.0, 0.0, 1.0), optional) for name, optional in forcing),
        numbers=(Scale("depth", 0.0, 1.0, 0.0, 1.0),),
        categories=tuple(Category(*category) for category in categories),
        replicates=tuple(replicates),
        target=Scale("soil_moisture", *target, 0.0, 1.0),
    )
    architecture = Architecture(hidden, layers, dropout, components, forget_gate_bias, head)
    return ModelCard(architecture, spec, sequence, step_hours, dropout_at_prediction, known or {})


@pytest.fixture(scope="session")
def make_card() -> Callable[..., object]:
    """The factory :func:`small_card`."""
    return small_card


#: A study's forecasters, as a file has them.
ENTRIES: dict[str, dict[str, Any]] = {
    "model": {"kind": "lstm"},
    "pool": {"kind": "ensemble", "of": ["model"]},
    "cycle": {"kind": "annual_cycle"},
    "land": {"kind": "reference", "dress": "none"},
}


@dataclass
class Facts:
    """A resolved study as far as scores and reports look at it; names may be what no study file allows."""

    name: str
    forecasters: dict[str, Any]
    quality: Any
    split: Any
    evaluation: Any
    seeds: list[int]


def study_facts(forecasters: dict[str, dict[str, Any]] = ENTRIES, **settings: Any) -> Facts:
    """Describe a study by the entries of its forecasters; ``split=...`` and the like are its other keys."""
    from thetamix.evaluation.settings import Evaluation
    from thetamix.forecasters import FORECASTERS
    from thetamix.network.settings import Quality
    from thetamix.splits.settings import Split

    inherited = {"lstm": {"inputs": {"forcing": ["precipitation"]}, "training": {}}}
    entries = {
        name: FORECASTERS[entry["kind"]].model_validate(inherited.get(entry["kind"], {}) | entry)
        for name, entry in forecasters.items()
    }
    given = {"name": "attert", "quality": Quality(reject=["C01"]), "split": Split(), "evaluation": Evaluation()}
    return Facts(forecasters=entries, **({**given, "seeds": [1, 2, 3]} | settings))


@pytest.fixture(scope="session")
def make_study() -> Callable[..., Facts]:
    """The factory :func:`study_facts`."""
    return study_facts


@pytest.fixture
def listening() -> Iterator[None]:
    """Listen to Ctrl-C and a closed terminal, as commands then do: in the background, or under nohup, none does."""
    heard = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass(frozen=True)
class ScoredSeries:
    """Scores of one series that a test makes up; what is not given is NaN."""

    cluster: int
    depth: float
    value: Mapping[str, float]
    draws: Mapping[str, np.ndarray] = field(default_factory=dict)
    steps: int = 100
    unpredicted: int = 0
    units: frozenset[int] = frozenset(range(10))
    count: int = 10

    def entry(self, score: str) -> tuple[float, np.ndarray]:
        value = self.value.get(score, np.nan)
        return value, np.asarray(self.draws.get(score, np.full(self.count, value)))


def score_estimates(results, group, units=None, suffix=" (50 draws of 80%)"):
    """Give made-up scores, by forecaster and seed, the form that tables are made from: all of it by seed."""
    scores, unpredicted = {}, {}
    for (forecaster, seed), members in results.items():
        of_seed = scores.setdefault(str(seed), {})
        for series in members:
            label = group[series.cluster], f"{series.depth:g}", f"c{series.cluster}"
            for score in FLOOR_SCORES if forecaster in FLOORS else SCORES:
                value, draws = series.entry(score)
                undefined = int(np.isnan(value))
                estimate = Estimate(np.float64(value), draws, series.steps, undefined, series.units)
                if units is not None:
                    estimate = replace(estimate, units=frozenset([series.cluster]))
                of_seed.setdefault((forecaster, score, ""), {})[label] = estimate
                of_steps = Estimate(mean(draws), draws, series.steps, undefined)
                of_seed.setdefault((forecaster, score, suffix), {})[label] = of_steps
            if series.unpredicted:
                missing = series.unpredicted, series.steps + series.unpredicted
                unpredicted.setdefault(str(seed), {}).setdefault(forecaster, {})[label] = missing
    blocks = Units(np.arange(1), np.ones((10, 1)))
    return {seed: with_cells(of_seed, units or blocks) for seed, of_seed in scores.items()}, unpredicted


@pytest.fixture
def scored_series():
    return ScoredSeries


@pytest.fixture
def made_up_scores():
    return score_estimates


@pytest.fixture
def make_scores():
    """The long table; `crps` by forecaster, or by forecaster, seed and cluster."""

    def make(crps=CRPS, unpredicted=0, group=("marl", "schist"), clusters=(0, 1)):
        results = {}
        for name in CRPS:
            for seed in (1, 2, 3):
                results[name, seed] = [
                    ScoredSeries(
                        cluster,
                        depth,
                        {
                            "crps": crps.get((name, seed, cluster), crps.get(name, np.nan)),
                            "kge": 0.5,
                            "log_likelihood": 1.0,
                        },
                        unpredicted=unpredicted,
                    )
                    for cluster in clusters
                    for depth in (0.1, 0.3)
                ]
        return score_table(*score_estimates(results, group))

    return make


def clean_network(
    clusters: int = 4, years: float = 1.0, seed: int = 201, without: tuple[str, ...] = ()
) -> xr.Dataset:
    """Simulate without faults of sensors; add the radiation of a clear sky and soil temperature."""
    from thetamix.network.schema import midpoints, time_step
    from thetamix.simulation import simulate
    from thetamix.simulation.frost import freeze
    from thetamix.weather.solar import clear_sky_radiation, extraterrestrial_radiation

    network = simulate(clusters, years, seed, truth_profiles=0, without=("faults", *without)).network
    step = time_step(network["time"])
    above = extraterrestrial_radiation(
        network["latitude"].to_numpy()[:, None],
        network["longitude"].to_numpy()[:, None],
        midpoints(network["time"], step),
        step,
    )
    clear = clear_sky_radiation(above, 300.0) * 1e6 / 3600
    air = network["air_temperature"].to_numpy().astype(float)
    soil, _ = freeze(air, 1.0, network["depth"].to_numpy())
    return network.assign(
        shortwave_radiation=(("cluster", "time"), clear.astype(np.float32), {"units": "W m-2"}),
        soil_temperature=(("cluster", "depth", "time"), soil, {"units": "degC"}),
    )


@pytest.fixture(scope="session")
def clean() -> xr.Dataset:
    """A network with everything that the checks look at, to plant faults in."""
    return clean_network(without=("gaps",))


@pytest.fixture(scope="session")
def make_clean() -> Callable[..., xr.Dataset]:
    """The factory :func:`clean_network`."""
    return clean_network
