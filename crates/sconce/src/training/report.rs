//! What is said of a finished run.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::Trained;
use crate::memory::peak_rss_mb;
use crate::options::Runtime;
use crate::table;

impl Trained {
    /// The tables of metrics and of the test's confusions, for people.
    pub fn print(&self, runtime: &Runtime) -> anyhow::Result<()> {
        let mut rows = vec![["", "accuracy", "macro F1", "loss"].map(str::to_owned).to_vec()];
        for (name, evaluated) in [("validation", &self.valid), ("test", &self.test)] {
            let Some(evaluated) = evaluated else { continue };
            let metric = |key: &str| match evaluated.metrics.get(key) {
                Some(value) => format!("{value:.4}"),
                None => String::new(),
            };
            let metrics = ["accuracy", "macro_f1", "loss"].map(metric);
            rows.push([name.to_owned()].into_iter().chain(metrics).collect());
        }
        if rows.len() > 1 {
            runtime.output.text(format_args!("\n{}", table::render(&rows, &[])))?;
        }
        let Some((name, evaluated)) = [("test", &self.test), ("validation", &self.valid)]
            .into_iter()
            .find_map(|(name, evaluated)| Some((name, evaluated.as_ref()?)))
        else {
            return Ok(());
        };
        let labels: Vec<&String> = self.config.id2label.values().collect();
        let confusion = evaluated.confusion.render(&labels)?;
        runtime.output.text(format_args!("\nConfusions ({name})\n{confusion}"))?;
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
            "test": self.test.as_ref().map(|evaluated| &evaluated.metrics),
            "valid": self.valid.as_ref().map(|evaluated| &evaluated.metrics),
            "examples_per_second": tenths(self.history.examples_per_second),
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
