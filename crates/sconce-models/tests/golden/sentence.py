"""Folders of sentence-transformers and a cross-encoder: what `encode` and `predict` give for texts.

`sentence_mean`, `_max`, `_lasttoken` and `_dense` have the files that sentence-transformers writes now;
`sentence_cls` and `sentence_dense_old` the older ones, as most published folders
have them. Texts longer than the folder's `max_seq_length` are cut. Results are float64.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import tiny  # noqa: E402
import torch  # noqa: E402
import transformers as hf  # noqa: E402
from sentence_transformers import CrossEncoder, SentenceTransformer  # noqa: E402
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer  # noqa: E402
from tokens import TEXTS, wordpiece  # noqa: E402

CONFIG = {**tiny.BERT, "num_hidden_layers": 1}
MAX_LENGTH = 12

# case, pooling, output of a dense module, normalized, in the old files
CASES = [
    ("sentence_mean", "mean", None, True, False),
    ("sentence_cls", "cls", None, True, True),
    ("sentence_max", "max", None, False, False),
    ("sentence_lasttoken", "lasttoken", None, True, False),
    ("sentence_dense", "mean", 10, True, False),
    ("sentence_dense_old", "mean", 10, False, True),
]

OLD_TYPES = "sentence_transformers.models."
OLD_MODES = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "mean_sqrt": "mean_sqrt_len_tokens",
             "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}


def dump(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def old_files(path, pooling):
    """Rewrites a folder as sentence-transformers wrote it before: other keys, other names of types."""
    modules = json.loads((path / "modules.json").read_text("utf-8"))
    for module in modules:
        module["type"] = OLD_TYPES + module["type"].rsplit(".", 1)[1]
    dump(path / "modules.json", modules)
    dump(path / "sentence_bert_config.json", {"max_seq_length": MAX_LENGTH, "do_lower_case": False})
    modes = {f"pooling_mode_{name}": mode == pooling for mode, name in OLD_MODES.items()}
    dump(path / "1_Pooling" / "config.json", {"word_embedding_dimension": 16, **modes, "include_prompt": True})
    tiny.edit_json(path / "tokenizer_config.json", lambda config: config.update(model_max_length=512))
    for module in modules:
        if module["type"].endswith("Normalize"):
            (path / module["path"] / "config.json").unlink()
        if module["type"].endswith("Dense"):
            config = path / module["path"] / "config.json"
            tiny.edit_json(config, lambda values: [values.pop(key) for key in list(values) if key.startswith("module_")])


def sentence(seed, case, pooling, dense, normalized, old):
    path = tiny.folder(case)
    tiny.make(hf.BertModel, hf.BertConfig(**CONFIG), 500 + seed).save_pretrained(path)
    wordpiece(path, 512)
    modules = [Transformer(str(path), max_seq_length=MAX_LENGTH), Pooling(16, pooling)]
    if dense:
        modules.append(tiny.randomize(Dense(16, dense), 550 + seed))
    if normalized:
        modules.append(Normalize())
    SentenceTransformer(modules=modules, device="cpu").save(str(path), create_model_card=False)
    if old:
        old_files(path, pooling)
    model = SentenceTransformer(str(path), device="cpu")
    assert model.max_seq_length == MAX_LENGTH
    embeddings = model.double().encode(TEXTS, batch_size=len(TEXTS), convert_to_tensor=True)
    rows = model.tokenizer(TEXTS, truncation=True, max_length=MAX_LENGTH)["input_ids"]
    tiny.expect(path, {
        "texts": TEXTS, "input.ids": sum(rows, []), "input.offsets": tiny.offsets([len(row) for row in rows]),
        "embeddings": tiny.close(embeddings),
    })


def cross_encoder():
    path = tiny.folder("cross_encoder")
    config = hf.BertConfig(**CONFIG, num_labels=1)
    tiny.make(hf.BertForSequenceClassification, config, 590).save_pretrained(path)
    wordpiece(path, MAX_LENGTH)
    model = CrossEncoder(str(path), device="cpu")
    model.save_pretrained(str(path), create_model_card=False)
    firsts, seconds = TEXTS, TEXTS[1:] + TEXTS[:1]
    model = CrossEncoder(str(path), device="cpu")
    model.double()
    pairs = list(zip(firsts, seconds))
    scores = model.predict(pairs, convert_to_tensor=True)
    logits = model.predict(pairs, convert_to_tensor=True, activation_fn=torch.nn.Identity())
    encoded = model.tokenizer(firsts, seconds, truncation=True, max_length=MAX_LENGTH)
    tiny.expect(path, {
        "texts.first": firsts, "texts.second": seconds,
        "input.ids": sum(encoded["input_ids"], []), "input.type_ids": sum(encoded["token_type_ids"], []),
        "input.offsets": tiny.offsets([len(row) for row in encoded["input_ids"]]),
        "logits": tiny.close(logits), "scores": tiny.close(scores),
    })


def main():
    for seed, case in enumerate(CASES):
        sentence(seed, *case)
    cross_encoder()
    tiny.index("sentence", [case[0] for case in CASES] + ["cross_encoder"])


main()
