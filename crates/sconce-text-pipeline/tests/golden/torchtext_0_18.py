"""Writes torchtext_0_18.json: what torchtext 0.18.0 makes of texts, counts, ids and labels.

Run with Python 3.11 and the packages in torchtext_0_18.requirements.txt.
"""

import collections
import json
import pathlib
import random

import torch
import torchtext

torchtext.disable_torchtext_deprecation_warning()

from torchtext import transforms  # noqa: E402
from torchtext.data.utils import get_tokenizer, ngrams_iterator  # noqa: E402
from torchtext.vocab import build_vocab_from_iterator, vocab  # noqa: E402

rng = random.Random(18)
TEXTS = [
    "",
    "You can now install TorchText using pip!",
    "The plot is thin, but the two leads carry it with ease.",
    "It's (really) \"great\"; don't miss it: 10/10 <br /><br />See it.",
    "A slow film; a SLOW film?! 3.14 e.g. this",
    "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u4e2d\u6587 \u041c\u0438\u0440, \u043c\u0438\u0440",
    "one two\tthree\nfour \u00a0 five",
]
PIECES = ["the", "The", "film", "isn't", "good", ",", ".", "!", "(", ")", "\"", "<br />", ";", "a"]
TEXTS += [" ".join(rng.choices(PIECES, k=rng.randint(1, 25))) for _ in range(30)]

tokenize = get_tokenizer("basic_english")
words = [tokenize(text) for text in TEXTS]


def described(make):
    """The tokens of a vocabulary, or that it cannot be made."""
    try:
        return make().get_itos()
    except (AssertionError, RuntimeError):
        return None


OPTIONS = [
    {"min_freq": min_freq, "max_tokens": max_tokens, "specials": specials, "special_first": first}
    for min_freq in (1, 2, 5)
    for max_tokens in (None, 4, 12, 2)
    for specials in ([], ["<unk>"], ["<pad>", "the"], ["<unk>", "<pad>", "<bos>", "<eos>"])
    for first in (True, False)
]
ordered = collections.OrderedDict()
for text in words:
    for word in text:
        ordered[word] = ordered.get(word, 0) + 1
vocabularies = []
for options in OPTIONS:
    given = dict(options)
    in_order = None
    if given["max_tokens"] is None:
        rest = {key: value for key, value in given.items() if key != "max_tokens"}
        in_order = described(lambda: vocab(collections.OrderedDict(ordered), **rest))
    built = described(lambda: build_vocab_from_iterator(iter(words), **given))
    vocabularies.append({"options": options, "built": built, "in_order": in_order})

# What a vocabulary does after changes; an error is null.
known = build_vocab_from_iterator(iter(words), specials=["<unk>", "<pad>"], max_tokens=10)


def attempt(action):
    try:
        return action()
    except (RuntimeError, IndexError):
        return None


PROBES = ["the", "zzz", "<unk>", ""]


def probe():
    return {
        "contains": [token in known for token in PROBES],
        "indices": [attempt(lambda token=token: known[token]) for token in PROBES],
        "lookup_indices": attempt(lambda: known.lookup_indices(PROBES)),
        "lookup_tokens": attempt(lambda: known.lookup_tokens([0, 2, len(known) - 1])),
        "past_end": attempt(lambda: known.lookup_token(len(known))),
        "tokens": known.get_itos(),
        "default": known.get_default_index(),
        "length": len(known),
    }


def change(name, *arguments):
    """Does it, and says whether that worked and what the vocabulary is like then."""
    worked = True
    try:
        getattr(known, name)(*arguments)
    except RuntimeError:
        worked = False
    return {"name": name, "arguments": list(arguments), "worked": worked, "after": probe()}


changes = [
    {"name": "nothing", "arguments": [], "worked": True, "after": probe()},
    change("set_default_index", 0),
    change("append_token", "zzz"),
    change("append_token", "zzz"),
    change("insert_token", "first", 0),
    change("insert_token", "first", 3),
    change("insert_token", "last", len(known)),
    change("insert_token", "beyond", len(known) + 1),
    change("set_default_index", None),
    change("append_token", ""),
]

ngrams = [
    {"words": words, "n": n, "ngrams": list(ngrams_iterator(words, n))}
    for words in (["here", "we", "are", "now"], ["one"], [], ["a", "a", "a"])
    for n in (1, 2, 3, 9)
]

LABELS = ["world", "sports", "business", "Sci/Tech"]
path = pathlib.Path("/tmp/sconce-golden-labels.txt")
path.write_text("world\n\n  sports \nbusiness\nSci/Tech\n\n")
labels = {
    "names": LABELS,
    "file": path.read_text(),
    "given": transforms.LabelToIndex(label_names=LABELS).label_names,
    "sorted": transforms.LabelToIndex(label_names=LABELS, sort_names=True).label_names,
    "from_file": transforms.LabelToIndex(label_path=str(path)).label_names,
    "from_file_sorted": transforms.LabelToIndex(label_path=str(path), sort_names=True).label_names,
    "indices": transforms.LabelToIndex(label_names=LABELS)(["business", "world"]),
}
path.unlink()

pipeline_vocab = build_vocab_from_iterator(
    iter(words), specials=["<unk>", "<pad>", "<bos>", "<eos>"], min_freq=2
)
pipeline_vocab.set_default_index(0)
pipelines = []
for max_length in (None, 8, 3):
    steps = [transforms.VocabTransform(pipeline_vocab)]
    if max_length is not None:
        steps.append(transforms.Truncate(max_length - 2))
    steps += [
        transforms.AddToken(2, begin=True),
        transforms.AddToken(3, begin=False),
        transforms.ToTensor(padding_value=1),
    ]
    whole = transforms.Sequential(*steps)
    padded = transforms.Sequential(whole, transforms.PadTransform(12, 1))
    rows = words[1:7]
    pipelines.append(
        {
            "max_length": max_length,
            "rows": [1, 7],
            "padded_to_longest": whole(rows).tolist(),
            "padded_to_12": padded(rows).tolist(),
        }
    )

# A vocabulary as torch.save keeps it, for what reads such files.
torch.save(pipeline_vocab, pathlib.Path(__file__).with_suffix(".pth"))

content = {
    "texts": TEXTS,
    "words": words,
    "vocabularies": vocabularies,
    "probes": PROBES,
    "changes": changes,
    "ngrams": ngrams,
    "labels": labels,
    "pipeline_tokens": pipeline_vocab.get_itos(),
    "pipelines": pipelines,
    "str_to_int": transforms.StrToIntTransform()(["1", "-2", "30"]),
}
path = pathlib.Path(__file__).with_suffix(".json")
with path.open("w", encoding="ascii", newline="\n") as file:
    json.dump(content, file)
    file.write("\n")
print(f"{path.name}: {len(TEXTS)} texts, {len(vocabularies)} vocabularies")
