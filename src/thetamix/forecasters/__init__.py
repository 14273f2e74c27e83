"""Forecasters: each writes a prediction file; evaluation knows them only by their files.

:data:`FORECASTERS` maps the ``kind`` of a study's entry to its class. A new forecaster is one class in one file, and
its line here; nothing else asks for kinds.
"""

from thetamix.forecasters.annual_cycle import AnnualCycle
from thetamix.forecasters.base import Forecaster
from thetamix.forecasters.ensemble import Ensemble
from thetamix.forecasters.exponential_filter import ExponentialFilter
from thetamix.forecasters.from_file import FromFile
from thetamix.forecasters.lstm import LSTM
from thetamix.forecasters.process import Process
from thetamix.forecasters.reference import Reference
from thetamix.forecasters.siblings import Siblings

#: Classes by the word in a study.
FORECASTERS: dict[str, type[Forecaster]] = {
    "lstm": LSTM,
    "annual_cycle": AnnualCycle,
    "reference": Reference,
    "ensemble": Ensemble,
    "file": FromFile,
    "siblings": Siblings,
    "process": Process,
    "exponential_filter": ExponentialFilter,
}
