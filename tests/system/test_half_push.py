"""A push that arrived in part: the server died between two refs. Each ref is looked at by itself; resume pushes what is missing, abort refuses."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.project import CONFIG, Project, environment, git, remove  # noqa: E402

RELEASE = ("release", "minor", "--yes")
MAIN, TAG = "refs/heads/main", "refs/tags/v1.1.0"
# A server that dies when it has written one of two refs: the client never hears of either.
DIES = """\
#!/bin/sh
cat >"$GIT_DIR/seen.$$"
grep -q {main} "$GIT_DIR/seen.$$" || exit 0
test -e "$GIT_DIR/died" && exit 0
touch "$GIT_DIR/died"
case {missing} in
  {main}) git update-ref {main} $(sed -n 's,\\([0-9a-f]*\\) .* {main}$,\\1,p' "$GIT_DIR/seen.$$");;
  {tag}) git update-ref -d {tag};;
esac
kill -9 $PPID
"""


class Halves:
    """Copies of one project, always in the same folder: the plan names it."""

    def __init__(self, root):
        self.root = root
        whole = Project.make(root / "run", config=CONFIG)
        (root / "run").rename(root / "template")
        assert self.fresh().run(*RELEASE).status == 0
        self.after = whole.refs(whole.origin)
        project = self.fresh()
        assert project.fault(*RELEASE, SLIPWAY_FAULT_KILL="apply-after push/refs #1").status == -9
        (root / "run").rename(root / "pushed")

    def fresh(self, name="template"):
        remove(self.root / "run")
        shutil.copytree(self.root / name, self.root / "run", symlinks=True)
        return Project(self.root / "run")


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    return Halves(tmp_path_factory.mktemp("halves"))


def hook(project, name, text):
    path = project.origin / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def remote_refs(project):
    return dict(line.split(" ")[::-1] for line in git(project.origin, "for-each-ref", "--format=%(objectname) %(refname)", MAIN, TAG).split("\n"))


def own_refs(project):
    """Less what git knows of the remote: to look there may bring that up to date."""
    return [line for line in project.refs().split("\n") if "refs/remotes/" not in line]


def refuses_to_abort(project, *facts):
    before, refs = own_refs(project), remote_refs(project)
    done = project.run("abort")
    error = done.error()
    assert done.status == 5 and error["code"] == "NOT_ABORTABLE", done
    assert all(fact in error["why"] for fact in facts) and error["fix"].startswith("slipway resume"), done
    assert own_refs(project) == before and remote_refs(project) == refs


def is_finished(halves, project, done):
    assert done.status == 0 and project.outcomes()["last"] == "done", done
    assert project.refs(project.origin) == halves.after


@pytest.mark.parametrize("missing, arrived", [(MAIN, TAG), (TAG, MAIN)], ids=["main", "tag"])
def test_the_server_dies_between_two_refs(halves, missing, arrived):
    project = halves.fresh()
    hook(project, "post-receive", DIES.format(main=MAIN, tag=TAG, missing=missing))
    done = project.run(*RELEASE)
    error = done.error()
    assert done.status == 5 and error["code"] == "PUSH_UNKNOWN", done
    assert f"{arrived} is " in error["state"] and "it arrived" in error["state"] and "as before this push" in error["state"], done
    assert error["fix"].startswith("slipway resume") and "nothing was pushed" not in done.err, done
    shown = json.loads(project.run("status", "--json").out)
    assert shown["run"]["crossed"] and shown["next"] == ["slipway resume"]
    refuses_to_abort(project)
    hook(project, "post-receive", '#!/bin/sh\ngrep -v refs/slipway >>"$GIT_DIR/came" || true\n')
    is_finished(halves, project, project.run("resume"))
    came = (project.origin / "came").read_text()
    assert came.count("\n") == 1 and missing in came, "only what was missing is pushed"


@pytest.mark.parametrize("missing", [MAIN, TAG])
def test_slipway_died_with_the_server(halves, missing):
    """No answer, no outcome: only the remote knows."""
    project = halves.fresh("pushed")
    git(project.origin, "update-ref", *([MAIN, "v1.0.0^{commit}"] if missing == MAIN else ["-d", TAG]))
    refuses_to_abort(project, f"{MAIN} is ", f"{TAG} is ", "it arrived", "as before this push")
    assert project.run("status").out.split("\n")[0].count("past the point of no return") == 1
    is_finished(halves, project, project.run("resume"))


def paste(project, line):
    """What a person pastes: all that stands before ", then"."""
    words, rest = line.split(", then: ")
    done = subprocess.run(["sh", "-ec", words], cwd=project.work, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return project.run(*rest.split(" ")[1:])


def moved_main(project):
    other = git(project.origin, "-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit-tree", "v1.0.0^{tree}", "-p", "v1.0.0^{commit}", "-m", "feat: theirs")
    git(project.origin, "update-ref", MAIN, other)
    return other


def moved_tag(project):
    git(project.origin, "tag", "--force", "v1.1.0", "v1.0.0")
    return git(project.origin, "rev-parse", TAG)


@pytest.mark.parametrize("move", [moved_main, moved_tag])
def test_the_rest_has_no_room_any_more(halves, move):
    """The base went on without the release, or the tag is another hand's: nothing is pushed over, and one line leads out."""
    project = halves.fresh("pushed")
    theirs = move(project)
    refuses_to_abort(project, "something else", "it arrived")
    done = project.run("resume")
    error = done.error()
    assert done.status == 5 and error["code"] == "PUSH_UNKNOWN" and "something else" in error["why"], done
    assert theirs in remote_refs(project).values()
    if move is moved_tag:
        git(project.origin, "tag", "-d", "v1.1.0")
        done = project.run("resume")
    else:
        done = paste(project, error["fix"])
        assert git(project.origin, "merge-base", "--is-ancestor", theirs, MAIN) == ""
    assert done.status == 0 and project.outcomes()["last"] == "done", done
    assert git(project.origin, "rev-parse", TAG) == git(project.work, "rev-parse", TAG)


@pytest.mark.parametrize("tag", ["there", "missing"])
def test_the_base_arrived_and_others_pushed_on_it(halves, tag):
    """It holds the release all the same."""
    project = halves.fresh("pushed")
    if tag == "missing":
        git(project.origin, "update-ref", "-d", TAG)
    top = git(project.origin, "-c", "user.name=Eve", "-c", "user.email=eve@example.org", "commit-tree", f"{MAIN}^{{tree}}", "-p", MAIN, "-m", "feat: more")
    git(project.origin, "update-ref", MAIN, top)
    refuses_to_abort(project, "it arrived")
    done = project.run("resume")
    assert done.status == 0, done
    assert remote_refs(project) == {MAIN: top, TAG: git(project.work, "rev-parse", TAG)}


def test_what_is_not_ours_is_no_part(halves):
    """A tag of that name and an untouched base: as if the push had never arrived."""
    project = halves.fresh("pushed")
    git(project.origin, "update-ref", MAIN, "v1.0.0^{commit}")
    moved_tag(project)
    done = project.run("abort")
    assert done.status == 0 and project.outcomes()["last"] == "aborted", done
