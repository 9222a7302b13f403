//! Word vectors from a file: nearest words, an analogy, and the rows for an embedding layer.
//!
//! Run it with `cargo run -p sconce-embeddings --example nearest_words`; it prints
//!
//! ```text
//! nearest to king: queen (0.67), man (0.62)
//! man is to king as woman is to queen (0.82)
//! 2 of 3 words have vectors (66.7%), 1 by lower case
//! ```
#![allow(clippy::print_stdout)] // An example is there to show something.

use sconce_embeddings::{ReadOptions, UnknownWords, VectorFormat, WordVectors};

/// Six words whose first number is "royal", the second "male", the third "animal".
const GLOVE: &str = "\
king 0.9 0.4 0.0
queen 0.9 -0.4 0.0
man 0.1 0.4 0.0
woman 0.1 -0.4 0.0
frog 0.0 0.05 0.9
toad 0.0 -0.05 0.8
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tiny.txt");
    std::fs::write(&path, GLOVE)?;

    let vectors = WordVectors::read(&path, &ReadOptions::default())?;
    assert_eq!((vectors.len(), vectors.dim()), (6, 3));

    let nearest = vectors.nearest("king", 2)?;
    let shown: Vec<String> =
        nearest.iter().map(|found| format!("{} ({:.2})", found.word, found.similarity)).collect();
    println!("nearest to king: {}", shown.join(", "));
    assert_eq!(nearest[1].word, "man");

    let best = vectors.analogy("man", "king", "woman", 1)?[0];
    println!("man is to king as woman is to {} ({:.2})", best.word, best.similarity);
    assert_eq!(best.word, "queen");

    let unknown = UnknownWords::Uniform { low: -0.25, high: 0.25, seed: 42 };
    let (matrix, coverage) = vectors.matrix_for(["frog", "Toad", "newt"], &unknown, true);
    println!("{coverage}");
    assert_eq!(matrix.len(), 3 * vectors.dim());
    assert_eq!(coverage.to_string(), "2 of 3 words have vectors (66.7%), 1 by lower case");

    let binary = folder.path().join("tiny.bin");
    vectors.write(&binary, VectorFormat::Word2VecBinary)?;
    let frogs = |word: &str| word == "frog" || word == "toad";
    let options = ReadOptions { restrict_to: Some(&frogs), ..ReadOptions::default() };
    let few = WordVectors::read(&binary, &options)?;
    assert_eq!(few.len(), 2);
    assert_eq!(few.get("frog"), vectors.get("frog"));
    Ok(())
}
