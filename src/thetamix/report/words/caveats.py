"""What to distrust whatever the scores are: holes in them, and leakage of the split."""

import pandas as pd

from thetamix.evaluation.long_table import UNPREDICTED
from thetamix.evaluation.scores import SCORES
from thetamix.report.layouts.table_rows import overall
from thetamix.report.words.phrases import joined, percent


def undefined(scores: pd.DataFrame) -> list[str]:
    """Count the series without a defined score."""
    total = overall(scores)
    titles: dict[str, list[str]] = {}  # by what is undefined: often it is the same for several scores
    for score in ("kge", "rank_correlation", "crps"):
        of = total[(total["score"] == score) & (total["n_undefined"] > 0)].to_dict("records")
        each = [f"{row['forecaster']} {row['n_undefined']} of {row['n'] + row['n_undefined']}" for row in of]
        if each:
            titles.setdefault(", ".join(each), []).append(SCORES[score].title)
    return [
        f"{joined(of)} {'is' if len(of) == 1 else 'are'} undefined for series that are constant, unpredicted or "
        f"never read by all replicates at once; means do without them (series, all seeds together): {each}."
        for each, of in titles.items()
    ]


def unpredicted(scores: pd.DataFrame) -> list[str]:
    """Count the evaluated steps that a forecaster has nothing to say about."""
    missing = scores[scores["score"] == UNPREDICTED]
    if missing.empty:
        return []
    each = [
        f"{forecaster} {int(of['value'].sum()):,} of {len(of[['depth', 'cluster']].drop_duplicates())} series"
        for forecaster, of in missing.groupby("forecaster", sort=False)
    ]
    return [
        "Evaluated steps without a prediction, for missing forcing or for want of anything to learn from; all "
        f"forecasters are scored without them: {', '.join(each)}."
    ]


def leaks(leakage: pd.DataFrame) -> list[str]:
    """Write how much of what is evaluated was trained on in another form."""
    lines = []
    cluster, forcing = leakage["same_cluster"].mean(), leakage["same_forcing"].mean()
    if max(cluster, forcing) > 0:
        lines.append(
            f"{percent(cluster)} of the evaluated steps were trained on at another depth or profile of the same "
            f"cluster, {percent(forcing)} somewhere with the same forcing: scores tell less about new weather than "
            "they seem to. The scheme calendar avoids it."
        )
    sided = [text for text in leakage["one_sided"] if text]
    if sided:
        lines.append(f"Series on one side of the split only: {sided[0]}.")
    return lines
