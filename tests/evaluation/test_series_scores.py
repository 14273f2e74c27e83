"""Both bootstraps are explicit resamplings, and all forecasters share their draws."""

from types import SimpleNamespace

import numpy as np
import pytest
import scoringrules

from thetamix.evaluation.assessment import Assessment
from thetamix.evaluation.bootstrap import Resampling, draw_units
from thetamix.evaluation.floor import FLOORS, LEAVE_ONE_OUT, SELF_INCLUDING
from thetamix.evaluation.paired_series import paired_series
from thetamix.evaluation.sample import Sample, WeightedSample, series_samples
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.series_scores import SeriesScores
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import ForecastContext
from thetamix.network.by_series import Mask, Part, Readings
from thetamix.prediction.prediction_file import open_prediction
from thetamix.splits.parts import EVALUATION, TRAINING, lies_in
from thetamix.splits.schemes import by_replicates
from thetamix.system.errors import InputError

DAY = np.timedelta64(1, "D")
BLOCKS = Resampling(unit="blocks", block=7 * DAY, unit_draws=40, step_draws=30, step_share=0.8)
GEOLOGY = ["marl", "schist", "marl", "schist"]
CLUSTERS = Resampling(unit="clusters", block=7 * DAY, unit_draws=40, step_draws=30, step_share=0.8)


@pytest.fixture
def case(make_network, make_mixtures):
    network = make_network(steps=100, start="2013-03-05")
    readings = network["soil_moisture"].to_numpy()
    rng = np.random.default_rng(0)
    part = np.where(rng.random((2, 2, 1, 100)) < 0.5, EVALUATION, TRAINING)
    part = np.broadcast_to(part, readings.shape)
    mean = readings.mean(axis=2)[..., None] + rng.normal(0, 0.05, (2, 2, 100, 2))
    predictions = {
        "model": make_mixtures(network, [0.3, 0.7], mean, 0.05),
        "other": make_mixtures(network, 1.0, mean[..., :1], 0.1),
        "twin": make_mixtures(network, [0.3, 0.7], mean, 0.05),
    }
    return network, readings, part, predictions


def ignore(share: float) -> None:
    assert 0 < share <= 1


def evaluate(network, readings, part, rule, predictions, resampling, seed) -> dict[str, list[SimpleNamespace]]:
    """Scores of series, by forecaster; what is not there is NaN."""
    scores = SeriesScores(readings, GEOLOGY, draw_units(network, part, resampling), resampling, seed)
    pairs = list(paired_series(network, readings, part, rule, predictions))
    for each in pairs:
        scores.add(each)
    estimates = scores.estimates()
    result: dict[str, list[SimpleNamespace]] = {}
    for name in dict.fromkeys(key[0] for key in estimates):
        for each in pairs:
            place = each.series
            label = GEOLOGY[place.cluster], f"{place.depth_m:g}", place.cluster_id
            of_units = {score: e[label] for (f, score, suffix), e in estimates.items() if f == name and not suffix}
            of_steps = {score: e[label] for (f, score, suffix), e in estimates.items() if f == name and suffix}
            some = next(iter(of_units.values()))
            result.setdefault(name, []).append(
                SimpleNamespace(
                    series=place,
                    value=dict.fromkeys(SCORES, np.nan) | {score: float(e.value) for score, e in of_units.items()},
                    unit_draws={score: e.draws for score, e in of_units.items()},
                    step_draws={score: e.draws for score, e in of_steps.items()},
                    steps=some.n,
                    units=some.units,
                    unpredicted=scores.unpredicted.get(name, {}).get(label, (0, 0))[0],
                )
            )
    return result


def run(case, resampling=BLOCKS, seed=1, names=("model", "other", "twin")):
    network, readings, part, predictions = case
    chosen = {name: predictions[name] for name in names}
    return evaluate(network, readings, Part.of(part), "all", chosen, resampling, seed)


def blocks_of(network) -> np.ndarray:
    """Blocks of seven days from 1970-01-01, of the middles of the intervals, counted from the first."""
    middle = network["time"].to_numpy() - np.timedelta64(12, "h")
    number = (middle - np.datetime64("1970-01-01")) // (7 * DAY)
    return (number - number[0]).astype(int)


def picked(sample: Sample, index: np.ndarray) -> Sample:
    values = {name: array[index] for name, array in vars(sample).items() if name != "forecast"}
    return Sample(**values)


def once(sample: Sample) -> dict[str, float]:
    everyone = np.ones((1, sample.observed.size))
    return {name: entry.function(WeightedSample(sample, everyone))[0] for name, entry in SCORES.items()}


def test_values_are_those_of_the_sample(case):
    network, readings, part, predictions = case
    scores = run(case)
    for number, one in enumerate(paired_series(network, readings, part, "all", predictions)):
        for name, sample in series_samples(one).items():
            got = scores[name][number]
            assert got.series == one.series
            assert got.steps == one.steps.size
            assert got.unpredicted == 0
            assert got.units == set(blocks_of(network)[one.steps].tolist())
            assert got.value == pytest.approx(once(sample), nan_ok=True)


def test_a_block_draw_repeats_the_steps_of_each_block_as_often_as_it_was_drawn(case):
    network, readings, part, predictions = case
    scores = run(case)["model"]
    number = blocks_of(network)
    units = draw_units(network, Part.of(part), BLOCKS)
    blocks, drawn = units.blocks, units.weights
    np.testing.assert_array_equal(blocks, number)
    assert drawn.shape == (40, 15)
    assert (drawn.sum(axis=1) == 15).all()
    for scored, one in zip(scores, paired_series(network, readings, part, "all", predictions), strict=True):
        for draw in (0, 7, 39):
            times = drawn[draw, number[one.steps]].astype(int)
            explicit = once(picked(series_samples(one)["model"], np.repeat(np.arange(one.steps.size), times)))
            for name, draws in scored.unit_draws.items():
                assert draws[draw] == pytest.approx(explicit[name], nan_ok=True, rel=1e-6)


def test_the_papers_draw_repeats_steps(case):
    network, readings, part, predictions = case
    scores = run(case, seed=3)["model"]
    for scored, one in zip(scores, paired_series(network, readings, part, "all", predictions), strict=True):
        rng = np.random.default_rng([3, one.series.cluster, one.series.depth])
        size = one.steps.size
        for draw in range(3):
            explicit = once(picked(series_samples(one)["model"], rng.integers(0, size, round(0.8 * size))))
            for name, draws in scored.step_draws.items():
                assert draws[draw] == pytest.approx(explicit[name], nan_ok=True, rel=1e-6)


def test_forecasters_share_all_draws_so_that_they_can_be_compared_in_pairs(case):
    scores = run(case)
    for model, twin in zip(scores["model"], scores["twin"], strict=True):
        for kind in ("unit_draws", "step_draws"):
            for name, draws in getattr(model, kind).items():
                np.testing.assert_array_equal(draws, getattr(twin, kind)[name])


def test_a_forecaster_is_scored_as_if_it_were_alone_where_all_predict_everything(case):
    together, alone = run(case)["other"], run(case, names=["other"])["other"]
    for one, other in zip(together, alone, strict=True):
        assert one.value == pytest.approx(other.value, nan_ok=True)
        np.testing.assert_array_equal(one.step_draws["crps"], other.step_draws["crps"])


def test_block_draws_are_the_same_for_all_seeds_and_step_draws_are_not(case):
    one, two = run(case, seed=1)["model"][0], run(case, seed=2)["model"][0]
    np.testing.assert_array_equal(one.unit_draws["crps"], two.unit_draws["crps"])
    assert (one.step_draws["crps"] != two.step_draws["crps"]).any()


def test_where_clusters_are_drawn_a_series_keeps_its_value(case):
    for one in run(case, CLUSTERS)["model"]:
        assert one.units == {one.series.cluster}
        for name, draws in one.unit_draws.items():
            np.testing.assert_array_equal(draws, np.full(40, one.value[name]))


def test_a_series_without_any_prediction_is_undefined_and_counted(case, make_mixtures):
    network, readings, part, predictions = case
    mean = predictions["other"]["component_mean"].to_numpy().copy()
    mean[1, 0] = np.nan
    silent = make_mixtures(network, np.where(np.isnan(mean), np.nan, 1.0), mean, 0.1)
    scores = evaluate(network, readings, Part.of(part), "all", {"silent": silent}, BLOCKS, 1)["silent"]
    steps = int((part[1, 0, 0] == EVALUATION).sum())
    assert scores[2].series.name == "c01 at 0.1 m"
    assert scores[2].unpredicted == steps
    for values in (scores[2].value, *scores[2].unit_draws.items(), *scores[2].step_draws.items()):
        numbers = values.values() if isinstance(values, dict) else values[1]
        assert np.isnan(np.array(list(numbers))).all()
    assert np.isfinite(scores[0].value["crps"])


def test_only_what_is_evaluated_is_drawn(case):
    network, _, part, _ = case
    blocks = blocks_of(network)
    part = np.where(np.isin(blocks, [2, 5, 6, 11, 14]), EVALUATION, TRAINING)
    part = np.broadcast_to(part, (2, 2, 3, 100)).copy()
    drawn = draw_units(network, Part.of(part), BLOCKS).weights
    assert (drawn.sum(axis=1) == 5).all()
    assert np.flatnonzero(drawn.any(axis=0)).tolist() == [2, 5, 6, 11, 14]
    part[0] = TRAINING
    units = draw_units(network, Part.of(part), CLUSTERS)
    assert units.blocks is None
    assert units.weights.tolist() == [[0.0, 1.0]] * 40


def test_the_floors_are_scored_at_the_same_steps(case):
    network, readings, part, predictions = case
    scores = run(case)
    assert set(scores) == {*predictions, *FLOORS}
    for number, one in enumerate(paired_series(network, readings, part, "all", predictions)):
        values = readings[one.series.cluster, one.series.depth][:, one.steps].astype(float)
        for name, others in ((LEAVE_ONE_OUT, True), (SELF_INCLUDING, False)):
            got = scores[name][number]
            crps = [
                scoringrules.crps_mixnorm(
                    values[r], said, np.full_like(said, 0.02), np.full_like(said, 1 / said.shape[1])
                )
                for r in range(3)
                for said in [values[[s for s in range(3) if not (others and s == r)]].T]
            ]
            assert got.value["crps"] == pytest.approx(np.mean(crps), rel=1e-6)
            assert got.steps == one.steps.size
            assert np.isnan(got.value["kge"])
            assert np.isfinite(got.unit_draws["log_likelihood"]).all()


def test_siblings_are_the_floor_of_the_replicates_that_were_kept_out(make_network, tmp_path):
    network = make_network(clusters=4, steps=60)
    readings = Readings.of(network["soil_moisture"].to_numpy())
    part = by_replicates(Mask.of(np.isfinite(readings.dense())), 1, ["a", "b", "c", "d"])
    trained = lies_in(part, TRAINING)
    context = ForecastContext(network, readings, trained, tmp_path / "siblings.nc", 1, ignore)
    FORECASTERS["siblings"].model_validate({"kind": "siblings"}).forecast(context)
    with open_prediction(context.output) as prediction:
        scores = evaluate(network, readings, part, "all", {"siblings": prediction}, BLOCKS, 1)
    for siblings, floor in zip(scores["siblings"], scores[LEAVE_ONE_OUT], strict=True):
        for name in ("crps", "log_likelihood"):
            assert siblings.value[name] == pytest.approx(floor.value[name], rel=1e-5)
    assert len(scores["siblings"]) == 8


def test_a_forecaster_may_not_be_named_like_a_floor(case):
    network, readings, part, predictions = case
    assessment = Assessment(network, readings, "all", GEOLOGY, BLOCKS)
    with pytest.raises(InputError, match="the name of a floor"):
        assessment.add(1, part, {LEAVE_ONE_OUT: predictions["model"]}, ignore)


def test_one_evaluated_step_is_scored_and_has_no_correlation(case):
    network, readings, _, predictions = case
    part = np.full(readings.shape, TRAINING)
    part[0, 0, :, 50] = EVALUATION
    [one] = evaluate(network, readings, Part.of(part), "all", {"model": predictions["model"]}, BLOCKS, 1)["model"]
    assert one.steps == 1
    assert np.isfinite(one.value["crps"])
    assert np.isnan(one.value["kge"])
    assert np.isnan(one.value["rank_correlation"])
