//! `sconce quickstart`: the whole way, on film reviews that come with the program.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use sconce_export::{Bundle, Predictor};
use sconce_text_pipeline::{Corpus, Example};
use serde::Serialize;
use serde_json::Value;

use super::predict;
use crate::commands::train::report_folder;
use crate::data::{DataSets, Source};
use crate::options::{RunOptions, Runtime};
use crate::recipe::Recipe;
use crate::table::{count, thousands};
use crate::training;

/// Sentences of the polarity data set of Pang and Lee (2005), by their label; see `data/mr`.
const SENTENCES: [(&str, &[u8]); 2] = [
    ("negative", include_bytes!("../../data/mr/rt-polarity.neg")),
    ("positive", include_bytes!("../../data/mr/rt-polarity.pos")),
];
/// What the data are called.
const NAME: &str = "MR sentence polarity";
/// The share of the sentences to test on, and of the rest to choose the best epoch by.
const SHARE: f64 = 0.1;

/// Epochs without a better one after which to stop: the network knows the sentences by heart soon.
const PATIENCE: u64 = 3;

/// Sentences that nobody has trained on.
const NEW: [&str; 5] = [
    "a warm, funny and beautifully acted film that stays with you.",
    "the plot is dull, the jokes are stale and it goes on forever.",
    "an enchanting story told with charm, wit and real feeling.",
    "a lazy, predictable mess that wastes a talented cast.",
    "one of the best and most moving performances of the year.",
];

const EXAMPLES: &str = "\
Examples:
  sconce quickstart
  sconce quickstart --out reviews-model --threads 2
  sconce quickstart --json --quiet";

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// Folder to write the model to
    #[arg(long, value_name = "DIR", default_value = "./sconce-quickstart")]
    out: PathBuf,
    /// Overwrite the model in --out
    #[arg(long)]
    force: bool,
    /// Seed of everything random: a run with the same seed gives the same model
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    run: RunOptions,
}

/// Trains, tests, saves, reloads and predicts.
pub fn run(options: &Options) -> Result<()> {
    let runtime = options.run.start()?;
    let (out, console) = (options.out.as_path(), runtime.console);
    Bundle::check_target(out, options.force)?;

    console.heading("1. Read the sentences");
    let data = read(options.seed)?;
    let others = [&data.valid, &data.test].into_iter().flatten();
    let n_rows = data.train.len() + others.map(Source::len).sum::<usize>();
    console.note(format_args!(
        "  {} of film reviews, positive or negative (Pang and Lee 2005, CC BY 4.0)",
        count(n_rows, "sentence")
    ));

    let heading = "2. Train a convolutional network (Kim 2014) and test it";
    let mut recipe = Recipe::defaults()?;
    recipe.optimization.patience = Some(PATIENCE);
    let trained = training::train(heading, &mut recipe, options.seed, &data, &runtime)?;
    trained.print(&runtime)?;

    console.note("");
    console.heading("3. Save it, load it again, and compare");
    let manifest = trained.manifest(&recipe, options.settings(&recipe)?)?;
    let before = Predictor::new(trained.bundle(out, &manifest)?);
    trained.save(out, &manifest, options.force)?;
    let after = Predictor::new(Bundle::open(out, &runtime.device)?);
    let n_same = compare(&before, &after, data.test.as_ref())?;
    console.note(format_args!("  {} predictions are equal, bit for bit", thousands(n_same)));

    console.note("");
    console.heading("4. Use it on new sentences");
    predict_new(&after, &runtime)?;

    report_folder(&trained, out, &runtime);
    next_commands(out, &runtime);
    Ok(trained.print_done(out, &runtime)?)
}

/// The embedded sentences, a tenth of them set aside to test on.
fn read(seed: u64) -> Result<DataSets> {
    let mut examples = Vec::new();
    for (label, bytes) in SENTENCES {
        let example = |line: &str| Example {
            text: line.trim().to_owned(),
            label: Some(label.to_owned()),
            ..Example::default()
        };
        examples.extend(std::str::from_utf8(bytes)?.lines().map(example));
    }
    let all = Source { name: NAME.into(), corpus: Corpus::from(examples) };
    let (rest, test) = all.divide(SHARE, seed, "10%")?;
    DataSets::new(rest, None, Some(test), SHARE, seed)
}

impl Options {
    fn settings(&self, recipe: &Recipe) -> Result<Value> {
        let mut settings = serde_json::to_value(recipe)?;
        settings["task"] = "classify".into();
        settings["seed"] = self.seed.into();
        settings["valid-ratio"] = SHARE.into();
        self.run.describe(&mut settings);
        Ok(settings)
    }
}

/// Fails unless both predict the same; says of how many texts.
fn compare(before: &Predictor, after: &Predictor, source: Option<&Source>) -> Result<usize> {
    let texts = source.map(|source| source.corpus.texts()).unwrap_or_default();
    let (before, after) = (before.predict(&texts)?, after.predict(&texts)?);
    for ((text, before), after) in texts.iter().zip(&before).zip(&after) {
        if before != after {
            bail!("the reloaded model predicts otherwise for \"{text}\"; this is a bug");
        }
    }
    Ok(texts.len())
}

/// A prediction as an event.
#[derive(Serialize)]
struct NewPrediction<'a> {
    event: &'static str,
    #[serde(flatten)]
    prediction: predict::Row<'a>,
}

fn predict_new(predictor: &Predictor, runtime: &Runtime) -> Result<()> {
    for (text, prediction) in NEW.iter().zip(predictor.predict(&NEW)?) {
        runtime.output.text(format_args!("{}\n", predict::line(text, &prediction, 1)))?;
        let prediction = predict::Row::new(text, &prediction, 1);
        runtime.output.json(&NewPrediction { event: "prediction", prediction })?;
    }
    Ok(())
}

fn next_commands(out: &Path, runtime: &Runtime) {
    let out = out.display();
    runtime.console.next_commands(&[
        format!("predict --model {out} \"what a lovely surprise\""),
        format!("inspect {out}"),
        "train --task classify --train YOUR.csv --out my-model".into(),
    ]);
}

#[cfg(test)]
mod tests;
