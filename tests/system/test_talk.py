"""What a release says at its forge: on its pull requests that it is out, in an issue that it waits for a sign-off. Once each, and nothing where it is not asked to."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from forge.gitea import Gitea  # noqa: E402
from forge.github import GitHub  # noqa: E402
from forge.gitlab import GitLab  # noqa: E402
from support.forged import NAME, TOKEN, Forged  # noqa: E402
from support.project import Project, git  # noqa: E402

KINDS = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}
CONFIG = """\
gates: {}
journal: {share: "off"}
packages:
  tool: {run: [sh, build.sh, "{out}"], expect: ["tool-{version}.bin", "tool-{version}.txt"]}
"""
COMMENTS = r"POST .*/(comments|notes)(\?|$)"
ISSUES = r"POST .*/issues(\?|$)"
TALK = ("/pulls", "/pull", "/issues", "/comments", "/notes", "/merge_requests")
MARK = "<!-- slipway:v1.1.0:"


class Talk:
    """A project on one emulator whose commits came by the pull requests 1, 2, …"""

    def __init__(self, kind, forge, root, config="", comment=False, pulls=()):
        self.kind, self.forge = kind, forge
        self.project = Forged.on(root, kind, forge, config=CONFIG + config, forge=f"patience: 1, pace: 0, comment: {str(comment).lower()}")
        for number, (login, locked) in enumerate(pulls, 1):
            self.project.commit(f"feat: number {number}")
            self.bring(number, git(self.project.work, "rev-parse", "HEAD"), login, locked)
        git(self.project.work, "push", "--quiet", str(self.project.origin), "main")

    def bring(self, number, commit, login, locked):
        row = {"title": f"feat: number {number}", "login": login, "locked": locked, "pull": True, "number": number}
        row.update(body="", state="closed", labels=[], comments=[])
        if self.kind == "github":
            self.forge.add_pull(NAME, number, row["title"], [commit], login=login)
            self.forge.models[NAME]["issues"].append(row)
        elif self.kind == "gitlab":
            author = {"id": number, "username": login}
            self.forge.projects[NAME]["merge_requests"].append(
                {"iid": number, "notes": row["comments"], "commit": commit, "state": "merged", "title": row["title"], "author": author, "locked": locked}
            )
        else:
            model = self.forge.models[NAME]
            model.pulls[commit] = {"number": number, "title": row["title"], "login": login, "merged": True}
            model.issues.append({**row, "id": model.number()})

    def rows(self):
        if self.kind == "gitlab":
            return self.forge.projects[NAME]["issues"]
        return self.forge.models[NAME]["issues"] if self.kind == "github" else self.forge.models[NAME].issues

    def issues(self):
        """[(title, body, what was said on it)]."""
        return [(row["title"], row.get("description", row.get("body")), self.said(row)) for row in self.rows() if not row.get("pull")]

    @staticmethod
    def said(row):
        return [one["body"] for one in row.get("comments", row.get("notes"))]

    def pulls(self):
        rows = self.forge.projects[NAME]["merge_requests"] if self.kind == "gitlab" else [row for row in self.rows() if row.get("pull")]
        return [self.said(row) for row in rows]

    def posts(self, words):
        return [exchange for exchange in self.forge.log if exchange.method == "POST" and exchange.path.partition("?")[0].endswith(words)]

    def result(self, effect):
        return [data for kind, name, data in self.project.events() if kind == "outcome" and name == effect][-1]


def each(*kinds):
    """Against these; what is the effect's own and no forge's is tried on one."""
    return pytest.mark.parametrize("kind", kinds or KINDS)


@pytest.fixture
def forge(kind):
    with KINDS[kind]() as running:
        yield running
        assert not running.violations, running.violations


PULLS = [("bob", False), ("renovate[bot]", False), ("eve", True)]


def check_said(talk):
    first, second, third = talk.pulls()
    assert len(first) == len(second) == 1 and third == [], talk.pulls()
    for (text,) in (first, second):
        assert text.count(MARK) == 1 and f"[v1.1.0]({talk.forge.base}/{NAME}/" in text, text
        assert "Released in " in text and ": tool 1.1.0, 2026-09-21." in text
    outcome = talk.result("follow/pulls")
    unsaid = outcome["result"]["unsaid"]
    assert outcome["result"]["said"] == 2 and [row["number"] for row in unsaid] == [-3 if talk.kind == "gitlab" else 3]
    return outcome


@each()
def test_pull_requests_are_told_once_after_a_kill_and_a_lost_answer(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "notes: {pulls: true}\n", True, PULLS)
    assert talk.project.fault("release", "minor", "--yes", SLIPWAY_FAULT_KILL="comment-made follow/pulls #1").status == -9
    assert [len(said) for said in talk.pulls()] == [1, 0, 0]
    asked = [exchange.path for exchange in forge.log if "/commits/" in exchange.path and exchange.path.partition("?")[0].endswith(TALK)]
    assert len(asked) == len(set(asked)) == 3, "each commit is asked for once, whoever wants to know"
    lost = forge.faults.add("reset-after", COMMENTS)
    done = talk.project.run("resume")
    assert done.status == 0 and lost.fired == 1, done
    note = check_said(talk)["note"]
    assert note.startswith(f"warning: said on 2 of 3; not on {'!' if kind == 'gitlab' else '#'}3: "), note
    assert note in done.out + done.err, done
    assert note.removeprefix("warning: said on 2 of 3; ") in talk.project.run("status").out


@each("github")
def test_a_refused_token_is_no_locked_pull_request(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "", True, PULLS[:1])
    assert talk.project.run("release", "minor", "--yes", "--draft").error()["code"] == "WAITING"
    forge.faults.add("401", r"(GET|POST) .*/(comments|notes)(\?|$)", nth=2, forever=True)  # after the first look
    done = talk.project.run("publish", "--yes")
    assert done.error()["code"] == "PERMISSION" and "slipway resume" in done.err, done
    forge.faults.clear()
    assert talk.project.run("resume").status == 0
    assert [len(said) for said in talk.pulls()] == [1]


@each()
def test_an_issue_asks_for_the_sign_off_and_hears_that_it_is_out(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "sign-off: {issue: true}\n")
    lost = forge.faults.add("reset-after", ISSUES)
    assert talk.project.fault("release", "minor", "--yes", "--draft", SLIPWAY_FAULT_KILL="issue-made sign-off/issue #1").status == -9
    done = talk.project.run("resume")
    assert lost.fired == 1
    assert done.error()["code"] == "WAITING", done
    ((title, body, said),) = talk.issues()
    assert title == "Release v1.1.0 waits for a sign-off" and said == [] and body.count(MARK) == 1
    for words in ("**tool 1.1.0** waits", "`slipway verify --draft`", "`slipway publish`", "`slipway abort`", "draft of v1.1.0"):
        assert words in body, body
    url = talk.result("sign-off/issue")["result"]["url"]
    assert url.startswith(forge.base) and url in done.error()["what"]
    assert url in talk.project.run("status").out
    forge.faults.add("reset-after", COMMENTS)
    assert talk.project.run("publish", "--yes").status == 0
    ((_, _, said),) = talk.issues()
    assert len(said) == 1 and f"Released in [v1.1.0]({forge.base}/" in said[0]
    assert len(talk.posts("/issues")) == 1


@each()
def test_an_issue_stays_and_is_told_once_of_an_abort(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "sign-off: {issue: true, required: true}\n")
    assert talk.project.run("release", "minor", "--yes").error()["code"] == "WAITING"
    assert talk.project.fault("abort", "--yes", SLIPWAY_FAULT_KILL="undo-after sign-off/issue #1").status == -9
    done = talk.project.run("abort", "--yes")
    assert done.status == 0, done
    ((_, _, said),) = talk.issues()
    assert len(said) == 1 and "was taken back" in said[0] and said[0].count(MARK) == 1
    assert forge.releases(NAME) == []


@each()
def test_nothing_is_said_where_nobody_asked_for_it(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "", False, PULLS[:1])
    assert talk.project.run("release", "minor", "--yes", "--draft").error()["code"] == "WAITING"
    assert talk.project.run("publish", "--yes").status == 0
    assert [exchange.path for exchange in forge.log if exchange.path.partition("?")[0].endswith(TALK)] == []


@each("gitea")
def test_a_token_without_the_scope_is_known_before_anything_happens(forge, kind, tmp_path):
    talk = Talk(kind, forge, tmp_path, "", True, PULLS[:1])
    forge.add_token(TOKEN, login="ada", rights={"scopes": ["write:repository", "read:user"]})
    done = talk.project.run("release", "minor", "--yes")
    assert done.error()["code"] == "PERMISSION" and "read:issue" in done.error()["why"] and "forge.comment" in done.error()["fix"], done
    assert not talk.project.has_run()


def test_a_forge_without_talk_says_so_in_the_plan(tmp_path):
    project = Project.make(tmp_path, config=CONFIG + "forge: {comment: true}\nsign-off: {issue: true, required: true}\n")
    out = project.run("plan", "minor").out
    assert "the directory forge has no pull requests: forge.comment is not looked at" in out, out
    assert "the directory forge has no issues: sign-off.issue is not looked at" in out, out
