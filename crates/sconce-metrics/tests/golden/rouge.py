"""ROUGE by rouge-score over texts in several languages, with and without stems, and NLTK's stems.

Each score is three numbers: precision, recall, F1. Sentences of a summary are its lines.
"""

import sys
from pathlib import Path

import numpy as np
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer, scoring

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
from golden_file import write  # noqa: E402
from sentences import ENGLISH, changed, corpora  # noqa: E402

KINDS = ["rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"]
WORDS = """
relational conditional rational valenci hesitanci digitizer conformabli radicalli differentli vileli
analogousli vietnamization predication operator feudalism decisiveness hopefulness callousness formaliti
sensitiviti sensibiliti triplicate formative formalize electriciti electrical hopeful goodness revival
allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent
adoption homologou communism activate angulariti homologous effective bowdlerize probate rate cease
controll roll caresses ponies ties caress cats feed agreed plastered bled motoring sing conflated troubled
sized hopping tanned falling hissing fizzed failing filing happy sky skies dying lying tying news innings
outing cannings howe proceed exceed succeed dies died flies fly enjoy enjoyment spy tries tried cried
ied eed bed ing sting being seeing freed a be yyyy syzygy toy y yes say saying geology theology archaeology
logi ilogi apology generally usefully carefully fulli nationally allied alli ally really aed oing at bling
izing ated bled ized abbl iz hoping hopped hops controlling rolled fuller falls smallest billion nation
ion sion station mission onion uses used using us bus buses buzz fizzes 1990s 3rds x1ing 12345 ab
agreement argument cement element ement ment ent ncement ease please freeze breeze knees ties tie lie
""".split()


def summary(generator, n_sentences):
    chosen = generator.choice(len(ENGLISH), n_sentences, replace=False)
    return [ENGLISH[i] for i in chosen]


def texts(generator):
    """Hypothesis, references."""
    for _name, hypotheses, references in corpora(12):
        yield from zip(hypotheses, references)
    for n in range(12):
        reference = summary(generator, 6)
        order = generator.permutation(6)[: 3 + n % 4]
        hypothesis = [changed(reference[i], generator, 0.2 + 0.1 * (n % 3)) for i in order]
        blank = ["\n\n", "\n", "\n \n"][n % 3]
        yield blank.join(hypothesis), ["\n".join(reference), "\n".join(reference[::-1][:4])]
    for n in range(4):
        pool = list("abcd") + ["running", "runs"]
        words = [" ".join(generator.choice(pool, 150)) for _ in range(2)]
        yield words[0].replace(" a b", "\n"), [words[1].replace(" c", "\n")]


def main():
    generator = np.random.default_rng(5)
    entries = {"words": WORDS, "stems": [PorterStemmer().stem(word) for word in WORDS]}
    letters = list("aeiouybcdlmnstz")
    endings = ["s", "ies", "ed", "eed", "ing", "y", "ational", "alli", "ization", "ative", "ness",
               "ement", "ion", "able", "e", "ll", "ogi", "fulli", "ied", "iviti", "al"]
    made = ["".join(generator.choice(letters, generator.integers(1, 6))) for _ in range(1500)]
    made = [word + endings[generator.integers(len(endings))] for word in made]
    entries["made"] = made
    entries["made_stems"] = [PorterStemmer().stem(word) for word in made]
    pairs = list(texts(generator))
    entries["hypotheses"] = [hypothesis for hypothesis, _ in pairs]
    entries["n_references"] = [len(references) for _, references in pairs]
    entries["references"] = [reference for _, references in pairs for reference in references]
    for name, stems in (("plain", False), ("stemmed", True)):
        scorer = rouge_scorer.RougeScorer(KINDS, use_stemmer=stems)
        aggregator = scoring.BootstrapAggregator()
        np.random.seed(3)
        scores = [scorer.score_multi(references, hypothesis) for hypothesis, references in pairs]
        for kind in KINDS:
            entries[f"{name}.{kind}"] = [round(float(x), 12) for score in scores for x in score[kind]]
        for score in scores:
            aggregator.add_scores(score)
        for kind, interval in aggregator.aggregate().items():
            entries[f"{name}.{kind}.interval"] = [float(x) for bound in interval for x in bound]
    write(__file__, entries)


main()
