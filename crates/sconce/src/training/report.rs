//! What is said of a finished run.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use sconce_training::Evaluation;

use super::Trained;
use crate::jobs::Evaluated;
use crate::memory::peak_rss_mb;
use crate::options::Runtime;
use crate::table;

impl Trained {
    /// The tables of metrics and of the test's details, for people.
    pub fn print(&self, runtime: &Runtime) -> anyhow::Result<()> {
        let sets = [("validation", &self.valid), ("test", &self.test)];
        let sets: Vec<(&str, &Evaluated)> =
            sets.into_iter().filter_map(|(name, set)| Some((name, set.as_ref()?))).collect();
        let Some((last, evaluated)) = sets.last() else { return Ok(()) };
        let names: Vec<&String> = metrics_in_order(&evaluated.report.metrics);
        let heading = names.iter().map(|name| name.replace('_', " ").replace(" f1", " F1"));
        let mut rows = vec![[String::new()].into_iter().chain(heading).collect::<Vec<_>>()];
        for (name, evaluated) in &sets {
            let metric = |key: &&String| match evaluated.report.metrics.get(*key) {
                Some(value) => format!("{value:.4}"),
                None => String::new(),
            };
            let cells = names.iter().map(metric);
            rows.push([(*name).to_owned()].into_iter().chain(cells).collect());
        }
        runtime.output.text(format_args!("\n{}", table::render(&rows, &[])))?;
        if let Some(details) = evaluated.details_text(last)? {
            runtime.output.text(format_args!("\n{details}"))?;
        }
        Ok(())
    }

    /// The last JSON object of a run.
    pub fn print_done(&self, out: &Path, runtime: &Runtime) -> io::Result<()> {
        runtime.output.json(&self.done(out))
    }

    fn done(&self, out: &Path) -> Value {
        let tenths = |value: f64| (value * 10.).round() / 10.;
        json!({
            "event": "done",
            "test": self.test.as_ref().map(|evaluated| &evaluated.report.metrics),
            "valid": self.valid.as_ref().map(|evaluated| &evaluated.report.metrics),
            "examples_per_second": tenths(self.history.examples_per_second),
            "steps": self.history.n_steps,
            "seconds": (self.started.elapsed().as_secs_f64() * 1000.).round() / 1000.,
            "peak_rss_mb": peak_rss_mb(),
            "out": out,
        })
    }

    /// One line on how long it took and which epoch was kept.
    pub fn summary(&self) -> String {
        let history = &self.history;
        let seconds = self.started.elapsed().as_secs_f64();
        let n_epochs = history.epochs.len();
        let kept = match self.valid {
            Some(_) => {
                format!("the weights of epoch {} of {n_epochs} were best", history.best_epoch)
            }
            None => {
                format!("the weights of the last of {} are kept", table::count(n_epochs, "epoch"))
            }
        };
        let speed = table::thousands(history.examples_per_second as usize);
        format!("{seconds:.1} s, {speed} examples/s; {kept}")
    }
}

/// Names of metrics as people want to read them: what a task is judged by first, the loss last.
pub fn metrics_in_order(metrics: &Evaluation) -> Vec<&String> {
    const FIRST: [&str; 6] =
        ["accuracy", "f1", "exact_match", "spearman", "macro_f1", "perplexity"];
    let rank = |name: &&String| match FIRST.iter().position(|first| first == *name) {
        Some(place) => place,
        None if *name == "loss" => FIRST.len() + 1,
        None => FIRST.len(),
    };
    let mut names: Vec<&String> = metrics.keys().collect();
    names.sort_by_key(rank);
    names
}
