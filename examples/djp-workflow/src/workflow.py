"""The workflow: debate -> judge -> publish."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from src import __version__, agents, artifacts

MAX_TASK_LENGTH = 2000


class TaskError(ValueError):
    """The task's text cannot be worked on."""


def clean_task(text: str) -> str:
    """One line of printable text, without what no file could hold."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not text:
        raise TaskError("the task is empty")
    if len(text) > MAX_TASK_LENGTH:
        raise TaskError(f"the task has {len(text)} characters; at most {MAX_TASK_LENGTH} are allowed")
    return text


def _created() -> str:
    """Now, or SOURCE_DATE_EPOCH, so that a run can be repeated byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(epoch) if epoch.isascii() and epoch.isdigit() else int(time.time())
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def decide(task: str, debaters: Sequence[str], rounds: int) -> artifacts.Record:
    """Debate and judge; the result is the whole record, not yet written anywhere."""
    task = clean_task(task)
    transcript = agents.debate(task, debaters, rounds)
    record: artifacts.Record = {
        "created": _created(),
        "id": artifacts.task_id(task),
        "rounds": rounds,
        "schema": artifacts.SCHEMA,
        "task": task,
        "transcript": [asdict(argument) for argument in transcript],
        "verdict": asdict(agents.judge(task, transcript)),
        "version": __version__,
    }
    record["digest"] = artifacts.digest_of(record)
    return record


def run(task: str, debaters: Sequence[str], rounds: int, output: Path) -> Path:
    """The whole workflow; returns the published artifact's folder."""
    return artifacts.publish(decide(task, debaters, rounds), output)
