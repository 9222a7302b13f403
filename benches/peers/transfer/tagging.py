"""A tag for each word: entities (CoNLL-2003) and parts of speech (UD English EWT)."""

from argparse import Namespace
from pathlib import Path

from seqeval.metrics import f1_score
from training import IGNORED, Settings, outputs, train
from transformers import AutoModelForTokenClassification, AutoTokenizer

MAX_LENGTH, BATCH_SIZE, LEARNING_RATE = 256, 32, 1e-4

Sentence = tuple[list[str], list[str]]


def read(path: Path, limit: int | None) -> list[Sentence]:
    """Two columns, a blank line after each sentence."""
    blocks = path.read_text(encoding="utf-8").strip("\n").split("\n\n")[:limit]
    rows = ([line.split("\t") for line in block.split("\n")] for block in blocks)
    return [([word for word, _ in row], [tag for _, tag in row]) for row in rows]


def encoded(tokenizer, sentences: list[Sentence], names: dict[str, int]) -> tuple[list[dict], list[list[int]]]:
    """Rows, and for each the word of every token that has a label of its own (-1: none)."""
    found = tokenizer(
        [words for words, _ in sentences], is_split_into_words=True, truncation=True, max_length=MAX_LENGTH
    )
    rows, places = [], []
    for at, (_, tags) in enumerate(sentences):
        words = found.word_ids(at)
        firsts = [-1 if word is None or word == before else word for before, word in zip([None] + words, words)]
        # A tag that the training set lacks cannot be learned; its word counts as an error of the test.
        labels = [IGNORED if word < 0 else names.get(tags[word], IGNORED) for word in firsts]
        row = {key: found[key][at] for key in found if key != "attention_mask"}
        rows.append(row | {"labels": labels})
        places.append(firsts)
    return rows, places


def run(args: Namespace, name: str) -> tuple[dict, list[list[str]], list[list[str]]]:
    """What training measured; the tags of the test set and those that the model gives."""
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train_set, test_set = (read(args.data / f"{name}-{part}.conll", args.limit) for part in ("train", "test"))
    labels = sorted({tag for _, tags in train_set for tag in tags})
    ids = {label: at for at, label in enumerate(labels)}
    model = AutoModelForTokenClassification.from_pretrained(
        args.model, num_labels=len(labels), label2id=ids, id2label=dict(enumerate(labels))
    )
    settings = Settings(args.epochs or 1, BATCH_SIZE, LEARNING_RATE, args.variant == "best")
    train_rows, _ = encoded(tokenizer, train_set, ids)
    measured = train(model, train_rows, settings, tokenizer.pad_token_id)

    test_rows, places = encoded(tokenizer, test_set, ids)
    # Words that truncation dropped have no tag.
    found = [["O"] * len(words) for words, _ in test_set]
    for at, out, place in outputs(model, test_rows, tokenizer.pad_token_id):
        best = out.logits[place].argmax(-1).tolist()
        for token, word in enumerate(places[at]):
            if word >= 0:
                found[at][word] = labels[best[token]]
    return measured, [tags for _, tags in test_set], found


def accuracy(wanted: list[list[str]], found: list[list[str]]) -> float:
    pairs = [pair for tags in zip(wanted, found) for pair in zip(*tags)]
    return sum(a == b for a, b in pairs) / len(pairs)


def conll(args: Namespace) -> dict:
    measured, wanted, found = run(args, "conll")
    return measured.result(f1=float(f1_score(wanted, found)), accuracy=accuracy(wanted, found))


def ewt(args: Namespace) -> dict:
    measured, wanted, found = run(args, "ewt")
    return measured.result(accuracy=accuracy(wanted, found))
