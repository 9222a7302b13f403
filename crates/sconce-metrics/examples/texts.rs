//! Scores two systems of generated texts, each counted in two shards, and tests their difference.
//!
//! `cargo run -p sconce-metrics --example texts`

use std::error::Error;
use std::io::{self, Write};

use sconce_metrics::{
    Bleu, Chrf, ErrorRates, Merge, Rouge, TextMetric, approximate_randomization, bootstrap,
};

const REFERENCES: [&str; 4] = [
    "The committee will meet again on Thursday at 10:30.",
    "Prices rose by 3.5% to $1,234.56 in a week.",
    "Nobody had seen the two boats come back.",
    "She bought apples, pears and a loaf of bread.",
];
const CAREFUL: [&str; 4] = [
    "The committee will meet on Thursday at 10:30.",
    "Prices rose by 3.5% to $1,234.56 in one week.",
    "Nobody had seen the two boats come back.",
    "She bought apples, pears and some bread.",
];
const HASTY: [&str; 4] = [
    "Committee meets again Thursday.",
    "Prices were up to $1,234 in a week.",
    "Nobody saw the boats return.",
    "She bought fruit and a loaf of bread.",
];

/// Counts the halves by themselves, as two workers would, and puts them together.
fn count<M: TextMetric + Merge + Clone>(empty: &M, texts: &[&str]) -> Result<M, Box<dyn Error>> {
    let mut shards = [empty.clone(), empty.clone()];
    for (index, (reference, text)) in REFERENCES.iter().zip(texts).enumerate() {
        shards[index / 2].update(&[reference], text)?;
    }
    let [mut whole, second] = shards;
    whole.merge(&second)?;
    Ok(whole)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    let empty = Bleu::new().keeping_segments();
    let (hasty, careful) = (count(&empty, &HASTY)?, count(&empty, &CAREFUL)?);
    writeln!(out, "{}", careful.line_with(&bootstrap(&careful, 1000, 12345)?))?;
    writeln!(out, "{}", count(&Chrf::plus_plus(), &CAREFUL)?.line())?;
    for (name, f1) in count(&Rouge::usual(), &CAREFUL)?.named_values() {
        writeln!(out, "{name} {f1:.4}")?;
    }
    for (name, rate) in count(&ErrorRates::words(), &CAREFUL)?.named_values() {
        writeln!(out, "{name} {rate:.4}")?;
    }
    let test = approximate_randomization(&hasty, &careful, 1000, 12345)?;
    writeln!(out, "{:.2} against {:.2}, p = {:.3}", test.system, test.baseline, test.p_value)?;
    assert!(test.system > test.baseline);
    Ok(())
}
