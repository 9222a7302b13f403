//! Evaluates the predictions of a classifier batch by batch, as a training loop would.
//!
//! `cargo run -p sconce-metrics --example evaluate`

use std::error::Error;
use std::io::{self, Write};

use sconce_metrics::{ClassificationReport, ConfusionMatrix, by_name};

const NAMES: [&str; 3] = ["negative", "neutral", "positive"];

fn main() -> Result<(), Box<dyn Error>> {
    let batches: [([u32; 4], [u32; 4]); 3] =
        [([0, 0, 1, 2], [0, 0, 1, 2]), ([2, 2, 1, 0], [2, 1, 0, 0]), ([1, 2, 0, 2], [1, 2, 2, 2])];

    let mut macro_f1 = by_name("macro_f1", NAMES.len())?;
    let mut matrix = ConfusionMatrix::new(NAMES.len());
    for (targets, predictions) in &batches {
        macro_f1.update(targets, predictions)?;
        matrix.update(targets, predictions)?;
    }

    assert_eq!(matrix.accuracy(), 0.75);
    assert_eq!(matrix.get(2, 1), 1);
    assert!((macro_f1.value() - (0.75 + 2.0 / 3.0 + 0.8) / 3.0).abs() < 1e-12);
    assert_eq!(macro_f1.value(), matrix.macro_f1());

    let report = ClassificationReport::new(&matrix, &NAMES)?;
    assert_eq!(report.labels[2].support, 5);
    writeln!(io::stdout(), "{}\n{report}", matrix.render(&NAMES)?)?;

    let misspelt = by_name("f1_macro", NAMES.len()).err().ok_or("that is no name")?;
    assert!(misspelt.to_string().contains("did you mean `macro_f1`"));
    Ok(())
}
