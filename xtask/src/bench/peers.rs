//! `cargo xtask bench --peers`: side by side with Python in one run, on the same sentences.

mod textcnn;

use anyhow::Result;

use crate::args::{Args, Command, Flag, unknown};

/// The command.
pub const COMMAND: Command = Command {
    name: "bench --peers",
    help: "Measure side by side with Python programs in one run\n\n\
           cargo xtask bench --peers [AREA]    all areas, or one: textcnn\n\n\
           textcnn: `sconce train` and PyTorch train one network on one list of sentences; the head of\n\
           benches/peers/textcnn.py says what is equal and what is not.\n\n\
           A peer whose packages are missing is shown as skipped. Records: target/peers/AREA.json.",
    flags: &[
        Flag { name: "--rounds", value: Some("N"), help: "rounds of peer, then Sconce (3)" },
        Flag { name: "--epochs", value: Some("N"), help: "epochs of a round (3)" },
        Flag { name: "--threads", value: Some("N"), help: "threads of both (all of the machine)" },
        Flag { name: "--seed", value: Some("N"), help: "seed of both (42)" },
        Flag { name: "--data", value: Some("DIR"), help: "train.tsv and test.tsv instead of MR" },
    ],
    max_words: 1,
    passes_on: false,
    run,
};

type Measure = fn(&Args) -> Result<()>;

const AREAS: &[(&str, Measure)] = &[("textcnn", textcnn::run)];

fn run(args: &Args) -> Result<()> {
    if let Some(area) = args.words.first() {
        let names: Vec<&str> = AREAS.iter().map(|(name, _)| *name).collect();
        let found = AREAS.iter().find(|(name, _)| name == area);
        let (_, measure) = found.ok_or_else(|| unknown("area", area, &names))?;
        return measure(args);
    }
    AREAS.iter().try_for_each(|(_, measure)| measure(args))
}
