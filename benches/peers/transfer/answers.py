"""Answers that are spans of a text (SQuAD 1.1): long texts in windows, the best span of all of them."""

import collections
import json
import re
import string
from argparse import Namespace
from pathlib import Path

from training import Settings, outputs, train
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

MAX_LENGTH, STRIDE, N_BEST, MAX_ANSWER_LENGTH = 384, 128, 20, 30
BATCH_SIZE, LEARNING_RATE = 16, 5e-5


def read(path: Path, limit: int | None) -> list[dict]:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    questions = [
        {"question": question["question"].strip(), "context": paragraph["context"], "answers": question["answers"]}
        for article in articles
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    return questions[:limit]


def windows(tokenizer, questions: list[dict]) -> list[dict]:
    """The model's rows; beside them `question`, and `spans`: the characters of each token of the context."""
    found = tokenizer(
        [question["question"] for question in questions],
        [question["context"] for question in questions],
        truncation="only_second",
        max_length=MAX_LENGTH,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    rows = []
    for at, number in enumerate(found["overflow_to_sample_mapping"]):
        parts = zip(found["offset_mapping"][at], found.sequence_ids(at))
        rows.append({
            "row": {key: found[key][at] for key in ("input_ids", "token_type_ids")},
            "question": number,
            "spans": [span if part == 1 else None for span, part in parts],
        })
    return rows


def with_answer(window: dict, questions: list[dict]) -> dict:
    """The row with its answer's first and last token; both are the first token where it is not inside."""
    answer = questions[window["question"]]["answers"][0]
    begin, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
    context = [at for at, span in enumerate(window["spans"]) if span is not None]
    start = [at for at in context if window["spans"][at][0] <= begin < window["spans"][at][1]]
    last = [at for at in context if window["spans"][at][0] < end <= window["spans"][at][1]]
    first_token, last_token = (start[0], last[-1]) if start and last else (0, 0)
    return window["row"] | {"start_positions": first_token, "end_positions": last_token}


def best_spans(start: list[float], end: list[float], spans: list) -> list[tuple[float, int, int]]:
    """Scores and characters of spans from the best begins and ends."""
    def best(logits):
        return sorted(range(len(logits)), key=lambda at: -logits[at])[:N_BEST]

    return [
        (start[a] + end[b], spans[a][0], spans[b][1])
        for a in best(start)
        for b in best(end)
        if a <= b < a + MAX_ANSWER_LENGTH and b < len(spans) and spans[a] and spans[b]
    ]


def normalized(text: str) -> list[str]:
    """Words as SQuAD compares them: lower case, without punctuation and articles."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(found: list[str], wanted: list[str]) -> float:
    common = sum((collections.Counter(found) & collections.Counter(wanted)).values())
    return 2 * common / (len(found) + len(wanted)) if common else 0.0


def squad(args: Namespace) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train_set, test_set = (read(args.data / f"squad-{part}.json", args.limit) for part in ("train", "test"))
    rows = [with_answer(window, train_set) for window in windows(tokenizer, train_set)]
    model = AutoModelForQuestionAnswering.from_pretrained(args.model)
    settings = Settings(args.epochs or 1, BATCH_SIZE, LEARNING_RATE, args.variant == "best")
    measured = train(model, rows, settings, tokenizer.pad_token_id)

    test_windows = windows(tokenizer, test_set)
    candidates = [[(float("-inf"), 0, 0)] for _ in test_set]
    for at, out, place in outputs(model, [window["row"] for window in test_windows], tokenizer.pad_token_id):
        start, end = out.start_logits[place].tolist(), out.end_logits[place].tolist()
        window = test_windows[at]
        candidates[window["question"]] += best_spans(start, end, window["spans"])
    exact_match = total = 0.0
    for question, found in zip(test_set, candidates):
        _, begin, end = max(found)
        words = normalized(question["context"][begin:end])
        wanted = [normalized(answer["text"]) for answer in question["answers"]]
        exact_match += words in wanted
        total += max(f1(words, answer) for answer in wanted)
    return measured.result(exact_match=exact_match / len(test_set), f1=total / len(test_set))
