import pytest

from src import agents

TASK = "Shall we move the nightly build to a smaller machine before winter?"
ALL = ["optimist", "skeptic", "pragmatist"]


def test_keywords_are_the_telling_words_in_order() -> None:
    assert agents.keywords(TASK) == ["move", "nightly", "build", "smaller", "machine", "winter"]


def test_keywords_of_short_words_fall_back_to_all_of_them() -> None:
    assert agents.keywords("Is it so?") == ["is", "it", "so"]


def test_keywords_of_no_words() -> None:
    assert agents.keywords("?!") == []


def test_the_same_task_gives_the_same_debate() -> None:
    assert agents.debate(TASK, ALL, 3) == agents.debate(TASK, ALL, 3)


def test_another_task_gives_another_debate() -> None:
    assert agents.debate(TASK, ALL, 1) != agents.debate("Shall we buy a boat?", ALL, 1)


def test_everyone_speaks_once_a_round_and_answers_somebody_else() -> None:
    transcript = agents.debate(TASK, ALL, 2)
    assert [(a.round, a.debater) for a in transcript] == [(n, name) for n in (1, 2) for name in ALL]
    by_id = {a.id: a for a in transcript}
    assert transcript[0].answers == ""
    assert all(by_id[a.answers].debater != a.debater for a in transcript[1:])


def test_one_debater_alone_answers_nobody() -> None:
    assert [a.answers for a in agents.debate(TASK, ["skeptic"], 2)] == ["", ""]


@pytest.mark.parametrize("task", [TASK, "?!", "Go", "Soll das Straßenfest größer werden?", "a{b}c {0} {focus}"])
def test_any_task_is_judged_within_bounds(task: str) -> None:
    verdict = agents.judge(task, agents.debate(task, ALL, 2))
    assert verdict.winner in ALL
    assert set(verdict.scores) == set(ALL)
    assert all(0.0 <= score <= 1.0 for score in verdict.scores.values())
    assert verdict.scores[verdict.winner] == max(verdict.scores.values())
    assert verdict.recommendation and verdict.dissent


def test_the_verdict_does_not_depend_on_the_order_of_the_transcript() -> None:
    transcript = agents.debate(TASK, ALL, 2)
    assert agents.judge(TASK, transcript) == agents.judge(TASK, transcript[::-1])


def test_equal_scores_go_by_name() -> None:
    said = [agents.Argument(f"r1-{name}", 1, name, "The same words.", "") for name in ("skeptic", "optimist")]
    assert agents.judge(TASK, said).winner == "optimist"


def test_every_template_can_be_filled() -> None:
    for persona in agents.PERSONAS.values():
        for template in (*persona.claims, *persona.replies, persona.advice):
            assert "{" not in template.format(focus="x", other="y", opponent="z")
