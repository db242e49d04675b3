"""Plain data as TOML text, new or by editing a file's text."""

import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError


def fresh(plain: Mapping[str, Any]) -> str:
    """Plain data as new TOML text; control characters (also those TOML allows, such as U+009B) are escaped."""
    document = tomlkit.document()
    _update(document, plain)
    return _escaped(tomlkit.dumps(document))


def line(key: str, value: Any) -> str:
    """One key of a table with its value, in one line, escaped as in `fresh`."""
    document = tomlkit.document()
    document[key] = _item(value, inline=True)
    return _escaped(tomlkit.dumps(document)).rstrip("\n")


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08x}" for c in text)


def edited(old: str, new: str, plain: Mapping[str, Any]) -> str:
    """A file's text with its values changed to those of plain data, with its comments; `new` if tomlkit fails."""
    try:
        document = tomlkit.parse(old)
        _update(document, plain)
        text = tomlkit.dumps(document)
        if "\n" not in old.replace("\r\n", ""):
            text = text.replace("\r\n", "\n").replace("\n", "\r\n" if "\r\n" in old else "\n")
        if tomllib.loads(text) == tomllib.loads(new):
            return text
    except (TOMLKitError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return new
    return new


def _update(table: Any, plain: Mapping[str, Any]) -> None:
    """Make a TOML table say what plain data say, touching only the values that differ."""
    for key in [key for key in table if key not in plain]:
        del table[key]
    for key, value in plain.items():
        old = table.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            _update(old, value)
        elif old is None or old != value:
            table[key] = _item(value, inline=not isinstance(table, tomlkit.TOMLDocument))


def _item(value: Any, inline: bool) -> Any:
    """A value as TOML writes it: the scenario's own tables as [sections], what stands in them in one line."""
    if isinstance(value, Mapping):
        item: Any = tomlkit.inline_table() if inline else tomlkit.table()
        _update(item, value)
        return item
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        tables = tomlkit.aot()
        for entry in value:
            tables.append(_item(entry, inline=False))
        return tables
    return value
