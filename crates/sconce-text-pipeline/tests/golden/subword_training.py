"""Write subword_training.json: tokenizers that the tokenizers library trains on training_text.txt.

The versions stand in requirements.txt beside this script; `cargo xtask golden subword_training` runs it.

The text is the beginning of Frances Trollope's "Michael Armstrong" (1840, public domain), sentences in
fourteen languages, and lines with odd spaces, marks and endings. Each case is the whole
`tokenizer.json`. Characters with an affix (`##a`, `a</w>`) get their ids there in the order of a hash
map: `n_first` says how many tokens come before those that were merged, so that the same order can be
given. All else comes out the same each time, which the script checks by training twice.
"""

import collections
import json
import pathlib

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

HERE = pathlib.Path(__file__).parent
TEXT = HERE / "training_text.txt"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())


def byte_level(tokenizer, prefix=False):
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.decoder = decoders.ByteLevel()


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    byte_level(tokenizer)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False, add_prefix_space=False)
    return tokenizer, trainers.BpeTrainer(
        vocab_size=700,
        min_frequency=2,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=BYTES,
        show_progress=False,
    )


def roberta():
    tokenizer = Tokenizer(models.BPE())
    byte_level(tokenizer)
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=2,
        special_tokens=special,
        initial_alphabet=BYTES,
        show_progress=False,
    )
    return tokenizer, trainer


def frame_roberta(tokenizer):
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")),
        ("<s>", tokenizer.token_to_id("<s>")),
        trim_offsets=True,
        add_prefix_space=False,
    )


def bytes_with_prefix():
    """No alphabet and no least frequency: the vocabulary runs into pairs that occur once."""
    tokenizer = Tokenizer(models.BPE())
    byte_level(tokenizer, prefix=True)
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    return tokenizer, trainers.BpeTrainer(vocab_size=600, show_progress=False)


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=450,
        min_frequency=3,
        special_tokens=["<|begin_of_text|>", "<|end_of_text|>"],
        initial_alphabet=BYTES,
        show_progress=False,
    )
    return tokenizer, trainer


def bpe_limits():
    """Short tokens of few characters; the whole text is one word up to a digit or a sign."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("isolated"),
    ])
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        min_frequency=0,
        max_token_length=6,
        limit_alphabet=LIMIT,
        special_tokens=["<unk>", "the"],
        initial_alphabet=["é", "Z"],
        show_progress=False,
    )
    return tokenizer, trainer


def exhausted():
    """A vocabulary that cannot be filled: every pair is merged, some of them twice."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer, trainers.BpeTrainer(vocab_size=100_000, min_frequency=8, show_progress=False)


def bpe_suffix():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Punctuation("isolated"),
    ])
    tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        min_frequency=2,
        special_tokens=["<unk>"],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    return tokenizer, trainer


def sentence_piece():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        min_frequency=2,
        special_tokens=["<unk>", "<s>", "</s>"],
        show_progress=False,
    )
    return tokenizer, trainer


def bert(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    trainer = trainers.WordPieceTrainer(
        vocab_size=900,
        min_frequency=2,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        show_progress=False,
    )
    return tokenizer, trainer


def frame_bert(tokenizer):
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")],
    )


def word(vocab_size, min_frequency):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=["[PAD]", "[UNK]"],
        show_progress=False,
    )
    return tokenizer, trainer


def limit():
    """A number of characters whose last is more frequent than the next: which goes is certain."""
    counts = collections.Counter(c for line in LINES for c in line)
    del counts["é"], counts["Z"]
    ranked = [n for _, n in counts.most_common()]
    place = next(i for i in range(40, len(ranked)) if ranked[i - 1] > ranked[i])
    return place + 2


def trained(make, frame, from_file):
    tokenizer, trainer = make()
    if from_file:
        tokenizer.train([str(TEXT)], trainer)
    else:
        tokenizer.train_from_iterator(LINES, trainer)
    if frame:
        frame(tokenizer)
    return json.loads(tokenizer.to_str())


def first(tokenizer, affix):
    """Tokens before the first that was merged: special ones, characters, characters with an affix."""
    vocab = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    special = {token["content"] for token in tokenizer["added_tokens"]}
    bare = [t if t in special else t.replace(affix, "") if len(t) > 1 else t for t in vocab]
    return next(i for i, t in enumerate(bare) if t not in special and len(t) > 1)


LINES = TEXT.read_text().split("\n")[:-1]
LIMIT = limit()
CASES = [
    ("gpt2", gpt2, None, None, True),
    ("roberta", roberta, frame_roberta, None, False),
    ("bytes_with_prefix", bytes_with_prefix, None, None, False),
    ("llama3", llama3, None, None, True),
    ("bpe_limits", bpe_limits, None, None, False),
    ("exhausted", exhausted, None, None, False),
    ("sentence_piece", sentence_piece, None, None, False),
    ("bpe_suffix", bpe_suffix, None, "</w>", False),
    ("bert_uncased", lambda: bert(True), frame_bert, "##", False),
    ("bert_cased", lambda: bert(False), frame_bert, "##", True),
    ("word", lambda: word(30_000, 2), None, None, False),
    ("word_ties", lambda: word(300, 0), None, None, True),
]


def main():
    cases = []
    for name, make, frame, affix, from_file in CASES:
        tokenizer = trained(make, frame, from_file)
        if affix is None:
            assert tokenizer == trained(make, frame, from_file), name
        n_first = first(tokenizer, affix) if affix else None
        case = {"name": name, "from_file": from_file, "n_first": n_first, "tokenizer": tokenizer}
        cases.append(case)
        print(name, len(tokenizer["model"]["vocab"]), n_first)
    document = {"limit_alphabet": LIMIT, "cases": cases}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (HERE / "subword_training.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
