"""Gates: how close a graph of short ones comes to what its critical path and the number of workers allow."""

import heapq
import json
import os
import random
import statistics
import subprocess
import time

from support.project import Project, environment

SLEEP = 0.05


def graph(count, most, window, seed):
    """Gate → the gates it needs, all among the `window` before it."""
    dice = random.Random(seed)
    needs = {}
    for number in range(count):
        before = range(max(0, number - window), number)
        needs[number] = dice.sample(before, min(len(before), dice.randint(0, most)))
    return needs


def alone():
    """What one such gate takes when it is started by as little as can be."""
    times = []
    for _ in range(20):
        began = time.perf_counter()
        os.waitpid(os.posix_spawn("/usr/bin/sleep", ["sleep", str(SLEEP)], os.environ), 0)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def bound(needs, workers):
    """No schedule can be faster: the critical path, and the work divided by the workers in whole rounds."""
    depth = {}
    for gate, before in needs.items():
        depth[gate] = 1 + max((depth[need] for need in before), default=0)
    return max(max(depth.values()), -(-len(needs) // workers)) * SLEEP


def greedy(needs, workers):
    """What the rule "longest way first" takes when starting costs nothing."""
    behind = {gate: [other for other in needs if gate in needs[other]] for gate in needs}
    weight = {}
    for gate in reversed(needs):
        weight[gate] = 1 + max((weight[other] for other in behind[gate]), default=0)
    blockers = {gate: len(before) for gate, before in needs.items()}
    ready = [(-weight[gate], gate) for gate in needs if blockers[gate] == 0]
    heapq.heapify(ready)
    now, running = 0.0, []
    while ready or running:
        while ready and len(running) < workers:
            heapq.heappush(running, (now + SLEEP, heapq.heappop(ready)[1]))
        now, gate = heapq.heappop(running)
        for other in behind[gate]:
            blockers[other] -= 1
            if blockers[other] == 0:
                heapq.heappush(ready, (-weight[other], other))
    return now


def seconds(project, slipway):
    began = time.perf_counter()
    subprocess.run([slipway, "gates", "run", "--no-cache"], cwd=project.work, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def project_of(scratch, name, workers, gates):
    project = Project.make(scratch / name, files={"slipway.yaml": None})
    (project.work / "slipway.yaml").write_text(f"jobs: {workers}\ngates:\n" + "".join(f"  {gate}\n" for gate in gates))
    project.commit("ci: gates")
    return project


def compare(scratch, slipway):
    own = alone()
    for workers, most, window in ((2, 2, 40), (4, 2, 40), (8, 2, 60)):
        needs = graph(200, most, window, seed=workers)
        rows = [f'g{gate}: {{run: [sleep, "{SLEEP}"], needs: {json.dumps([f"g{need}" for need in before])}}}' for gate, before in needs.items()]
        project = project_of(scratch, f"gates-{workers}", workers, rows)
        taken = statistics.median(seconds(project, slipway) for _ in range(3))
        least, ideal = bound(needs, workers), greedy(needs, workers)
        title = f"200 gates of `sleep {SLEEP}`, random needs, {workers} workers"
        print(f"{title:<58} {taken:6.3f} s   {taken / least:5.3f} x the bound ({least:.2f} s), {taken / ideal:5.3f} x the same order at no cost ({ideal:.2f} s),"
              f" {taken / ideal * SLEEP / own:5.3f} x that order of what `sleep {SLEEP}` takes by itself ({own * 1000:.1f} ms)")
    project = project_of(scratch, "gates-true", 2, [f'g{number}: {{run: ["true"]}}' for number in range(1000)])
    print(f"{'1,000 gates of `true`':<58} {statistics.median(seconds(project, slipway) for _ in range(3)):6.3f} s")
