"""Write small tokenizer folders, and what transformers makes of texts with them.

The versions stand in requirements.txt beside this script; `cargo xtask golden tokenizer_folders` runs it.

Vocabularies are trained here on sentences written for the purpose, in the files in which models
are published: `vocab.txt`, `vocab.json` with `merges.txt`, SentencePiece `*.model`. Each folder
`tokenizer_folders/NAME` goes with a file `tokenizer_folders/NAME.json`: ids, spans in bytes, words, types of
texts, pairs and words, with and without truncation; overlapping windows; decoded texts.
"""

import collections
import io
import json
import pathlib
import shutil

import sentencepiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).parent / "tokenizer_folders"

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dog is not amused.",
    "A model reads the words of a sentence, one after the other, and learns what follows.",
    "Who wrote the book about the whale? The whale was white, the captain was not.",
    "The answer is in the text; the question is where. It's 3.14 or 42, they said!",
    "Der schnelle braune Fuchs springt über den faulen Hund; schöne Grüße aus Köln.",
    "Le café est fermé, l'élève naïf a oublié son déjeuner à la fenêtre.",
    "Быстрая коричневая лиса прыгает через ленивую собаку. Привет, мир!",
    "مرحبا بالعالم، كيف حالك اليوم؟",
    "नमस्ते दुनिया, आप कैसे हैं?",
    "吾輩は猫である。名前はまだ無い。",
    "我喜欢读书,也喜欢下雨天。",
    "안녕하세요 세계, 반갑습니다.",
    "Emoji 😀 and 👩‍👩‍👧 and a flag 🇩🇪 go well with words.",
    "unhappiness, unbelievable, reading, readable, reader, rereading, tokenization",
] * 4

TEXTS = [
    "",
    " ",
    "The quick brown fox isn't amused.",
    "Unbelievable!  Two  spaces, a\ttab\nand a new line ",
    "  leading and trailing  ",
    "Schöne Grüße, naïve café — “quotes” ½ ﬁ Ⅷ",
    "e\u0301le\u0300ve a\u0308o\u0308u\u0308 \u1100\u1161\u11a8",
    "Привет, мир! Как дела?",
    "مرحبا بالعالم",
    "नमस्ते दुनिया",
    "吾輩は猫である。我喜欢读书。 안녕하세요",
    "😀 emoji 👩\u200d👩\u200d👧 zwj 🇩🇪",
    "https://example.com/a?b=c&d=e#f x_y 3,141.59",
    "a" * 150 + " tail",
    "\u00a0no\u3000break\u200bspaces\ufeff",
    "don't you're we'll I'd",
    "[MASK] and <mask> and </s> <|endoftext|> [SEP]x",
]

PAIRS = [
    ("Who wrote the book?", "The captain wrote the book about the white whale, they said."),
    ("A long question about the lazy dog and the quick fox", "Yes, über."),
    ("мир", "мир"),
    ("", "only the second 😀"),
    ("only the first", ""),
]

WORDS = [
    ["The", "readers", "aren't", "Köln-based", "."],
    ["", "吾輩は猫", " ", "unhappiness", "😀👩\u200d👩\u200d👧", "e\u0301le\u0300ve"],
    ["<mask>", "[MASK]", "x</s>y", "42"],
]

QUESTION = "Where is the whale?"
CONTEXT = (
    "The captain of the ship wrote the book about the white whale. Über Köln springt der Fuchs, "
    "and the reader of the book is 😀 amused. Привет, мир! The whale was not."
)

STRATEGIES = ["longest_first", "only_first", "only_second"]


def word_piece_vocabulary(normalizer) -> list:
    """Characters, frequent words and frequent endings: the library's trainer is not repeatable."""
    words, endings = collections.Counter(), collections.Counter()
    for text in CORPUS:
        pieces = pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalizer.normalize_str(text))
        for word, _ in pieces:
            words[word] += 1
            endings.update(f"##{word[start:]}" for start in range(1, len(word)))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = sorted({c for word in words for c in word if c not in "喜Ü"})
    frequent = lambda counter, n: sorted(counter, key=lambda key: (-counter[key], key))[:n]
    pieces = [*special, *characters, *(f"##{c}" for c in characters)]
    pieces += frequent(words, 60) + frequent(endings, 60)
    return list(dict.fromkeys(pieces))


def train_byte_level(special: list) -> tuple:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], model["merges"]


RULES = HERE / "rules.tsv"


def train_sentence_piece(kind: str, size: int, **options) -> bytes:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS),
        model_writer=written,
        model_type=kind,
        vocab_size=size,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    return written.getvalue()


def charsmap_rules() -> str:
    """A few replacements, so that the table in the model stays small."""
    rules = {"ﬁ": "fi", "½": "1/2", "Ⅷ": "VIII", "\u00a0": " ", "\u3000": " ", "\t": " "}
    rules |= {"\n": " ", "“": '"', "”": '"', "e\u0301": "é", "e\u0300": "è", "\u200b": ""}
    code = lambda text: " ".join(f"{ord(c):X}" for c in text)
    return "".join(f"{code(a)}\t{code(b)}\n" for a, b in sorted(rules.items()))


def folder(name: str, config: dict, **files) -> None:
    path = HERE / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    for file, content in ({"tokenizer_config.json": config} | files).items():
        if isinstance(content, (dict, list)):
            content = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
        if isinstance(content, str):
            content = content.encode()
        (path / file.replace("__", ".")).write_bytes(content)


def lstrip(content: str) -> dict:
    return {"__type": "AddedToken", "content": content, "lstrip": True, "normalized": False,
            "rstrip": False, "single_word": False, "special": True}


def make_folders() -> None:
    HERE.mkdir(exist_ok=True)
    uncased = word_piece_vocabulary(normalizers.BertNormalizer())
    cased = word_piece_vocabulary(normalizers.BertNormalizer(lowercase=False, strip_accents=False))
    folder(
        "bert_uncased",
        {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 64},
        vocab__txt="\n".join(uncased) + "\n",
    )
    folder(
        "bert_cased",
        {"do_lower_case": False, "strip_accents": False, "tokenize_chinese_chars": False,
         "additional_special_tokens": ["[X]"]},
        vocab__txt="\n".join(cased),
        config__json={"model_type": "bert"},
        special_tokens_map__json={"mask_token": "[MASK]"},
        added_tokens__json={"[X]": len(cased), "Fuchs!": len(cased) + 1},
    )
    vocabulary, merges = train_byte_level(["<|endoftext|>"])
    lines = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges)
    folder("gpt2", {}, vocab__json=vocabulary, merges__txt=lines,
           config__json={"model_type": "gpt2"})
    folder(
        "opt_like",
        {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "truncation_side": "left",
         "pad_token": "<pad>", "bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>",
         "added_tokens_decoder": {
             str(len(vocabulary)): {"content": "<pad>", "special": True, "normalized": False},
             str(len(vocabulary) + 1): {"content": "</s>", "special": True, "normalized": False},
             str(len(vocabulary) + 2): {"content": "whale", "special": False,
                                        "normalized": True, "single_word": True}}},
        vocab__json=vocabulary, merges__txt=lines,
    )
    folder("qwen2", {"tokenizer_class": "Qwen2Tokenizer"}, vocab__json=vocabulary,
           merges__txt=lines)
    vocabulary, merges = train_byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    lines = "#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in merges)
    folder("roberta", {"tokenizer_class": "RobertaTokenizer", "mask_token": lstrip("<mask>")},
           vocab__json=vocabulary, merges__txt=lines)

    RULES.write_text(charsmap_rules(), encoding="utf-8")
    rules = {"normalization_rule_tsv": str(RULES)}
    unigram = train_sentence_piece("unigram", 330, **rules)
    bpe = train_sentence_piece(
        "bpe", 600, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, character_coverage=0.98,
        user_defined_symbols=["<user>", "▁▁"],
    )
    llama = train_sentence_piece(
        "bpe", 600, byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, character_coverage=0.98,
    )
    albert = train_sentence_piece(
        "unigram", 330, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"], **rules,
    )
    t5 = train_sentence_piece("unigram", 330, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
                              **rules)
    RULES.unlink()
    folder("unigram_plain", {}, tokenizer__model=unigram)
    folder("bpe_plain", {"add_bos_token": True, "add_eos_token": True}, tokenizer__model=bpe)
    folder("xlm_roberta",
           {"tokenizer_class": "XLMRobertaTokenizer", "mask_token": lstrip("<mask>")},
           **{"sentencepiece.bpe.model": unigram})
    folder("camembert", {"tokenizer_class": "CamembertTokenizer"},
           **{"sentencepiece.bpe.model": unigram})
    folder("albert", {}, spiece__model=albert, config__json={"model_type": "albert"})
    folder("t5", {"tokenizer_class": "T5Tokenizer", "extra_ids": 5}, spiece__model=t5)
    folder("llama", {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True},
           tokenizer__model=llama)
    folder("llama_legacy", {"tokenizer_class": "LlamaTokenizer", "legacy": True,
                            "add_bos_token": True, "add_eos_token": True},
           tokenizer__model=llama)


def byte_span(text: str, span: tuple) -> list:
    return [len(text[:place].encode()) for place in span]


def tokens(encoding, first, second=None) -> dict:
    """The tokens of one encoding; `first` is a text, or the words that it was cut into."""
    spans = []
    words = encoding.word_ids
    sequences = encoding.sequence_ids
    for place, span in enumerate(encoding.offsets):
        text = [first, second][sequences[place] or 0]
        if sequences[place] is None:
            spans.append([0, 0])
        elif isinstance(text, list):
            spans.append(byte_span(text[words[place]], span))
        else:
            spans.append(byte_span(text, span))
    return {
        "ids": encoding.ids,
        "spans": spans,
        "words": [-1 if word is None else word for word in words],
        "sequences": [-1 if sequence is None else sequence for sequence in sequences],
        "types": encoding.type_ids,
    }


def encode(tokenizer, first, second=None, **options) -> dict:
    if second is not None:
        # As a batch of one: a second text that is empty would count as none otherwise.
        first, second = [first], [second]
    made = tokenizer(first, second, return_token_type_ids=True, **options)
    texts = (first, second) if second is None else (first[0], second[0])
    return tokens(made.encodings[0], *texts)


def truncations(tokenizer, first, second) -> list:
    whole = len(tokenizer(first, second)["input_ids"])
    cases = []
    for strategy in STRATEGIES if second is not None else STRATEGIES[:2]:
        for max_length in [5, 8, 11]:
            # The library refuses what cannot be reached, and so must the reader of this file.
            try:
                made = encode(tokenizer, first, second, truncation=strategy,
                              max_length=max_length)
            except BaseException as error:
                assert "too short" in str(error) or "overflow" in str(error), error
                made = {"ids": None}
            made |= {"strategy": strategy, "max_length": max_length}
            if made["ids"] is not None:
                made["n_left_out"] = whole - len(made["ids"])
            cases.append(made)
    return cases


def windows(tokenizer, max_length: int, stride: int) -> dict:
    """Overlapping windows of the context, each beside the question.

    The library gives only the first window the types of the template; here all have them.
    """
    made = tokenizer(QUESTION, CONTEXT, truncation="only_second", max_length=max_length,
                     stride=stride, return_overflowing_tokens=True, return_token_type_ids=True)
    found = [tokens(encoding, QUESTION, CONTEXT) for encoding in made.encodings]
    types = dict(zip(found[0]["sequences"], found[0]["types"]))
    for window in found:
        at_end = found[0]["types"][-1:] if window["sequences"][-1] == -1 else []
        inner = window["sequences"][: len(window["sequences"]) - len(at_end)]
        first_context = inner.index(1)
        window["types"] = [
            types[sequence] if sequence != -1 else found[0]["types"][place]
            for place, sequence in enumerate(inner)
        ] + at_end
        assert first_context == found[0]["sequences"].index(1)
    return {"max_length": max_length, "stride": stride, "windows": found}


def has_prefix_rule(tokenizer) -> bool:
    return type(tokenizer).__name__ in ("GPT2Tokenizer", "RobertaTokenizer")


def golden(name: str) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(HERE / name)
    truth = {"class": type(tokenizer).__name__, "vocab_size": len(tokenizer)}
    roles = ["cls", "sep", "pad", "mask", "bos", "eos", "unk"]
    truth["special"] = {role: getattr(tokenizer, f"{role}_token_id") for role in roles}
    truth["all_special"] = sorted(
        id for id, token in tokenizer.added_tokens_decoder.items() if token.special
    )
    truth["texts"] = [{"text": text} | encode(tokenizer, text) for text in TEXTS]
    truth["pairs"] = [
        {"first": first, "second": second} | encode(tokenizer, first, second)
        for first, second in PAIRS
    ]
    truth["truncated"] = [
        {"first": first, "second": second, "cases": truncations(tokenizer, first, second)}
        for first, second in [(TEXTS[2], None), *PAIRS[:3]]
    ]
    worded = tokenizer
    if has_prefix_rule(tokenizer):
        worded = AutoTokenizer.from_pretrained(HERE / name, add_prefix_space=True)
    truth["words"] = [
        {"input": words} | encode(worded, words, is_split_into_words=True) for words in WORDS
    ]
    truth["windows"] = [
        windows(tokenizer, max_length, stride) for max_length, stride in [(40, 8), (60, 0), (400, 9)]
    ]
    truth["decoded"] = [
        {"ids": ids, "text": tokenizer.decode(ids), "plain": tokenizer.decode(ids, True)}
        for ids in [tokenizer(text)["input_ids"] for text in TEXTS]
    ]
    return truth


def main() -> None:
    make_folders()
    for path in sorted(HERE.iterdir()):
        if path.is_dir():
            target = HERE / f"{path.name}.json"
            text = json.dumps(golden(path.name), ensure_ascii=False, separators=(",", ":"))
            target.write_text(text.replace('},{"', '},\n{"') + "\n", encoding="utf-8")
            print(target.relative_to(HERE.parent), target.stat().st_size)


if __name__ == "__main__":
    main()
