//! Text to batches: tokenize, numericalize, split and pack, with no tensor library in the tree.
