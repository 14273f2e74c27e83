"""From what a user writes to what is run: completed, checked, and the same when read again."""

import contextlib
import copy
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from thetamix.forecasters.lstm import LSTM
from thetamix.study.resolve import load_study, parse_study, resolve_steps, to_yaml
from thetamix.study.settings import Study
from thetamix.system.errors import InputError

HOUR = np.timedelta64(1, "h").astype("timedelta64[ns]")
RAW = {
    "name": "attert",
    "network": "network.nc",
    "quality": {"reject": ["C01"], "replicates": "all"},
    "inputs": {
        "forcing": ["precipitation", {"discharge": "optional"}],
        "attributes": ["elevation"],
        "unseen": "error",
    },
    "split": {"scheme": "period", "block": "90d", "period": {"start": "2015-01-01", "end": "2016-01-01"}},
    "training": {"preset": "paper", "hidden": 32, "sequence": "5d"},
    "forecasters": {
        "both": {"kind": "ensemble", "of": ["model", "cycle"]},
        "model": {"kind": "lstm", "components": 3, "training": {"epochs": 2}, "inputs": {"attributes": []}},
        "cycle": {"kind": "annual_cycle", "by": "series"},
        "law": {"kind": "file", "file": "truth.nc"},
        "land": {"kind": "reference"},
    },
    "seeds": [1, 2],
    "evaluation": {"bootstrap": {"draws": 10}},
}


def parse(**changes: object) -> Study:
    return parse_study(copy.deepcopy(RAW) | changes, "study.yml", Path("/data"))


def forecasters(**entries: object) -> dict[str, object]:
    return parse(forecasters=entries).forecasters


def lstm(study: Study, name: str) -> LSTM:
    entry = study.forecasters[name]
    assert isinstance(entry, LSTM)
    return entry


# Overrides


def test_an_entry_overrides_single_keys_of_training_and_inputs():
    model = lstm(parse(), "model")
    assert (model.training.hidden, model.training.epochs, model.training.batch) == (32, 2, 128)
    assert model.inputs.attributes == []
    assert [f.name for f in model.inputs.forcing] == ["precipitation", "discharge"]
    assert parse().training.epochs == 10  # the study's own is left alone


def test_an_entry_with_a_preset_starts_from_that_preset():
    entry = {"kind": "lstm", "training": {"preset": "paper", "epochs": 2}}
    model = forecasters(model=entry)["model"]
    assert (model.training.hidden, model.training.epochs) == (64, 2)


@pytest.mark.parametrize("absent", [{}, {"training": None}, {"training": {}}])
def test_a_study_without_training_runs_the_preset(absent):
    raw = {key: value for key, value in RAW.items() if key != "training"} | absent
    if "training" in absent and absent["training"] is None:
        with pytest.raises(InputError, match="training: "):
            parse_study(raw, "s", Path())
        return
    assert lstm(parse_study(raw, "s", Path()), "model").training.hidden == 64


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "study.yml").write_text(yaml.safe_dump(RAW))
    study = load_study(tmp_path / "study.yml")
    assert study.network == (tmp_path / "network.nc").resolve()
    assert study.forecasters["law"].file == (tmp_path / "truth.nc").resolve()


# References and ensembles


def test_a_reference_is_spelled_out_in_its_three_forms():
    names = [name for name in parse().forecasters if name.startswith("land")]
    assert names == ["land", "land (dressed)", "land (bias-corrected)"]
    assert [parse().forecasters[name].dress for name in names] == ["none", "raw", "bias_corrected"]
    one = forecasters(land={"kind": "reference", "dress": "raw"})
    assert list(one) == ["land"]


def test_a_reference_never_takes_the_name_of_another_forecaster():
    entries = {"land (dressed)": {"kind": "annual_cycle"}, "land": {"kind": "reference"}}
    with pytest.raises(InputError, match=r"land \(dressed\)"):
        forecasters(**entries)


def test_a_name_that_becomes_too_long_is_refused():
    with pytest.raises(InputError, match="too long"):
        forecasters(**{"x" * 50: {"kind": "reference"}})


def test_members_stand_before_their_ensembles():
    cycle = {"kind": "annual_cycle"}
    order = list(
        forecasters(
            outer={"kind": "ensemble", "of": ["inner", "a"]},
            inner={"kind": "ensemble", "of": ["a", "b"]},
            b=cycle,
            a=cycle,
        )
    )
    assert sorted(order) == ["a", "b", "inner", "outer"]
    assert order.index("inner") > max(order.index("a"), order.index("b"))
    assert order[-1] == "outer"


def test_the_order_of_the_file_is_kept_otherwise():
    names = ["z", "a", "m", "b"]
    assert list(forecasters(**{name: {"kind": "annual_cycle"} for name in names})) == names


@pytest.mark.parametrize(
    "entries",
    [
        {"a": {"kind": "ensemble", "of": ["b"]}, "b": {"kind": "ensemble", "of": ["a"]}},
        {"a": {"kind": "ensemble", "of": ["a"]}, "b": {"kind": "annual_cycle"}},
    ],
)
def test_ensembles_cannot_pool_each_other_or_themselves(entries):
    with pytest.raises(InputError, match=r"pool each other|no forecaster"):
        forecasters(**entries)


def test_a_mistyped_member_gets_the_nearest():
    with pytest.raises(InputError, match=r"forecasters.both: no forecaster 'modl'; did you mean \"model\""):
        forecasters(both={"kind": "ensemble", "of": ["modl"]}, model={"kind": "lstm"})


def test_a_dressed_reference_can_be_pooled_and_a_bare_one_cannot():
    land, cycle = {"kind": "reference"}, {"kind": "annual_cycle"}
    ok = forecasters(both={"kind": "ensemble", "of": ["land (dressed)", "a"]}, land=land, a=cycle)
    assert list(ok)[-1] == "both"
    hints = {'pool "land (dressed)"': land, "set its dress to raw": land | {"dress": "none"}}
    for hint, bare in hints.items():
        with pytest.raises(InputError, match=f"land is a point forecast.*{re.escape(hint)}"):
            forecasters(both={"kind": "ensemble", "of": ["land", "a"]}, land=bare, a=cycle)


# Errors


def changed(place: list[str], value: object) -> dict[str, object]:
    raw = copy.deepcopy(RAW)
    target = raw
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return raw


@pytest.mark.parametrize(
    ("place", "right"),
    [
        (["seed"], "seeds"),
        (["quality", "rejects"], "reject"),
        (["inputs", "atributes"], "attributes"),
        (["split", "evaluation_shar"], "evaluation_share"),
        (["split", "period", "strat"], "start"),
        (["training", "learning_rat"], "learning_rate"),
        (["forecasters", "model", "component"], "components"),
        (["forecasters", "model", "training", "epoch"], "epochs"),
        (["forecasters", "model", "inputs", "forcings"], "forcing"),
        (["forecasters", "land", "dres"], "dress"),
        (["evaluation", "bootstraps"], "bootstrap"),
        (["evaluation", "bootstrap", "draw"], "draws"),
    ],
)
def test_a_mistyped_key_is_named_with_its_place_and_the_nearest_known_one(place, right):
    with pytest.raises(InputError) as caught:
        parse_study(changed(place, 1), "my.yml", Path())
    message = str(caught.value)
    assert message.startswith("my.yml: " + "".join(f"{key}." for key in place[:-1])[:-1])
    assert f"unknown key '{place[-1]}'; did you mean \"{right}\"?" in message
    assert "lstm" not in message
    assert "\n" not in message


@pytest.mark.parametrize("entry", [{}, {"by": ["depth"]}])
def test_an_entry_without_a_kind_is_told_which_there_are(entry):
    with pytest.raises(InputError, match=r"forecasters\.cycle: kind is missing; write one of lstm, annual_cycle"):
        forecasters(cycle=entry)


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(InputError, match=r"forecasters\.model\.kind: unknown word 'lstmm'; did you mean \"lstm\""):
        forecasters(model={"kind": "lstmm"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a study; `thetamix init`"),
        ("- a\n- b\n", "not a study"),
        ("name: [", "not a YAML file"),
        ("split: {period: {start: 2015-13-45}}", "not a YAML file"),
        ("\x00", "not a YAML file"),
        ("{name: s}", "network: Field required"),
    ],
)
def test_a_file_that_is_no_study_is_an_input_error(tmp_path, text, says):
    (tmp_path / "study.yml").write_text(text)
    with pytest.raises(InputError, match=rf"study\.yml: {says}"):
        load_study(tmp_path / "study.yml")


def test_a_file_in_another_encoding_and_no_file(tmp_path):
    (tmp_path / "study.yml").write_bytes("name: Köln".encode("latin-1"))
    with pytest.raises(InputError, match="not a YAML file"):
        load_study(tmp_path / "study.yml")
    with pytest.raises(InputError, match="no such study file"):
        load_study(tmp_path / "absent.yml")


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(max_size=4)
    | st.sampled_from(["1d", "lstm", "series", "paper", "none", "C01", "model", "land"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: object, here: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    return [here, *(place for key, one in inner for place in places(one, (*here, key)))]


@settings(max_examples=500)
@given(st.sampled_from(places(RAW)[1:]), odd, st.sampled_from(["replace", "add", "remove"]))
@example(("training", "sequence"), 2**63, "replace")
@example(("training", "sequence"), "99999d", "replace")
@example(("training", "sequence"), "999999999d", "replace")
def test_whatever_stands_anywhere_it_is_a_study_or_an_input_error(place, value, how):
    raw = copy.deepcopy(RAW)
    target = raw
    for key in place[:-1]:
        target = target[key]
    if how == "remove":
        del target[place[-1]]
    elif how == "add" and isinstance(target[place[-1]], dict):
        target[place[-1]]["extra" if isinstance(value, dict) else str(value)] = value
    else:
        target[place[-1]] = value
    with contextlib.suppress(InputError):  # anything else fails the test
        resolve_steps(parse_study(raw, "study.yml", Path()), HOUR)


# The resolved study


def assert_reads_back(study: Study, folder: Path) -> None:
    (folder / "study.yml").write_text(to_yaml(study), encoding="utf-8")
    again = load_study(folder / "study.yml")
    assert again == study
    assert resolve_steps(again, HOUR) == study
    assert to_yaml(again) == to_yaml(study)


def test_the_resolved_study_reads_back_as_the_same(tmp_path):
    assert_reads_back(resolve_steps(parse(), HOUR), tmp_path)


def test_the_resolved_study_has_every_default_and_both_forms_of_the_sequence():
    plain = yaml.safe_load(to_yaml(resolve_steps(parse(), HOUR)))
    assert plain["training"]["sequence"] == {"steps": 120, "duration": "5d"}
    assert plain["forecasters"]["model"]["training"]["sequence"] == {"steps": 120, "duration": "5d"}
    assert plain["evaluation"]["bootstrap"] == {"draws": 10, "share": 0.8, "block_draws": 1000}
    assert plain["split"]["gap"] == "0d"
    assert plain["training"]["learning_rate"] == 5e-4


entries = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("lstm")},
        optional={
            "components": st.integers(1, 9),
            "condition_on_replicate": st.booleans(),
            "training": st.fixed_dictionaries(
                {},
                optional={
                    "hidden": st.integers(1, 99),
                    "sequence": st.sampled_from([3, "36h", "2.5d"]),
                    "preset": st.sampled_from(["paper", "fast"]),
                    "windows_per_epoch": st.sampled_from([None, 500]),
                    "patience": st.none(),
                },
            ),
            "inputs": st.fixed_dictionaries({}, optional={"attributes": st.just(["land_use"])}),
        },
    ),
    st.fixed_dictionaries({"kind": st.just("annual_cycle")}, optional={"by": st.sampled_from(["series", ["depth"]])}),
    st.fixed_dictionaries({"kind": st.just("reference")}, optional={"dress": st.sampled_from(["none", "raw"])}),
    st.fixed_dictionaries({"kind": st.just("file"), "file": st.sampled_from(["a.nc", "../b/ü.nc"])}),
)


@given(
    st.dictionaries(st.from_regex(r"[a-zäöü0-9][ a-z(),+-]{0,12}", fullmatch=True), entries, min_size=1, max_size=4),
    st.fixed_dictionaries({"learning_rate": st.floats(1e-6, 1), "sequence": st.sampled_from([1, "100h", "90min"])}),
    st.sampled_from(["0d", "36h", "10min"]),
)
def test_any_resolved_study_reads_back_as_the_same(tmp_path_factory, given_entries, training, gap):
    split = {"scheme": "blocks", "gap": gap}
    study = resolve_steps(parse(forecasters=given_entries, training=training, split=split), HOUR)
    assert_reads_back(study, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("name", ["1e3", "010", "0x10", "2e5"])
def test_a_name_that_looks_like_a_number_stays_a_name(tmp_path, name):
    (tmp_path / "study.yml").write_text(
        yaml.safe_dump(RAW | {"name": name, "forecasters": {name: {"kind": "annual_cycle"}}})
    )
    study = load_study(tmp_path / "study.yml")
    (tmp_path / "resolved.yml").write_text(to_yaml(study))
    assert load_study(tmp_path / "resolved.yml") == study
    assert (study.name, list(study.forecasters)) == (name, [name])
