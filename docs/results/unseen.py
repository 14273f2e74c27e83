"""Write ``unseen.csv``: python docs/results/unseen.py RUN, the run of ``examples/ismn-us/daily.yml``.

Each station is predicted once, by the fold that keeps it out. Scores are medians over those series of a depth that
all forecasters predict; coverage is that of all readings, as the run's table of calibration has it.
"""

import csv
import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
FEWEST = 20  # stations of a depth that is shown
SCORES = {"kge": ("KGE", 2), "correlation": ("r", 2), "ubrmse": ("ubRMSE", 3), "crps": ("CRPS", 4)}
COMMAND = "thetamix run examples/ismn-us/daily.yml; python docs/results/unseen.py runs/ismn-us-daily"


def main() -> None:
    """Read the run's tables and write the CSV."""
    run = Path(sys.argv[1])
    scores, calibration = (
        pd.read_csv(run / path, dtype={"seed": str, "depth": str, "cluster": str, "climate": str})
        for path in ("scores.csv", "tables/calibration.csv")
    )
    names = ["LSTM", "annual cycle"]
    series = scores[(scores["cluster"] != "all") & (scores["seed"] != "all") & scores["score"].isin(SCORES)]
    places = ["depth", "cluster", "seed"]
    wide = series[series["forecaster"].isin(names)].pivot_table(
        index=places, columns=["forecaster", "score"], values="value"
    )
    wide = wide.dropna()
    inside = calibration[
        (calibration["kind"] == "coverage")
        & (calibration["seed"] == "all")
        & (calibration["climate"] == "all")
        & ((calibration["x"] - 0.8).abs() < 1e-6)
    ].set_index(["forecaster", "depth"])["value"]
    rows = []
    for depth, of in wide.groupby("depth"):
        for name in names:
            medians = of[name].median()
            values = [f"{medians[score]:.{digits}f}" for score, (_, digits) in SCORES.items()]
            rows.append((float(depth), len(of), name, *values, f"{100 * inside[name, depth]:.0f} %"))
    rows = [row for row in sorted(rows) if row[1] >= FEWEST]
    with (HERE / "unseen.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        header = ["depth", "stations", "forecaster", *(title for title, _ in SCORES.values())]
        writer.writerow([*header, "80 % interval covers", "command"])
        for depth, counted, forecaster, *values in rows:
            writer.writerow([f"{100 * depth:g} cm", counted, forecaster, *values, COMMAND])


if __name__ == "__main__":
    main()
