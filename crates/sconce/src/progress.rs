//! Progress of a training run: a bar on a terminal, plain lines every few seconds elsewhere, JSON
//! events on stdout if asked for.

mod work;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sconce_training::{Control, EpochSummary, Event, Observer};
use serde::Serialize;
use serde_json::json;

use crate::console::Console;
use crate::output::Output;

pub use work::{Unit, Work};

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(3);
/// Between two JSON step events.
const JSON_EVERY: Duration = Duration::from_secs(1);
/// What an evaluation is shown by, the first that it has.
const MAIN_METRICS: [&str; 6] =
    ["accuracy", "f1", "spearman", "micro_f1", "perplexity", "exact_match"];
/// How much of the shown loss is that of the last step.
const SMOOTHING: f64 = 0.05;

/// Shows a training run.
pub struct Progress {
    output: Output,
    console: Console,
    bar: Option<ProgressBar>,
    run: Run,
    last_line: Instant,
    last_json: Option<Instant>,
    failure: Option<io::Error>,
}

/// Where the run stands.
struct Run {
    started: Instant,
    n_steps: u64,
    n_epochs: u64,
    step: u64,
    n_examples: usize,
    loss: Option<f64>,
}

/// A step as a JSON event.
#[derive(Serialize)]
struct StepEvent {
    event: &'static str,
    step: u64,
    n_steps: u64,
    epoch: u64,
    loss: f64,
    learning_rate: f64,
    gradient_norm: f64,
    examples_per_second: f64,
}

impl Progress {
    /// Shows on `console`, and writes events to `output`.
    pub fn new(output: Output, console: Console) -> Self {
        let now = Instant::now();
        let run = Run { started: now, n_steps: 0, n_epochs: 0, step: 0, n_examples: 0, loss: None };
        Self { output, console, bar: None, run, last_line: now, last_json: None, failure: None }
    }

    /// Removes the bar, and fails if stdout did.
    pub fn finish(self) -> io::Result<()> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.failure.map_or(Ok(()), Err)
    }

    fn start(&mut self, n_steps: u64, steps_per_epoch: u64) {
        self.run.started = Instant::now();
        self.run.n_steps = n_steps;
        self.run.n_epochs = n_steps.div_ceil(steps_per_epoch.max(1));
        if !self.console.is_quiet() && io::stderr().is_terminal() {
            let bar = ProgressBar::new(n_steps);
            let template = "  {bar:32} {pos}/{len} steps  {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => self.console.note(text),
        }
    }

    fn show_step(&mut self, epoch: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(self.run.status());
            bar.set_position(self.run.step);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let Run { step, n_steps, n_epochs, .. } = self.run;
            let status = self.run.status();
            self.line(&format!("  epoch {epoch}/{n_epochs}  step {step}/{n_steps}  {status}"));
        }
    }

    fn show_epoch(&mut self, summary: &EpochSummary) {
        let (epoch, n_epochs, loss) = (summary.epoch, self.run.n_epochs, summary.train_loss);
        let mut line = format!("  epoch {epoch}/{n_epochs}  training loss {loss:.4}");
        if let Some(valid) = &summary.valid {
            let loss = valid.get("loss").map(|loss| format!("loss {loss:.4}"));
            let main = MAIN_METRICS.iter().find_map(|name| Some((name, valid.get(*name)?)));
            let main = main.map(|(name, value)| format!("{} {value:.4}", name.replace('_', " ")));
            let shown: Vec<String> = loss.into_iter().chain(main).collect();
            line += &format!("  validation {}", shown.join(", "));
        }
        line += &format!("  {:.1} s", summary.seconds);
        if summary.is_best {
            line += "  best so far";
        }
        self.line(&line);
    }

    fn emit(&mut self, event: &impl Serialize) {
        if let Err(error) = self.output.json(event) {
            self.failure.get_or_insert(error);
        }
    }

    fn is_json_due(&self) -> bool {
        self.last_json.is_none_or(|last| last.elapsed() >= JSON_EVERY)
    }
}

impl Run {
    fn examples_per_second(&self) -> f64 {
        self.n_examples as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }

    fn status(&self) -> String {
        let elapsed = self.started.elapsed().as_secs_f64();
        let left =
            (self.n_steps - self.step.min(self.n_steps)) as f64 * elapsed / self.step.max(1) as f64;
        let loss = self.loss.unwrap_or_default();
        format!(
            "loss {loss:.4}  {:.0} examples/s  {} left",
            self.examples_per_second(),
            clock(left)
        )
    }
}

/// `8 s`, `1:05 min`, `2:03 h`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

impl Observer for Progress {
    fn on_event(&mut self, event: &Event<'_>) -> Control {
        match *event {
            Event::Started { n_steps, steps_per_epoch } => self.start(n_steps, steps_per_epoch),
            Event::Step { step, epoch, loss, learning_rate, gradient_norm, n_examples } => {
                let run = &mut self.run;
                run.step = step;
                run.n_examples += n_examples;
                run.loss = Some(run.loss.map_or(loss, |old| old + SMOOTHING * (loss - old)));
                self.show_step(epoch);
                if self.is_json_due() {
                    self.last_json = Some(Instant::now());
                    let n_steps = self.run.n_steps;
                    let examples_per_second = self.run.examples_per_second().round();
                    self.emit(&StepEvent {
                        event: "step",
                        step,
                        n_steps,
                        epoch,
                        loss,
                        learning_rate,
                        gradient_norm,
                        examples_per_second,
                    });
                }
            }
            Event::Epoch(summary) => {
                self.show_epoch(summary);
                let mut object = json!({ "event": "epoch" });
                if let (Some(object), Ok(serde_json::Value::Object(fields))) =
                    (object.as_object_mut(), serde_json::to_value(summary))
                {
                    object.extend(fields);
                }
                self.emit(&object);
            }
            _ => {}
        }
        if self.failure.is_some() { Control::Stop } else { Control::Continue }
    }
}

#[cfg(test)]
mod tests;
