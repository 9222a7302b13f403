"""Scores of rankings: nDCG with tied scores and several grades by scikit-learn; nDCG, MAP, MRR, precision,
recall and hits of retrieved documents by the formulas of sentence-transformers' evaluator, whose numbers
(6.2.0) they give.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, ndcg_score

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

CUTOFFS = [1, 3, 5, 10, 100]


def graded(entries, generator):
    entries["graded"] = []
    for name, n, levels, n_scores in (("few_ties", 12, 4, 1000), ("many_ties", 30, 3, 4), ("all_tied", 9, 3, 1),
                                      ("nothing_relevant", 6, 1, 9), ("two", 2, 5, 9)):
        grades = generator.integers(0, levels, (5, n))
        scores = generator.integers(0, n_scores, (5, n)) / 8.0
        entries["graded"].append(name)
        entries[f"{name}.n"] = n
        entries[f"{name}.grades"] = grades.reshape(-1).tolist()
        entries[f"{name}.scores"] = scores.reshape(-1).tolist()
        for k in (*CUTOFFS, None):
            entries[f"{name}.ndcg@{k}"] = float(ndcg_score(grades, scores, k=k))
            entries[f"{name}.exponential@{k}"] = float(ndcg_score(2.0**grades - 1, scores, k=k))


def average_precisions(entries, generator):
    """Of rankings without ties, where average precision is that of scikit-learn."""
    grades = generator.integers(0, 2, (8, 20))
    scores = np.array([generator.permutation(20) for _ in range(8)]) / 4.0
    entries["binary.grades"] = grades.reshape(-1).tolist()
    entries["binary.scores"] = scores.reshape(-1).tolist()
    entries["binary.map"] = float(np.mean([average_precision_score(g, s) for g, s in zip(grades, scores)]))


def at(k, relevant, found):
    """Of one query."""
    hits = np.array([document in relevant for document in found[:k]], float)
    ranks = np.arange(len(hits)) + 1.0
    best = (1.0 / np.log2(np.arange(min(len(relevant), k)) + 2.0)).sum()
    return {
        "hit_rate": float(hits.any()),
        "precision": hits.sum() / k,
        "recall": hits.sum() / len(relevant),
        "ndcg": (hits / np.log2(ranks + 1.0)).sum() / best,
        "mrr": 1.0 / ranks[hits.argmax()] if hits.any() else 0.0,
        "map": (hits * hits.cumsum() / ranks).sum() / min(k, len(relevant)),
    }


def retrieved(entries, generator):
    scores = []
    entries["queries"] = [f"q{i}" for i in range(25)]
    for number, query in enumerate(entries["queries"]):
        relevant = {f"d{i}" for i in generator.choice(40, 1 + number % 7, replace=False)}
        found = [f"d{i}" for i in generator.permutation(40)[: [40, 4, 12][number % 3]]]
        entries[f"{query}.relevant"] = sorted(relevant)
        entries[f"{query}.retrieved"] = found
        scores.append({k: at(k, relevant, found) for k in CUTOFFS})
    for name in ("hit_rate", "precision", "recall", "ndcg", "mrr", "map"):
        for k in CUTOFFS:
            mean = float(np.mean([score[k][name] for score in scores]))
            entries[f"retrieved.{name}@{k}"] = mean


def main():
    generator = np.random.default_rng(71)
    entries = {"cutoffs": CUTOFFS}
    graded(entries, generator)
    average_precisions(entries, generator)
    retrieved(entries, generator)
    write(__file__, entries)


main()
