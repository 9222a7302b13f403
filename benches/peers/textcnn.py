"""TextCNN (Kim 2014, arXiv:1408.5882) with random word vectors in plain PyTorch.

The peer of `sconce train --task classify --arch textcnn` in `cargo xtask bench --peers textcnn`. It reads
two TSV files with the header `label<TAB>text` and prints one line of JSON.

Equal on both sides: training and test sentences, all of them and whole; words, cut at white space as they
are written, and thus the vocabulary; the network, a trainable embedding of 300 dimensions, 100 wide
filters each of widths 3, 4 and 5 (zeros of width - 1 on both sides), ReLU, maximum, dropout 0.5, a linear
layer; cross-entropy, Adam at a constant 1e-3 without weight decay over all parameters, gradients clipped
to norm 5; epochs of shuffled batches of 50; single precision; threads; and what is timed: the epochs of
training from encoded sentences on, with making batches and without evaluation.

Different, since each side does it as its users do: this one pads a batch to its longest sentence, so a
shorter one also has windows of padding alone (worth a filter's bias) and costs as much as the longest;
fresh word vectors are drawn from a normal distribution here and from +-0.25 there; each has random
numbers, and so an order of sentences, of its own.
"""

import argparse
import json
import math
import platform
import random
import sys
import time
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIM, WIDTHS, FILTERS = 300, (3, 4, 5), 100
BATCH_SIZE, LEARNING_RATE, DROPOUT, CLIP = 50, 1e-3, 0.5, 5.0
PAD, UNKNOWN = 0, 1

Row = tuple[list[int], int]


class TextCnn(nn.Module):
    def __init__(self, vocab: int, n_labels: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, DIM, padding_idx=PAD)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(DIM, FILTERS, width, padding=width - 1) for width in WIDTHS
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.output = nn.Linear(FILTERS * len(WIDTHS), n_labels)

    def forward(self, ids: Tensor) -> Tensor:
        embedded = self.embedding(ids).transpose(1, 2)
        pooled = [F.relu(conv(embedded)).amax(dim=-1) for conv in self.convolutions]
        return self.output(self.dropout(torch.cat(pooled, dim=1)))


def read(path: Path) -> list[tuple[str, list[str]]]:
    # Not `splitlines`, which also cuts at other characters than the end of a line.
    header, *lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    if header != "label\ttext":
        sys.exit(f"{path}:1: expected the header label<TAB>text, got {header!r}")
    pairs = (line.split("\t", 1) for line in lines)
    return [(label, text.split()) for label, text in pairs]


def batches(rows: list[Row]):
    for start in range(0, len(rows), BATCH_SIZE):
        chunk = rows[start : start + BATCH_SIZE]
        width = max(len(ids) for ids, _ in chunk)
        padded = [ids + [PAD] * (width - len(ids)) for ids, _ in chunk]
        yield torch.tensor(padded), torch.tensor([label for _, label in chunk])


def train_epoch(model: TextCnn, optimizer: torch.optim.Optimizer, rows: list[Row]) -> float:
    """Trains over all rows once and returns the seconds it took."""
    model.train()
    random.shuffle(rows)
    started = time.perf_counter()
    for ids, labels in batches(rows):
        loss = F.cross_entropy(model(ids), labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
    seconds = time.perf_counter() - started
    if not math.isfinite(loss.item()):
        sys.exit("the loss is no longer finite")
    return seconds


@torch.inference_mode()
def accuracy(model: TextCnn, rows: list[Row]) -> float:
    model.eval()
    correct = sum((model(ids).argmax(dim=1) == labels).sum().item() for ids, labels in batches(rows))
    return correct / len(rows)


def peak_rss_mb() -> float:
    import resource  # Unix only, like the measurement itself

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random.seed(args.seed)

    train, test = read(args.train), read(args.test)
    counts = Counter(token for _, tokens in train for token in tokens)
    vocabulary = {token: at + 2 for at, (token, _) in enumerate(counts.most_common())}
    label_ids = {label: at for at, label in enumerate(sorted({label for label, _ in train}))}

    def encode(rows: list[tuple[str, list[str]]]) -> list[Row]:
        return [([vocabulary.get(t, UNKNOWN) for t in tokens], label_ids[label]) for label, tokens in rows]

    train_rows, test_rows = encode(train), encode(test)
    model = TextCnn(len(vocabulary) + 2, len(label_ids))
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    seconds = sum(train_epoch(model, optimizer, train_rows) for _ in range(args.epochs))
    result = {
        "examples_per_second": args.epochs * len(train_rows) / seconds,
        "test_accuracy": accuracy(model, test_rows),
        "peak_rss_mb": peak_rss_mb(),
        "n_steps": args.epochs * math.ceil(len(train_rows) / BATCH_SIZE),
        "vocab_size": model.embedding.num_embeddings,
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
