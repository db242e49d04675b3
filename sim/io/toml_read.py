"""The TOML of a scenario file, read without knowing what a scenario is. Imports nothing heavy."""

import tomllib
from pathlib import Path
from typing import Any

from ..errors import Problem, ScenarioError

LARGEST = 1_000_000  # bytes; a scenario file has some hundred
DATA = (".csv", ".npz")  # endings of data files
MISTAKES = {
    "Cannot overwrite a value": "a key is given twice",
    "Invalid value": 'no value as TOML writes it: text stands in double quotes, as "relu", and yes is true',
    "Illegal character '\\n'": "the line ends within a text: close it with a quote",
    "Expected '=' after a key in a key/value pair": "a key is followed by =, as depth = 20",
    "Expected newline or end of document after a statement": "more stands on the line than a key and its value",
}
"""Messages of tomllib, and what they mean."""
UNTITLED = "Untitled"  # the title of a scenario that gives none


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; raises ScenarioError that names the file."""
    return parse_toml(read_bytes(path), path)


def parse_toml(content: bytes, path: Path) -> dict[str, Any]:
    """What the content of a TOML file says; raises ScenarioError that names the file."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))  # some editors begin a file with a mark
    except tomllib.TOMLDecodeError as error:
        raise unusable(path, f"is not valid TOML: {_plain(str(error))}") from None
    except UnicodeDecodeError as error:
        raise unusable(path, f"is not UTF-8 text: byte {error.start}; save it as UTF-8") from None
    except ValueError:  # Python refuses to read integers of thousands of digits
        raise unusable(path, "holds a number with too many digits") from None
    except RecursionError:
        raise unusable(path, "is nested too deeply for a scenario") from None


def _plain(message: str) -> str:
    """What tomllib says of the usual mistakes, in words for who does not know TOML."""
    for theirs, ours in MISTAKES.items():
        message = message.replace(theirs, ours)
    return message


def read_bytes(path: Path) -> bytes:
    """The content of a scenario file; raises ScenarioError if there is none or it can be no such file."""
    try:
        if path.is_dir():
            raise unusable(path, "is a folder; give a scenario file")
        if path.suffix.lower() in DATA and path.exists():
            raise unusable(path, "is data, not a scenario; name it in a scenario as data.file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise unusable(path, "no such file") from None
    except (OSError, ValueError) as error:
        raise unusable(path, f"can't be read: {getattr(error, 'strerror', None) or error}") from None
    return not_too_large(content, path)


def not_too_large(content: bytes, path: Path) -> bytes:
    """The content, if a scenario file can have as much; raises ScenarioError."""
    if len(content) > LARGEST:
        raise unusable(path, f"is larger than {LARGEST:,} bytes; that is no scenario file")
    return content


def unusable(path: Path, message: str) -> ScenarioError:
    """What is wrong with a file as a whole."""
    return ScenarioError([Problem("", message, str(path))])


def toml_value(text: str) -> Any:
    """A value as TOML reads it; a bare word, or anything else that is no TOML, is text."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if len(table) == 1 else text
