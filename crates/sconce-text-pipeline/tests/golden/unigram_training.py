"""Write unigram_training.json: Unigram models that the tokenizers library trains on training_text.txt.

The versions stand in requirements.txt beside this script; `cargo xtask golden unigram_training` runs it.

The library sums over words in the order of a hash map, so the last digits of scores differ from run to
run, and it gives characters that training dropped a score each, a little better than the one before, in
an order that is by chance as well. Each model is trained several times here. Kept are pieces and the
mean of their scores; for characters that were dropped the scores are kept apart (`dropped`), and pieces
that are not in every run are an error.
"""

import json
import pathlib

from tokenizers import Tokenizer, Regex, decoders, models, normalizers, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
TEXT = HERE / "training_text.txt"
LINES = TEXT.read_text().split("\n")[:-1]
N_RUNS = 4
# The step between characters that were dropped.
STEP = 0.0001


def spaces(tokenizer):
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()


def sentence_piece():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    spaces(tokenizer)
    return tokenizer, dict(vocab_size=1000, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>")


def small():
    """Many rounds, and hardly room for more than the characters."""
    tokenizer = Tokenizer(models.Unigram())
    spaces(tokenizer)
    return tokenizer, dict(vocab_size=480, special_tokens=["<unk>"], unk_token="<unk>")


def options():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer, dict(
        vocab_size=700,
        special_tokens=["<pad>", "<unk>"],
        unk_token="<unk>",
        shrinking_factor=0.6,
        n_sub_iterations=3,
        max_piece_length=4,
        initial_alphabet=["Ж", "ℵ", "𝄞"],
    )


def seeds():
    """Fewer seeds than there are repeated texts, and nothing for what is unknown."""
    tokenizer = Tokenizer(models.Unigram())
    spaces(tokenizer)
    return tokenizer, dict(vocab_size=600, special_tokens=[], seed_size=1500)


def whole_lines():
    """No words: pieces go over spaces."""
    return Tokenizer(models.Unigram()), dict(
        vocab_size=900, special_tokens=["<unk>"], unk_token="<unk>"
    )


CASES = [sentence_piece, small, options, seeds, whole_lines]
TEXTS = [
    "The factory children of Manchester were not amused.",
    "unbelievable industriousness, 1840!",
    "Der schnelle Fuchs springt. Le café est fermé.",
    "aaaaaaaaa the the",
]


def trained(make):
    tokenizer, options = make()
    trainer = trainers.UnigramTrainer(show_progress=False, **options)
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer, options


def mean_scores(runs):
    """Pieces by falling mean score, and the scores of characters that were dropped."""
    pieces = {piece for piece, _ in runs[0]}
    assert all({piece for piece, _ in run} == pieces for run in runs), "other pieces each time"
    scores = {piece: [dict(run)[piece] for run in runs] for piece in pieces}
    moved = {p for p, s in scores.items() if max(s) - min(s) > STEP / 10}
    low = min(s for _, s in runs[0])
    # What is as low as a dropped character may be one by chance of the order.
    dropped = {p for p, s in scores.items() if len(p) == 1 and max(s) < low + STEP * 500}
    assert moved <= dropped, moved - dropped
    kept = [(p, sum(s) / len(s)) for p, s in scores.items() if p not in dropped]
    kept.sort(key=lambda pair: (-pair[1], pair[0]))
    means = [sum(column) / len(column) for column in zip(*(
        sorted(score for piece, score in run if piece in dropped) for run in runs
    ))]
    spread = max((max(s) - min(s) for p, s in scores.items() if p not in dropped), default=0)
    return kept, sorted(dropped), means, spread


def main():
    cases = []
    for make in CASES:
        runs = [trained(make) for _ in range(N_RUNS)]
        tokenizer, options = runs[0]
        n_special = len(options["special_tokens"])
        vocabs = [json.loads(t.to_str())["model"]["vocab"][n_special:] for t, _ in runs]
        kept, dropped, dropped_scores, spread = mean_scores(vocabs)
        case = {"name": make.__name__, "pieces": kept, "dropped": dropped,
                "dropped_scores": dropped_scores}
        if options.get("unk_token"):
            case["texts"] = [(text, tokenizer.encode(text).tokens) for text in TEXTS]
        cases.append(case)
        print(make.__name__, len(kept), len(dropped), spread)
    text = json.dumps({"cases": cases}, ensure_ascii=False, separators=(",", ":"))
    (HERE / "unigram_training.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
