"""stories260K, a real Llama of 260,000 parameters in llama2.c's format, as a folder of Hugging Face.

    stories260k.py --source DIR --out DIR

DIR of the source holds `stories260K.bin` and `tok512.bin` (llama2.c's first format: seven integers, then the
weights in single precision). The folder gets config, weights and tokenizer, and `greedy.json`: how transformers
continues some prompts greedily. `cargo xtask fetch stories260k` calls it.

Two things differ between the formats. llama2.c rotates neighbouring elements of a head and Hugging Face the
two halves, so the rows of queries and keys are put in another order. Its tokenizer is a list of pieces with scores,
of which the best that two neighbours make is merged first; a `tokenizer.json` wants these merges as a list.
"""

import argparse
import json
import os
import struct
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: E402

PROMPTS = ["Zoo", "Once upon a time", "Lily and Ben", "One day, a big dog", "The sun was"]
N_NEW = 58

# What llama2.c itself prints for the first prompt (from the README of the llama2.c64 port).
KNOWN = (
    "Zoo was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
    "She wanted to play with it, but she didn't want to play with"
)


def read_weights(path: Path) -> tuple[LlamaConfig, dict[str, torch.Tensor]]:
    data = path.read_bytes()
    dim, hidden, n_layers, n_heads, n_kv_heads, vocab, positions = struct.unpack("<7i", data[:28])
    is_tied, vocab = vocab > 0, abs(vocab)
    head, kv_dim = dim // n_heads, dim // n_heads * n_kv_heads
    values, at = np.frombuffer(data, dtype="<f4", offset=28), 0

    def take(*shape: int) -> torch.Tensor:
        nonlocal at
        count = int(np.prod(shape))
        at += count
        return torch.from_numpy(values[at - count : at].copy()).reshape(shape)

    def halves(rows: torch.Tensor, n: int) -> torch.Tensor:
        """From neighbouring elements to two halves of each head."""
        return rows.reshape(n, head // 2, 2, dim).transpose(1, 2).reshape(n * head, dim)

    weights = {"model.embed_tokens.weight": take(vocab, dim)}
    stacked = {
        "input_layernorm": take(n_layers, dim),
        "self_attn.q_proj": take(n_layers, dim, dim),
        "self_attn.k_proj": take(n_layers, kv_dim, dim),
        "self_attn.v_proj": take(n_layers, kv_dim, dim),
        "self_attn.o_proj": take(n_layers, dim, dim),
        "post_attention_layernorm": take(n_layers, dim),
        "mlp.gate_proj": take(n_layers, hidden, dim),
        "mlp.down_proj": take(n_layers, dim, hidden),
        "mlp.up_proj": take(n_layers, hidden, dim),
    }
    for name, layers in stacked.items():
        for layer, weight in enumerate(layers):
            n = {"self_attn.q_proj": n_heads, "self_attn.k_proj": n_kv_heads}.get(name)
            weights[f"model.layers.{layer}.{name}.weight"] = halves(weight, n) if n else weight
    weights["model.norm.weight"] = take(dim)
    # Tables of sines and cosines.
    take(2, positions, head // 2)
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"] if is_tied else take(vocab, dim)
    if at != len(values):
        raise SystemExit(f"{path}: {len(values)} values, the header wants {at}")
    config = LlamaConfig(
        vocab_size=vocab, hidden_size=dim, intermediate_size=hidden, num_hidden_layers=n_layers,
        num_attention_heads=n_heads, num_key_value_heads=n_kv_heads, max_position_embeddings=positions,
        rms_norm_eps=1e-5, tie_word_embeddings=is_tied, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return config, weights


def read_pieces(path: Path, count: int) -> list[tuple[str, float]]:
    """Pieces and scores; a space is written as SentencePiece does."""
    data, at, pieces = path.read_bytes(), 4, []
    for _ in range(count):
        score, length = struct.unpack_from("<fi", data, at)
        at += 8 + length
        pieces.append((data[at - length : at].decode("utf-8").replace(" ", "\u2581"), score))
    # llama2.c prints the marks of begin and end on lines of their own.
    marks = ["<unk>", "<s>", "</s>"]
    return [(mark, score) for mark, (_, score) in zip(marks, pieces)] + pieces[len(marks) :]


def tokenizer_of(pieces: list[tuple[str, float]]) -> Tokenizer:
    ids = {piece: at for at, (piece, _) in enumerate(pieces)}
    if len(ids) != len(pieces):
        raise SystemExit("a piece occurs twice")
    merges = []
    for piece, score in pieces[3:]:
        splits = ((piece[:at], piece[at:]) for at in range(1, len(piece)))
        found = [pair for pair in splits if pair[0] in ids and pair[1] in ids]
        merges += [(-score, ids[a], ids[b], (a, b)) for a, b in found]
    merges = [pair for *_, pair in sorted(merges)]
    tokenizer = Tokenizer(models.BPE(ids, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in ("<unk>", "<s>", "</s>")])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def continued(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, prompt: str) -> dict:
    ids = tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        out = model.generate(**ids, do_sample=False, max_new_tokens=N_NEW)[0].tolist()
    given = ids["input_ids"].shape[1]
    text = tokenizer.decode(out, skip_special_tokens=True)
    return {"prompt": prompt, "ids": out[:given], "new_ids": out[given:], "text": text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    config, weights = read_weights(args.source / "stories260K.bin")
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict(weights)
    model.save_pretrained(args.out)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer_of(read_pieces(args.source / "tok512.bin", config.vocab_size)),
        unk_token="<unk>", bos_token="<s>", eos_token="</s>", clean_up_tokenization_spaces=False,
    )  # fmt: skip
    tokenizer.save_pretrained(args.out)

    # What a reader of the folder sees, not what is in memory here.
    model = LlamaForCausalLM.from_pretrained(args.out).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(args.out)
    stories = [continued(model, tokenizer, prompt) for prompt in PROMPTS]
    if not stories[0]["text"].startswith(KNOWN):
        raise SystemExit(f"llama2.c continues differently: {stories[0]['text']!r}")
    greedy = {"max_new_tokens": N_NEW, "stories": stories}
    (args.out / "greedy.json").write_text(json.dumps(greedy, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(args.out / "greedy.json")


main()
