"""Forecasters: each writes a prediction file; evaluation knows them only by their files.

:data:`FORECASTERS` maps the ``kind`` of a study's entry to its function. A new forecaster is one function and one
entry here (and one model of its settings in :mod:`thetamix.study.settings`).
"""

from collections.abc import Callable, Mapping

from thetamix.forecasters.annual_cycle import forecast_annual_cycle
from thetamix.forecasters.base import ForecastContext
from thetamix.forecasters.ensemble import forecast_ensemble
from thetamix.forecasters.exponential_filter import forecast_exponential_filter
from thetamix.forecasters.from_file import forecast_from_file
from thetamix.forecasters.lstm import forecast_lstm
from thetamix.forecasters.process import forecast_process
from thetamix.forecasters.reference import forecast_reference
from thetamix.forecasters.siblings import forecast_siblings

#: Functions of (context, settings of the entry); each writes ``context.output``.
FORECASTERS: Mapping[str, Callable[..., None]] = {
    "lstm": forecast_lstm,
    "annual_cycle": forecast_annual_cycle,
    "reference": forecast_reference,
    "ensemble": forecast_ensemble,
    "file": forecast_from_file,
    "siblings": forecast_siblings,
    "process": forecast_process,
    "exponential_filter": forecast_exponential_filter,
}

__all__ = ["FORECASTERS", "ForecastContext"]
