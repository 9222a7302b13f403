"""Area under the ROC curve, average precision and log loss by scikit-learn; perplexity as `exp` of
its log loss over all tokens, batches having any number of them.

Where a class is absent the area is not defined (scikit-learn gives nan) and the file has 0.
`cases` have scores of two classes, `distributions` probabilities row by row.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.special import softmax
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import exact, write  # noqa: E402


def binary_cases(generator):
    """Name, targets 0 and 1, scores."""
    targets = generator.integers(0, 2, 80)
    scores = exact(generator.standard_normal(80) + targets).astype(float)
    yield "normal", targets, scores
    yield "ties", targets, np.round(scores)
    yield "rare", (generator.random(300) < 0.02).astype(int), exact(generator.standard_normal(300))
    yield "all_tied", targets, np.zeros(80)
    yield "perfect", targets, targets * 2.0
    yield "inverted", targets, -targets.astype(float)
    yield "only_positive", np.ones(5, int), scores[:5]
    yield "only_negative", np.zeros(5, int), scores[:5]
    yield "one_of_each", [0, 1], [0.5, 0.25]
    yield "signed_zeros", [0, 1, 1, 0], [0.0, -0.0, 1.0, -1.0]


def distributions(generator):
    """Name, targets, probabilities of shape (examples, n_labels)."""
    for name, n_labels, scale in (("two", 2, 1.0), ("five", 5, 2.0), ("confident", 4, 60.0)):
        targets = generator.integers(0, n_labels, 50)
        yield name, targets, softmax(generator.standard_normal((50, n_labels)) * scale, axis=1)
    yield "certain", [0, 1, 2, 1], np.eye(3)[[0, 1, 2, 0]]
    yield "one_label_occurs", [1, 1], [[0.25, 0.5, 0.25], [0.125, 0.75, 0.125]]


def main():
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(43)
    entries = {"cases": [], "distributions": []}
    for name, targets, scores in binary_cases(generator):
        targets, scores = np.asarray(targets), np.asarray(scores, float)
        entries["cases"].append(name)
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.scores"] = scores.tolist()
        both = len(set(targets.tolist())) == 2
        entries[f"{name}.auroc"] = float(roc_auc_score(targets, scores)) if both else 0.0
        entries[f"{name}.average_precision"] = float(average_precision_score(targets, scores))
        probabilities = 1 / (1 + np.exp(-scores))
        entries[f"{name}.probabilities"] = probabilities.tolist()
        entries[f"{name}.log_loss"] = float(log_loss(targets, probabilities, labels=[0, 1]))
    for name, targets, probabilities in distributions(generator):
        targets, probabilities = np.asarray(targets), np.asarray(probabilities)
        n_labels = probabilities.shape[1]
        entries["distributions"].append(name)
        entries[f"{name}.n_labels"] = n_labels
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.probabilities"] = probabilities.reshape(-1).tolist()
        loss = log_loss(targets, probabilities, labels=list(range(n_labels)))
        entries[f"{name}.log_loss"] = float(loss)
        ends = sorted(generator.choice(len(targets) + 1, 3).tolist() + [0, len(targets)])
        batches = [(a, b) for a, b in zip(ends, ends[1:]) if a < b]
        entries[f"{name}.batch_tokens"] = [b - a for a, b in batches]
        entries[f"{name}.batch_losses"] = [
            float(log_loss(targets[a:b], probabilities[a:b], labels=list(range(n_labels))))
            for a, b in batches
        ]
        entries[f"{name}.perplexity"] = float(np.exp(loss))
    write(__file__, entries)


main()
