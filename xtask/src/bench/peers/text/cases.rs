//! What is measured, and what each case has to reach.

use anyhow::{Result, ensure};

use crate::args::unknown;

/// One case.
#[derive(Debug, PartialEq)]
pub struct Case {
    pub name: &'static str,
    /// What is done, for people.
    pub what: &'static str,
    pub work: Work,
    /// The peer's script in `benches/peers/text`, and what it does.
    pub peer: Option<Peer>,
    /// The most seconds of Sconce, on the machine that the targets were set for.
    pub most_seconds: Option<f64>,
    /// How many times as fast as its peer Sconce has to be.
    pub times: Option<f64>,
    /// The largest share of the peer's memory.
    pub memory_share: Option<f64>,
    /// The most memory of Sconce, in MB.
    pub most_mb: Option<f64>,
}

/// What Sconce is asked to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Work {
    /// `sconce data prepare` of the reviews, or of the large text.
    Prepare { tokenizer: &'static str, is_large: bool },
    /// `sconce tokenizer train --model bpe` on the lines of all reviews, or of the large text.
    TrainBpe { is_large: bool },
    /// `text_peer offsets`: encodings with spans of all reviews, in memory.
    Offsets { tokenizer: &'static str },
    /// `text_peer reload`: the cache that `prepare_wordpiece` made.
    Reload,
    /// `text_peer vocabulary`: words of the lines of all reviews.
    Vocabulary,
}

/// A script of the other side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Peer {
    /// `encode.py`, which does several things.
    Encode(&'static str),
    /// A script of its own, which takes the text.
    Script(&'static str),
}

/// The tokenizers: names of the prepared folders.
pub const BERT: &str = "bert";
pub const GPT2: &str = "gpt2";

const NONE: Case = Case {
    name: "",
    what: "",
    work: Work::Reload,
    peer: None,
    most_seconds: None,
    times: None,
    memory_share: None,
    most_mb: None,
};

/// Every case.
pub static CASES: &[Case] = &[
    Case {
        name: "prepare_wordpiece",
        what: "JSONL to tokens to disk, IMDB train, BERT's WordPiece",
        work: Work::Prepare { tokenizer: BERT, is_large: false },
        peer: Some(Peer::Encode("prepare")),
        most_seconds: Some(2.0),
        ..NONE
    },
    Case {
        name: "prepare_bpe",
        what: "the same, GPT-2's byte-pair encoding",
        work: Work::Prepare { tokenizer: GPT2, is_large: false },
        peer: Some(Peer::Encode("prepare")),
        most_seconds: Some(0.8),
        ..NONE
    },
    Case {
        name: "offsets_wordpiece",
        what: "encodings with spans, in memory, BERT's WordPiece",
        work: Work::Offsets { tokenizer: BERT },
        peer: Some(Peer::Encode("offsets")),
        ..NONE
    },
    Case {
        name: "offsets_bpe",
        what: "the same, GPT-2's byte-pair encoding",
        work: Work::Offsets { tokenizer: GPT2 },
        peer: Some(Peer::Encode("offsets")),
        ..NONE
    },
    Case {
        name: "reload",
        what: "the prepared set opened again, and a batch of it",
        work: Work::Reload,
        peer: Some(Peer::Encode("reload")),
        most_seconds: Some(0.020),
        ..NONE
    },
    Case {
        name: "vocabulary",
        what: "words counted and ordered, all IMDB reviews",
        work: Work::Vocabulary,
        peer: Some(Peer::Script("vocabulary.py")),
        most_seconds: Some(1.5),
        times: Some(10.0),
        ..NONE
    },
    Case {
        name: "train_bpe",
        what: "byte-pair encoding of 30,000 tokens learnt, all IMDB reviews",
        work: Work::TrainBpe { is_large: false },
        peer: Some(Peer::Script("train_bpe.py")),
        times: Some(1.5),
        memory_share: Some(0.5),
        ..NONE
    },
    Case {
        name: "stream_prepare",
        what: "1 GB of text to tokens to disk",
        work: Work::Prepare { tokenizer: GPT2, is_large: true },
        most_mb: Some(300.0),
        ..NONE
    },
    Case {
        name: "stream_train",
        what: "byte-pair encoding of 30,000 tokens learnt from 1 GB of text",
        work: Work::TrainBpe { is_large: true },
        most_mb: Some(300.0),
        ..NONE
    },
];

/// The cases whose name is `only`, or begins like it.
pub fn chosen(only: Option<&str>) -> Result<Vec<&'static Case>> {
    let Some(only) = only else { return Ok(CASES.iter().collect()) };
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.name.starts_with(only)).collect();
    let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    ensure!(!cases.is_empty(), unknown("case", only, &names));
    Ok(cases)
}
