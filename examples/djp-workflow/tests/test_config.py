from pathlib import Path

import pytest

from src.config import validate
from src.config.settings import RULES, ConfigError, Settings, find_file, load

ROOT = Path(__file__).resolve().parent.parent


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "djp.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_shipped_file_says_the_defaults() -> None:
    assert load(str(ROOT / "config" / "djp.toml"), {}) == Settings()


def test_without_a_file_the_defaults_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None, {}) is None
    assert load(None, {}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[output]\ndir = "a"\n[http]\nport = 1\n')
    settings = load(None, {"DJP_CONFIG": path, "DJP_HTTP_PORT": "0"})
    assert (settings.output_dir, settings.http_port) == ("a", 0)


def test_every_rule_sets_a_field_whose_default_it_allows() -> None:
    for keys in RULES.values():
        for rule in keys.values():
            default = getattr(Settings(), rule.field)
            assert rule.check(list(default) if isinstance(default, tuple) else default) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[workflows]\n", "[workflows] is no section"),
        ("rounds = 2\n", "[rounds] is no section"),
        ("[workflow]\nround = 2\n", "workflow.round is no key (there are: debaters, rounds)"),
        ("[workflow]\nrounds = 0\n", "workflow.rounds must be a whole number from 1 to 10"),
        ("[workflow]\nrounds = true\n", "workflow.rounds must be a whole number"),
        ("[workflow]\ndebaters = []\n", "workflow.debaters must be a list of names"),
        ('[workflow]\ndebaters = ["pope"]\n', "knows no debater pope"),
        ('[workflow]\ndebaters = ["skeptic", "skeptic"]\n', "names a debater twice"),
        ('[output]\ndir = ""\n', "output.dir must be a text"),
        ('[queue]\nurl = "redis://x"\n', "queue.url must be sqlite:PATH or tcp://HOST:PORT"),
        ('[queue]\nurl = "tcp://x:0"\n', "queue.url must be"),
        ('[http]\nport = 70000\n', "http.port must be a whole number from 0 to 65535"),
        ("[http\n", "djp.toml"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path, text), {})
    assert problem in str(error.value)


def test_every_problem_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path, "[workflow]\nrounds = 0\nround = 1\n"), {"DJP_HTTP_PORT": "http"})
    assert len(str(error.value).splitlines()) == 3


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(str(tmp_path / "none.toml"), {})


def test_validate_says_what_it_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "[workflow]\nrounds = 3\n")
    assert validate.main([path, "--show"]) == 0
    out = capsys.readouterr().out
    assert "rounds = 3" in out and path in out


def test_validate_fails_on_a_wrong_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate.main([write(tmp_path, "[x]\n")]) == 1
    assert "[x] is no section" in capsys.readouterr().err
