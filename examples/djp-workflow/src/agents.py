"""Local agents: debaters and a judge.

They are deterministic: the same task and settings always give the same transcript and the same
verdict, on every machine. Nothing is asked over a network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_][\w'-]*")
_STOP_WORDS = frozenset(
    "about after also been before being both could does done down each every from have here into just like made make many"
    " more most much must need only other over shall should some such than that their them then there these they this those"
    " through under upon very want well were what when where which while whom whose will with would your yours".split()
)


@dataclass(frozen=True)
class Argument:
    """One contribution to the debate; `answers` is the id of the argument it replies to, or empty."""

    id: str
    round: int
    debater: str
    text: str
    answers: str


@dataclass(frozen=True)
class Verdict:
    """The judge's decision; scores are between 0 and 1, by debater."""

    winner: str
    scores: dict[str, float]
    recommendation: str
    dissent: str


@dataclass(frozen=True)
class Persona:
    """A debater's fixed point of view."""

    stance: str
    claims: tuple[str, ...]
    replies: tuple[str, ...]
    advice: str


PERSONAS: dict[str, Persona] = {
    "optimist": Persona(
        stance="in favour",
        claims=(
            "Starting on {focus} now gives early feedback, and early feedback is cheaper than late certainty.",
            "The gain from {focus} grows with time, so every week of waiting has a price of its own.",
            "With {focus} and {other} done together, one effort pays twice.",
        ),
        replies=(
            "The risk named by the {opponent} is real, but a small first step on {focus} bounds it.",
            "What the {opponent} calls a cost of {focus} is spent once; its use for {other} stays.",
        ),
        advice="Go ahead, beginning with {focus}.",
    ),
    "pragmatist": Persona(
        stance="in favour of a trial",
        claims=(
            "A trial of {focus} with a fixed end date answers more than another discussion of it.",
            "Measure {focus} first; without a number nobody can tell whether {other} became better.",
            "Do {focus} by hand once, write down what hurt, and only then automate {other}.",
        ),
        replies=(
            "Both are right about {focus}: try it on one case, and let the result decide what the {opponent} doubts.",
            "The {opponent} argues about {focus} in general; one real case of {other} would settle it.",
        ),
        advice="Try {focus} on one case, measure it, and decide with the result.",
    ),
    "skeptic": Persona(
        stance="against",
        claims=(
            "Nobody has said yet what happens to {other} when {focus} fails half way.",
            "The cost of {focus} is certain and its benefit is a guess.",
            "Keeping {focus} as it is costs nothing today and leaves {other} possible tomorrow.",
        ),
        replies=(
            "The {opponent} promises a gain from {focus} but names no way back from it.",
            "What the {opponent} says of {focus} holds only while {other} stays as it is now.",
        ),
        advice="Wait with {focus} until there is a way back from it.",
    ),
}


def keywords(task: str, limit: int = 8) -> list[str]:
    """The task's telling words, each once, in the order of the text; never empty for a task with a word in it."""
    words = [word.casefold() for word in _WORD.findall(task)]
    telling = [word for word in words if len(word) > 3 and word not in _STOP_WORDS]
    return list(dict.fromkeys(telling or words))[:limit]


def _pick(choices: Sequence[str], *seed: object) -> str:
    digest = hashlib.sha256("\x00".join(str(part) for part in seed).encode("utf-8")).digest()
    return choices[int.from_bytes(digest[:8], "big") % len(choices)]


def _fill(template: str, task: str, name: str, number: int, opponent: str = "") -> str:
    words = keywords(task) or ["the question"]
    focus = _pick(words, task, name, number, "focus")
    rest = [word for word in words if word != focus] or ["the rest"]
    other = _pick(rest, task, name, number, "other")
    return template.format(focus=f'"{focus}"', other=f'"{other}"', opponent=opponent)


def debate(task: str, debaters: Sequence[str], rounds: int) -> list[Argument]:
    """Every debater speaks once a round; from the second contribution on, each answers another debater's last one."""
    transcript: list[Argument] = []
    for number in range(1, rounds + 1):
        for name in debaters:
            others = [argument for argument in transcript if argument.debater != name]
            opponent = others[-1] if others else None
            persona = PERSONAS[name]
            text = _fill(_pick(persona.claims, task, name, number), task, name, number)
            if opponent is not None:
                text += " " + _fill(_pick(persona.replies, task, name, number), task, name, number, opponent.debater)
            transcript.append(Argument(f"r{number}-{name}", number, name, text, opponent.id if opponent else ""))
    return transcript


def _score(task: str, arguments: Sequence[Argument]) -> float:
    """Half for covering the task's words, a quarter each for answering others and for not repeating oneself."""
    wanted = set(keywords(task))
    said = [word.casefold() for argument in arguments for word in _WORD.findall(argument.text)]
    coverage = len(wanted & set(said)) / len(wanted) if wanted else 0.0
    engagement = sum(1 for argument in arguments if argument.answers) / len(arguments)
    variety = len(set(said)) / len(said)
    return round(0.5 * coverage + 0.25 * engagement + 0.25 * variety, 4)


def judge(task: str, transcript: Sequence[Argument]) -> Verdict:
    """Score every debater by what was said; equal scores go by name, so that the verdict never depends on order."""
    by_debater: dict[str, list[Argument]] = {}
    for argument in transcript:
        by_debater.setdefault(argument.debater, []).append(argument)
    scores = {name: _score(task, arguments) for name, arguments in sorted(by_debater.items())}
    ranking = sorted(scores, key=lambda name: (-scores[name], name))
    recommendation = _fill(PERSONAS[ranking[0]].advice, task, ranking[0], 0)
    dissent = _fill(PERSONAS[ranking[1]].advice, task, ranking[1], 0) if len(ranking) > 1 else ""
    return Verdict(ranking[0], scores, recommendation, dissent)
