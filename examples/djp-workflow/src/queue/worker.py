"""The worker: takes tasks from the queue and runs the workflow on each. `python3 -m src.queue.worker`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from src import workflow
from src.config.settings import ConfigError, Settings, load
from src.queue import Queue, QueueError, Task, open_queue


class Stop:
    """Set by a signal handler; a plain flag, because a handler may interrupt whatever holds a lock."""

    requested = False

    def on_signal(self, signum: int, frame: FrameType | None) -> None:
        self.requested = True


def _say(text: str) -> None:
    print(f"worker: {text}", flush=True)


def work_on(queue: Queue, task: Task, settings: Settings) -> bool:
    """Run one task and settle it with the queue; True when it was published and is still ours."""
    try:
        folder = workflow.run(task.text, settings.debaters, settings.rounds, Path(settings.output_dir))
    except (workflow.TaskError, OSError) as error:
        queue.fail(task, str(error))
        _say(f"{task.id} failed (attempt {task.attempt}): {error}")
        return False
    if not queue.finish(task, str(folder)):
        _say(f"{task.id} took longer than its lease; another worker has it")
        return False
    _say(f"{task.id} published {folder}")
    return True


def run(queue: Queue, settings: Settings, stop: Stop, *, drain: bool, poll: float) -> int:
    """Work until told to stop, or with `drain` until the queue is empty; the task in hand is always finished."""
    failed = 0
    while not stop.requested:
        try:
            task = queue.take(settings.lease_seconds)
            if task is not None:
                failed += not work_on(queue, task, settings)
            elif drain:
                break
            else:
                time.sleep(poll)
        except QueueError as error:
            _say(f"queue: {error}")
            if drain:
                return 1
            time.sleep(max(poll, 1.0))
    return 1 if drain and failed else 0


def _check(queue: Queue) -> int:
    try:
        counts = queue.counts()
    except QueueError as error:
        _say(f"queue: {error}")
        return 1
    _say(", ".join(f"{count} {state}" for state, count in counts.items()))
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m src.queue.worker", description="run queued tasks")
    parser.add_argument("--config", metavar="FILE", help="configuration file")
    parser.add_argument("--poll", type=float, default=0.5, metavar="SECONDS", help="wait so long when there is no task (default: %(default)s)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--drain", action="store_true", help="stop when the queue is empty; exit 1 if an attempt failed")
    mode.add_argument("--submit", metavar="TEXT", help="put a task into the queue and stop")
    mode.add_argument("--check", action="store_true", help="say what is in the queue and stop; exit 1 if it cannot be reached")
    options = parser.parse_args(argv)
    try:
        settings = load(options.config)
        queue = open_queue(settings.queue_url, settings.max_attempts)
        if options.submit is not None:
            print(queue.put(workflow.clean_task(options.submit)))
            return 0
    except (ConfigError, QueueError, workflow.TaskError) as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2 if isinstance(error, (ConfigError, workflow.TaskError)) else 1
    if options.check:
        return _check(queue)
    stop = Stop()
    signal.signal(signal.SIGTERM, stop.on_signal)
    signal.signal(signal.SIGINT, stop.on_signal)
    _say(f"waiting for tasks from {settings.queue_url}")
    return run(queue, settings, stop, drain=options.drain, poll=options.poll)


if __name__ == "__main__":
    sys.exit(main())
