//! Trains a subword tokenizer on text files and saves it as a `tokenizer.json`.
//!
//! `cargo run --release --example train_tokenizer -- gpt2 30000 tokenizer.json FILE...`; without
//! arguments it trains on a few lines of its own.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it does")]

use std::error::Error;

use sconce_text_pipeline::{SubwordTrainer, Tokenizer, TokenizerRecipe, TrainingProgress};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [preset, vocab_size, out, files @ ..] = arguments.as_slice() else {
        return of_its_own();
    };
    let mut recipe = recipe(preset)?;
    recipe.vocab_size = vocab_size.parse()?;
    let start = std::time::Instant::now();
    let trainer = SubwordTrainer::new(recipe).on_progress(|progress| {
        if let TrainingProgress::Counted { n_words } = progress {
            eprintln!("{n_words} different words after {:.2?}", start.elapsed());
        }
    });
    let tokenizer = trainer.train_files(files)?;
    std::fs::write(out, tokenizer.to_file()?.bytes)?;
    eprintln!("{} tokens after {:.2?}", tokenizer.vocab_size(), start.elapsed());
    Ok(())
}

fn recipe(preset: &str) -> Result<TokenizerRecipe, String> {
    Ok(match preset {
        "bert" => TokenizerRecipe::bert(true),
        "bert-cased" => TokenizerRecipe::bert(false),
        "gpt2" => TokenizerRecipe::gpt2(),
        "roberta" => TokenizerRecipe::roberta(),
        "sentence-piece" => TokenizerRecipe::sentence_piece(false),
        "word" => TokenizerRecipe::word(),
        _ => return Err(format!("no preset {preset:?}")),
    })
}

fn of_its_own() -> Result<(), Box<dyn Error>> {
    let mut recipe = TokenizerRecipe::gpt2();
    recipe.vocab_size = 270;
    let texts = ["low lower lowest", "new newer newest", "wide wider widest"];
    let tokenizer = SubwordTrainer::new(recipe).train(texts)?;
    let ids = tokenizer.encode("newest lowest")?.ids;
    assert_eq!(tokenizer.decode(&ids, true)?, "newest lowest");
    println!("{ids:?}");
    Ok(())
}
