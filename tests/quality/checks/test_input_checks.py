"""What a study names and a network lacks, in words."""

import pytest

from thetamix.network.settings import Quality
from thetamix.quality.checks import Needs, StudyPlan, examine
from thetamix.splits.settings import Split

PLAN = StudyPlan(
    Quality(reject=["C01"]),
    Split(block="30d"),
    seeds=(1,),
    forecasters=(Needs("lstm", (("precipitation", False), ("discharge", True)), ("elevation", "soil_type"), 24),),
)


@pytest.mark.parametrize(
    ("forcing", "attribute", "shape", "advice"),
    [
        ("elevation", "soil_type", "elevation is over (cluster)", "name it in inputs.attributes"),
        ("precipitation", "air_temperature", "air_temperature is over (cluster, time)", "inputs.forcing"),
        ("soil_moisture", "elevation", "soil_moisture is over (cluster, depth, replicate, time)", "leave it"),
        ("soil_moisture_flag", "elevation", "soil_moisture_flag is over", "leave it out of inputs.forcing"),
    ],
)
def test_an_input_of_another_shape_is_told_its_place(clean, forcing, attribute, shape, advice):
    plan = StudyPlan(**vars(PLAN) | {"forecasters": (Needs("lstm", ((forcing, False),), (attribute,), 24),)})
    (finding,) = (finding for finding in examine(clean, "clean", plan) if finding.severity == "error")
    assert shape in finding.message
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("rival", "message"),
    [
        (Needs("cycle", groups=("depth", "geolgy")), "cycle: the network has no attribute 'geolgy'"),
        (Needs("era", variables=("reference",)), "era: the network has no reference"),
        (Needs("kin", scheme="replicates"), "kin: with split.scheme blocks there is nothing"),
    ],
)
def test_what_a_rival_lacks_is_found_before_anything_is_trained(clean, rival, message):
    plan = StudyPlan(
        **vars(PLAN) | {"forecasters": (*PLAN.forecasters, rival, Needs("cycle", groups=("depth", "geology")))}
    )
    (finding,) = (finding for finding in examine(clean, "clean", plan) if finding.severity == "error")
    assert finding.message.startswith(message)


def test_a_name_of_the_place_taken_for_an_input(clean):
    named = clean.assign(soil_type=("cluster", ["east", "west", "hill", "mill"], clean["soil_type"].attrs))
    of_study = [f for f in examine(named, "clean", PLAN) if f.check == "uninformative_attributes"]
    assert [f.message for f in of_study] == [
        "attribute soil_type has another value at each cluster: a model would learn the places by heart"
    ]


@pytest.mark.parametrize(
    ("group", "message", "advice"),
    [
        ("geolgy", "group_by: the network has no attribute 'geolgy'", 'did you mean "geology"'),
        ("plot", "group_by: plot has 40 values at 40 clusters", "group_by: [depth]"),
    ],
)
def test_scores_are_grouped_by_what_clusters_share(clean, group, message, advice):
    many = clean.isel(cluster=[0, 1, 2, 3] * 10)
    many = many.assign_coords(cluster_id=("cluster", [f"S{number}" for number in range(40)]))
    many = many.assign(plot=("cluster", [f"plot {number}" for number in range(40)]))
    plan = StudyPlan(**vars(PLAN) | {"group": group})
    (finding,) = (f for f in examine(many, "clean", plan) if f.check == "unfit_groups")
    assert finding.severity == "error"
    assert finding.message == message
    assert advice in finding.advice
    assert not [f for f in examine(many, "clean", PLAN) if f.check == "unfit_groups"]
