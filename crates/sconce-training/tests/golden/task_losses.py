"""Losses as the heads of `transformers` compute them, and their gradients: multi-label
classification, regression, the ends of an answer.

Inputs are exact in float32, results float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from transformers.loss.loss_utils import ForQuestionAnsweringLoss, ForSequenceClassificationLoss

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, random32, tensor, write  # noqa: E402


class Config:
    """What the loss of a sequence classifier asks of a model's config."""

    def __init__(self, problem_type, num_labels):
        self.problem_type, self.num_labels = problem_type, num_labels


def labels_case(entries, name, problem_type, logits, labels):
    tracked = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    config = Config(problem_type, logits.shape[1])
    targets = torch.tensor(labels, dtype=torch.float64)
    loss = ForSequenceClassificationLoss(targets, tracked, config)
    loss.backward()
    entries[f"{name}.logits"] = tensor(logits)
    entries[f"{name}.labels"] = tensor(labels)
    entries[f"{name}.loss"] = tensor(loss)
    entries[f"{name}.dlogits"] = tensor(tracked.grad)


def spans_case(entries, name, generator, lengths, spans):
    """Packed logits `(n_tokens, 2)`. Each row's part of the loss has its own softmax, which
    transformers has of rows without padding: places past the end of a row are far below all others."""
    n_tokens, longest = sum(lengths), max(lengths)
    logits = random32(generator, n_tokens, 2, scale=2.0)
    tracked = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    rows = torch.split(tracked, lengths)
    padded = torch.stack([torch.nn.functional.pad(r, (0, 0, 0, longest - len(r)), value=-1e9) for r in rows])
    # A place outside is `longest` or more, which the loss ignores; others lie inside their rows.
    starts, ends = (torch.tensor([p if p < n else longest for p, n in zip(places, lengths)])
                    for places in zip(*spans))
    loss = ForQuestionAnsweringLoss(padded[..., 0], padded[..., 1], starts, ends)
    loss.backward()
    entries[f"{name}.logits"] = tensor(logits)
    entries[f"{name}.lengths"] = lengths
    entries[f"{name}.spans"] = [place for span in spans for place in span]
    entries[f"{name}.loss"] = tensor(loss)
    entries[f"{name}.dlogits"] = tensor(tracked.grad)


def main():
    generator = np.random.default_rng(12)
    entries = {}
    hot = exact(generator.integers(0, 2, (5, 4)).astype(np.float32))
    labels_case(entries, "multi_label", "multi_label_classification", random32(generator, 5, 4, scale=3.0), hot)
    labels_case(entries, "regression.1", "regression", random32(generator, 6, 1), random32(generator, 6, 1))
    labels_case(entries, "regression.3", "regression", random32(generator, 4, 3), random32(generator, 4, 3))
    spans_case(entries, "spans.equal", generator, [5, 5, 5], [(0, 0), (1, 3), (4, 4)])
    spans_case(entries, "spans.ragged", generator, [3, 7, 1, 5], [(1, 2), (0, 6), (0, 0), (2, 2)])
    spans_case(entries, "spans.outside", generator, [4, 6, 5], [(1, 2), (3, 99), (99, 99)])
    write(__file__, entries)


main()
