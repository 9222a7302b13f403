//! What came out: a table of both sides, and one of targets.

use serde_json::{Value, json};

use super::cases::Case;
use super::side::Measured;
use crate::bench::bystanders::DISTURBING;
use crate::bench::markdown;
use crate::bench::peers::verdict::{self, Verdict};
use crate::bench::statistics::Spread;

/// One case with all its rounds.
pub struct Outcome {
    pub case: &'static Case,
    pub peer: Vec<Measured>,
    pub sconce: Vec<Measured>,
    /// Why it was not measured, or not to the end, or what was not equal.
    pub problem: Option<String>,
    /// Whether something is missing for it, which is no failure.
    pub skipped: bool,
}

impl Outcome {
    pub fn new(case: &'static Case) -> Self {
        Self { case, peer: Vec::new(), sconce: Vec::new(), problem: None, skipped: false }
    }

    /// How many times as fast Sconce is, from the medians of both sides.
    pub fn speed(&self) -> Option<f64> {
        let seconds = |runs: &[Measured]| Some(spread(runs, |run| Some(run.seconds))?.median);
        Some(seconds(&self.peer)? / seconds(&self.sconce)?)
    }

    /// Sconce's share of the peer's memory, from the largest of both sides.
    fn memory_share(&self) -> Option<f64> {
        Some(peak(&self.sconce)? / peak(&self.peer)?)
    }

    /// Whether other programs took so much of the machine that the times say nothing.
    pub fn is_disturbed(&self) -> bool {
        let runs = self.peer.iter().chain(&self.sconce);
        runs.filter_map(|run| run.others).reduce(f64::max).is_some_and(|most| most >= DISTURBING)
    }

    /// Every target of the case.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let case = self.case;
        let verdict = |target: String, found: Option<(String, bool)>, is_speed| {
            let (found, reached) = found.unzip();
            Verdict { target, found, reached, is_speed }
        };
        let seconds = spread(&self.sconce, |run| Some(run.seconds)).map(|spread| spread.median);
        let (speed, share, peak) = (self.speed(), self.memory_share(), peak(&self.sconce));
        let verdicts = [
            case.most_seconds.map(|most| {
                let found = seconds.map(|found| (time(found), found <= most));
                verdict(format!("at most {}", time(most)), found, true)
            }),
            case.times.map(|times| {
                let found = speed.map(|found| (format!("{found:.2}"), found >= times));
                verdict(format!("{times} times as fast"), found, true)
            }),
            case.memory_share.map(|most| {
                let found = share.map(|found| (format!("{found:.2}"), found <= most));
                verdict(format!("at most {most} of the memory"), found, false)
            }),
            case.most_mb.map(|most| {
                let found = peak.map(|found| (format!("{found:.0} MB"), found <= most));
                verdict(format!("at most {most:.0} MB"), found, false)
            }),
        ];
        verdicts.into_iter().flatten().collect()
    }

    /// The round that was measured last, in one line.
    pub fn last_round(&self) -> String {
        let sides = [("peer", self.peer.last()), ("Sconce", self.sconce.last())];
        let cells = sides.into_iter().filter_map(|(name, run)| {
            let run = run?;
            let peak = run.peak_mb.map(|mb| format!(" {mb:.0} MB")).unwrap_or_default();
            Some(format!("{name} {}{peak}", time(run.seconds)))
        });
        format!("{}: {}", self.case.name, cells.collect::<Vec<_>>().join(", "))
    }

    /// As it stands in the record.
    pub fn record(&self) -> Value {
        let all = |runs: &[Measured]| runs.iter().map(Measured::record).collect::<Vec<_>>();
        let verdicts = self.verdicts().into_iter().map(|verdict| {
            json!({
                "target": verdict.target,
                "found": verdict.found,
                "reached": verdict.reached,
            })
        });
        json!({
            "case": self.case.name,
            "what": self.case.what,
            "problem": self.problem,
            "disturbed": self.is_disturbed(),
            "speed_ratio": self.speed(),
            "targets": verdicts.collect::<Vec<_>>(),
            "peer": all(&self.peer),
            "sconce": all(&self.sconce),
        })
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let name = self.case.name.to_owned();
        if self.sconce.is_empty() && self.peer.is_empty() {
            let why = self.problem.clone().unwrap_or_else(|| String::from("not measured"));
            let mut row = vec![name, why];
            row.resize(SIDES.len(), String::new());
            return vec![row];
        }
        let side = |program: &str, runs: &[Measured], speed: Option<f64>| {
            vec![
                name.clone(),
                program.to_owned(),
                spread(runs, |run| Some(run.seconds)).map(seconds).unwrap_or_default(),
                peak(runs).map(|peak| format!("{peak:.0}")).unwrap_or_default(),
                runs.last().map(facts).unwrap_or_default(),
                speed.map(|speed| format!("{speed:.2}")).unwrap_or_default(),
            ]
        };
        let mut rows = Vec::new();
        if !self.peer.is_empty() {
            rows.push(side("peer", &self.peer, None));
        }
        let ours = match &self.problem {
            Some(problem) => format!("Sconce ({problem})"),
            None => String::from("Sconce"),
        };
        rows.push(side(&ours, &self.sconce, self.speed()));
        rows
    }
}

fn spread(runs: &[Measured], read: impl Fn(&Measured) -> Option<f64>) -> Option<Spread> {
    Spread::of(&runs.iter().filter_map(read).collect::<Vec<f64>>())
}

fn peak(runs: &[Measured]) -> Option<f64> {
    Some(spread(runs, |run| run.peak_mb)?.largest)
}

fn seconds(spread: Spread) -> String {
    let Spread { median, least, largest } = spread;
    match least == largest {
        true => time(median),
        false => format!("{} ({}-{})", time(median), time(least), time(largest)),
    }
}

/// `1.23 s`, `4.5 ms`.
fn time(seconds: f64) -> String {
    if seconds < 0.1 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

fn facts(run: &Measured) -> String {
    let said = run.facts.iter().map(|(name, value)| format!("{value} {name}"));
    said.collect::<Vec<_>>().join(", ")
}

const SIDES: [&str; 6] =
    ["case", "program", "time (rounds)", "peak MB", "work", "Sconce, times as fast"];

/// Both sides of every case.
pub fn sides(outcomes: &[Outcome]) -> String {
    markdown::table(&SIDES, outcomes.iter().flat_map(Outcome::rows).collect())
}

/// Every target of every case.
pub fn targets(outcomes: &[Outcome]) -> String {
    verdict::table(outcomes.iter().flat_map(|outcome| {
        let (case, is_disturbed) = (outcome.case.name, outcome.is_disturbed());
        outcome.verdicts().into_iter().map(move |verdict| (case, is_disturbed, verdict))
    }))
}

#[cfg(test)]
mod tests;
