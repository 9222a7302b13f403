//! What is measured, with which options, and what each case has to reach.

use anyhow::Result;

use super::data::Archive;
use crate::args::unknown;

/// One case; `benches/peers/transfer.py` knows it by its name and says what is equal on both sides.
#[derive(Debug, PartialEq)]
pub struct Case {
    pub name: &'static str,
    /// What a rate counts.
    pub unit: &'static str,
    pub archive: Option<Archive>,
    pub work: Work,
    /// The peer's variants, and how many times as fast as each Sconce has to be.
    pub peers: &'static [Peer],
    /// The least rate of Sconce itself, on the machine that the targets were set for.
    pub least_rate: Option<f64>,
    /// The most memory of Sconce, in MB.
    pub most_mb: Option<f64>,
    pub quality: Option<Quality>,
}

/// A way in which the peer does the work.
#[derive(Debug, PartialEq)]
pub struct Peer {
    pub variant: &'static str,
    pub times: Option<f64>,
}

/// What Sconce is asked to do.
#[derive(Debug, PartialEq)]
pub enum Work {
    /// `sconce train` on two prepared files, from MiniLM if there are epochs, from nothing if not.
    Train { files: [&'static str; 2], epochs: Option<usize>, options: &'static [&'static str] },
    /// `sconce generate` with the model that the peer made.
    Decode,
    /// `sconce embed` on prepared sentences.
    Embed,
}

/// The metric that counts.
#[derive(Debug, PartialEq)]
pub struct Quality {
    /// Its name on both sides.
    pub metric: &'static str,
    /// How much worse than its peer Sconce may be, in points of a hundred.
    pub within: Option<f64>,
    /// The most it may be: of a loss, which is shown as it is.
    pub at_most: Option<f64>,
}

/// What fine-tuning has in common on both sides.
#[rustfmt::skip]
pub const FINE_TUNING: &[&str] = &[
    "--valid-ratio", "0",
    "--optimizer", "adamw", "--betas", "0.9,0.999", "--weight-decay", "0.01",
    "--schedule", "linear", "--warmup", "0.1", "--clip", "1",
];

#[rustfmt::skip]
const SST2: &[&str] = &[
    "--task", "classify", "--batch-size", "32", "--lr", "5e-5", "--max-length", "128",
];

#[rustfmt::skip]
const CONLL: &[&str] = &[
    "--task", "tag", "--scheme", "bio", "--label-alignment", "first",
    "--batch-size", "32", "--lr", "1e-4", "--max-length", "256",
];

#[rustfmt::skip]
const EWT: &[&str] = &[
    "--task", "tag", "--scheme", "plain", "--label-alignment", "first",
    "--batch-size", "32", "--lr", "1e-4", "--max-length", "256",
];

#[rustfmt::skip]
const STSB: &[&str] = &[
    "--task", "regress", "--text-column", "sentence1", "--pair-column", "sentence2",
    "--label-column", "score", "--batch-size", "32", "--lr", "5e-5", "--max-length", "128",
];

#[rustfmt::skip]
const SQUAD: &[&str] = &[
    "--task", "qa", "--batch-size", "16", "--lr", "5e-5", "--max-length", "384", "--stride", "128",
    "--n-best", "20", "--max-answer-length", "30",
];

/// `--schedule` and `--warmup` as nanoGPT's configuration of characters has them.
#[rustfmt::skip]
const NANOGPT: &[&str] = &[
    "--task", "lm", "--arch", "gpt2", "--pre-tokenizer", "characters", "--lowercase", "false",
    "--valid-ratio", "0",
    "--layers", "4", "--heads", "4", "--hidden-size", "128", "--positions", "64",
    "--block-size", "64", "--stream", "--batch-size", "12", "--dropout", "0",
    "--optimizer", "adamw", "--betas", "0.9,0.99", "--weight-decay", "0.1", "--clip", "1",
    "--lr", "1e-3", "--schedule", "cosine-with-min-lr:min=0.1", "--warmup", "100",
];

/// Steps of `nanogpt`.
pub const N_STEPS: usize = 2000;

/// Tokens that `decode` makes.
pub const N_NEW: usize = 256;

/// The farthest apart that two sides' embeddings may lie.
pub const VECTOR_TOLERANCE: f64 = 1e-4;

const fn usual(times: f64) -> Peer {
    Peer { variant: "usual", times: Some(times) }
}

const fn points(metric: &'static str, within: f64) -> Option<Quality> {
    Some(Quality { metric, within: Some(within), at_most: None })
}

/// What is asked of fine-tuning.
const FINE_TUNING_PEERS: &[Peer] = &[usual(2.5)];

/// A case of fine-tuning MiniLM, at least 2.5 times as fast as its peer.
const fn fine_tuning(
    name: &'static str,
    archive: Archive,
    files: [&'static str; 2],
    epochs: usize,
    options: &'static [&'static str],
) -> Case {
    Case {
        name,
        unit: "examples",
        archive: Some(archive),
        work: Work::Train { files, epochs: Some(epochs), options },
        peers: FINE_TUNING_PEERS,
        least_rate: None,
        most_mb: None,
        quality: None,
    }
}

/// Every case, in the order of the table, with its targets against PyTorch 2.15 on two threads.
pub const CASES: &[Case] = &[
    Case {
        peers: &[usual(3.0), Peer { variant: "best", times: Some(1.5) }],
        least_rate: Some(100.0),
        most_mb: Some(900.0),
        quality: points("accuracy", 1.0),
        ..fine_tuning("sst2", Archive::Classification, ["sst2-train.tsv", "sst2-test.tsv"], 1, SST2)
    },
    Case {
        quality: points("f1", 0.5),
        ..fine_tuning(
            "conll",
            Archive::Labelling,
            ["conll-train.conll", "conll-test.conll"],
            1,
            CONLL,
        )
    },
    Case {
        quality: points("accuracy", 0.5),
        ..fine_tuning("ewt", Archive::Labelling, ["ewt-train.conll", "ewt-test.conll"], 1, EWT)
    },
    Case {
        quality: points("spearman", 0.5),
        ..fine_tuning("stsb", Archive::Pairs, ["stsb-train.csv", "stsb-test.csv"], 3, STSB)
    },
    Case {
        quality: points("f1", 0.5),
        ..fine_tuning(
            "squad",
            Archive::Questions,
            ["squad-train.json", "squad-test.json"],
            1,
            SQUAD,
        )
    },
    Case {
        name: "nanogpt",
        unit: "blocks",
        archive: Some(Archive::Language),
        work: Work::Train {
            files: ["shakespeare-train.txt", "shakespeare-test.txt"],
            epochs: None,
            options: NANOGPT,
        },
        // At most 0.75 of its time.
        peers: &[usual(1.0 / 0.75)],
        least_rate: None,
        most_mb: None,
        quality: Some(Quality { metric: "loss", within: None, at_most: Some(1.88) }),
    },
    Case {
        name: "decode",
        unit: "tokens",
        archive: None,
        work: Work::Decode,
        peers: &[usual(2.0)],
        least_rate: None,
        most_mb: None,
        quality: None,
    },
    Case {
        name: "embed",
        unit: "sentences",
        archive: Some(Archive::Pairs),
        work: Work::Embed,
        peers: &[Peer { variant: "usual", times: None }],
        least_rate: None,
        most_mb: None,
        quality: points("spearman", 0.01),
    },
];

impl Case {
    /// Whether the folder of MiniLM is needed.
    pub fn needs_minilm(&self) -> bool {
        matches!(self.work, Work::Embed | Work::Train { epochs: Some(_), .. })
    }
}

/// All cases, or those named in a list with commas.
pub fn chosen(only: Option<&str>) -> Result<Vec<&'static Case>> {
    let Some(only) = only else { return Ok(CASES.iter().collect()) };
    let find = |name: &str| {
        let names: Vec<&str> = CASES.iter().map(|case| case.name).collect();
        let found = CASES.iter().find(|case| case.name == name);
        found.ok_or_else(|| unknown("case", name, &names).into())
    };
    only.split(',').map(find).collect()
}

#[cfg(test)]
mod tests;
