"""Repositories of any size, made with `git fast-import`: conventional commits, a merge every twentieth, tags spread evenly."""

import random
import subprocess

WORDS = "count parse write read speed login cache retry path name list tree branch merge lock".split()
KINDS = ["feat", "fix", "docs", "chore", "fix(core)", "feat(api)", "refactor"]


class Stream:
    def __init__(self):
        self.parts = []
        self.mark = 0

    def commit(self, message, parent, second=0, branch="main"):
        self.mark += 1
        when, data, who = 1500000000 + self.mark * 60, message.encode(), self.mark % 50
        head = f"commit refs/heads/{branch}\nmark :{self.mark}\nauthor A{who} <a{who}@example.org> {when} +0000\ncommitter A <a@example.org> {when} +0000\ndata {len(data)}\n"
        tail = (f"from :{parent}\n" if parent else "") + (f"merge :{second}\n" if second else "") + f"M 100644 inline f{self.mark % 100}\ndata 2\n{self.mark % 10}\n\n"
        self.parts.append(head.encode() + data + b"\n" + tail.encode())
        return self.mark


def make(path, commits, tags):
    rand = random.Random(5)
    stream = Stream()
    tip, tagged, step = 0, [], commits // tags
    while stream.mark < commits:
        number = stream.mark + 1
        subject = " ".join(rand.choice(WORDS) for _ in range(6))
        text = f"{rand.choice(KINDS)}: {subject} (#{number})\n\n{' '.join(rand.choice(WORDS) for _ in range(40))}\n\nSigned-off-by: A <a@example.org>\n"
        if number % 20 == 10 and number + 2 < commits:
            side = stream.commit(text, tip, branch="side")
            tip = stream.commit("fix: " + rand.choice(WORDS), tip)
            tip = stream.commit(f"Merge pull request #{number} from x/y\n\ntitle", tip, side)
        else:
            tip = stream.commit(text, tip)
        while len(tagged) < tags and stream.mark >= (len(tagged) + 1) * step:
            tagged.append(tip)
    for number, mark in enumerate(tagged):
        stream.parts.append(f"reset refs/tags/v{1 + number // 100}.{number % 100}.0\nfrom :{mark}\n\n".encode())
    subprocess.run(["git", "init", "-q", "-b", "main", path], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=path, input=b"".join(stream.parts), check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=path, check=True)
