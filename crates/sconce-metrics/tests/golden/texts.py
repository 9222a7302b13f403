"""BLEU, chrF and TER by sacreBLEU over corpora in several languages, and texts cut by its tokenizers.

Signatures and lines have `*` for the version.
"""

import logging
import re
import sys
from pathlib import Path

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF, TER

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
from golden_file import write  # noqa: E402
from sentences import ENGLISH, HOSTILE, OTHERS, corpora  # noqa: E402

BLEUS = {
    "default": {},
    "intl": {"tokenize": "intl"},
    "zh": {"tokenize": "zh"},
    "char": {"tokenize": "char"},
    "none": {"tokenize": "none"},
    "lower": {"lowercase": True},
    "unsmoothed": {"smooth_method": "none"},
    "floor": {"smooth_method": "floor"},
    "floor_half": {"smooth_method": "floor", "smooth_value": 0.5},
    "add_k": {"smooth_method": "add-k"},
    "add_2": {"smooth_method": "add-k", "smooth_value": 2.0},
    "effective": {"effective_order": True},
    "order_2": {"max_ngram_order": 2},
    "order_6_effective": {"max_ngram_order": 6, "effective_order": True, "lowercase": True},
}
CHRFS = {
    "default": {},
    "plus": {"word_order": 1},
    "plus_plus": {"word_order": 2},
    "beta_1": {"beta": 1},
    "beta_3_order_4": {"beta": 3, "char_order": 4},
    "lower": {"lowercase": True},
    "whitespace": {"whitespace": True, "word_order": 2},
    "epsilon": {"eps_smoothing": True},
    "epsilon_plus_plus": {"eps_smoothing": True, "word_order": 2},
}
TERS = {
    "default": {},
    "case": {"case_sensitive": True},
    "normalized": {"normalized": True},
    "no_punct": {"no_punct": True},
    "asian": {"normalized": True, "asian_support": True},
    "all": {"normalized": True, "no_punct": True, "asian_support": True, "case_sensitive": True},
}


def plain(text):
    return re.sub(r"version:[^ ]*", "version:*", text)


def score(entries, key, make, hypotheses, references):
    """The score of the corpus, and of each text alone."""
    metric = make()
    most = max(len(refs) for refs in references)
    streams = [[refs[n] if n < len(refs) else None for refs in references] for n in range(most)]
    result = metric.corpus_score(hypotheses, streams)
    signature = str(metric.get_signature())
    entries[f"{key}.score"] = result.score
    entries[f"{key}.line"] = plain(result.format(signature=signature))
    entries[f"{key}.text"] = str(result)
    entries[f"{key}.sentences"] = [
        metric.sentence_score(h, refs).score for h, refs in zip(hypotheses, references)
    ]
    return result


def main():
    logging.disable(logging.WARNING)
    entries = {"version": sacrebleu.__version__, "corpora": []}
    for kind, settings in (("bleus", BLEUS), ("chrfs", CHRFS), ("ters", TERS)):
        entries[kind] = list(settings)
    entries["tokenized"] = ENGLISH + OTHERS + HOSTILE
    for name in ("13a", "intl", "zh", "char", "none"):
        tokenizer = BLEU(tokenize=name)
        entries[f"tokenized.{name}"] = [
            " ".join(tokenizer._preprocess_segment(text).split()) for text in entries["tokenized"]
        ]
    for name, hypotheses, references in corpora(11):
        entries["corpora"].append(name)
        entries[f"{name}.hypotheses"] = hypotheses
        entries[f"{name}.n_references"] = [len(refs) for refs in references]
        entries[f"{name}.references"] = [ref for refs in references for ref in refs]
        for kind, metric, settings in (("bleu", BLEU, BLEUS), ("chrf", CHRF, CHRFS), ("ter", TER, TERS)):
            for setting, options in settings.items():
                key = f"{name}.{kind}.{setting}"
                result = score(entries, key, lambda: metric(**options), hypotheses, references)
                if kind == "bleu":
                    entries[f"{key}.precisions"] = result.precisions
                if kind == "ter":
                    entries[f"{key}.edits"] = result.num_edits
        if name in ("english", "several"):
            for kind, metric in (("bleu", BLEU()), ("chrf", CHRF()), ("ter", TER())):
                most = max(len(refs) for refs in references)
                streams = [[refs[n] for refs in references] for n in range(most)]
                result = metric.corpus_score(hypotheses, streams, n_bootstrap=1000)
                entries[f"{name}.{kind}.bootstrap_mean"] = float(result._mean)
                entries[f"{name}.{kind}.bootstrap_half_width"] = float(result._ci)
                line = plain(result.format(signature=str(metric.get_signature())))
                entries[f"{name}.{kind}.bootstrap_line"] = line
    write(__file__, entries)


main()
