"""A real sentence encoder, all-MiniLM-L6-v2: what sentence-transformers gives for texts.

Its folder is the one that `cargo xtask fetch minilm` downloads. The test that reads the file needs it too, and
is skipped without it.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "python"))
import tiny  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

FOLDER = "artefacts/minilm-0.1.0-b9a0018d"
TEXTS = [
    "A gem of a film.",
    "Two hours that I want back",
    "Not bad; not good either, but it goes on and on, and then it goes on a little more.",
    "café, naïve, 東京",
    "word " * 400,
]


def cache():
    """The folder of downloads, as `cargo xtask` finds it."""
    if folder := os.environ.get("SCONCE_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sconce"


folder = cache() / FOLDER
if not folder.is_dir():
    sys.exit(f"{folder} is not there: `cargo xtask fetch minilm` fetches it")
model = SentenceTransformer(str(folder), device="cpu")
embeddings = model.encode(TEXTS, convert_to_tensor=True)
tiny.write(__file__, {"texts": TEXTS, "embeddings": tiny.tensor(embeddings)})
