"""Sentence embeddings of STS-B's test set: how well their cosines follow the scores, and the vectors."""

import time
from argparse import Namespace

import numpy as np
from classification import read
from scipy.stats import spearmanr
from sentence_transformers import SentenceTransformer


def run(args: Namespace) -> dict:
    rows = read(args.data / "stsb-test.csv", ",", args.limit)
    sentences = [row["sentence1"] for row in rows] + [row["sentence2"] for row in rows]
    model = SentenceTransformer(str(args.model), device="cpu")
    started = time.perf_counter()
    vectors = model.encode(sentences, batch_size=32, normalize_embeddings=True)
    seconds = time.perf_counter() - started
    if args.out:
        np.save(args.out, vectors.astype(np.float32))
    first, second = vectors[: len(rows)], vectors[len(rows) :]
    scores = [float(row["score"]) for row in rows]
    spearman = float(spearmanr((first * second).sum(axis=1), scores).statistic)
    return {"rate": len(sentences) / seconds, "n_steps": len(sentences), "metrics": {"spearman": spearman}}
