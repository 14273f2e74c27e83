"""The page that a run ends with: scores, the split and its leakage, what is good and what to distrust.

``layouts`` arranges tables, ``words`` makes sentences of them, ``figures`` draws, ``explorer`` packs every series,
and ``page`` fills the templates.
"""
