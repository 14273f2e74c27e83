"""Inputs that a network lacks are refused, by name."""

import numpy as np
import pytest

from thetamix.inputs.requirements import check_categories, find_forcing, find_inputs
from thetamix.inputs.spec import Category, InputSpec, Scale
from thetamix.system.errors import InputError


def test_a_missing_input_gets_the_nearest(make_network):
    network = make_network(discharge=np.full((2, 120), 1.0))
    with pytest.raises(InputError, match="no forcing 'dischrge'; did you mean \"discharge\""):
        find_inputs(network, ["precipitation", "dischrge"], [])
    with pytest.raises(InputError, match="no attribute 'geologie'; did you mean \"geology\""):
        find_inputs(network, ["precipitation"], ["geologie"])
    with pytest.raises(InputError, match="no forcing 'elevation'"):
        find_inputs(network, ["elevation"], [])
    find_inputs(network, ["precipitation", "discharge"], ["elevation", "geology"])


def test_forcing_that_is_missing_throughout(make_network):
    network = make_network(discharge=np.full((2, 120), np.nan))
    with pytest.raises(InputError, match="forcing discharge is missing throughout"):
        find_forcing(network, ["discharge"])
    network["discharge"][1, 7] = 0.2  # a value somewhere is enough
    find_forcing(network, ["precipitation", "discharge"])


@pytest.mark.parametrize(
    ("name", "values"),
    [("elevation", np.array([300.0, np.nan])), ("geology", np.array(["marl", ""], dtype=object))],
)
def test_an_attribute_without_a_value_names_the_cluster(make_network, name, values):
    with pytest.raises(InputError, match=f"attribute {name} has no value at cluster c01"):
        find_inputs(make_network(**{name: values}), ["precipitation"], [name])


def test_an_unseen_category_names_category_cluster_and_known_ones(make_network):
    soils = np.array(["clay", "loam", "sand"], dtype=object)
    network = make_network(clusters=3, soil_type=soils)
    scale = Scale("soil_moisture", 0.3, 0.1, 0.0, 0.6)
    spec = InputSpec((), (), (Category("soil_type", ("clay", "sand")),), (), scale)
    with pytest.raises(InputError, match=r"soil_type 'loam' of cluster c01 was not trained on \(trained: clay, sand"):
        check_categories(network, spec)
    check_categories(network.isel(cluster=[0, 2]), spec)
