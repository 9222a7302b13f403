//! `cargo xtask bench --peers`: side by side with Python in one run, on the same data.

mod ops;
mod text;
mod textcnn;
mod transfer;
mod verdict;

use anyhow::Result;

use crate::args::{Args, Command, Flag, unknown};
use crate::repo;

/// The command.
pub const COMMAND: Command = Command {
    name: "bench --peers",
    help: "Measure side by side with Python programs in one run\n\n\
           cargo xtask bench --peers [AREA]    all areas, or one: textcnn, ops, transfer, text\n\n\
           textcnn: `sconce train` and PyTorch train one network on one list of sentences.\n\
           ops: the operations of sconce-ops and PyTorch's, with targets.\n\
           transfer: fine-tuning, a small GPT, decoding and embeddings; transformers', with targets.\n\
           text: data sets and tokenizers: Hugging Face's datasets and tokenizers, with targets.\n\n\
           The head of benches/peers/AREA.py says what is equal and what is not. A peer whose packages\n\
           are missing is shown as skipped. Records: target/peers/AREA.json.",
    flags: &[
        Flag { name: "--rounds", value: Some("N"), help: "rounds of peer, then Sconce (3)" },
        Flag {
            name: "--threads",
            value: Some("N"),
            help: "threads of both (textcnn: all of the machine; others: 2)",
        },
        Flag {
            name: "--epochs",
            value: Some("N"),
            help: "textcnn: epochs of a round (3); transfer: in place of a case's",
        },
        Flag {
            name: "--seed",
            value: Some("N"),
            help: "textcnn: seed of both (42); transfer: the first",
        },
        Flag {
            name: "--data",
            value: Some("DIR"),
            help: "textcnn: train.tsv and test.tsv instead of MR",
        },
        Flag {
            name: "--only",
            value: Some("NAME"),
            help: "ops, text: the case of this name, or those that begin like it; transfer: NAME,NAME",
        },
        Flag { name: "--seconds", value: Some("S"), help: "ops: seconds of a measurement (1)" },
        Flag {
            name: "--seeds",
            value: Some("N"),
            help: "transfer: seeds that the rounds take in turn (as many as rounds)",
        },
        Flag {
            name: "--limit",
            value: Some("N"),
            help: "transfer, text: rows of each file, or steps",
        },
        Flag {
            name: "--archives",
            value: Some("DIR"),
            help: "transfer, text: where the data sets lie (../shared/data)",
        },
        Flag { name: "--list", value: None, help: "transfer: say what would be run, and stop" },
    ],
    max_words: 1,
    passes_on: false,
    run,
};

type Measure = fn(&Args) -> Result<()>;

const AREAS: &[(&str, Measure)] = &[
    ("textcnn", textcnn::run),
    ("ops", ops::run),
    ("transfer", transfer::run),
    ("text", text::run),
];

/// What the Python side of every area runs on.
const REQUIREMENTS: &str = "benches/peers/requirements-golden.txt";

/// A load from which a comparison says little: another program has a processor to itself.
const BUSY: f64 = 1.0;

fn run(args: &Args) -> Result<()> {
    if let Some(area) = args.words.first() {
        let names: Vec<&str> = AREAS.iter().map(|(name, _)| *name).collect();
        let found = AREAS.iter().find(|(name, _)| name == area);
        let (_, measure) = found.ok_or_else(|| unknown("area", area, &names))?;
        return measure(args);
    }
    AREAS.iter().try_for_each(|(_, measure)| measure(args))
}

/// The machine's load, with a warning where it is busy. To be asked before our own build makes it so.
fn warn_if_busy() -> Option<f64> {
    let load = repo::load();
    if let Some(busy) = load.filter(|load| *load > BUSY) {
        eprintln!("warning: the machine is busy (load {busy}): the ratio will say little");
    }
    load
}
