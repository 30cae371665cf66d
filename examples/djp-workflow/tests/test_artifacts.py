import json
from pathlib import Path

import pytest

from src import artifacts, workflow

TASK = "Shall we *move* the [build] | now?"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1759190400")
    return workflow.run(TASK, ["optimist", "skeptic"], 2, tmp_path / "out")


def change(folder: Path, **fields: object) -> None:
    """Change the record and keep digest and page right, so that only the change itself is wrong."""
    path = folder / artifacts.RECORD_NAME
    record = json.loads(path.read_text(encoding="utf-8")) | fields
    record["digest"] = fields.get("digest", artifacts.digest_of(record))
    path.write_text(json.dumps(record), encoding="utf-8")
    (folder / artifacts.PAGE_NAME).write_text(artifacts.render(record), encoding="utf-8")


def test_a_published_artifact_is_sound(folder: Path) -> None:
    assert artifacts.validate(folder) == []
    assert artifacts.folders(folder.parent) == [folder]
    assert sorted(path.name for path in folder.iterdir()) == ["artifact.json", "artifact.md"]


def test_nothing_else_is_left_in_the_output_folder(folder: Path) -> None:
    assert list(folder.parent.iterdir()) == [folder]


def test_publishing_again_replaces_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1759276800")
    assert workflow.run(TASK, ["skeptic", "optimist"], 1, folder.parent) == folder
    assert artifacts.validate(folder) == []
    assert json.loads((folder / "artifact.json").read_text(encoding="utf-8"))["created"] == "2025-10-01T00:00:00Z"
    assert list(folder.parent.iterdir()) == [folder]


def test_the_same_epoch_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = workflow.run(TASK, ["optimist", "skeptic"], 2, tmp_path / "again")
    for name in ("artifact.json", "artifact.md"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_the_page_escapes_markdown_of_the_task(folder: Path) -> None:
    title = (folder / "artifact.md").read_text(encoding="utf-8").splitlines()[0]
    assert title == "# Shall we \\*move\\* the \\[build\\] \\| now?"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"schema": 2}, "schema is 2"),
        ({"id": "000000000000"}, "id does not belong"),
        ({"created": "yesterday"}, "not a UTC time stamp"),
        ({"digest": "0" * 64}, "digest does not match"),
        ({"rounds": 3}, "not every debater spoke"),
        ({"verdict": {"winner": "x", "scores": {"optimist": 0.5}, "recommendation": "r", "dissent": ""}}, "did not take part"),
        ({"verdict": {"winner": "x", "scores": {"x": 1.5}, "recommendation": "r", "dissent": ""}}, "outside 0..1"),
    ],
)
def test_wrong_content_is_found(folder: Path, fields: dict[str, object], problem: str) -> None:
    change(folder, **fields)
    assert any(problem in found for found in artifacts.validate(folder))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "not a JSON object"),
        ("{", "cannot be read"),
        ('{"schema": true}', "field 'schema' is not of type int"),
        ('{"other": 1}', "field 'other' is unknown"),
    ],
)
def test_wrong_json_is_found(folder: Path, text: str, problem: str) -> None:
    (folder / "artifact.json").write_text(text, encoding="utf-8")
    assert any(problem in found for found in artifacts.validate(folder))


@pytest.mark.parametrize(
    "fields", [{"verdict": {}}, {"verdict": {"scores": [], "winner": "x"}}, {"transcript": [1]}, {"verdict": {"winner": "x", "scores": {"x": "1"}}}]
)
def test_a_wrong_shape_is_found(folder: Path, fields: dict[str, object]) -> None:
    path = folder / "artifact.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | fields), encoding="utf-8")
    assert any("wrong shape" in found for found in artifacts.validate(folder))


def test_a_page_that_says_something_else_is_found(folder: Path) -> None:
    page = folder / "artifact.md"
    page.write_text(page.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    assert artifacts.validate(folder) == ["artifact.md does not say what artifact.json says"]


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / "artifact.md").unlink()
    assert "cannot be read" in artifacts.validate(folder)[0]


def test_a_renamed_folder_is_found(folder: Path) -> None:
    assert "the folder is called other" in artifacts.validate(folder.rename(folder.parent / "other"))[0]


def test_no_output_folder_has_no_artifacts(tmp_path: Path) -> None:
    assert artifacts.folders(tmp_path / "none") == []
