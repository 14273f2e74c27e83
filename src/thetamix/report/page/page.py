"""The page: one self-contained file with plain words, an explorer, scores, figures and the split's audit."""

import base64
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from thetamix.evaluation.questions import open_questions, question
from thetamix.evaluation.ranking import best_model, models, strongest_cycle
from thetamix.evaluation.scores import SCORES
from thetamix.evaluation.study_facts import StudyFacts
from thetamix.forecasters.base import Forecaster
from thetamix.report.explorer.packing import script_json
from thetamix.report.layouts.score_tables import LAYOUTS, depth_name, layout, with_intervals
from thetamix.report.layouts.table_grids import COLOURS, Forest, forest, grid, pieces, skill_map
from thetamix.report.page import assets
from thetamix.report.words.phrases import typographic
from thetamix.report.words.summary import summarise

#: The scores that the page opens with: name, title with unit, decimals.
HEADLINES = (
    ("crps", "CRPS [m3 m-3], low is good", 4),
    ("log_likelihood", "Log-likelihood [nats per reading], high is good", 2),
    ("kge", "KGE, 1 is good", 3),
    ("rank_correlation", "Rank correlation, 1 is good", 3),
)


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes
    ----------
    name
        Of its file.
    title, caption
        What it is, and what to see in it.
    png
        The picture.
    """

    name: str
    title: str
    caption: str
    png: bytes


def render(
    *,
    study: StudyFacts,
    study_file: str,
    scores: pd.DataFrame,
    leakage: pd.DataFrame,
    environment: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame] = MappingProxyType({}),
    figures: Sequence[Picture] = (),
    explorer: Mapping[str, Any] | None = None,
    quality: pd.DataFrame | None = None,
) -> str:
    """Render the page of a run.

    Parameters
    ----------
    study
        Resolved.
    study_file
        Its text.
    scores
        The long table.
    leakage
        A row a seed, from the split's audit.
    environment
        What the run was made with.
    tables
        Further tables of the evaluation by name, as far as there are any; see
        :func:`thetamix.report.words.summary.summarise`.
    figures
        In the order of the page.
    explorer
        See :func:`thetamix.report.explorer.explorer_data.explorer_data`; None leaves the explorer out.
    quality
        See :func:`thetamix.report.layouts.quality_table.quality_table`; None leaves it out.

    Returns
    -------
    str
        HTML; everything that came from files is escaped, nothing is fetched.
    """
    best, null = best_model(study, scores), strongest_cycle(study, scores)
    shown, against = (best, null) if best is not None else (null, None)
    colours = {name: f"c{number % COLOURS}" for number, name in enumerate(study.forecasters)}
    data = _with_colours(explorer, study.forecasters) if explorer is not None else None
    asked, how = question(study.split.scheme)
    return render_template(
        "page.html",
        explored=data is not None,
        name=study.name,
        question=asked,
        how=how,
        open_questions=open_questions(study.split.scheme),
        facts=_facts(study, scores, data),
        summary=summarise(study, scores, leakage, tables),
        has_models=bool(models(study)),
        shown=shown,
        against=against,
        null=null,
        colours=colours,
        forests=forests(scores, null),
        headline=[(title, grid(with_intervals(scores, name, decimals))) for name, title, decimals in HEADLINES],
        tables=[(LAYOUTS[name][0], grid(piece)) for name in LAYOUTS for piece in pieces(layout(scores, name))],
        skill=skill_map(scores, shown, against, data["clusters"]) if data is not None else [],
        data=Markup(script_json(data)) if data is not None else None,  # escaped by script_json
        threshold=data["threshold"] if data is not None else None,
        figures=encoded(figures),
        leakage=leakage.to_dict("records"),
        quality=_quality(quality),
        study=study,
        study_file=study_file,
        environment=environment,
    )


def forests(scores: pd.DataFrame, null: str | None) -> list[tuple[str, Forest]]:
    """Return the forest plots of the scores that a page opens with, by their titles."""
    return [
        (title, forest(scores, score, decimals, null, higher_is_better=SCORES[score].higher_is_better))
        for score, title, decimals in HEADLINES
    ]


def encoded(figures: Sequence[Picture]) -> list[tuple[Picture, str]]:
    """Return figures with their pictures in base 64, as templates take them."""
    return [(figure, base64.b64encode(figure.png).decode("ascii")) for figure in figures]


def render_template(template: str, *, explored: bool, **values: Any) -> str:
    """Fill a template of this room, with its scripts, styles and the policy that allows them.

    Parameters
    ----------
    template
        Its file name.
    explored
        True where the page has an explorer, whose scripts it then needs.
    **values
        What the template names.

    Returns
    -------
    str
        HTML.
    """
    scripts = [assets.joined_assets(assets.PAGE)]
    if explored:
        scripts = [assets.joined_assets(assets.LIBRARY), assets.joined_assets(assets.EXPLORER), *scripts]
    styles = [assets.joined_assets(assets.STYLES)]
    return (
        _templates()
        .get_template(template)
        .render(
            explored=explored,
            policy=assets.content_security_policy(scripts, styles),
            scripts=[Markup(script) for script in scripts],  # our own files
            styles=[Markup(style) for style in styles],
            **values,
        )
    )


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("thetamix.report.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["units"] = typographic
    environment.filters["share"] = lambda value: f"{value:.0%}" if pd.notna(value) else "–"
    environment.filters["days"] = lambda value: f"{float(value):g}" if pd.notna(value) and value != "" else "–"
    environment.filters["km"] = lambda value: f"{float(value):,.0f}" if pd.notna(value) and value != "" else "–"
    return environment


def _with_colours(explorer: Mapping[str, Any], forecasters: Mapping[str, Forecaster]) -> dict[str, Any]:
    """Give each forecaster of the explorer, and the reference, the colour that it has in the study."""
    number = {name: place % COLOURS for place, name in enumerate(forecasters)}
    raw = [name for name, entry in forecasters.items() if entry.point]
    return dict(explorer) | {
        "forecasters": [entry | {"colour": number[entry["name"]]} for entry in explorer["forecasters"]],
        "reference": number[raw[0]] if raw else None,
    }


def _facts(study: StudyFacts, scores: pd.DataFrame, data: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Count what the run is about: number and noun."""
    evaluated = scores[(scores["cluster"] != "all") & (scores["score"] == "crps")]
    pairs = evaluated[["cluster", "depth"]].drop_duplicates()
    facts = [
        (f"{pairs['cluster'].nunique()}", "clusters evaluated"),
        (f"{len(pairs)}", "series evaluated"),
        (", ".join(depth_name(depth) for depth in sorted(set(pairs["depth"]), key=float)), "deep"),
    ]
    if data is not None:
        time = data["time"]
        first = pd.Timestamp(time["start"] - time["step"], unit="s")
        last = pd.Timestamp(time["start"] + (time["count"] - 1) * time["step"], unit="s")
        hours = time["step"] / 3600
        step = "hourly" if hours == 1 else "daily" if hours == 24 else f"every {hours:g} h"
        facts.append((f"{first:%Y-%m-%d} – {last:%Y-%m-%d}", step))
    facts.append((f"{len(study.seeds)}", "seed" if len(study.seeds) == 1 else "seeds"))
    return facts


def _quality(quality: pd.DataFrame | None) -> dict[str, Any] | None:
    if quality is None:
        return None
    series = quality.drop_duplicates(["cluster", "depth"])
    flagged = quality[quality["flag"] != ""]
    by_flag = (
        flagged.groupby(["flag", "meaning", "rejected"], sort=True)
        .agg(readings=("flagged", "sum"), series=("flagged", "size"))
        .reset_index()
    )
    rows = series.to_dict("records")
    read = [row for row in rows if row["readings"] > 0]
    possible = sum(row["readings"] / (1 - row["missing"]) for row in read)
    place = {(row["cluster"], row["depth"]): f"{row['cluster']} at {depth_name(row['depth'])}" for row in rows}
    return {
        "readings": sum(row["readings"] for row in read),
        "missing": 1 - sum(row["readings"] for row in read) / possible if possible else 1.0,
        "empty": [place[row["cluster"], row["depth"]] for row in rows if row["readings"] == 0],
        "silent": [f"{row['silent']} of {place[row['cluster'], row['depth']]}" for row in rows if row["silent"]],
        "flags": by_flag.to_dict("records"),
        "rows": flagged.assign(depth=flagged["depth"].map(depth_name)).to_dict("records"),
    }
