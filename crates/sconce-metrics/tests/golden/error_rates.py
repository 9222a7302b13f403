"""Word and character error rates, alignments and counts of edits by jiwer.

Alignments are six numbers for each chunk: which text, then 0 equal, 1 substituted, 2 deleted, 3
inserted, then the ends of the reference and of the text. Long texts come from a generator that the
test repeats, so that the file stays small.
"""

import sys
from pathlib import Path

import jiwer
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
from golden_file import write  # noqa: E402
from sentences import HOSTILE, corpora  # noqa: E402

EDITS = ["equal", "substitute", "delete", "insert"]


def chunks(output):
    rows = []
    for text, alignment in enumerate(output.alignments):
        for c in alignment:
            rows += [text, EDITS.index(c.type), c.ref_start_idx, c.ref_end_idx]
            rows += [c.hyp_start_idx, c.hyp_end_idx]
    return rows


def counts(output):
    return [output.hits, output.substitutions, output.deletions, output.insertions]


def generated(n, n_words, seed):
    """Words of a linear congruential generator."""
    words, state = [], seed
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(str((state >> 33) % n_words))
    return words


def long_pair(n, n_words, seed):
    """A text and a reference made from it: every seventh word replaced, every eleventh left out."""
    reference = generated(n, n_words, seed)
    other = generated(n, n_words, seed + 1)
    hypothesis = [other[i] if i % 7 == 3 else word for i, word in enumerate(reference) if i % 11]
    return " ".join(reference), " ".join(hypothesis)


def main():
    generator = np.random.default_rng(9)
    entries = {"cases": []}
    pairs = []
    for name, hypotheses, references in corpora(13):
        pairs.append((name, [refs[0] for refs in references], list(hypotheses)))
    lines = [" ".join(generator.choice(list("abc"), generator.integers(0, 90))) for _ in range(60)]
    pairs.append(("letters", lines[:30], lines[30:]))
    pairs.append(("spaces", ["a\tb", "a\nb c", " a  b ", "a \tb", "a\u00a0b c"], ["a b"] * 5))
    pairs.append(("hostile_itself", HOSTILE, HOSTILE))
    for name, references, hypotheses in pairs:
        entries["cases"].append(name)
        entries[f"{name}.references"] = references
        entries[f"{name}.hypotheses"] = hypotheses
        words = jiwer.process_words(references, hypotheses)
        entries[f"{name}.counts"] = counts(words)
        entries[f"{name}.chunks"] = chunks(words)
        for measure in ("wer", "mer", "wil", "wip"):
            entries[f"{name}.{measure}"] = float(getattr(words, measure))
        characters = jiwer.process_characters(references, hypotheses)
        entries[f"{name}.character_counts"] = counts(characters)
        entries[f"{name}.cer"] = float(characters.cer)
        for i, (reference, hypothesis) in enumerate(zip(references, hypotheses)):
            entries[f"{name}.{i}.wer"] = float(jiwer.wer(reference, hypothesis))
    entries["long"] = []
    for n, n_words, seed in ((1500, 10, 1), (2500, 4, 2), (4000, 300, 3), (7000, 3, 4), (9000, 2000, 5)):
        reference, hypothesis = long_pair(n, n_words, seed)
        entries["long"] += [n, n_words, seed, *counts(jiwer.process_words(reference, hypothesis))]
        reference, hypothesis = reference.split(), " ".join(generated(n // 2, n_words, seed + 7))
        entries["long"] += counts(jiwer.process_words(" ".join(reference), hypothesis))
    write(__file__, entries)


main()
