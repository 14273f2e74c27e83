"""Which question the scores of a split answer, and which they do not."""

INSTALLED = "What will these sensors read?"
REPLICATE = "What would a new replicate read, in the same few metres of soil?"
PLACE = "What would sensors read at a place that has none?"

#: Question -> the schemes of the split that answer it.
SCHEMES = {INSTALLED: "blocks, calendar or period", REPLICATE: "replicates", PLACE: "clusters, networks or regions"}
#: Scheme of the split -> the question that its scores answer, and in which sense.
QUESTIONS = {
    "blocks": (INSTALLED, "at other times; other times of the same series were trained on"),
    "calendar": (INSTALLED, "at times when no sensor was trained on"),
    "period": (INSTALLED, "in a period that was not trained on"),
    "replicates": (REPLICATE, "one profile of each cluster was never shown"),
    "clusters": (PLACE, "whole clusters were kept out"),
    "networks": (PLACE, "whole networks were kept out, with all their clusters"),
    "regions": (PLACE, "whole squares of latitude and longitude were kept out, with all their clusters"),
}


def question(scheme: str) -> tuple[str, str]:
    """Return the question that the scores of a scheme's splits answer, and in which sense."""
    return QUESTIONS[scheme]


def open_questions(scheme: str) -> list[tuple[str, str]]:
    """List the questions that the scores of a scheme's splits do not answer, with the schemes that do."""
    answered, _ = QUESTIONS[scheme]
    return [(text, schemes) for text, schemes in SCHEMES.items() if text != answered]
