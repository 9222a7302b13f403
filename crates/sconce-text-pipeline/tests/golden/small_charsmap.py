"""A small SentencePiece character map, as `tokenizer.json` keeps it (`precompiled_charsmap`).

It has every kind of rule that the large ones have: one character for another, for several, for a
space, for a space and a mark, for nothing, and several characters for one.

    pip install sentencepiece==0.2.3 protobuf
"""

import base64
import io
import json
import os
import pathlib
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as model_pb2

RULES = {
    "Ａ": "A", "ａ": "a", "ﬁ": "fi", "½": "1⁄2", "…": "...", "™": "TM", "\u3000": " ",
    "\u00a0": " ", "\u2028": " ", "\t": " ", "\n": " ", "¨": " \u0308", "\u200b": "", "\u00ad": "",
    "\u0007": "", "e\u0301": "é", "u\u0308": "ü", "ｶﾞ": "ガ", "ﷺ": "صلى الله عليه وسلم", "\u212b": "\u00c5",
    "②": "2", "ǆ": "dž",
}

with tempfile.TemporaryDirectory() as folder:
    rules = pathlib.Path(folder, "rules.tsv")
    code = lambda text: " ".join(f"{ord(c):X}" for c in text)
    rules.write_text("".join(f"{code(a)}\t{code(b)}\n" for a, b in RULES.items()))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a small text about nothing"] * 9), model_writer=model,
        vocab_size=24, hard_vocab_limit=False, normalization_rule_tsv=os.fspath(rules))
proto = model_pb2.ModelProto.FromString(model.getvalue())
charsmap = base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"charsmap": charsmap}) + "\n")
