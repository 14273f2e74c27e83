"""A model on disk: the same predictions after a round trip, and clear words about what is no model."""

import json

import pytest
import torch
from safetensors.torch import save_file

from thetamix.model.model_file import FORMAT, build_model, load_model, save_model
from thetamix.system.errors import InputError


@pytest.fixture
def saved(make_card, tmp_path):
    torch.manual_seed(3)
    card = make_card(
        categories=[("geology", ("marl", "schist ü"))],
        forcing=[("precipitation", False), ("discharge", True)],
        replicates=["A", "B"],
        layers=2,
        dropout=0.3,
        known={"c01": {"0.1": ["A"]}},
    )
    model = build_model(card).eval()
    save_model(tmp_path, model, card)
    return tmp_path, model, card


def test_round_trip(saved):
    folder, model, card = saved
    loaded, read = load_model(folder)
    assert read == card
    windows = torch.randn(card.sequence, 10, card.input_size)
    with torch.no_grad():
        for ours, theirs in zip(model(windows), loaded(windows), strict=True):
            assert torch.equal(ours, theirs)
    assert not loaded.training


def test_the_input_size_counts_all_inputs(saved):
    _, _, card = saved
    assert card.input_size == 3 + 1 + 2 + 2  # forcing with an indicator, depth, categories, replicates


def test_the_notebooks_variant_leaves_dropout_on(make_card, tmp_path):
    card = make_card(dropout=0.5, dropout_at_prediction=True)
    save_model(tmp_path, build_model(card), card)
    assert load_model(tmp_path)[0].training


def test_the_card_is_plain_text_that_says_what_it_is(saved):
    text = (saved[0] / "model.json").read_text(encoding="utf-8")
    assert json.loads(text)["format"] == FORMAT
    assert "schist ü" in text


def test_a_file_from_before_heads_had_names(saved):
    folder, _, card = saved
    path = folder / "model.json"
    plain = json.loads(path.read_text())
    del plain["architecture"]["head"]
    path.write_text(json.dumps(plain))
    assert load_model(folder)[1] == card
    assert card.architecture.head == "gaussian_mixture"


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_missing_file(saved, name):
    (saved[0] / name).unlink()
    with pytest.raises(InputError, match=f"{name}: no such model file"):
        load_model(saved[0])


def edited(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "3", "null", '"model"', '{"format": "another model 7"}', "[1, 2]"]
)
def test_json_that_is_not_ours(saved, text):
    (saved[0] / "model.json").write_text(text)
    with pytest.raises(InputError, match=r"model\.json: not a model of thetamix"):
        load_model(saved[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": {"hidden": 4}},
        {"architecture": 7},
        {"architecture": {"hidden": "x", "layers": 1, "dropout": 0, "components": 1, "forget_gate_bias": 3}},
        {"architecture": {"hidden": 4, "layers": 0, "dropout": 0, "components": 1, "forget_gate_bias": 3}},
        {"architecture": {"hidden": 4, "layers": 1, "dropout": 7, "components": 1, "forget_gate_bias": 3}},
        {"architecture": {"hidden": 4, "layers": 1, "dropout": 0, "components": -1, "forget_gate_bias": 3}},
        {"inputs": None},
        {"inputs": {"forcing": [1]}},
        {"surprise": 1},
    ],
)
def test_json_that_was_changed(saved, changes):
    edited(saved[0], **changes)
    with pytest.raises(InputError, match=r"model\.json: not a model of thetamix"):
        load_model(saved[0])


def test_a_file_in_another_encoding(saved):
    (saved[0] / "model.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a model"):
        load_model(saved[0])


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_weights_that_were_cut(saved, share):
    path = saved[0] / "model.safetensors"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(InputError, match=r"model\.safetensors: not the weights"):
        load_model(saved[0])


def test_weights_of_another_model(saved):
    folder, model, _ = saved
    path = folder / "model.safetensors"
    save_file({"other": torch.zeros(3)}, path)
    with pytest.raises(InputError, match="not the weights"):
        load_model(folder)
    save_file({name: torch.zeros(2) for name in model.state_dict()}, path)
    with pytest.raises(InputError, match="not the weights"):
        load_model(folder)
