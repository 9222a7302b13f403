"""Exact match and F1 of answers by the script of SQuAD 2.0, as transformers ships it.

The script of SQuAD 1.1 differs in one place: its F1 of two texts without words is 0, not 1. `v1.*`
has its numbers. Scores are from 0 to 1; the scripts print 100 times these.
"""

import sys
from pathlib import Path

import numpy as np
from transformers.data.metrics import squad_metrics as squad

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

TEXTS = [
    "The Norman conquest", "the  norman\tConquest!", "Denver Broncos", "a", "an", "the", "The.", "", " ",
    "A.B.C.", "a b c", "U.S.", "us", "in 1066", "1066", "an apple a day", "apple-a-day", "apple day",
    "theatre", "the atre", "Anna", "$1,000", "1000", "10%", "O'Neill", "oneill", "state-of-the-art",
    "Élan vital", "élan", "ΟΔΟΣ", "οδος", "İstanbul", "istanbul", "Straße", "STRASSE", "½ cup", "x²",
    "non\u00a0breaking\u2003spaces", "non breaking spaces", "old\x1cseparator\x1f", "old separator",
    "“the” quoted", "« a » b", "a\u0301 b", "a_b the_c", "the the the", "day day day", "day", "a—b", "an\u2019s",
    "the 中文 answer", "中文", "¿the? end", "…", "!!!", "zero\u200bwidth",
]


class Question:
    """What the script reads of a question."""

    def __init__(self, key, answers):
        self.qas_id = key
        self.answers = [{"text": answer} for answer in answers]


def questions(generator):
    """Right answers, prediction, no-answer probability."""
    for text in TEXTS:
        yield [text], TEXTS[generator.integers(len(TEXTS))], 0.0
        yield [text], text.upper(), 0.25
    words = ["the", "a", "cat", "sat", "on", "mat", "Mat!", "An", "1066,"]
    for _ in range(60):
        texts = [" ".join(generator.choice(words, generator.integers(1, 6))) for _ in range(4)]
        # Probabilities of few values, so that questions tie.
        yield texts[:generator.integers(0, 4)], texts[3], float(generator.integers(0, 8)) / 8
    for prediction in ("", "the", "something", " "):
        for probability in (0.0, 0.5, 1.0):
            yield [], prediction, probability
            yield ["cat"], prediction, probability
    yield ["the", "a"], "an", 0.75
    yield ["the", "cat"], "an", 0.75


def v1(answers, prediction):
    """Exact match and F1 by the older script."""
    exact = max(squad.compute_exact(answer, prediction) for answer in answers)
    has_words = bool(squad.get_tokens(prediction))
    f1 = max(squad.compute_f1(answer, prediction) if has_words and squad.get_tokens(answer) else 0
             for answer in answers)
    return exact, f1


def put_v1(entries, asked):
    scores = [v1(answers, prediction) for answers, prediction, _ in asked if answers]
    entries["v1.exact"] = [float(exact) for exact, _ in scores]
    entries["v1.f1"] = [float(f1) for _, f1 in scores]
    entries["v1.exact_match"] = sum(entries["v1.exact"]) / len(scores)
    entries["v1.answer_f1"] = sum(entries["v1.f1"]) / len(scores)


def put_v2(entries, key, asked, threshold):
    examples = [Question(str(i), answers) for i, (answers, _, _) in enumerate(asked)]
    predictions = {str(i): prediction for i, (_, prediction, _) in enumerate(asked)}
    probabilities = {str(i): probability for i, (_, _, probability) in enumerate(asked)}
    for name, value in squad.squad_evaluate(examples, predictions, probabilities, threshold).items():
        is_score = not name.endswith(("total", "thresh"))
        entries[f"{key}.{name}"] = value / 100 if is_score else value


def main():
    asked = list(questions(np.random.default_rng(45)))
    entries = {"texts": TEXTS, "normalized": [squad.normalize_answer(text) for text in TEXTS]}
    entries["n_questions"] = len(asked)
    for i, (answers, prediction, probability) in enumerate(asked):
        entries[f"{i}.answers"] = answers
        entries[f"{i}.prediction"] = prediction
        entries[f"{i}.no_answer_probability"] = probability
    put_v1(entries, asked)
    entries["thresholds"] = [1.0, 0.5, 0.1]
    for threshold in entries["thresholds"]:
        put_v2(entries, f"v2_{threshold}", asked, threshold)
        put_v2(entries, f"answered_{threshold}", [question for question in asked if question[0]], threshold)
        put_v2(entries, f"unanswered_{threshold}", [question for question in asked if not question[0]], threshold)
    write(__file__, entries)


main()
