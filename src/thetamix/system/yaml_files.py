"""YAML files that users write, read by one loader: a key that stands twice is refused."""

import json
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from thetamix.system.errors import InputError
from thetamix.system.files import require_file


def read_yaml(path: Path, what: str, *, everyday_numbers: bool = False) -> Any:
    """Read a YAML file.

    Parameters
    ----------
    path
        The file, UTF-8.
    what
        What it should be, for the message: "study", "mapping".
    everyday_numbers
        True: ``1e-3`` is a number; ``+10:00`` and ``0010`` are texts, not numbers of base 60 or 8. False: numbers are
        those of YAML 1.1.

    Raises
    ------
    InputError
        If it is missing, not UTF-8, not YAML, or a key stands twice; the message names the line.
    """
    path = require_file(path, what)
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), _EverydayNumbers if everyday_numbers else _Loader)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a YAML file: it is not UTF-8 text; save it as UTF-8") from error
    except _StandsTwice as error:
        raise InputError(f"{path}: {error.problem}; keep one of them") from error
    except yaml.MarkedYAMLError as error:
        sentence = ": ".join(" ".join(text.split()) for text in (error.context, error.problem) if text)
        mark = error.problem_mark or error.context_mark
        where = "" if mark is None else f"line {mark.line + 1}: "
        raise InputError(f"{path}: not a YAML file: {where}{sentence}") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2020-13-01
        raise InputError(f"{path}: not a YAML file: {' '.join(str(error).split())}") from error


def yaml_word(text: str) -> str:
    """Write a text as YAML has it: in quotes where it could mean something else.

    Examples
    --------
    >>> yaml_word("../soil.nc"), yaml_word("no"), yaml_word("site 1")
    ('../soil.nc', '"no"', '"site 1"')
    """
    simple = re.fullmatch(r"[A-Za-z_./][\w./-]*", text) and yaml.safe_load(text) == text
    return text if simple else json.dumps(text, ensure_ascii=False)


class _StandsTwice(yaml.constructor.ConstructorError):
    """A key stands twice."""


class _Loader(yaml.SafeLoader):
    """YAML 1.1, where a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[Hashable, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue  # <<: what an anchor holds may be said again
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # the parent says so
            if key in lines:
                line = key_node.start_mark.line + 1
                raise _StandsTwice(problem=f"line {line}: the key {key!r} stands twice (first in line {lines[key]})")
            lines[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


class _EverydayNumbers(_Loader):
    """The same, where numbers of base 60 and 8, whole ones and fractions, stay texts."""


_EverydayNumbers.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EverydayNumbers.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
_EverydayNumbers.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
