//! Word vectors: read them, look into them, and use them as an embedding layer.
