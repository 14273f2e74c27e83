"""The picture of the data: shares of sensors, counted one by one."""

import numpy as np
import pytest

from thetamix.report.figures.choice import Choice
from thetamix.report.figures.data import COLUMNS, draw
from thetamix.system.errors import InputError


def test_shares_are_those_of_the_sensors_that_ever_read(make_context):
    context = make_context()
    figure = draw(context, Choice())
    (image,) = figure.axes[0].images
    shown = image.get_array().filled(0)
    for cluster, row in enumerate(shown):
        present = np.isfinite(context.accepted(cluster)).reshape(-1, context.network.sizes["time"])
        sensors = [sensor for sensor in present if sensor.any()]
        edges = np.linspace(0, present.shape[1], min(COLUMNS, present.shape[1]) + 1).astype(int)
        for column in (0, len(row) // 2, len(row) - 1):
            first, last = edges[column], edges[column + 1]
            expected = 100 * np.mean([sensor[first:last].mean() for sensor in sensors])
            assert row[column] == pytest.approx(expected, abs=1e-9)


def test_the_chosen_cluster_alone_is_shown(make_context):
    context = make_context()
    figure = draw(context, Choice(cluster=context.clusters[1]))
    assert len(figure.axes[0].images[0].get_array()) == 1
    assert figure.get_suptitle().startswith(context.clusters[1])
    with pytest.raises(InputError, match="no cluster 'nowhere'"):
        draw(context, Choice(cluster="nowhere"))
