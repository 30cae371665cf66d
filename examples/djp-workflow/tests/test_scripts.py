"""The pre-commit hooks and the artifact validation find what they are for."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"djp_scripts_{name}", SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a \n", "white space at the end"),
        (b"a\r\n", "CR LF"),
        (b"a", "no newline at the end"),
        (b"a\n\n", "empty lines at the end"),
        (b"\xff\n", "not UTF-8"),
        (b"<" * 7 + b" HEAD\n", "conflict marker"),
    ],
)
def test_check_text(tmp_path: Path, data: bytes, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert script("check_text").main([str(path)]) == 1
    assert problem in capsys.readouterr().out
    path.write_bytes(b"good\n")
    assert script("check_text").main([str(path)]) == 0


@pytest.mark.parametrize(("name", "good", "bad"), [("a.py", "x = 1", "x ="), ("a.toml", "x = 1", "x"), ("a.json", "{}", "{"), ("a.yml", "x: 1", "x: [")])
def test_check_data(tmp_path: Path, name: str, good: str, bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("yaml")
    path = tmp_path / name
    path.write_text(bad, encoding="utf-8")
    assert script("check_data").main([str(path)]) == 1
    assert name in capsys.readouterr().out
    path.write_text(good, encoding="utf-8")
    assert script("check_data").main([str(path)]) == 0


def test_check_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (256 * 1024 + 1))
    assert script("check_size").main([str(path)]) == 1
    path.write_bytes(b"x")
    assert script("check_size").main([str(path)]) == 0


@pytest.mark.parametrize(("text", "mode", "status"), [("#!/bin/sh\n", 0o755, 0), ("#!/bin/sh\n", 0o644, 1), ("x\n", 0o755, 1), ("x\n", 0o644, 0)])
def test_check_executables(tmp_path: Path, text: str, mode: int, status: int) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    assert script("check_executables").main([str(path)]) == status


def test_validate_artifacts_needs_something_to_validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script("validate_artifacts").main([str(tmp_path)]) == 1
    assert "0 artifacts checked" in capsys.readouterr().out


def test_validate_artifacts_makes_a_fresh_one_without_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert script("validate_artifacts").main([]) == 0
    assert capsys.readouterr().out == "1 artifacts checked, 0 wrong\n"
    (tmp_path / "artifacts" / "broken").mkdir(parents=True)
    assert script("validate_artifacts").main([]) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "artifacts"]
