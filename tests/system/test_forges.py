"""A release at a forge as its user meets it: which forge it is, what the plan says of it, the review of a draft, what is published as a stranger has it, the latest one."""

import json
import subprocess

import pytest

from forge.gitea import Gitea
from forge.github import GitHub, Rights
from forge.gitlab import GitLab
from support.forged import NAME, TOKEN, VARIABLES, Forged
from support.packages import python
from support.project import CONFIG, FILES, Project, git

class Noting(GitHub):
    """Keeps what publishes."""

    def respond(self, exchange, query, headers, body):
        if exchange.method == "PATCH" and b'"make_latest"' in (body.content or b""):
            self.published.append(body.content)
        return super().respond(exchange, query, headers, body)

    def __init__(self, *words, **options):
        super().__init__(*words, **options)
        self.published = []


KINDS = {"github": Noting, "gitlab": GitLab, "gitea": Gitea}
PLAIN = CONFIG.replace("gates:", "journal: {share: \"off\"}\ngates:")
CLOSED = "http://127.0.0.1:9"  # nobody listens there


@pytest.fixture
def made(tmp_path):
    """made("github"): a project at its emulator; what the oracle saw is looked at in the end."""
    running = []

    def make(kind, config=PLAIN, before=None, **options):
        forge = KINDS[kind]().__enter__()
        running.append(forge)
        if before is not None:
            before(forge)
        forge.pause = 0
        return Forged.on(tmp_path / kind, kind, forge, config=config, **options)

    yield make
    for forge in running:
        forge.__exit__()
        assert forge.violations == []


def without_token(project):
    git(project.work, "config", "--unset-all", "credential.helper")
    return {name: "" for name in VARIABLES[project.kind](project.emulator)}


def done(result):
    assert result.status == 0, result
    return result


def drafted(project):
    result = project.run("release", "minor", "--draft", "--yes")
    assert result.status == 6, result
    return result


def released(project, *words):
    return done(project.run("release", *(words or ("minor",)), "--yes"))


def everything(project):
    return project.tree(), project.refs(), project.refs(project.origin), project.releases()


def notes_of(plan, subject):
    return [row["text"] for row in plan["notes"] if row["subject"] == subject]


def only(rows, **wanted):
    found = [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]
    assert len(found) == 1, rows
    return found[0]


# ---- which forge ----

CHOICES = {
    "https://github.com/acme/tool.git": ("", "GitHub, https://github.com/acme/tool: no token", "set GH_TOKEN"),
    "git@gitlab.com:acme/sub/tool.git": ("", "GitLab, https://gitlab.com/acme/sub/tool: no token", "set GITLAB_TOKEN"),
    "ssh://git@codeberg.org/acme/tool.git": ("", "Gitea, https://codeberg.org/acme/tool: no token", "set GITEA_TOKEN"),
    "https://git.example.org/acme/tool": ("forge: {kind: github}\n", "GitHub, https://git.example.org/acme/tool: no token", "set GH_ENTERPRISE_TOKEN (with GH_HOST=git.example.org)"),
    "https://git.example.org/acme/other": ("", None, "the directory forge"),
    "https://github.com/acme/other": ("forge: {kind: directory}\n", None, "the directory forge"),
    "https://gitlab.com/acme/other": ("forge: {path: out}\n", None, "the directory forge"),
}  # fmt: skip


@pytest.mark.parametrize("url", CHOICES)
def test_the_forge_is_chosen_by_the_remote_or_said(tmp_path, url):
    section, said, words = CHOICES[url]
    project = Project.make(tmp_path, files={"slipway.yaml": PLAIN + section})
    git(project.work, "remote", "set-url", "origin", url)
    # Nobody is asked: git gets nowhere, and slipway has no token.
    env = {"GIT_SSH_COMMAND": "false", "https_proxy": CLOSED}
    plan = json.loads(project.run("plan", "minor", "--json", env=env).out)
    notes = " ".join(notes_of(plan, "forge"))
    if said is None:
        assert "no token" not in notes and words in only(plan["effects"], id="stage/draft")["title"]
    else:
        assert notes.startswith(said) and words in notes
        assert notes_of(plan, "proxy") == [notes_of(plan, "proxy")[0]] and f"through {CLOSED}" in notes_of(plan, "proxy")[0]


def test_a_kind_and_a_remote_that_do_not_fit(tmp_path):
    project = Project.make(tmp_path, files={"slipway.yaml": PLAIN + "forge: {kind: github}\n"})
    for words in (("plan", "minor"), ("release", "minor", "--yes")):
        result = project.run(*words)
        error = result.error()
        assert result.status == 2 and error["code"] == "CONFIG", result
        assert error["what"] == "forge.kind is github, but the remote origin is no address at one" and error["why"] == "../origin.git"
        assert error["state"] == "nothing was changed" and error["fix"].startswith("git remote set-url origin https://")
    (project.work / "slipway.yaml").write_text(PLAIN + "forge: {kind: gitbucket}\n")
    error = project.run("plan", "minor").error()
    assert error["code"] in ("CONFIG", "PREFLIGHT") and "gitbucket" in error["what"] + error.get("why", "")


# ---- tokens ----


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_token(made, kind):
    project = made(kind)
    none, before, asked = without_token(project), everything(project), len(project.emulator.log)
    plan = done(project.run("plan", "minor", env=none))
    hint = {"github": "GH_ENTERPRISE_TOKEN (with GH_HOST=", "gitlab": "GITLAB_TOKEN (with GITLAB_HOST=", "gitea": "GITEA_TOKEN (with GITEA_SERVER_URL="}[kind]
    assert "no token, so it was not asked and `slipway release` will refuse; set " + hint in plan.out
    result = project.run("release", "minor", "--yes", env=none)
    error = result.error()
    assert (result.status, error["code"]) == (7, "PERMISSION") and hint in error["fix"] and error["state"] == "nothing was changed"
    assert "git's credential helper" in error["why"]
    if kind == "github":
        done(project.run("rehearse", "minor", env=none))
    assert project.emulator.log[asked:] == [] and everything(project) == before and not project.has_run()


@pytest.mark.parametrize("source", ["variable", "forge.token-file", "forge.token-command", "git's credential helper"])
def test_the_plan_says_where_the_token_is_from(made, source, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "token").chmod(0o600)
    more = {"forge.token-file": f", token-file: {tmp_path}/token", "forge.token-command": f", token-command: [cat, {tmp_path}/token]"}.get(source, "")
    project = made("github", forge="patience: 2, pace: 0" + more)
    env = {"GH_ENTERPRISE_TOKEN": TOKEN if source == "variable" else ""}
    if source != "git's credential helper":
        without_token(project)
    # A repository's word is not enough: the user allows both.
    project.allowed = (("token-file", f"{tmp_path}/token"), ("token-command", f"cat {tmp_path}/token"))
    said = notes_of(json.loads(done(project.run("plan", "minor", "--json", env=env)).out), "forge")[0]
    wanted = {"variable": "GH_ENTERPRISE_TOKEN", "forge.token-file": f"forge.token-file {tmp_path}/token"}.get(source, source)
    assert said.endswith(f"/acme/tool, as ada (token: {wanted})")


LACKS = {
    "github": ({"rights": Rights(scopes=("read:user",))}, "the scope public_repo"),
    "gitlab": ({"rights": {"level": 20, "scopes": ["api"]}}, "the role Developer"),
    "gitea": ({"rights": {"push": False}}, "write access to acme/tool"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_does_not_suffice_is_found_before_anything(made, kind):
    project = made(kind)
    more, words = LACKS[kind]
    project.emulator.add_token("weak", login="bob", **more)
    variable = [name for name in VARIABLES[kind](project.emulator) if name.endswith("TOKEN")][0]
    before, asked = everything(project), len(project.emulator.log)
    for token, wanted in [("weak", words), ("wrong", "")]:
        result = project.run("release", "minor", "--yes", env={variable: token})
        error = result.error()
        assert (result.status, error["code"]) == (7, "PERMISSION"), result
        assert wanted in error["why"] and error["state"] == "nothing was changed" and "resume" not in error["fix"], result
        assert variable in error["what"] + error["fix"] + error["why"]
    assert everything(project) == before and not project.has_run()
    assert {exchange.method for exchange in project.emulator.log[asked:]} == {"GET"}


def test_no_proxy_for_this_machine(made):
    project = made("github")
    git(project.work, "config", "http.proxy", "")  # git's own would go through it
    plan = json.loads(done(project.run("plan", "minor", "--json", env={"http_proxy": CLOSED, "all_proxy": CLOSED})).out)
    assert notes_of(plan, "proxy") == [] and "as ada" in notes_of(plan, "forge")[0]


# ---- issues and pull requests ----


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_issue_stops_a_release(made, kind):
    project = made(kind, forge="patience: 2, pace: 0, blockers: blocker")
    forge = project.emulator
    if kind == "github":
        issue = forge.add_issue(NAME, "it eats \x1b[31mfiles", ["blocker"])
    elif kind == "gitlab":
        issue = add_gitlab_issue(forge, "it eats \x1b[31mfiles")
    else:
        forge.models[NAME].add_label("blocker")
        issue = forge.models[NAME].add_issue("it eats \x1b[31mfiles", labels=["blocker"])
    before = everything(project)
    result = project.run("release", "minor", "--yes")
    error = result.error()
    assert (result.status, error["code"], error["what"]) == (1, "BLOCKED", "1 open issue with the label blocker"), result
    assert error["why"].startswith("#1 it eats ") and "\x1b" not in result.err
    assert everything(project) == before and not project.has_run()
    issue["state"] = "closed"
    released(project)


def add_gitlab_issue(forge, title):
    issues = forge.projects[NAME]["issues"]
    issues.append({"iid": len(issues) + 1, "title": title, "description": "", "labels": ["blocker"], "state": "opened", "notes": [], "changed": 0, **forge.dates()})
    return issues[-1]


@pytest.mark.parametrize("kind, sign", [("github", "#"), ("gitlab", "!"), ("gitea", "#")])
def test_pull_requests_in_the_notes(made, kind, sign):
    project = made(kind, config=PLAIN + "notes: {pulls: true}\n")
    project.commit("feat: more", more="x\n")
    git(project.work, "push", "--quiet", "origin", "main")
    commit, forge = git(project.work, "rev-parse", "HEAD"), project.emulator
    if kind == "github":
        forge.add_pull(NAME, 7, "feat: more [of] it", [commit])
    elif kind == "gitlab":
        forge.projects[NAME]["merge_requests"].append({"iid": 7, "notes": [], "commit": commit, "state": "merged", "title": "feat: more [of] it", "author": {"id": 7, "username": "bob"}})
    else:
        forge.models[NAME].pulls[commit] = {"number": 7, "title": "feat: more [of] it", "login": "bob", "merged": True}
    released(project)
    notes = only(project.releases(), tag="v1.1.0")["notes"]
    assert f"{sign}7" in notes and "feat: more \\[of\\] it" in notes and "bob" in notes


# ---- the review ----


@pytest.mark.parametrize("kind", KINDS)
def test_the_review_of_a_draft(made, kind):
    project = made(kind)
    drafted(project)
    table = done(project.run("verify", "--draft")).out.split("\n")
    assert table[0].startswith("the draft v1.1.0  http://127.0.0.1:")
    rows = [line for line in table[1:] if line]
    assert all(line.startswith("  ✓ ") for line in rows)
    assert {"state", "tag", "name", "pre-release", "notes", "mark", "asset"} <= {line.split()[1] for line in rows}
    assert len({line.index("  ", 4 + len(line.split()[1])) for line in rows if line.split()[1] == "asset"}) <= 3
    data = json.loads(done(project.run("verify", "--draft", "--json")).out)
    assert (data["schema"], data["release"], data["ok"]) == (1, "v1.1.0", True) and data["url"].startswith(project.emulator.base)
    assert [set(row) for row in data["checked"]] == [{"what", "planned", "is", "ok"}] * len(data["checked"])
    assert [row["what"] for row in data["checked"] if row["what"].startswith("asset ")] == ["asset SHA256SUMS", "asset tool-1.1.0.bin", "asset tool-1.1.0.txt"]
    assert "edited" not in data and all(row["ok"] and row["planned"] == row["is"] for row in data["checked"])


def edit_notes(project, change):
    """As a person does on the forge's page, where there is one."""
    forge = project.emulator
    if project.kind == "github":
        release = only([vars(one) for one in forge.models[NAME]["releases"]], tag="v1.1.0")
        forge.models[NAME]["releases"][-1].body = change(release["body"])
    else:
        row = [row for row in forge.models[NAME].rows if row.tag == "v1.1.0"][0]
        row.note = change(row.note)


@pytest.mark.parametrize("kind", ["github", "gitea"])
def test_edited_notes_are_shown_and_kept(made, kind):
    project = made(kind)
    drafted(project)
    edit_notes(project, lambda text: text.replace("A way to count things.", "A fine \x1b[31mway to count."))
    result = done(project.run("verify", "--draft"))
    assert "edited at the forge" in result.out and "The notes were edited at the forge. They are kept:" in result.out
    assert "    -- A way to count things." in result.out and "    +- A fine " in result.out and "\x1b" not in result.out
    data = json.loads(done(project.run("verify", "--draft", "--json")).out)
    assert data["ok"] and "+- A fine " in data["edited"]
    published = done(project.run("publish", "--yes"))
    assert "They are kept" in published.out
    release = only(project.releases(), tag="v1.1.0")
    assert not release["draft"] and "A fine \x1b[31mway to count." in release["notes"] and "A way to count things." not in release["notes"]


def spoil(project, name="tool-1.1.0.bin", drop=False):
    """The forge has other bytes, of the same length, or no such asset any more; nothing is told to slipway."""
    forge = project.emulator
    if project.kind == "gitlab":
        for package in forge.projects[NAME]["packages"]:
            for file in list(package["files"]):
                if file["name"] == name and drop:
                    package["files"].remove(file)
                elif file["name"] == name:
                    file["body"] = swapped(file["body"])
        return
    rows = forge.models[NAME]["releases"] if project.kind == "github" else forge.models[NAME].rows
    for release in rows:
        for asset in list(release.assets):
            if asset.name == name and drop:
                release.assets.remove(asset)
            elif asset.name == name:
                asset.content = swapped(asset.content)


def swapped(content):
    if isinstance(content, bytes):
        return bytes([content[0] ^ 1]) + content[1:]
    held = content.content
    return type(content).__mro__[-2](len(held), "0" * 64, bytes([held[0] ^ 1]) + held[1:])


@pytest.mark.parametrize("kind, drop", [("github", False), ("github", True), ("gitlab", False), ("gitea", True)])
def test_a_wrong_asset_in_a_draft_is_not_published(made, kind, drop):
    project = made(kind)
    drafted(project)
    spoil(project, drop=drop)
    before = project.refs(project.origin)
    for words in (("verify", "--draft"), ("publish", "--yes")):
        result = project.run(*words)
        assert (result.status, result.error()["code"]) == (1, "NOT_VERIFIED"), result
        line = only([{"line": line} for line in result.out.split("\n") if "✗" in line])["line"]
        assert "asset tool-1.1.0.bin" in line and "(planned: 13 bytes, SHA-256 c771639738499605)" in line
        assert "asset tool-1.1.0.bin: planned 13 bytes" in result.error()["why"]
    failed = json.loads(project.run("verify", "--draft", "--json").out)
    assert not failed["ok"] and only(failed["checked"], ok=False)["what"] == "asset tool-1.1.0.bin"
    assert project.refs(project.origin) == before and project.outcomes()["last"] == "waiting"
    assert only(project.releases(), tag="v1.1.0")["draft"]


def test_where_there_is_no_draft_or_no_release(made):
    project = made("github")
    cases = [(("verify", "--draft"), "there is no unfinished release"), (("publish", "--yes"), "there is no unfinished release"),
             (("verify", "--published"), "nothing of tool is published"), (("verify", "--published", "3.2.1"), "there is no public release v3.2.1")]  # fmt: skip
    assert project.run("verify", "--published", "one").status == 2
    for words, what in cases:
        result = project.run(*words)
        assert (result.status, result.error()["code"]) == (2, "NO_RELEASE") and result.error()["what"].startswith(what), result
    assert project.run("verify", "--draft", "--published").status == 2
    assert project.fault("release", "minor", "--yes", SLIPWAY_FAULT_KILL="apply-before stage/draft #1").status == -9
    error = project.run("verify", "--draft").error()
    assert (error["code"], error["what"], error["fix"]) == ("NO_RELEASE", "v1.1.0 has no draft to look at", "slipway resume")
    assert project.fault("resume", SLIPWAY_FAULT_KILL="apply-before publish/release #1").status == -9
    error = project.run("verify", "--draft").error()
    assert (error["code"], error["fix"]) == ("NO_RELEASE", "slipway verify --published") and "its tag is out" in error["why"]
    done(project.run("resume"))


# ---- publishing ----


@pytest.mark.parametrize("kind", KINDS)
def test_a_tag_that_went_elsewhere_meanwhile(made, kind):
    """Somebody pushed another commit as this tag while the draft waited."""
    project = made(kind)
    drafted(project)
    git(project.origin, "tag", "v1.1.0", "v1.0.0^{commit}")
    result = project.run("publish", "--yes")
    error = result.error()
    assert result.status == 1 and error["code"] in ("REMOTE_MOVED", "TAG_CONFLICT"), result
    assert "v1.1.0" in error["what"] + error["why"] and "nothing" in error["state"]
    assert git(project.origin, "rev-parse", "v1.1.0") == git(project.origin, "rev-parse", "v1.0.0^{commit}") != git(project.work, "rev-parse", "v1.1.0^{commit}")
    assert git(project.origin, "rev-parse", "main") == git(project.work, "rev-parse", "main")
    assert all(release["draft"] for release in project.releases() if release["tag"] == "v1.1.0")


@pytest.mark.parametrize("foreign", [False, True])
def test_a_second_draft_of_the_tag(made, foreign):
    """Two of this run are made one by resume; one of somebody else stops it before anything is changed."""
    project = made("github")
    forge = project.emulator
    assert project.fault("release", "minor", "--yes", SLIPWAY_FAULT_KILL="apply-after stage/draft #1").status == -9
    first = forge.models[NAME]["releases"][0]
    copy = dict(vars(first), id=first.id + 500, assets=[], body="Mine." if foreign else first.body)
    forge.models[NAME]["releases"].append(type(first)(**copy))
    asked = len(forge.log)
    if not foreign:
        done(project.run("resume"))
        assert only(forge.releases(NAME), tag="v1.1.0")["id"] == first.id
        forge.violations.clear()  # the second was not of slipway's making
        return
    result = project.run("resume")
    error = result.error()
    assert (error["code"], result.status) == ("CONFLICT", 1) and str(first.id + 500) in error["why"], result
    assert {exchange.method for exchange in forge.log[asked:]} <= {"GET"} and len(forge.releases(NAME)) == 2
    forge.models[NAME]["releases"].pop()
    done(project.run("resume"))


# ---- as a stranger has it ----


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_published(made, kind):
    project = made(kind)
    released(project)
    # By itself the newest, by the journal's digests, without a token.
    asked = len(project.emulator.log)
    none = without_token(project)
    for words in (("verify", "--published"), ("verify", "--published", "1.1.0"))[: 2 if kind == "github" else 1]:
        result = done(project.run(*words, env=none))
        assert "digests   as this repository's journal has them" in result.out and result.out.endswith("v1.1.0 is public and as it was released\n")
    assert {exchange.token for exchange in project.emulator.log[asked:]} == {None}
    data = json.loads(done(project.run("verify", "--published", "--json", env=none)).out)
    assert data["state"] == "done" and all(row["ok"] for row in data["results"]["follow/published"]["checked"])
    # A clone that knows nothing: by SHA256SUMS.
    git(project.root, "clone", "--quiet", str(project.origin), "clone")
    clone = project.root / "clone"
    git(clone, "remote", "set-url", "origin", project.emulator.url(NAME))
    result = done(project.run("verify", "--published", cwd=clone, env=none))
    assert "as the published SHA256SUMS has them: this clone has no journal" in result.out
    assert result.out.endswith("v1.1.0 is public and agrees with itself; what was released is not known in this clone\n")
    assert ("asset SHA256SUMS is skipped: it is the list itself" in result.out) == (kind == "gitea")  # the others say its digest
    # Another byte, then none at all.
    for drop in (False, True):
        spoil(project, drop=drop)
        for folder in (project.work, clone)[: 2 if kind == "github" else 1]:
            result = project.run("verify", "--published", cwd=folder, env=none)
            # GitLab's link to a file that is gone still stands there.
            assert (result.status, result.error()["code"]) == (1, "CONFLICT" if drop and kind == "gitlab" else "NOT_VERIFIED"), result
            assert "tool-1.1.0.bin" in result.error()["what"] + result.error()["why"]
    project.emulator.violations.clear()  # it was spoilt on purpose


def new_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", path], check=True)
    return path


def test_the_signature_of_what_is_published(made, tmp_path):
    good, other = new_key(tmp_path / "good"), new_key(tmp_path / "other")
    project = made("github", config=PLAIN + f"signature: {{kind: ssh, key: {good}}}\n")
    released(project)
    assert "SHA256SUMS.sig is a good signature of SHA256SUMS" in done(project.run("verify", "--published")).err
    config = (project.work / "slipway.yaml").read_text()
    (project.work / "slipway.yaml").write_text(config.replace(str(good), str(other)))
    result = project.run("verify", "--published")
    assert result.status != 0 and "SHA256SUMS" in result.err, result
    (project.work / "slipway.yaml").write_text(config.replace(f"signature: {{kind: ssh, key: {good}}}\n", ""))
    assert "it is signed, and which key is right is not said: set signature.kind and signature.key" in done(project.run("verify", "--published")).out


def test_the_install_test_of_what_is_published(made, tmp_path):
    source = tmp_path / "source"
    for name, text in {**FILES, **python()}.items():
        if text is not None:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text("gates: {}\njournal: {share: \"off\"}\n" + text if name == "slipway.yaml" else text)
    project = made("github", source=source)
    released(project)
    asked = len(project.emulator.log)
    result = done(project.run("verify", "--published", env=without_token(project)))
    assert "tool 1.1.0 installs" in result.err, result
    downloads = [exchange for exchange in project.emulator.log[asked:] if "/releases/download/" in exchange.path and exchange.path.endswith(".whl")]
    assert downloads and {exchange.token for exchange in downloads} == {None}


# ---- the latest ----


def hotfix(project):
    """1.0.1 from a branch that was left at 1.0.0."""
    git(project.work, "switch", "--quiet", "-c", "1.0.x", "v1.0.0")
    text = (project.work / "slipway.yaml").read_text()
    (project.work / "slipway.yaml").write_text(text + "git: {base: 1.0.x}\n")
    project.commit("fix: an old one")
    git(project.work, "push", "--quiet", "origin", "1.0.x")


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_line_is_not_the_latest(made, kind):
    project = made(kind)
    released(project)
    hotfix(project)
    plan = json.loads(done(project.run("plan", "patch", "--json")).out)
    differences = " ".join(notes_of(plan, "forge") + notes_of(plan, "latest") + [row["reason"] for row in plan["skipped"]])
    released(project, "patch")
    rows = {release["tag"]: release for release in project.releases()}
    assert set(rows) == {"v1.0.1", "v1.1.0"} and not rows["v1.0.1"]["prerelease"]
    if kind == "github":
        assert [tag for tag, release in rows.items() if release["latest"]] == ["v1.1.0"]
        assert [json.loads(body)["make_latest"] for body in project.emulator.published] == ["true", "false"]
    elif kind == "gitlab":
        assert rows["v1.0.1"]["released"] < rows["v1.1.0"]["released"]
    else:
        assert "by itself" in differences, differences
    assert done(project.run("verify", "--published")).out.endswith("v1.1.0 is public and as it was released\n")


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_pre_release_is_never_the_latest(made, kind):
    project = made(kind)
    released(project, "1.1.0-rc.1")
    rows = project.releases()
    assert only(rows, tag="v1.1.0-rc.1")["prerelease"] and not any(release.get("latest") for release in rows)
    assert project.run("verify", "--published").error()["code"] == "NO_RELEASE"
    done(project.run("verify", "--published", "1.1.0-rc.1"))
