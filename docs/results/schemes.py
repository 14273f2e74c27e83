"""Write ``schemes.csv`` and ``schemes_pairs.csv``: python docs/results/schemes.py RUN …, runs of ``attert/*.yml``.

Not every forecaster predicts every series, and means over different series compare nothing. So the scores here are
means over the series that all listed forecasters of a scheme predict: first over the series of a depth, then over
seeds, then over depths.
"""

import csv
import sys
from pathlib import Path

import pandas as pd
import yaml

HERE = Path(__file__).parent
ASKS = {
    "blocks": "installed sensors",
    "replicates": "a new replicate",
    "clusters": "an unseen place",
    "calendar": "installed sensors, at times no sensor was trained on",
}
SCORES = {
    "kge": ("KGE", 2),
    "rank_correlation": ("rank corr.", 2),
    "crps": ("CRPS", 4),
    "log_likelihood": ("log-lik.", 2),
    "belt_w1_of_series": ("belt W1", 4),
}
FORECASTERS = [
    "3G-LSTM",
    "3G-LSTM (place)",
    "condLSTM",
    "condLSTM (place)",
    "soil model",
    "annual cycle",
    "annual cycle of the series",
    "siblings (learned spread)",
    "floor (leave-one-out)",
]
PAIRS = {
    "blocks": [
        ("3G-LSTM", "3G-LSTM (place)"),
        ("3G-LSTM", "annual cycle"),
        ("3G-LSTM", "annual cycle of the series"),
        ("condLSTM (place)", "annual cycle of the series"),
        ("condLSTM (place)", "soil model"),
        ("3G-LSTM", "3G-LSTM (paper)"),
        ("3G-LSTM (paper)", "3G-LSTM (notebook)"),
    ],
    "replicates": [
        ("condLSTM", "3G-LSTM"),
        ("3G-LSTM", "3G-LSTM (place)"),
        ("3G-LSTM", "annual cycle"),
        ("3G-LSTM", "siblings (learned spread)"),
    ],
    "clusters": [
        ("3G-LSTM (place)", "annual cycle"),
        ("condLSTM (place)", "annual cycle"),
        ("condLSTM", "annual cycle"),
        ("3G-LSTM", "annual cycle"),
    ],
    "calendar": [
        ("3G-LSTM", "3G-LSTM (place)"),
        ("3G-LSTM", "annual cycle"),
        ("3G-LSTM (place)", "annual cycle of the series"),
    ],
}
SERIES = ["seed", "depth", "cluster"]
COMMAND = (
    "for s in blocks replicates clusters calendar; do thetamix run docs/results/attert/$s.yml; done; "
    "python docs/results/schemes.py runs/attert-blocks runs/attert-replicates runs/attert-clusters "
    "runs/attert-calendar"
)


def means(scores: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Average the scores of the series that all forecasters predict; and count these series."""
    single = scores[(scores[SERIES] != "all").all(axis=1) & scores["forecaster"].isin(FORECASTERS)]
    crps = single[single["score"] == "crps"].pivot_table(index=SERIES, columns="forecaster", values="value")
    shared = crps.dropna().index
    wide = single[single["score"].isin(SCORES)].pivot_table(
        index=SERIES, columns=["forecaster", "score"], values="value"
    )
    chosen = wide[wide.index.isin(shared)]
    of_seeds = chosen.groupby(["seed", "depth"]).mean()
    return of_seeds.groupby("depth").mean().mean().unstack("score"), len(shared)


def rows(run: Path) -> list[list[str]]:
    """Give the rows of a run."""
    study = yaml.safe_load((run / "study.yml").read_text(encoding="utf-8"))
    scheme = study["split"]["scheme"]
    table, n = means(read(run / "scores.csv"))
    found = [name for name in FORECASTERS if name in table.index]
    return [
        [
            f"{scheme}: {ASKS[scheme]} ({study['training']['epochs']} epochs, n = {n})",
            name,
            *(_number(table.loc[name].get(score), digits) for score, (_, digits) in SCORES.items()),
            COMMAND,
        ]
        for name in found
    ]


def pairs(run: Path) -> list[list[str]]:
    """Give the differences in CRPS of a run, over the series that both of a pair predict."""
    scheme = yaml.safe_load((run / "study.yml").read_text(encoding="utf-8"))["split"]["scheme"]
    table = read(run / "tables" / "comparison.csv")
    total = table[(table["score"] == "crps") & (table["geology"] == "all") & (table["depth"] == "all")]
    total = total.set_index(["one", "other"])
    result = []
    for one, other in PAIRS[scheme]:
        known = total.loc[(one, other)]
        interval = f"{known['low']:+.4f} to {known['high']:+.4f}"
        row = [scheme, one, other, f"{known['difference']:+.4f}", interval, str(known["n"])]
        result.append([*row, COMMAND])
    return result


def read(path: Path) -> pd.DataFrame:
    """Read a table of a run."""
    return pd.read_csv(path, dtype={"seed": str, "depth": str, "cluster": str})


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None or pd.isna(value) else f"{value:.{digits}f}"


def main(runs: list[Path]) -> None:
    """Write both tables."""
    head = ["scheme: asks about", "forecaster"]
    head += [*(name for name, _ in SCORES.values()), "command"]
    pair_head = ["scheme", "first", "second", "CRPS, first less second [m3 m-3]", "95 %", "series", "command"]
    for name, first, make in (("schemes", head, rows), ("schemes_pairs", pair_head, pairs)):
        with (HERE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([first, *(row for run in runs for row in make(run))])


if __name__ == "__main__":
    main([Path(run) for run in sys.argv[1:]])
