"""A git on PATH that is killed when its turn comes: at its start, or, under strace, at its n-th write, rename, unlink or mkdir, its own children included."""

import os
import pathlib
import re
import time

GIT = "/usr/bin/git"
CALLS = ("write", "rename", "unlink", "mkdir")

# Not by the environment: slipway decides what of that a git gets. "alone" kills git, "both" slipway first.
SCRIPT = """\
#!/bin/sh
echo . >>'{folder}/calls'
n=$(wc -l <'{folder}/calls')
read victim whom how words <'{folder}/victim'
[ -n "$words" ] && case "$*" in *"$words"*) victim=$n ;; esac
if [ "$whom" = trace ]; then
    echo "$*" >"{folder}/words.$n"
    exec strace -f -qq -e trace={calls} -e signal=none -s 0 -o "{folder}/trace.$n" {git} "$@"
fi
[ "$n" = "$victim" ] || exec {git} "$@"
echo "$*" >>'{folder}/killed'
echo $$ >'{folder}/pid'
[ "$whom" = both ] && kill -9 $PPID
[ "$how" = start ] && kill -9 $$
exec strace -f -qq -o /dev/null -e "trace=${{how%%:*}}" -e "inject=${{how%%:*}}:signal=KILL:when=${{how#*:}}" {git} "$@"
"""


class DyingGit:
    """folder/git; `env` is what slipway is run with."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        script = self.folder / "git"
        script.write_text(SCRIPT.format(folder=self.folder, git=GIT, calls=",".join(CALLS)))
        script.chmod(0o755)
        self.env = {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        self.arm(0)

    def arm(self, victim, how="start", whom="alone"):
        """The victim-th git from now on; how: "start", or "SYSCALL:N"."""
        for name in ("calls", "killed"):
            (self.folder / name).write_text("")
        (self.folder / "victim").write_text(f"{victim} {whom} {how}\n")

    def arm_words(self, words, how="start", whom="alone"):
        """Each git from now on that is asked this."""
        self.arm(0)
        (self.folder / "victim").write_text(f"0 {whom} {how} {words}\n")

    def disarm(self):
        self.arm(0)

    def calls(self):
        return len((self.folder / "calls").read_text().splitlines())

    def killed(self):
        """The words of the git that was to die; '': its turn did not come."""
        return (self.folder / "killed").read_text().strip()

    def wait(self):
        """Until the git that was to die is gone: where slipway died first, nobody else waits for it."""
        pid = (self.folder / "pid").read_text().strip()
        while os.path.exists(f"/proc/{pid}"):
            time.sleep(0.01)  # reason: it is nobody's child any more, so there is nothing to wait on

    def words(self, number):
        """Of a run that was traced: what the n-th git was asked."""
        return (self.folder / f"words.{number}").read_text()

    def places(self):
        """Of a run that was traced (arm(0, whom="trace")): all (victim, how) at which a git can be killed."""
        found = []
        for number in range(1, self.calls() + 1):
            lines = (self.folder / f"trace.{number}").read_text().splitlines()
            found.append((number, "start"))
            for call in CALLS:
                # strace counts for each process by itself; the first that comes so far dies
                counts = {}
                for line in lines:
                    if match := re.match(rf"(\d+) +{call}\(", line):
                        counts[match[1]] = counts.get(match[1], 0) + 1
                found += [(number, f"{call}:{turn}") for turn in range(1, max(counts.values(), default=0) + 1)]
        return found


SERVICE = """\
#!/bin/sh
echo . >>'{folder}/calls'
n=$(wc -l <'{folder}/calls')
read victim when <'{folder}/victim'
[ "$n" = "$victim" ] && [ "$when" = before ] && kill -9 0
"$@"
status=$?
[ "$n" = "$victim" ] && kill -9 0
exit $status
"""


class DyingRemote:
    """The other side of a remote that is a folder: when its turn comes, it is killed with its whole process group, which is that of the git that asks.

    By the user's own configuration; `env` is what slipway is run with."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        script = self.folder / "service"
        script.write_text(SERVICE.format(folder=self.folder))
        script.chmod(0o755)
        config = self.folder / "gitconfig"
        config.write_text(f'[remote "origin"]\n\tuploadpack = {script} git-upload-pack\n\treceivepack = {script} git-receive-pack\n')
        self.env = {"GIT_CONFIG_GLOBAL": config}
        self.arm(0)

    def arm(self, victim, when="before"):
        """The victim-th call from now on, before it is answered or after."""
        (self.folder / "calls").write_text("")
        (self.folder / "victim").write_text(f"{victim} {when}\n")

    def calls(self):
        return len((self.folder / "calls").read_text().splitlines())
