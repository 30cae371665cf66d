"""Artifacts: what a workflow run publishes.

An artifact is a folder `OUTPUT/ID/` with `artifact.json` (the record, with a digest over itself)
and `artifact.md` (the same for people, rendered from the record and from nothing else).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCHEMA = 1
RECORD_NAME = "artifact.json"
PAGE_NAME = "artifact.md"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!])")
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_TYPES: dict[str, type] = {
    "created": str,
    "digest": str,
    "id": str,
    "rounds": int,
    "schema": int,
    "task": str,
    "transcript": list,
    "verdict": dict,
    "version": str,
}

Record = dict[str, Any]


def task_id(task: str) -> str:
    """The artifact's id: the same task always goes to the same folder."""
    return hashlib.sha256(task.encode("utf-8")).hexdigest()[:12]


def digest_of(record: Mapping[str, Any]) -> str:
    """SHA-256 over the record without its digest, in canonical JSON."""
    body = {key: value for key, value in record.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def render(record: Mapping[str, Any]) -> str:
    """The record as Markdown."""
    verdict = record["verdict"]
    lines = [f"# {_escape(record['task'])}", ""]
    lines += [f"**Verdict ({verdict['winner']}):** {_escape(verdict['recommendation'])}", ""]
    if verdict["dissent"]:
        lines += [f"**Dissent:** {_escape(verdict['dissent'])}", ""]
    lines += ["| debater | score |", "|---|---|"]
    lines += [f"| {name} | {score:.4f} |" for name, score in sorted(verdict["scores"].items())]
    for number in range(1, record["rounds"] + 1):
        lines += ["", f"## Round {number}", ""]
        lines += [f"- **{a['debater']}**: {_escape(a['text'])}" for a in record["transcript"] if a["round"] == number]
    lines += ["", f"Made {record['created']} by djp-workflow {record['version']}; record `{record['digest'][:12]}`."]
    return "\n".join(lines) + "\n"


def publish(record: Record, output: Path) -> Path:
    """Write the artifact's folder; it appears whole or not at all, and replaces an older one of the same task."""
    output.mkdir(parents=True, exist_ok=True)
    target: Path = output / record["id"]
    scratch = Path(tempfile.mkdtemp(prefix=f".{record['id']}-", dir=output))
    try:
        fresh = scratch / "new"
        fresh.mkdir()
        text = json.dumps(record, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
        (fresh / RECORD_NAME).write_text(text, encoding="utf-8")
        (fresh / PAGE_NAME).write_text(render(record), encoding="utf-8")
        if target.exists():
            os.rename(target, scratch / "old")
        os.rename(fresh, target)
    finally:
        shutil.rmtree(scratch)
    return target


def _wrong_fields(record: Any) -> list[str]:
    if not isinstance(record, dict):
        return ["the record is not a JSON object"]
    problems = [f"field '{key}' is missing" for key in sorted(_TYPES.keys() - record.keys())]
    problems += [f"field '{key}' is unknown" for key in sorted(record.keys() - _TYPES.keys())]
    for key, kind in _TYPES.items():
        if key in record and (not isinstance(record[key], kind) or isinstance(record[key], bool)):
            problems.append(f"field '{key}' is not of type {kind.__name__}")
    return problems


def _wrong_content(record: Record) -> list[str]:
    problems = []
    if record["schema"] != SCHEMA:
        problems.append(f"schema is {record['schema']}, not {SCHEMA}")
    if record["id"] != task_id(record["task"]):
        problems.append("id does not belong to the task")
    if not _STAMP.fullmatch(record["created"]):
        problems.append(f"created is not a UTC time stamp: {record['created']!r}")
    scores = record["verdict"]["scores"]
    if record["verdict"]["winner"] not in scores:
        problems.append("the winner did not take part")
    if not all(0.0 <= score <= 1.0 for score in scores.values()):
        problems.append("a score lies outside 0..1")
    expected = {(number, name) for number in range(1, record["rounds"] + 1) for name in scores}
    if {(a["round"], a["debater"]) for a in record["transcript"]} != expected:
        problems.append("not every debater spoke once in every round")
    if record["digest"] != digest_of(record):
        problems.append("the digest does not match the record")
    return problems


def validate(folder: Path) -> list[str]:
    """Everything that is wrong with an artifact's folder; an empty list when it is sound."""
    try:
        record = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        page = (folder / PAGE_NAME).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return [f"cannot be read: {error}"]
    problems = _wrong_fields(record)
    if problems:
        return problems
    try:
        problems = _wrong_content(record)
        if folder.name != record["id"]:
            problems.append(f"the folder is called {folder.name}, the record {record['id']}")
        if page != render(record):
            problems.append(f"{PAGE_NAME} does not say what {RECORD_NAME} says")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [f"the record has the wrong shape: {type(error).__name__}: {error}"]
    return problems


def folders(output: Path) -> list[Path]:
    """The artifacts below an output folder; unfinished ones (dot names) are not artifacts."""
    if not output.is_dir():
        return []
    return sorted(path for path in output.iterdir() if path.is_dir() and not path.name.startswith("."))
