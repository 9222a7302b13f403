//! What came out, as a table in Markdown.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::side::Measured;
use super::targets::Case;
use crate::bench::bystanders::DISTURBING;
use crate::bench::markdown;
use crate::bench::statistics::{Spread, median};

/// Below this many MB, what the system and the allocator do by themselves hides the work's own.
const LEAST_MB: f64 = 10.0;

/// One case with all its rounds.
pub struct Outcome {
    pub case: &'static Case,
    pub peer: Vec<Measured>,
    pub sconce: Vec<Measured>,
    /// Why it was not measured, or not to the end.
    pub problem: Option<String>,
    /// Whether a side lacks it, which is no failure.
    pub skipped: bool,
}

impl Outcome {
    pub fn new(case: &'static Case) -> Self {
        Self { case, peer: Vec::new(), sconce: Vec::new(), problem: None, skipped: false }
    }

    /// How many times Sconce is as fast, from the two runs of each round.
    pub fn speed(&self) -> Option<Spread> {
        let ratios: Vec<f64> =
            self.rounds().map(|(peer, sconce)| peer.seconds / sconce.seconds).collect();
        Spread::of(&ratios)
    }

    /// Sconce's part of PyTorch's additional memory; none where there is too little to tell.
    pub fn memory(&self) -> Option<f64> {
        let ratios: Vec<f64> = self
            .rounds()
            .filter_map(|(peer, sconce)| Some((peer.extra_mb?, sconce.extra_mb?)))
            .filter(|(peer, _)| *peer >= LEAST_MB)
            .map(|(peer, sconce)| sconce / peer)
            .collect();
        Spread::of(&ratios).map(|spread| spread.median)
    }

    /// Whether all targets are reached; none without a target, or where one could not be measured.
    pub fn reached(&self) -> Option<bool> {
        let speed = self.case.speed.map(|least| Some(self.speed()?.median >= least));
        let memory = self.case.memory.map(|most| Some(self.memory()? <= most));
        match (speed, memory) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(speed), Some(memory)) => Some(speed? && memory?),
        }
    }

    /// Whether other programs took so much of the machine that the times say nothing.
    pub fn is_disturbed(&self) -> bool {
        let taken = self.peer.iter().chain(&self.sconce).filter_map(|run| run.others);
        taken.reduce(f64::max).is_some_and(|most| most >= DISTURBING)
    }

    /// The round that was measured last, in one line.
    pub fn last_round(&self) -> String {
        let mut text = self.case.name.to_owned();
        for (side, runs) in [("PyTorch", &self.peer), ("Sconce", &self.sconce)] {
            if let Some(run) = runs.last() {
                let _ = write!(text, ", {side} {} ms", three_digits(run.seconds * 1e3));
            }
        }
        if let Some((peer, sconce)) = self.rounds().last() {
            let _ = write!(text, ", {:.2} times", peer.seconds / sconce.seconds);
        }
        text
    }

    /// As it stands in the record.
    pub fn record(&self) -> Value {
        let all = |runs: &[Measured]| runs.iter().map(Measured::record).collect::<Vec<_>>();
        let speed = self.speed().map(
            |speed| json!({ "median": speed.median, "min": speed.least, "max": speed.largest }),
        );
        json!({
            "case": self.case.name,
            "problem": self.problem,
            "target_speed": self.case.speed,
            "target_memory": self.case.memory,
            "reached": self.reached(),
            "disturbed": self.is_disturbed(),
            "speed_ratio": speed,
            "memory_ratio": self.memory(),
            "peer": all(&self.peer),
            "sconce": all(&self.sconce),
        })
    }

    fn rounds(&self) -> impl Iterator<Item = (&Measured, &Measured)> {
        self.peer.iter().zip(&self.sconce)
    }

    fn row(&self) -> Vec<String> {
        let speed = match (&self.problem, self.speed()) {
            (Some(problem), _) => problem.clone(),
            (None, None) => String::new(),
            (None, Some(Spread { median, least, largest })) => {
                format!("{median:.2} ({least:.2}-{largest:.2})")
            }
        };
        let reached = match self.reached() {
            Some(_) if self.is_disturbed() => "disturbed",
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let ms = |runs: &[Measured]| of(runs, |run| Some(run.seconds * 1e3)).map(three_digits);
        let mb = |runs: &[Measured]| of(runs, |run| run.extra_mb).map(|mb| format!("{mb:.0}"));
        vec![
            self.case.name.to_owned(),
            ms(&self.peer).unwrap_or_default(),
            ms(&self.sconce).unwrap_or_default(),
            speed,
            target(self.case),
            reached.to_owned(),
            mb(&self.peer).unwrap_or_default(),
            mb(&self.sconce).unwrap_or_default(),
            self.memory().map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
        ]
    }
}

fn of(runs: &[Measured], read: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = runs.iter().filter_map(read).collect();
    (!values.is_empty()).then(|| median(&values))
}

/// A positive number to about three digits.
fn three_digits(value: f64) -> String {
    let decimals = (2.0 - value.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{value:.decimals$}")
}

fn target(case: &Case) -> String {
    let speed = case.speed.map(|times| format!("≥ {times}"));
    let memory = case.memory.map(|part| format!("memory ≤ {part}"));
    speed.into_iter().chain(memory).collect::<Vec<_>>().join(", ")
}

const HEAD: [&str; 9] = [
    "case",
    "PyTorch, ms",
    "Sconce, ms",
    "times as fast (rounds)",
    "target",
    "reached",
    "PyTorch, more MB",
    "Sconce, more MB",
    "ratio",
];

/// The table.
pub fn render(outcomes: &[Outcome]) -> String {
    markdown::table(&HEAD, outcomes.iter().map(Outcome::row).collect())
}

/// How many targets are reached, and of how many nothing can be said.
pub fn summary(outcomes: &[Outcome]) -> String {
    let has_target = |outcome: &&Outcome| outcome.case.speed.or(outcome.case.memory).is_some();
    let (mut reached, mut missed, mut disturbed, mut unmeasured) = (0, 0, 0, 0);
    for outcome in outcomes.iter().filter(has_target) {
        *match outcome.reached() {
            None => &mut unmeasured,
            Some(_) if outcome.is_disturbed() => &mut disturbed,
            Some(true) => &mut reached,
            Some(false) => &mut missed,
        } += 1;
    }
    let mut text =
        format!("targets: {reached} reached, {missed} missed, {unmeasured} not measured");
    if disturbed > 0 {
        let _ = write!(text, ", {disturbed} disturbed by other programs: repeat when they rest");
    }
    text
}

#[cfg(test)]
mod tests;
