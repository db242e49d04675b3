"""One list of words for what is shown: plain field English, the same everywhere."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradsim.scenarios
from gradsim.tui.state import glossary

INSTEAD = {
    r"cur(e|es|ed|ing)": "helps with, helps when",
    r"largest sv|sigma_max": "spectral norm",
    r"hidden-to-hidden": "recurrent",
    r"vs\.? last": "relative to the last layer",
    r"lost parameters|dead parameters|poisoned": "parameters are NaN or inf",
    r"of (a )?constant( output)?'?s? loss": "of the constant-prediction baseline",
}
"""Words that are not shown, and what is."""
WRONG = re.compile(rf"\b({'|'.join(INSTEAD)})\b", re.IGNORECASE)
CODE = [Path(gradsim.scenarios.__file__).parents[1] / room for room in ("sim", "tui")]
DOCS = [CODE[0].parent / name for name in ("README.md", "docs")]


def strings(code: str) -> Iterator[str]:
    """Texts of more than a word in code, but no docstrings, no code, and no words to be found by."""
    tree = ast.parse(code)
    hidden = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    facts = (node for node in tree.body if isinstance(node, ast.Assign))
    hidden += [node.value for node in facts if ast.unparse(node.targets[0]) == "ALSO"]
    unseen = {id(inner) for node in hidden for inner in ast.walk(node)}
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in unseen)
    return (text for text in strings if isinstance(text, str) and " " in text.strip() and not text.startswith("from "))


def texts(table: Any) -> Iterator[str]:
    """All texts of a TOML table; `also` are words to be found by, which nobody sees."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, list | dict):
        items = table if isinstance(table, list) else [value for key, value in table.items() if key != "also"]
        yield from (text for item in items for text in texts(item))


def shown() -> Iterator[tuple[str, str]]:
    """Where a text may stand that has a wrong word, and the text."""
    files = [path for room in CODE for path in room.rglob("*.py")]
    files += [*Path(gradsim.scenarios.__file__).parent.glob("*.toml"), Path(glossary.__file__).with_name("terms.toml")]
    files += [page for path in DOCS for page in ([path] if path.is_file() else path.glob("*.md"))]
    for path in files:
        content = path.read_text(encoding="utf-8")
        if WRONG.search(content):
            parts = {".py": strings, ".toml": lambda text: texts(tomllib.loads(text))}.get(path.suffix, texts)
            yield from ((path.name, text) for text in parts(content))


def test_no_other_word_is_shown_for_what_has_one() -> None:
    unplain = [f"{where}: {match.group()!r} in {text[:60]!r}" for where, text in shown()
             if (match := WRONG.search(text))]  # fmt: skip
    assert unplain == [], INSTEAD


def test_wrong_words_are_seen() -> None:
    code = '''"""It cures."""\nALSO = ("it cures",)\nTITLE = f"{x} cures it"\nname = "cures"\n'''
    assert list(strings(code)) == [" cures it"]
    assert all(WRONG.search(text) for text in ("it CURES that", "the largest sv", "of hidden-to-hidden weights"))
    assert not WRONG.search("secure")
    assert list(texts({"text": "a", "also": ["cures"], "more": [{"text": "b"}]})) == ["a", "b"]
