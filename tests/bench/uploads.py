"""64 assets of 8 MiB to the emulator of GitHub, pacing off, four at once: slipway's forge against curl with the same parallelism, in the same run. The emulator takes most
of the time of both: beside the ratio stands the processor time of each."""

import json
import os
import statistics
import subprocess
import time

from forge.github import GitHub
from support.forged import NAME, TOKEN
from support.project import Project, environment, git

COUNT, SIZE, AT_ONCE, ROUNDS = 64, 8 << 20, 4, 5


def measured(words, **options):
    """Seconds on the clock, and seconds of processor."""
    before = os.times()
    began = time.perf_counter()
    done = subprocess.run(words, stdout=subprocess.PIPE, check=True, **options)
    taken, after = time.perf_counter() - began, os.times()
    return taken, after.children_user + after.children_system - before.children_user - before.children_system, done.stdout


def driver(program, forge, calls):
    params = {"kind": "github", "url": f"{forge.base}/{NAME}", "api": forge.api, "project": NAME, "remote_host": forge.host, "pace": 0, "patience": 5}
    text = "".join(json.dumps(call) + "\n" for call in [{"call": "open", "params": params}, *calls])
    taken, used, out = measured([program], input=text.encode(), env=environment(GH_HOST=forge.host, GH_ENTERPRISE_TOKEN=TOKEN))
    answers = [json.loads(line) for line in out.splitlines()]
    assert all("ok" in answer for answer in answers), answers
    return taken, used, answers


def draft(program, forge, tag):
    release = {"tag": tag, "name": tag, "notes": "notes", "target": "0" * 40, "mark": f"slipway:{tag}:0000000000000000", "branch": "main", "prerelease": False}
    driver(program, forge, [{"call": "draft", "release": {**release, "created": 1}}])
    return next(release["id"] for release in forge.releases(NAME) if release["tag"] == tag)


def by_curl(forge, number, paths, scratch):
    config = scratch / "curl"
    lines = ["parallel", f"parallel-max = {AT_ONCE}", "silent", "show-error", "fail", "no-progress-meter"]
    for index, path in enumerate(paths):
        url = f"{forge.base}/api/uploads/repos/{NAME}/releases/{number}/assets?name={path.name}"
        lines += (["next"] if index else []) + [f'url = "{url}"', 'request = "POST"', f'upload-file = "{path}"', f'header = "Authorization: Bearer {TOKEN}"',
                                                'header = "Content-Type: application/octet-stream"', 'header = "Expect:"', 'output = "/dev/null"']  # fmt: skip
    config.write_text("\n".join(lines) + "\n")
    return measured(["curl", "--config", config])[:2]


def by_slipway(program, forge, tag, paths):
    uploads = [{"name": path.name, "path": str(path)} for path in paths]
    call = {"call": "upload", "tag": tag, "mark": f"slipway:{tag}:0000000000000000", "uploads": uploads, "threads": AT_ONCE}
    return driver(program, forge, [call])[:2]


def bench(program, scratch):
    project = Project.make(scratch / "uploads")
    git(project.work, "push", "--quiet", "origin", "main")
    paths = []
    for number in range(COUNT):
        paths.append(scratch / f"asset-{number}.bin")
        paths[-1].write_bytes(os.urandom(SIZE))
    times = {"curl": [], "slipway": []}
    for round_number in range(ROUNDS):
        for who in ("curl", "slipway") if round_number % 2 else ("slipway", "curl"):
            with GitHub() as forge:
                forge.add_repository(NAME, project.origin)
                forge.add_token(TOKEN)
                tag = f"v9.{round_number}.0"
                number = draft(program, forge, tag)
                times[who].append(by_curl(forge, number, paths, scratch) if who == "curl" else by_slipway(program, forge, tag, paths))
                assert len(next(release for release in forge.releases(NAME) if release["tag"] == tag)["assets"]) == COUNT
    curl, own = (statistics.median(clock for clock, _ in times[who]) for who in ("curl", "slipway"))
    curl_used, own_used = (statistics.median(used for _, used in times[who]) for who in ("curl", "slipway"))
    print(f"{COUNT} assets of {SIZE >> 20} MiB, {AT_ONCE} at once: {own:.2f} s, {own / curl:.2f} x curl --parallel ({curl:.2f} s); processor {own_used:.2f} s, curl {curl_used:.2f} s")
