"""Score the process model and the exponential filter beside annual cycles: python benchmarks/process.py NETWORK.nc.

All forecasters at the same steps of the same series: those that each of them predicts. CRPS and log-likelihood are
those of the readings under the one distribution of the series.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.paired_series import paired_series
from thetamix.evaluation.sample import WeightedSample, series_samples
from thetamix.evaluation.scores import SCORES
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import ForecastContext
from thetamix.network.observations import observations
from thetamix.prediction.prediction_file import open_prediction
from thetamix.splits.draw import draw_split, readings_of_part, usable_readings
from thetamix.splits.parts import TRAINING
from thetamix.splits.settings import Split

SHOWN = ("kge", "rank_correlation", "rmse", "crps", "log_likelihood")


def score_seed(
    network: xr.Dataset, forecasters: dict, scheme: str, seed: int, reject: Sequence[str], folder: Path
) -> list[dict]:
    """Forecast and score one split."""
    observed = observations(network, reject)
    part = draw_split(network, usable_readings(observed, "all"), seed, Split(scheme=scheme))
    trained = readings_of_part(observed, part, TRAINING, "all")
    predictions, spent = {}, {}
    for name, (kind, settings) in forecasters.items():
        start = time.perf_counter()
        output = folder / f"{name}.nc"
        context = ForecastContext(network, observed, trained, output, seed, lambda _: None)
        FORECASTERS[kind].model_validate({"kind": kind} | settings).forecast(context)
        spent[name] = time.perf_counter() - start
        with open_prediction(output) as prediction:
            predictions[name] = prediction.load()
    rows = []
    for group in (
        {name: p for name, p in predictions.items() if name != "exponential filter"},
        predictions,
    ):
        # The filter is silent at the top and where the top is: with it, all are scored at fewer steps.
        for one in paired_series(network, observed, part, "all", group):
            if not all(np.isfinite(said.mean).all() for said in one.forecasts.values()):
                continue
            for name, sample in series_samples(one).items():
                values = {
                    score: float(SCORES[score].function(WeightedSample(sample, np.ones((1, one.steps.size))))[0])
                    for score in SHOWN
                }
                rows.append(
                    {
                        "steps": "filter's" if "exponential filter" in group else "all",
                        "forecaster": name,
                        "seed": seed,
                        "depth": one.series.depth_m,
                        "seconds": spent[name],
                        "n": one.steps.size,
                        **values,
                    }
                )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--schemes", nargs="+", default=["blocks", "calendar"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--population", type=int, default=24)
    parser.add_argument("--generations", type=int, default=25)
    parser.add_argument("--reject", nargs="*", default=["C01", "C02"])
    given = parser.parse_args()
    effort = {"population": given.population, "generations": given.generations}
    forecasters = {
        "process": ("process", effort),
        "exponential filter": ("exponential_filter", {}),
        "annual cycle of the series": ("annual_cycle", {"by": ["cluster", "depth"]}),
    }
    with xr.open_dataset(given.network, engine="netcdf4") as network, TemporaryDirectory() as folder:
        network.load()
        for scheme in given.schemes:
            rows = [
                row
                for seed in given.seeds
                for row in score_seed(network, forecasters, scheme, seed, given.reject, Path(folder))
            ]
            table = pd.DataFrame(rows)
            print(f"\n{scheme}, seeds {given.seeds}: mean over series and seeds")
            by = ["steps", "depth", "forecaster"]
            print(
                table.groupby(by)[[*SHOWN, "n", "seconds"]]
                .mean()
                .assign(series=table.groupby(by).size())
                .round(4)
                .to_string()
            )
            print("all depths, mean over series and seeds; then the median of the series' KGE")
            total = table.groupby(["steps", "forecaster"])
            means = total[list(SHOWN)].mean().round(4)
            print(means.assign(median_kge=total["kge"].median().round(3)).to_string())


if __name__ == "__main__":
    main()
