"""Labels for sentences (SST-2) and numbers for pairs (STS-B)."""

import csv
from argparse import Namespace

from training import Settings, outputs, train
from transformers import AutoModelForSequenceClassification, AutoTokenizer

MAX_LENGTH, BATCH_SIZE, LEARNING_RATE = 128, 32, 5e-5


def read(path, delimiter: str, limit: int | None) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        return list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))[:limit]


def encoded(tokenizer, texts: list[str], pairs: list[str] | None, labels: list) -> list[dict]:
    found = tokenizer(texts, pairs, truncation=True, max_length=MAX_LENGTH)
    columns = [key for key in found if key != "attention_mask"]
    return [{key: found[key][at] for key in columns} | {"labels": labels[at]} for at in range(len(texts))]


def sst2(args: Namespace) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    train_rows, test_rows = (
        read(args.data / f"sst2-{part}.tsv", "\t", args.limit) for part in ("train", "test")
    )
    names = sorted({row["label"] for row in train_rows})

    def encode(rows):
        labels = [names.index(row["label"]) for row in rows]
        return encoded(tokenizer, [row["text"] for row in rows], None, labels)

    train_rows, test_rows = encode(train_rows), encode(test_rows)
    model = AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=len(names))
    settings = Settings(args.epochs or 1, BATCH_SIZE, LEARNING_RATE, args.variant == "best")
    measured = train(model, train_rows, settings, tokenizer.pad_token_id)
    correct = sum(
        int(out.logits[place].argmax()) == test_rows[at]["labels"]
        for at, out, place in outputs(model, test_rows, tokenizer.pad_token_id)
    )
    return measured.result(accuracy=correct / len(test_rows))


def stsb(args: Namespace) -> dict:
    from scipy.stats import pearsonr, spearmanr

    tokenizer = AutoTokenizer.from_pretrained(args.model)

    def encode(part):
        rows = read(args.data / f"stsb-{part}.csv", ",", args.limit)
        scores = [float(row["score"]) for row in rows]
        first, second = ([row[key] for row in rows] for key in ("sentence1", "sentence2"))
        return encoded(tokenizer, first, second, scores)

    train_rows, test_rows = encode("train"), encode("test")
    model = AutoModelForSequenceClassification.from_pretrained(
        args.model, num_labels=1, problem_type="regression"
    )
    settings = Settings(args.epochs or 3, BATCH_SIZE, LEARNING_RATE, args.variant == "best")
    measured = train(model, train_rows, settings, tokenizer.pad_token_id)
    found = {at: float(out.logits[place, 0]) for at, out, place in outputs(model, test_rows, tokenizer.pad_token_id)}
    predicted = [found[at] for at in range(len(test_rows))]
    wanted = [row["labels"] for row in test_rows]
    return measured.result(
        spearman=float(spearmanr(predicted, wanted).statistic),
        pearson=float(pearsonr(predicted, wanted).statistic),
    )
