from pathlib import Path

import pytest

from src import __version__, run_workflow, workflow


def test_clean_task_makes_one_printable_line() -> None:
    assert workflow.clean_task("  Shall\twe\n\x1b[31m go?\x00 ") == "Shall we [31m go?"


def test_clean_task_replaces_what_is_not_unicode() -> None:
    assert workflow.clean_task("caf\udce9 now") == "caf? now"


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x1b", "x" * 2001])
def test_clean_task_refuses(text: str) -> None:
    with pytest.raises(workflow.TaskError):
        workflow.clean_task(text)


def test_the_record_names_the_version() -> None:
    assert workflow.decide("Go?", ["skeptic"], 1)["version"] == __version__


def test_a_nonsense_epoch_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert workflow.decide("Go?", ["skeptic"], 1)["created"] > "2025"


def test_main_publishes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_workflow.main(["--task", "Shall we go?", "--output", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["debate", "judge", "publish"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_workflow.main(["--task", "Shall we go?", "--dry-run", "--output", str(tmp_path / "out")]) == 0
    assert "not written" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_an_empty_task_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_workflow.main(["--task", " ", "--output", str(tmp_path)]) == 2
    assert "the task is empty" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run_workflow.main(["--task", "Go?", "--output", str(tmp_path / "file")]) == 1
    assert "cannot publish" in capsys.readouterr().err
