"""Tokenizers of sixty tokens for the tiny models, and texts that they cover."""

import json

import transformers as hf

# WordPiece: [UNK] where a word has a letter that is missing here.
PIECES = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] a an the cat dog frog bird sat sits ran runs on in by mat river tree house old young red "
    "green quick slow is was and not she it who what where when why . , ? ! ' - ##s ##ed ##ing ##er ##ly ##y "
    "un re walk talk jump look small big"
).split()

TEXTS = [
    "The old cat sat on the mat.",
    "A quick dog jumped!",
    "frogs",
    "Who walked slowly by the river, and why was the bird not in the tree?",
    "she's looking: unwalked paths",
]


def wordpiece(path, max_length):
    """A BERT tokenizer, saved into `path` with its `vocab.txt`."""
    assert len(PIECES) == len(set(PIECES)) <= 60, len(PIECES)
    tokenizer = hf.BertTokenizer(vocab={piece: id for id, piece in enumerate(PIECES)}, model_max_length=max_length)
    tokenizer.save_pretrained(path)
    (path / "vocab.txt").write_text("\n".join(PIECES) + "\n", "utf-8")
    return tokenizer


MERGES = ["t h", "Ġ th", "Ġth e", "Ġ a", "i n", "Ġ s", "e r", "o n", "a t", "in g", "Ġ on", "Ġs at", "Ġ c", "Ġc at", "r e",
          "Ġ w", "l y", "Ġ b", "Ġ m", "Ġm at", "e d"]


def byte_pairs(path):
    """GPT-2's tokenizer over small letters, saved into `path` as `tokenizer.json`, `vocab.json` and `merges.txt`."""
    letters = ["<|endoftext|>", "<pad>", *"abcdefghijklmnopqrstuvwxyz", "Ġ", ".", ",", "?", "!", "'"]
    merged = [merge.replace(" ", "") for merge in MERGES]
    vocab = {piece: id for id, piece in enumerate([*letters, *merged])}
    assert len(vocab) == len(letters) + len(merged) <= 60, len(vocab)
    tokenizer = hf.GPT2Tokenizer(vocab=vocab, merges=[tuple(merge.split()) for merge in MERGES], pad_token="<pad>")
    tokenizer.save_pretrained(path)
    (path / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False) + "\n", "utf-8")
    (path / "merges.txt").write_text("\n".join(["#version: 0.2", *MERGES]) + "\n", "utf-8")
    return tokenizer
