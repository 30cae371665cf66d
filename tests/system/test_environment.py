"""What programs that a project names get of the user's environment, what they can read of slipway's own, and what of a remote's address is shown."""

import json

import pytest

from support import faulty
from support.project import CONFIG, FILES, Project, git

SECRET = "pl4nted{}Secret"

# One name of each kind that is known to hold a secret, and some that nobody has thought of.
NAMES = """
GH_TOKEN GITHUB_TOKEN GH_ENTERPRISE_TOKEN GITHUB_ENTERPRISE_TOKEN GITLAB_TOKEN CI_JOB_TOKEN GITEA_TOKEN FORGEJO_TOKEN CI_JOB_JWT CI_JOB_JWT_V2 CI_REPOSITORY_URL
CI_REGISTRY_PASSWORD CI_DEPLOY_PASSWORD CI_DEPENDENCY_PROXY_PASSWORD ACTIONS_RUNTIME_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL
GIT_CONFIG_VALUE_0 GIT_ASKPASS GIT_PASSWORD npm_config__authToken npm_config__auth NPM_TOKEN NODE_AUTH_TOKEN YARN_NPM_AUTH_TOKEN YARN_RC_TOKEN DOCKER_AUTH_CONFIG
DOCKER_PASSWORD REGISTRY_AUTH_FILE PGPASSWORD PGPASSFILE MYSQL_PWD DATABASE_URL REDIS_URL MONGODB_URI AMQP_URL SENTRY_DSN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
AWS_SESSION_TOKEN AZURE_CLIENT_SECRET GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS TWINE_PASSWORD TWINE_USERNAME UV_PUBLISH_TOKEN POETRY_PYPI_TOKEN_PYPI
PIP_EXTRA_ARGS HATCH_INDEX_AUTH FLIT_PASSWORD CARGO_REGISTRY_TOKEN CARGO_REGISTRIES_ACME_TOKEN GOAUTH NUGET_KEY NUGET_API_KEY GEM_HOST_API_KEY HEX_API_KEY MAVEN_OPTS
JAVA_TOOL_OPTIONS GRADLE_OPTS SONAR_LOGIN CODECOV COVERALLS_REPO SLACK_WEBHOOK VAULT_ADDR_X SSHPASS SUDO_ASKPASS GPG_PASSPHRASE KEY OPENAI APIKEY X PYTHON_API_TOKEN
PYTEST_SECRET GOFLAGS CFLAGS CXXFLAGS CPPFLAGS LDFLAGS RUSTFLAGS RUSTDOCFLAGS NODE_OPTIONS RUBYOPT CGO_LDFLAGS PYTEST_ADDOPTS TOX_TESTENV PYTHON_X SETUPTOOLS_SCM_X HYPOTHESIS_X COVERAGE_X NVM_X RBENV_X
CARGO_TERM_X PERL_MM_OPT MAKEFLAGS LESSOPEN DBUS_SESSION_BUS_ADDRESS SLIPWAY_X BASH_FUNC_x%%
""".split()
PLANTED = {name: SECRET.format(i) for i, name in enumerate(NAMES)}
PLANTED["CC"] = "gcc -DKEY=" + SECRET.format("cc")
PLANTED["UV_INDEX_URL"] = "https://pypi.example/glpat-" + SECRET.format("path") + "/simple"
# These pass, without what is secret in them.
ADDRESSES = {
    "https_proxy": ("http://ada:{}@proxy.example:3128", "http://proxy.example:3128"),
    "HTTP_PROXY": ("ada:{}@proxy.example:3128", "proxy.example:3128"),
    "ALL_PROXY": ("socks5h://ada:p/{}@proxy.example:1080", "socks5h://proxy.example:1080"),
    "PIP_INDEX_URL": ("https://__token__:{}@pypi.example/simple", "https://pypi.example/simple"),
    "PIP_EXTRA_INDEX_URL": ("https://a.example/@x/simple https://u:{}@b.example/", "https://a.example/@x/simple https://b.example/"),
    "npm_config_registry": ("https://npm.example/r?token={}", "https://npm.example/r"),
    "GOPROXY": ("https://u:{}@goproxy.example,direct", "https://goproxy.example,direct"),
}
PLANTED_IN = {name: form.format(SECRET.format(f"address{i}")) for i, (name, (form, _)) in enumerate(ADDRESSES.items())}
HARMLESS = {"CI": "true", "VIRTUAL_ENV": "/venv", "PYENV_VERSION": "3.11", "NVM_DIR": "/nvm", "CARGO_HOME": "/cargo", "GOPATH": "/go", "CONDA_PREFIX": "/conda", "CXX": "clang++", "CGO_ENABLED": "0", "LC_TIME": "C",
            "JAVA_HOME": "/java", "XDG_CACHE_HOME": "/cache", "SSL_CERT_FILE": "/cert", "PYTHONPATH": "/py", "GIT_AUTHOR_NAME": "Ada", "no_proxy": "localhost"}

DUMP = """\
import os, sys
out = open(sys.argv[1], "ab")
out.write(b"\\n".join(k + b"=" + v for k, v in os.environb.items()) + b"\\n")
pid = os.getppid()
while pid > 1:
    try:
        out.write(b"\\n%d: " % pid + open(f"/proc/{pid}/environ", "rb").read().replace(b"\\0", b"\\n"))
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in open(f"/proc/{pid}/task/{task}/children").read().split():
                out.write(b"\\n%s: " % child.encode() + open(f"/proc/{child}/environ", "rb").read().replace(b"\\0", b"\\n"))
    except OSError:
        pass
    pid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
"""


def leaked(data, planted=None):
    return sorted(name for name, value in (planted or {**PLANTED, **{n: SECRET.format(f"address{i}") for i, n in enumerate(ADDRESSES)}}).items() if value.encode() in data)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "dump.py").write_text(DUMP)
    dump = f"/usr/bin/python3 -I {tmp_path}/dump.py {tmp_path}"
    config = CONFIG.replace('["true"]', f"[{', '.join(dump.split())}/gate]").replace("gates:\n", "gates:\n  second: {run: [/usr/bin/python3, -I, %s/dump.py, %s/second]}\n" % (tmp_path, tmp_path))
    return Project.make(tmp_path / "p", config=config, files={"build.sh": f"{dump}/build\n" + FILES["build.sh"]})


def test_nothing_is_readable(project, tmp_path):
    done = project.run("release", "minor", "--yes", env={**PLANTED, **PLANTED_IN, **HARMLESS})
    assert done.status == 0, done.err
    for name in ("gate", "second", "build"):
        data = (tmp_path / name).read_bytes()
        assert b"GH_TOKEN=" in data, "slipway's own was looked at"
        assert leaked(data) == [], name
        own = dict(line.split("=", 1) for line in data.decode(errors="replace").split("\n\n", 1)[0].splitlines() if "=" in line)
        for variable, value in HARMLESS.items():
            assert own[variable] == value
        for variable, (_, bare) in ADDRESSES.items():
            assert own[variable] == bare
    assert len(PLANTED) > 60


def test_what_is_named_is_passed(tmp_path):
    """By name, shown in the plan, part of the proof; not in a log."""
    config = CONFIG.replace('{run: ["true"]}', f'{{run: [sh, -c, "env >>{tmp_path}/gate; echo said $PGPASSWORD"], env-pass: [PGPASSWORD, DATABASE_URL, NOT_SET]}}')
    config = config.replace("expect:", "env-pass: [PUBLIC_URL], expect:") + f"build: {{env-pass: [BUILD_WORD]}}\n"
    project = Project.make(tmp_path / "p", config=config, files={"build.sh": f"env >>{tmp_path}/build\n" + FILES["build.sh"]})
    given = {"PGPASSWORD": "pa55-of-the-test", "DATABASE_URL": "postgres://u:p@h/x", "PUBLIC_URL": "https://x", "BUILD_WORD": "w", "OTHER_WORD": "no"}
    plan = project.run("plan", "minor", env=given)
    assert "given of your environment: PGPASSWORD DATABASE_URL NOT_SET" in plan.out
    assert "given of your environment: PGPASSWORD, DATABASE_URL, NOT_SET" in project.run("gates", "list", env=given).out
    done = project.run("release", "minor", "--yes", env=given)
    assert done.status == 0, done.err
    gate, build = ((tmp_path / name).read_text().splitlines() for name in ("gate", "build"))
    assert {f"{name}={given[name]}" for name in ("PGPASSWORD", "DATABASE_URL")} <= set(gate)
    assert {f"{name}={given[name]}" for name in ("PUBLIC_URL", "BUILD_WORD")} <= set(build)
    assert not [line for line in gate if line.startswith(("PUBLIC_URL", "BUILD_WORD", "OTHER_WORD", "NOT_SET"))] and not [line for line in build if line.startswith(("PGPASS", "OTHER_WORD"))]
    for path in (project.work / ".git" / "slipway").rglob("*"):
        assert not path.is_file() or b"pa55-of-the-test" not in path.read_bytes(), path


def test_a_proof_is_of_the_values_that_were_given(tmp_path):
    config = CONFIG.replace('{run: ["true"]}', f'{{run: [sh, -c, "echo ran >>{tmp_path}/runs"], env-pass: [DATABASE_URL]}}')
    project = Project.make(tmp_path / "p", config=config)
    for value, runs in (("one", 1), ("one", 1), ("two", 2)):
        assert project.run("gates", "run", "quick", env={"DATABASE_URL": value}).status == 0
        assert (tmp_path / "runs").read_text().count("ran") == runs


@pytest.mark.parametrize("name", ["GH_TOKEN", "CI_JOB_TOKEN", "A=B", "1X", ""])
@pytest.mark.parametrize("what", ["gates", "packages", "build"])
def test_a_name_that_cannot_be_passed(tmp_path, what, name):
    word = json.dumps(name)
    config = {"gates": CONFIG.replace('{run: ["true"]}', f'{{run: ["true"], env-pass: [{word}]}}'), "packages": CONFIG.replace("expect:", f"env-pass: [{word}], expect:"), "build": CONFIG + f"build: {{env-pass: [{word}]}}\n"}
    done = Project.make(tmp_path / "p", config=config[what]).run("plan", "minor", env={"GH_TOKEN": "abcdefgh"})
    assert done.status == 2 and "error[CONFIG]" in done.err and "not handed over" in done.err


def test_a_gate_that_misses_a_variable_is_told_so(tmp_path):
    config = CONFIG.replace('["true"]', '[sh, -c, "echo KeyError: DATABASE_URL; exit 1"]')
    project = Project.make(tmp_path / "p", config=config)
    done = project.run("gates", "run", "quick", env={"DATABASE_URL": "postgres://x", "DATABASE_URL_OTHER": "y"})
    assert done.status == 4
    assert "DATABASE_URL: set in your environment, named in this output and not passed on; to pass it on: gates.quick.env-pass: [DATABASE_URL]" in done.err.replace("\n       ", " ")
    assert "not passed on" not in project.run("gates", "run", "quick").err


def test_a_marked_child_is_still_found(project, tmp_path):
    """The mark by which what a killed run left is found is no secret: a slipway that is a gate's child keeps it."""
    done = project.run("gates", "run", "quick", env={"SLIPWAY_CHILD": "outer-mark", "SLIPWAY_CHILD_NUMBER": "1.1"})
    assert done.status == 0, done.err
    assert b"SLIPWAY_CHILD=outer-mark" in (tmp_path / "gate").read_bytes()


# ---- remotes ----

URLS = [
    "http://oauth2:{}@{host}/acme/tool.git",
    "http://{}@{host}/acme/tool.git",
    "http://{host}/acme/tool.git?private_token={}",
    "http://{host}/acme/tool.git?a=b&access_token={}#x",
    "http://{host}/{}/acme/tool.git",
    "user:{}@{host}:acme/tool.git",
]


@pytest.mark.parametrize("form", URLS)
def test_a_token_of_the_remote_is_shown_nowhere(tmp_path, form):
    token = "glpat-4bCdEfGhIjKlMnOpQrSt"
    project = Project.make(tmp_path / "p")
    with faulty.Server(lambda _: faulty.answer(500, "", [])) as server:
        host = server.url("").split("//")[1].strip("/")
        git(project.work, "remote", "set-url", "origin", form.format(token, host=host))
        seen = [project.run(*words) for words in (("plan", "minor"), ("plan", "minor", "--json"), ("status",), ("release", "minor", "--yes"), ("verify", "--published"))]
    for done in seen:
        assert token not in done.out + done.err
    for path in (project.work / ".git" / "slipway").rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes(), path


def test_a_configured_header_is_shown_nowhere(tmp_path):
    """Of git's words when it is asked to say all; its trace would show it in full."""
    project = Project.make(tmp_path / "p", config=CONFIG.replace('["true"]', f'[cat, {tmp_path}/said]'))
    (tmp_path / "said").write_text("AUTHORIZATION: basic eDp0MHRhbGx5LXByaXZhdGU= t0tally-private proxy-pa55word\n")
    git(project.work, "config", "http.https://git.example.org/.extraheader", "AUTHORIZATION: basic eDp0MHRhbGx5LXByaXZhdGU=")
    git(project.work, "config", "http.proxy", "http://u:proxy-pa55word@127.0.0.1:9")
    done = project.run("release", "minor", "--yes")
    assert done.status == 0, done.err
    logs = [path.read_text(errors="replace") for path in (project.work / ".git" / "slipway").rglob("*.log")]
    assert any("AUTHORIZATION: basic" in text for text in logs)
    assert not [text for text in logs if "eDp0MHRhbGx5" in text or "t0tally-private" in text or "proxy-pa55word" in text]
