"""docs.links on a made tree of 5,000 Markdown files with 60,000 links, offline; docs.todo against ripgrep over the same files in the same run.

The checks themselves are timed by build/tests/bench-docs, which is given the list of tracked files: what a gate costs besides (git, the journal's fsyncs) is shown
by a whole `slipway gates run`."""

import random
import re
import shutil
import statistics
import subprocess
import time

WORDS = "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their".split()


def sentence(source, length):
    return " ".join(source.choice(WORDS) for _ in range(length)).capitalize() + "."


def page(source, number, count, links):
    parts = [f"# Page {number}\n"]
    per_section = links // 4
    for section in range(4):
        parts.append(f"## Part {section} of `page{number}`\n")
        for link in range(per_section):
            other = source.randrange(count)
            form = (number + link) % 5
            target = f"../d{other // 50}/p{other}.md"
            text = sentence(source, 3)
            parts.append(sentence(source, 25))
            parts.append([f"[{text}]({target})", f"[{text}]({target}#part-{section}-of-page{other})", f"[{text}][ref{section}{link}]", "![picture](../i.png)", f"[{text}](#page-{number})"][form])
            parts.append(sentence(source, 20) + "\n")
            if form == 2:
                parts.append(f"[ref{section}{link}]: {target} \"title\"\n")
        parts.append("```sh\necho [no](link)\n```\n")
    if number % 50 == 0:
        parts.append("TODO: finish this, FIXME too\n")
    return "\n".join(parts)


def make(folder, count=5000, links=12):
    """Deterministic. (bytes, links)"""
    source, size = random.Random(1), 0
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "i.png").write_bytes(b"\x89PNG")
    for number in range(count):
        text = page(source, number, count, links)
        path = folder / "docs" / f"d{number // 50}" / f"p{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        size += len(text)
    (folder / "slipway.yaml").write_text("docs: {}\n")
    for words in (["init", "--quiet", "-b", "main"], ["add", "--all"], ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "docs: all"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return size, count * links


def seconds(words, cwd, env, status):
    began = time.perf_counter()
    done = subprocess.run(words, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode in status, (words, done)
    return time.perf_counter() - began, done.stdout


def compare(scratch, slipway, bench, env):
    tree = scratch / "docs-tree"
    size, links = make(tree)
    rounds = []
    ripgrep = ["rg", "--no-config", "--line-number", "--column", "-w", "-e", "TODO", "-e", "FIXME", "-e", "XXX", "docs"]
    for _ in range(9):
        ours, out = seconds([bench, "todo", str(tree)], tree, env, {0})
        peer, found = seconds(ripgrep, tree, env, {0})
        mine = re.findall(rb"(\d+) found", out)
        assert int(mine[0]) == len(found.splitlines()), (mine, len(found.splitlines()))
        check, out = seconds([bench, "links", str(tree)], tree, env, {0})
        assert f"{links} links, 0 broken".encode() in out, out
        rounds.append((ours, peer, check))
    ours, peer, check = (statistics.median(column) for column in zip(*rounds))
    whole = statistics.median(seconds([slipway, "gates", "run", "docs.links", "--offline"], tree, env, {0})[0] for _ in range(3))
    print(f"docs.todo, 5,000 files, {size / 1e6:.0f} MB: the whole process, {'git ls-files included':<22} {ours * 1000:6.1f} ms   {ours / peer:5.2f} x ripgrep ({peer * 1000:.1f} ms)")
    print(f"docs.links, 5,000 files, {links:,} links, offline: the whole process, git ls-files included {check * 1000:6.1f} ms   (aim: below 1,000 ms)")
    print(f"slipway gates run docs.links --offline on the same tree {whole * 1000:6.1f} ms")
    shutil.rmtree(tree)
