"""Spans of tag sequences and their precision, recall and F1 by seqeval, with zero division as 0.

A sequence is its tags joined by spaces, its spans are `kind:first:last` joined by spaces. `suffix`
is 1 where tags end with their mark. `lenient.*` is the default mode; `schemes` lists the schemes
that take the tags, each with its own numbers under `SCHEME.*` by the strict mode: the others are errors.
`detected` is the scheme that seqeval guesses from the targets, where it does.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from seqeval.metrics import accuracy_score
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from seqeval.metrics.v1 import precision_recall_fscore_support as strict_scores
from seqeval.scheme import BILOU, IOB1, IOB2, IOBES, IOE1, IOE2, Entities, auto_detect

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "sconce-testing" / "python"))
from golden_file import write  # noqa: E402

SCHEMES = {"iob1": IOB1, "iob2": IOB2, "ioe1": IOE1, "ioe2": IOE2, "iobes": IOBES, "bilou": BILOU}
NAMES = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted")


def words(text):
    return [line.split() for line in text.split("|")]


def draw(generator, marks, kinds, n=30, suffix=False):
    """Sequences of any tags of these marks and kinds."""
    def tag():
        mark = generator.choice(list(marks))
        if mark == "O":
            return "O"
        kind = generator.choice(kinds)
        return f"{kind}-{mark}" if suffix else f"{mark}-{kind}"

    return [[tag() for _ in range(generator.integers(0, 12))] for _ in range(n)]


def disturb(generator, sequences, others):
    """Some tags replaced by tags of other sequences."""
    pool = [tag for sequence in others for tag in sequence]
    return [[str(generator.choice(pool)) if generator.random() < 0.2 else tag for tag in sequence]
            for sequence in sequences]


def spans_of_text(generator, begin, inside, end, single, n=40):
    """Sequences as an annotator writes them; a mark for each place in a span."""
    sequences = []
    for _ in range(n):
        tags = []
        for _ in range(generator.integers(0, 5)):
            tags += ["O"] * int(generator.integers(0, 3))
            length, kind = generator.integers(1, 5), generator.choice(["PER", "LOC", "ORG"])
            marks = [single] if length == 1 else [begin] + [inside] * (length - 2) + [end]
            tags += [f"{mark}-{kind}" for mark in marks]
        sequences.append(tags)
    return sequences


def cases(generator):
    """Name, suffix, targets, predictions."""
    for name, marks in (("text_iob2", "BIIB"), ("text_iobes", "BIES"), ("text_bilou", "BILU"),
                        ("text_io", "IIII"), ("text_ioe2", "IIEE")):
        targets = spans_of_text(generator, *marks)
        yield name, False, targets, disturb(generator, targets, targets)
    for name, marks, kinds in (("noise_bio", "OBI", ["PER", "LOC"]), ("noise_one_kind", "OBI", ["X"]),
                               ("noise_ioe", "OIE", ["PER", "LOC"]), ("noise_iobes", "OBIES", ["A", "B"]),
                               ("noise_bilou", "OBILU", ["A", "B"]), ("noise_all", "OBIESLUX", ["A", "B"])):
        yield name, False, draw(generator, marks, kinds), None
    yield "noise_suffix", True, draw(generator, "OBIES", ["PER", "LOC"], suffix=True), None
    yield "iob1_neighbours", False, words("I-A I-A B-A I-A O|I-A B-A B-A|B-A I-A|I-A I-B B-B|O B-A I-B"), \
        words("I-A I-A I-A I-A O|I-A B-A I-A|I-A I-A|I-A B-B I-B|O I-A I-B")
    yield "kind_changes_inside", False, words("B-A I-B I-B|B-A I-A I-B|I-A I-B I-A"), \
        words("B-A I-A I-A|B-A I-A B-B|B-A B-B B-A")
    yield "inside_after_outside", False, words("O I-A I-A O|O O B-A"), words("O B-A I-A O|O O I-A")
    yield "never_ended", False, words("B-A I-A O B-A|S-A B-A I-A"), words("B-A E-A O S-A|S-A B-A E-A")
    yield "end_without_begin", False, words("O E-A E-A|I-A E-A S-A"), words("O S-A S-A|B-A E-A S-A")
    yield "no_prefix", False, words("O PER PER O LOC|NOUN VERB NOUN NOUN"), \
        words("O PER O O LOC|NOUN NOUN NOUN VERB")
    yield "prefix_and_none", False, words("B-PER PER O ER|B-LOC LOC"), words("B-PER I-PER O PER|LOC LOC")
    yield "full_stops", False, words("B-A . . I-A O .-A|I-A .-A B-A ."), words("B-A . O I-A . .|. . I-A .")
    yield "no_kind", False, words("B I O B|O B B I"), words("B I O I|O B I I")
    yield "hyphens_in_kinds", False, words("B-X-Y I-X-Y O B-Y|B--Z I--Z"), words("B-X-Y I-Y O B-X-Y|B-Z I--Z")
    yield "without_hyphen", False, words("BPER IPER O|B-PER IPER"), words("B-PER I-PER O|BPER I-PER")
    yield "outside_with_kind", False, words("B-A O-A I-A|O-B B-B"), words("B-A I-A I-A|O B-B")
    yield "other_scripts", False, words("B-人 I-人 O|B-Ä I-Ä"), words("B-人 O O|B-Ä I-Ö")
    yield "suffix_no_kind", True, words("B I O|PER-B PER-I O"), words("B I I|PER-B I O")
    yield "empty_sequences", False, [[], ["B-A"], []], [[], ["B-A"], []]
    yield "only_empty", False, [[], []], [[], []]
    yield "all_outside", False, words("O O O|O"), words("O O O|O")
    yield "nothing_found", False, words("B-A I-A O|B-B"), words("O O O|O")
    yield "nothing_there", False, words("O O O|O"), words("B-A I-A O|B-B")
    yield "all_right", False, words("B-A I-A O|B-B"), words("B-A I-A O|B-B")


def joined(sequences):
    return [" ".join(tags) for tags in sequences]


def put_scores(entries, key, scores, targets, predictions, kinds, **options):
    for name, values in zip((*NAMES, "support"), scores(targets, predictions, zero_division=0, **options)):
        whole = int if name == "support" else float
        entries[f"{key}.kind.{name}"] = [whole(value) for value in values]
    assert len(entries[f"{key}.kind.f1"]) == len(kinds)
    for average in AVERAGES:
        values = scores(targets, predictions, average=average, zero_division=0, **options)
        for name, value in zip(NAMES, values):
            # The mean over no kinds is nan.
            entries[f"{key}.{average}.{name}"] = 0.0 if np.isnan(value) else float(value)


def put_lenient(entries, name, suffix, targets, predictions):
    spans = [[[f"{kind}:{first}:{last}" for kind, first, last in get_entities(tags, suffix)]
              for tags in sequences] for sequences in (targets, predictions)]
    kinds = sorted({span.rsplit(":", 2)[0] for side in spans for tags in side for span in tags})
    entries[f"{name}.lenient.spans"] = joined(spans[0])
    entries[f"{name}.lenient.kinds"] = kinds
    put_scores(entries, f"{name}.lenient", precision_recall_fscore_support, targets, predictions, kinds,
               suffix=suffix)


def put_strict(entries, name, scheme, suffix, targets, predictions):
    try:
        found = [Entities(sequences, SCHEMES[scheme], suffix) for sequences in (targets, predictions)]
    except (KeyError, ValueError):
        return False
    kinds = sorted(found[0].unique_tags | found[1].unique_tags)
    entries[f"{name}.{scheme}.spans"] = joined(
        [f"{span.tag}:{span.start}:{span.end - 1}" for span in tags] for tags in found[0].entities)
    entries[f"{name}.{scheme}.kinds"] = kinds
    put_scores(entries, f"{name}.{scheme}", strict_scores, targets, predictions, kinds,
               scheme=SCHEMES[scheme], suffix=suffix)
    return True


def main():
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(44)
    entries = {"cases": []}
    for name, suffix, targets, predictions in cases(generator):
        if predictions is None:
            predictions = disturb(generator, targets, targets)
        entries["cases"].append(name)
        entries[f"{name}.suffix"] = int(suffix)
        entries[f"{name}.targets"] = joined(targets)
        entries[f"{name}.predictions"] = joined(predictions)
        n_tokens = sum(map(len, targets))
        entries[f"{name}.token_accuracy"] = float(accuracy_score(targets, predictions)) if n_tokens else 0.0
        put_lenient(entries, name, suffix, targets, predictions)
        entries[f"{name}.schemes"] = [
            scheme for scheme in SCHEMES if put_strict(entries, name, scheme, suffix, targets, predictions)]
        try:
            entries[f"{name}.detected"] = auto_detect(targets, suffix).__name__.lower()
        except ValueError:
            entries[f"{name}.detected"] = ""
    write(__file__, entries)


main()
