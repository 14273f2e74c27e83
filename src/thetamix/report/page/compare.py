"""The page of a comparison: several runs side by side, with paired differences where they may be paired."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.questions import question
from thetamix.evaluation.ranking import best_model
from thetamix.evaluation.run_differences import RunTables, across_runs, shared_seeds, why_unpaired
from thetamix.report.layouts.score_tables import with_intervals
from thetamix.report.layouts.table_grids import COLOURS, Forest, ForestRow, grid
from thetamix.report.layouts.table_rows import rows
from thetamix.report.page.page import HEADLINES, Picture, encoded, forests, render_template
from thetamix.report.words.phrases import Summary, joined, percent, signed


def render_comparison(
    runs: Sequence[RunTables], differences: pd.DataFrame | None = None, figures: Sequence[Picture] = ()
) -> str:
    """Render the page that compares runs.

    Parameters
    ----------
    runs
        At least two; the first is the one that the others are set against.
    differences
        See :func:`thetamix.evaluation.run_differences.across_runs`, which makes it where it is not given.
    figures
        In the order of the page.

    Returns
    -------
    str
        HTML; everything that came from files is escaped, nothing is fetched.
    """
    table = across_runs(runs) if differences is None else differences
    overall = table[table["depth"] == ALL]
    scores = _joined_scores(runs)
    colours = {forecaster: f"c{number % COLOURS}" for number, run in enumerate(runs) for forecaster in _names(run)}
    return render_template(
        "compare.html",
        explored=False,
        name=" · ".join(run.label for run in runs),
        runs=[
            {
                "label": run.label,
                "colour": f"c{number % COLOURS}",
                "name": run.study.name,
                "question": question(run.study.split.scheme),
                "best": best_model(run.study, run.scores),
                "seeds": len(run.study.seeds),
                "environment": run.environment,
                "leakage": run.leakage[["same_series", "same_cluster", "same_forcing"]].mean().to_dict(),
            }
            for number, run in enumerate(runs)
        ],
        first=runs[0].label,
        summary=summarise_comparison(runs, table),
        forests=forests(scores, None),
        colours=colours,
        differences=[(title, _difference_rows(overall, score, decimals)) for score, title, decimals in HEADLINES],
        by_depth=[(title, grid(with_intervals(scores, score, decimals))) for score, title, decimals in HEADLINES],
        figures=encoded(figures),
        settings=list(differing_settings(runs)),
        environment=runs[0].environment,
    )


def summarise_comparison(runs: Sequence[RunTables], differences: pd.DataFrame) -> Summary:
    """Write which run is better at what, and what may not be compared.

    Parameters
    ----------
    runs
        The runs.
    differences
        See :func:`thetamix.evaluation.run_differences.across_runs`; only what is over all depths is told.

    Returns
    -------
    Summary
        ``good``: better than the first run; ``poor``: worse; ``distrust``: undecided, or not comparable.
    """
    summary = Summary()
    first = runs[0]
    for run in runs[1:]:
        why = why_unpaired(run, first)
        if why is not None:
            summary.distrust.append(
                f"{run.label} and {first.label} cannot be paired: {why}. Their scores stand side by side, and their "
                "difference may be one of the data."
            )
        elif len(shared := shared_seeds(run, first)) < max(len(run.study.seeds), len(first.study.seeds)):
            summary.distrust.append(
                f"{run.label} and {first.label} are paired on seed {joined(shared)} alone: the other seeds have "
                "another split, or are in one of them only."
            )
    total = differences[(differences["score"] == "crps") & (differences["depth"] == ALL)]
    for row in total.to_dict("records"):
        _tell(summary, row)
        if row["n_left_out"]:
            summary.distrust.append(
                f"{row['n_left_out']} series are left out of {row['one_run']} · {row['one']} against "
                f"{row['other_run']} · {row['other']}: they were scored at other steps."
            )
    return summary


def _tell(summary: Summary, row: Mapping[Any, Any]) -> None:
    first, second = f"{row['one_run']} · {row['one']}", f"{row['other_run']} · {row['other']}"
    size = f"{abs(row['difference']):.4f} m³ m⁻³"
    if not np.isfinite(row["low"]):
        summary.distrust.append(
            f"{first} has a CRPS that differs from {second} by {size}; there are too few clusters for an interval."
        )
        return
    low, high = signed(row["low"], 4), signed(row["high"], 4)
    between = f"(95% interval of the difference: {low} to {high}, {row['n']} series)"
    if row["low"] == row["high"] == 0:
        summary.distrust.append(f"{first} and {second} have the same CRPS in every series.")
    elif row["low"] <= 0 <= row["high"]:
        summary.distrust.append(f"{first} and {second} cannot be told apart by CRPS {between}.")
    elif row["difference"] < 0:
        summary.good.append(f"{first} has a lower CRPS than {second} by {size} {between}.")
    else:
        summary.poor.append(f"{first} has a higher CRPS than {second} by {size} {between}.")


def differing_settings(runs: Sequence[RunTables]) -> Iterator[tuple[str, list[str]]]:
    """List the settings that are not the same in all runs.

    Parameters
    ----------
    runs
        The runs.

    Yields
    ------
    key : str
        Such as ``split.scheme``.
    values : list of str
        Of each run; "–" where a run does not have it.
    """
    flat = [dict(_flat("", run.settings)) for run in runs]
    for key in dict.fromkeys(key for settings in flat for key in settings):
        values = [settings.get(key, "–") for settings in flat]
        if len(set(values)) > 1:
            yield key, values


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inner)
    else:
        yield prefix, str(value)


def _names(run: RunTables) -> list[str]:
    return [f"{run.label} · {forecaster}" for forecaster in dict.fromkeys(run.scores["forecaster"])]


def _joined_scores(runs: Sequence[RunTables]) -> pd.DataFrame:
    tables = []
    for run in runs:
        means = run.scores[run.scores["seed"] == ALL]
        tables.append(means.assign(forecaster=f"{run.label} · " + means["forecaster"]))
    return pd.concat(tables, ignore_index=True)


def _difference_rows(differences: pd.DataFrame, score: str, decimals: int) -> Forest:
    """Arrange paired differences as a forest plot around 0."""
    chosen = rows(differences, score=score)
    if chosen.empty:
        return Forest()
    values = chosen[["difference", "low", "high"]].to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(values))) or 1.0

    def position(value: float) -> float:
        return round(50 + 46 * value / reach, 2)

    lines = []
    for row, (value, low, high) in zip(chosen.to_dict("records"), values, strict=True):
        bounded, share = bool(np.isfinite(low)), row["share_one_better"]
        line = ForestRow(
            f"{row['one_run']} · {row['one']} − {row['other_run']} · {row['other']}",
            position(value),
            position(low) if bounded else None,
            position(high) if bounded else None,
            signed(value, decimals),
            f"{signed(low, decimals)} to {signed(high, decimals)}" if bounded else "",
            f"better in {percent(share)} of the draws" if np.isfinite(share) else "",
        )
        lines.append(line)
    return Forest(lines, position(0.0))
