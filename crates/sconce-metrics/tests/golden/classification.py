"""Accuracy, precision, recall, F1, Matthews' correlation, balanced accuracy, Cohen's kappa and confusion
matrices by scikit-learn, with zero division as 0. A kappa that is not defined (nan) is 0.

`micro`, `macro` and `weighted` average over the labels that occur in targets or predictions;
`fixed.*` averages over the labels in `fixed.labels`; `per_label.*` covers every label up to n_labels.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, balanced_accuracy_score, classification_report
from sklearn.metrics import cohen_kappa_score, confusion_matrix, matthews_corrcoef
from sklearn.metrics import precision_recall_fscore_support as scores

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import tensor, write  # noqa: E402

NAMES = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted")


def guesses(generator, targets, n_labels, right):
    """Predictions of which about the part `right` equals the target."""
    random = generator.integers(0, n_labels, len(targets))
    return np.where(generator.random(len(targets)) < right, targets, random)


def cases(generator):
    """Name, number of labels, targets, predictions, labels of the fixed set."""
    binary = generator.integers(0, 2, 200)
    yield "binary", 2, binary, guesses(generator, binary, 2, 0.6), [1]
    seven = generator.integers(0, 7, 500)
    yield "seven_labels", 7, seven, guesses(generator, seven, 7, 0.5), [2, 3, 6]
    yield "never_predicted", 4, [0, 1, 2, 3, 3, 2, 1, 0, 3], [0, 1, 1, 0, 0, 1, 1, 0, 1], [0, 2, 3]
    yield "never_a_target", 4, [0, 0, 1, 1, 0, 1], [0, 2, 1, 3, 3, 1], [1, 2]
    yield "absent_labels", 9, [1, 4, 4, 7, 1], [1, 4, 7, 7, 4], [0, 1, 8]
    yield "single_right", 3, [1], [1], [0, 1, 2]
    yield "single_wrong", 3, [1], [2], [0, 1]
    yield "all_wrong", 2, [0, 1, 0, 1], [1, 0, 1, 0], [0]
    unbalanced = generator.choice(5, 1000, p=[0.93, 0.04, 0.02, 0.009, 0.001])
    yield "unbalanced", 5, unbalanced, guesses(generator, unbalanced, 5, 0.9), [1, 2, 3, 4]
    one = np.zeros(20, dtype=int)
    yield "majority_guess", 3, generator.integers(0, 3, 20), one, [0, 1, 2]


def main():
    entries = {"cases": []}
    for name, n_labels, targets, predictions, fixed in cases(np.random.default_rng(30)):
        targets, predictions = np.asarray(targets), np.asarray(predictions)
        entries["cases"].append(name)
        entries[f"{name}.n_labels"] = n_labels
        entries[f"{name}.targets"] = targets.tolist()
        entries[f"{name}.predictions"] = predictions.tolist()
        entries[f"{name}.accuracy"] = float(accuracy_score(targets, predictions))
        entries[f"{name}.mcc"] = float(matthews_corrcoef(targets, predictions))
        every = list(range(n_labels))
        entries[f"{name}.balanced_accuracy"] = float(balanced_accuracy_score(targets, predictions))
        for key, weights in (("kappa", None), ("linear_kappa", "linear"), ("quadratic_kappa", "quadratic")):
            kappa = float(cohen_kappa_score(targets, predictions, labels=every, weights=weights))
            entries[f"{name}.{key}"] = 0.0 if np.isnan(kappa) else kappa
        entries[f"{name}.confusion"] = tensor(confusion_matrix(targets, predictions, labels=every))
        per_label = scores(targets, predictions, labels=every, average=None, zero_division=0)
        for score, values in zip((*NAMES, "support"), per_label):
            whole = int if score == "support" else float
            entries[f"{name}.per_label.{score}"] = [whole(value) for value in values]
        entries[f"{name}.fixed.labels"] = fixed
        for average in AVERAGES:
            present = scores(targets, predictions, average=average, zero_division=0)
            chosen = scores(targets, predictions, labels=fixed, average=average, zero_division=0)
            for score, all_labels, some in zip(NAMES, present, chosen):
                entries[f"{name}.{average}.{score}"] = float(all_labels)
                entries[f"{name}.fixed.{average}.{score}"] = float(some)
        report = classification_report(targets, predictions, output_dict=True, zero_division=0)
        entries[f"{name}.report.labels"] = [int(key) for key in report if key.isdigit()]
    write(__file__, entries)


main()
