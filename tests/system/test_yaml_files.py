"""YAML files that users write: what is read, and what is refused with its line."""

from pathlib import Path

import pytest

from thetamix.system.errors import InputError
from thetamix.system.yaml_files import read_yaml


def read(tmp_path: Path, text: str, *, everyday_numbers: bool = True) -> object:
    path = tmp_path / "study.yml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, "study", everyday_numbers=everyday_numbers)


def test_numbers_of_a_study_are_those_of_yaml_1_1(tmp_path: Path) -> None:
    text = "a: 1e3\nb: 010\nc: 0x10\nd: 1:30\ne: 1.5\n"
    assert read(tmp_path, text, everyday_numbers=False) == {"a": "1e3", "b": 8, "c": 16, "d": 90, "e": 1.5}


def test_what_is_read(tmp_path: Path) -> None:
    text = "a: 1e-3\nb: -2\nc: .5\nd: +10:00\ne: 0010\nf: 2015-01-02\ng: [yes, 1_0]\nh: {x: ~, 1: 2}\n"
    content = read(tmp_path, text)
    assert isinstance(content, dict)
    assert str(content.pop("f")) == "2015-01-02"
    expected = {"a": 1e-3, "b": -2, "c": 0.5, "d": "+10:00", "e": "0010", "g": [True, "1_0"], "h": {"x": None, 1: 2}}
    assert content == expected
    assert read(tmp_path, "\ufeffa: 1") == {"a": 1}
    assert read(tmp_path, "a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n") == {"a": {"b": 1}, "c": {"b": 2}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice (first in line 1); keep one of them"),
        ("a:\n  - b: 1\n    c: 2\n    b: 1\n", "line 4: the key 'b' stands twice (first in line 2)"),
        ("a: {1: x, 1: y}", "line 1: the key 1 stands twice"),
        ("a: 1\nb: [", "not a YAML file: line 2: while parsing a flow node: "),
        ("a: b: c", "not a YAML file: line 1: mapping values are not allowed here"),
        ("? [a]\n: 1\n", "not a YAML file: line 1: while constructing a mapping: found unhashable key"),
        ("a: !!python/object:os.system x", "not a YAML file: line 1: could not determine a constructor"),
        ("a: 2015-13-45", "not a YAML file: month must be in 1..12"),
        ("a: \x00", "not a YAML file: unacceptable character"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'study.yml'}: {says}"), str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_text_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_bytes("name: Köln".encode("latin-1"))
    with pytest.raises(InputError, match=r"mapping\.yml: not a YAML file: it is not UTF-8 text; save it as UTF-8"):
        read_yaml(path, "mapping")
    with pytest.raises(InputError, match="no such mapping file"):
        read_yaml(tmp_path / "absent.yml", "mapping")
