"""Requires-Dist and Requires-Python, right ones and thousands of spoiled ones: slipway takes what Debian's `packaging` takes, and nothing else."""

import json
import random
import re
import subprocess

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from support import distributions as made
from support.project import SLIPWAY, environment

REQUIREMENTS = [
    "click>=8",
    "a[b,c] ~=1.4.2",
    "x (>=1.0,<2) ; python_version < '3.8' and (os_name=='nt' or extra == \"q\")",
    "g==1.*,!=1.2.dev1",
    "h===foo",
    "i ; 'a' not in platform_machine",
    "j>=1!2.0.post1.dev2",
    "k-1_2.z==v1.0-1+l.1",
    "n<2,",
]
SPECIFIERS = [">=3.9, !=3.10.*,<4", "~=3.8", "==3.*", "===abc", ">=3.9,", "<=3.1a1.post2.dev3", "!=1.0+loc", "> 1.0"]
# No "@": whether a direct URL is one, versions of `packaging` see differently, and indexes refuse all of them.
PIECES = [*"()[],;=<>!~.*+-_ 'v1a\"|", " and ", " or ", " in ", " not in ", "python_version", "extra", "'x'", ">=1", "dev", "post", "rc", " "]
FILES, LINES = 40, 40


def spoil(text, dice):
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
        at = dice.randrange(len(text) + 1)
        put = dice.choice(["", dice.choice(PIECES)])
        text = text[:at] + put + text[at + dice.choice([0, 1]):]
    return text.strip()


def is_taken(kind, text):
    try:
        kind(text)
    except (InvalidRequirement, InvalidSpecifier):
        return False
    return True


@pytest.mark.parametrize("field, samples, kind, code", [("Requires-Dist", REQUIREMENTS, Requirement, "metadata/requirement"), ("Requires-Python", SPECIFIERS, SpecifierSet, "metadata/requires-python")])
def test_slipway_agrees_with_packaging(tmp_path, field, samples, kind, code):
    dice = random.Random(2026)
    files = {}
    for number in range(FILES):
        texts = [text for text in (spoil(dice.choice(samples), dice) for _ in range(LINES)) if text]
        head = "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.2.0\nDescription-Content-Type: text/markdown\n"
        (tmp_path / str(number)).mkdir()
        path = made.wheel(tmp_path / str(number) / made.WHEEL, head + "".join(f"{field}: {text}\n" for text in texts) + "\nText.\n")
        files[str(path)] = texts
    done = subprocess.run([SLIPWAY, "verify", "--json", *files], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=120)
    differ, refused = [], 0
    for row in json.loads(done.stdout)["packages"]:
        lines = {int(re.search(r"METADATA:(\d+)", one["text"])[1]) for one in row["findings"] if one["code"] == code}
        refused += len(lines)
        differ += [text for number, text in enumerate(files[row["path"]], 5) if (number not in lines) != is_taken(kind, text)]
    assert differ == [] and refused > 100
