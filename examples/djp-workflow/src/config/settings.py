"""Settings, their defaults and their rules.

Order: built-in defaults, then the file (`--config`, else `$DJP_CONFIG`, else `config/djp.toml` if it is there),
then the environment variables named in `ENVIRONMENT`. Every problem is reported, not only the first.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from src.agents import PERSONAS

DEFAULT_FILE = "config/djp.toml"


class ConfigError(ValueError):
    """The configuration cannot be used; the text lists every problem, one a line."""


@dataclass(frozen=True)
class Settings:
    debaters: tuple[str, ...] = ("optimist", "skeptic", "pragmatist")
    rounds: int = 2
    output_dir: str = "artifacts"
    queue_url: str = "sqlite:var/queue.db"
    lease_seconds: int = 60
    max_attempts: int = 3
    http_host: str = "127.0.0.1"
    http_port: int = 8080


@dataclass(frozen=True)
class Rule:
    """One key of the file: which field it sets, and what is wrong with a value ("" when nothing is)."""

    field: str
    check: Callable[[Any], str]


def _number(low: int, high: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            return f"must be a whole number from {low} to {high}"
        return ""

    return check


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value and value.isprintable() else "must be a text that is not empty"


def _queue_url(value: Any) -> str:
    if _text(value):
        return _text(value)
    scheme, _, rest = value.partition(":")
    if scheme == "sqlite" and rest:
        return ""
    host, _, port = rest.removeprefix("//").rpartition(":")
    if scheme == "tcp" and rest.startswith("//") and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        return ""
    return "must be sqlite:PATH or tcp://HOST:PORT"


def _debaters(value: Any) -> str:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        return "must be a list of names"
    unknown = [name for name in value if name not in PERSONAS]
    if unknown:
        return f"knows no debater {', '.join(unknown)} (there are: {', '.join(PERSONAS)})"
    return "" if len(set(value)) == len(value) else "names a debater twice"


RULES: dict[str, dict[str, Rule]] = {
    "workflow": {"debaters": Rule("debaters", _debaters), "rounds": Rule("rounds", _number(1, 10))},
    "output": {"dir": Rule("output_dir", _text)},
    "queue": {
        "url": Rule("queue_url", _queue_url),
        "lease-seconds": Rule("lease_seconds", _number(1, 86400)),
        "max-attempts": Rule("max_attempts", _number(1, 100)),
    },
    "http": {"host": Rule("http_host", _text), "port": Rule("http_port", _number(0, 65535))},
}

ENVIRONMENT: dict[str, tuple[str, str]] = {
    "DJP_OUTPUT_DIR": ("output", "dir"),
    "DJP_QUEUE_URL": ("queue", "url"),
    "DJP_HTTP_HOST": ("http", "host"),
    "DJP_HTTP_PORT": ("http", "port"),
}


def _from_table(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for section, keys in table.items():
        if section not in RULES or not isinstance(keys, dict):
            problems.append(f"[{section}] is no section (there are: {', '.join(RULES)})")
            continue
        for key, value in keys.items():
            rule = RULES[section].get(key)
            if rule is None:
                problems.append(f"{section}.{key} is no key (there are: {', '.join(RULES[section])})")
                continue
            wrong = rule.check(value)
            if wrong:
                problems.append(f"{section}.{key} {wrong}")
            values[rule.field] = tuple(value) if isinstance(value, list) else value
    return values, problems


def _from_environment(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, (section, key) in ENVIRONMENT.items():
        if name not in environment:
            continue
        text = environment[name]
        rule = RULES[section][key]
        number = isinstance(getattr(Settings(), rule.field), int)
        value: Any = int(text) if number and text.isascii() and text.isdigit() else text
        wrong = rule.check(value)
        if wrong:
            problems.append(f"{name} {wrong}")
        values[rule.field] = value
    return values, problems


def find_file(path: str | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that `load` reads; None when only the defaults apply."""
    named = path or environment.get("DJP_CONFIG")
    if named:
        return Path(named)
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).is_file() else None


def load(path: str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this run; raises ConfigError."""
    file = find_file(path, environment)
    table: dict[str, Any] = {}
    if file is not None:
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file}: {error}") from error
    from_file, file_problems = _from_table(table)
    from_environment, environment_problems = _from_environment(environment)
    problems = [f"{file}: {problem}" for problem in file_problems] + environment_problems
    if problems:
        raise ConfigError("\n".join(problems))
    return replace(Settings(), **(from_file | from_environment))


def describe(settings: Settings) -> list[str]:
    """One `name = value` line a setting."""
    return [f"{field.name} = {getattr(settings, field.name)!r}" for field in fields(settings)]
