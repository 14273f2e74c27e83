"""The words of the code: one meaning a word, the field's names, and a glossary that has them."""

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "thetamix"
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"

#: What the code turns on, whatever its classes are called.
KEY_WORDS = {
    "context",
    "device",
    "head",
    "key",
    "law",
    "mask",
    "part",
    "place",
    "progress",
    "reader",
    "reading",
    "role",
    "score",
    "settings",
    "step",
    "window",
}

#: Each says nothing of what it holds.
FORBIDDEN = {"one", "known", "found", "said", "mine", "some", "crew", "bench", "desk", "outlook", "material"}

#: What a public function's docstring does not begin with, and what stands there instead.
VERBS = {
    "Ask": "Return, Read",
    "Give": "Return",
    "Go": "Iterate",
    "Hand": "Return",
    "Have": "Yield, Hold",
    "Hear": "Read",
    "Insist": "Raise",
    "Know": "Return",
    "Lay": "Arrange, Compute",
    "Let": "Allow",
    "Look": "Read, Search",
    "Offer": "Yield, Return",
    "Put": "Write, Insert",
    "Say": "Return, Write",
    "Stand": "Return",
    "Take": "Select, Return",
    "Tell": "Return, Report",
    "Think": "Compute",
    "Turn": "Convert",
}

#: Every room that owns settings has them in a file of this name.
REPEATED_FILES = {"__init__.py", "settings.py"}


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms() -> list[str]:
    return sorted({path.parent.name for path in PACKAGE.glob("*/__init__.py")})


def bound_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What a module gives names to: variables, parameters, attributes, functions, classes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)) | ast.MatchAs(name=str(name)):
                yield name, node.lineno


def forbidden_names(tree: ast.AST) -> list[str]:
    return [f"{line}: {name}" for name, line in bound_names(tree) if name.strip("_").lower() in FORBIDDEN]


def devices_called_place(tree: ast.AST) -> list[str]:
    """A place is a location in space; a device is called so."""
    wrong = []
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg="place", annotation=ast.expr() as about):
                wrong.append((node.lineno, about))
            case ast.AnnAssign(target=ast.Name(id="place"), annotation=about):
                wrong.append((node.lineno, about))
            case ast.Assign(targets=[ast.Name(id="place")], value=about):
                wrong.append((node.lineno, about))
    return [f"{line}: place" for line, about in wrong if "device" in ast.unparse(about)]


def wrong_verbs(tree: ast.AST) -> list[str]:
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            first = (ast.get_docstring(node) or "_").split()[0]
            if first in VERBS:
                wrong.append(f"{node.lineno}: {node.name}: {first}; rather {VERBS[first]}")
    return wrong


RULES = {"names": forbidden_names, "verbs": wrong_verbs, "place": devices_called_place}


@pytest.mark.parametrize("room", rooms())
@pytest.mark.parametrize("rule", RULES)
def test_rooms_keep_to_the_words(rule: str, room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{what}"
        for path, tree in trees().items()
        if room_of(path) == room
        for what in RULES[rule](tree)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_rule_can_fail() -> None:
    tree = ast.parse(
        "def known(mine, place: torch.device):\n"
        "    '''Once.'''\n"
        "    for _one in some: pass\n"
        "    self.found = [said for said in x]\n"
        "def size():\n"
        "    '''Give the size.'''\n"
        "    place = choose_device('cpu')\n"
    )
    assert set(forbidden_names(tree)) == {"1: known", "3: _one", "4: found", "1: mine", "4: said"}
    assert set(devices_called_place(tree)) == {"1: place", "7: place"}
    assert wrong_verbs(tree) == ["5: size: Give; rather Return"]


def twice(names: Iterator[tuple[str, Path]]) -> dict[str, list[str]]:
    where = defaultdict(list)
    for name, path in names:
        where[name].append(str(path.relative_to(PACKAGE)))
    return {name: paths for name, paths in where.items() if len(paths) > 1}


def test_no_class_name_occurs_twice() -> None:
    classes = ((node.name, path) for path, tree in trees().items() for node in ast.walk(tree) if is_class(node))
    assert not (again := twice(classes)), again


def is_class(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef)


def test_no_file_name_occurs_twice() -> None:
    again = twice((path.name, path) for path in trees() if path.name not in REPEATED_FILES)
    assert not again


def test_no_file_has_a_forbidden_name() -> None:
    assert {path.stem for path in trees()} & FORBIDDEN == set()


def test_imports_are_absolute() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


# -- the glossary -------------------------------------------------------------------------------------------------


def terms() -> list[str]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    return [term for term, meaning in itertools.pairwise(lines) if meaning.startswith(": ")]


def test_a_word_stands_once_in_the_glossary_and_in_order() -> None:
    assert terms() == sorted(set(terms()), key=str.lower)


@pytest.mark.parametrize("room", [room for room in rooms() if room != "cli"])
def test_the_glossary_has_every_room(room: str) -> None:
    singular = {"quality": "flag", "system": "worker pool", "forecasters": "forecaster"}
    assert singular.get(room, room.removesuffix("s")) in terms()


def test_a_noun_of_classes_in_several_rooms_is_in_the_glossary() -> None:
    where = defaultdict(set)
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                noun = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]+", node.name)[-1].lower()
                where[noun].add(room_of(path))
    in_glossary = {term.lower() for term in terms()}
    shared = {noun for noun, rooms in where.items() if len(rooms) > 1}
    assert not {noun for noun in shared if not {noun, noun.removesuffix("s")} & in_glossary}


@pytest.mark.parametrize("word", sorted(KEY_WORDS))
def test_the_glossary_has_the_words_that_the_code_turns_on(word: str) -> None:
    assert word in terms()


def test_the_glossary_shuns_what_the_code_shuns() -> None:
    assert not set(terms()) & FORBIDDEN
