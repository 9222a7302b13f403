//! What came out: a table of both sides, and one of targets, in Markdown.

use serde_json::{Value, json};

use super::cases::{Case, Quality};
use super::side::Measured;
use crate::bench::bystanders::DISTURBING;
use crate::bench::markdown;
use crate::bench::peers::verdict::{self, Verdict};
use crate::bench::statistics::{Spread, mean_and_deviation, median};

/// One case with all its rounds.
pub struct Outcome {
    pub case: &'static Case,
    /// The rounds of each of the peer's variants, in the case's order.
    pub peers: Vec<Vec<Measured>>,
    pub sconce: Vec<Measured>,
    /// In what the two sides agree, beside speed and quality.
    pub notes: Vec<String>,
    /// Why it was not measured, or not to the end.
    pub problem: Option<String>,
    /// Whether something is missing for it, which is no failure.
    pub skipped: bool,
}

impl Outcome {
    pub fn new(case: &'static Case) -> Self {
        let peers = case.peers.iter().map(|_| Vec::new()).collect();
        let (sconce, notes) = (Vec::new(), Vec::new());
        Self { case, peers, sconce, notes, problem: None, skipped: false }
    }

    /// How many times as fast Sconce is as a variant of its peer, from the runs of each round.
    pub fn speed(&self, variant: usize) -> Option<Spread> {
        let pairs = self.peers[variant].iter().zip(&self.sconce);
        let ratios: Vec<f64> =
            pairs.filter_map(|(peer, sconce)| Some(sconce.rate? / peer.rate?)).collect();
        Spread::of(&ratios)
    }

    /// Whether other programs took so much of the machine that the times say nothing.
    pub fn is_disturbed(&self) -> bool {
        let runs = self.peers.iter().flatten().chain(&self.sconce);
        runs.filter_map(|run| run.others).reduce(f64::max).is_some_and(|most| most >= DISTURBING)
    }

    /// Every target of the case.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let case = self.case;
        let mut verdicts = Vec::new();
        for (at, peer) in case.peers.iter().enumerate() {
            let Some(times) = peer.times else { continue };
            let speed = self.speed(at);
            verdicts.push(Verdict {
                target: format!("{times:.2} times as fast as {}", peer.variant),
                found: speed.map(shown),
                reached: speed.map(|speed| speed.median >= times),
                is_speed: true,
            });
        }
        if let Some(least) = case.least_rate {
            let rate = of(&self.sconce, |run| run.rate).map(|rates| median(&rates));
            verdicts.push(Verdict {
                target: format!("{least:.0} {} a second", case.unit),
                found: rate.map(|rate| format!("{rate:.1}")),
                reached: rate.map(|rate| rate >= least),
                is_speed: true,
            });
        }
        if let Some(most) = case.most_mb {
            let peak = of(&self.sconce, |run| run.peak_mb).and_then(|all| largest(&all));
            verdicts.push(Verdict {
                target: format!("at most {most:.0} MB"),
                found: peak.map(|peak| format!("{peak:.0}")),
                reached: peak.map(|peak| peak <= most),
                is_speed: false,
            });
        }
        verdicts.extend(case.quality.iter().flat_map(|quality| self.quality_verdicts(quality)));
        verdicts
    }

    fn quality_verdicts(&self, quality: &Quality) -> Vec<Verdict> {
        let mean = |runs: &[Measured]| {
            of(runs, |run| run.metrics[quality.metric].as_f64())
                .map(|values| mean_and_deviation(&values).0)
        };
        let (peer, sconce) = (self.peers.first().and_then(|runs| mean(runs)), mean(&self.sconce));
        let within = quality.within.map(|points| {
            let ahead = peer.zip(sconce).map(|(peer, sconce)| (sconce - peer) * 100.0);
            Verdict {
                target: format!("{} at most {points} points lower", quality.metric),
                found: ahead.map(|ahead| format!("{ahead:+.2}")),
                // What counts is not the last digit of a mean.
                reached: ahead.map(|ahead| ahead >= -points - 1e-9),
                is_speed: false,
            }
        });
        let at_most = quality.at_most.map(|most| Verdict {
            target: format!("{} at most {most}", quality.metric),
            found: sconce.map(|value| format!("{value:.3}")),
            reached: sconce.map(|value| value <= most),
            is_speed: false,
        });
        within.into_iter().chain(at_most).collect()
    }

    /// The round that was measured last, in one line.
    pub fn last_round(&self) -> String {
        let peers = self.case.peers.iter().map(|peer| peer.variant).zip(&self.peers);
        let sides = peers.chain([("Sconce", &self.sconce)]);
        let runs = sides.filter_map(|(name, runs)| Some((name, runs.last()?)));
        let cells = runs.map(|(name, run)| {
            let rate = run.rate.map(|rate| format!(" {rate:.1}/s")).unwrap_or_default();
            format!("{name}{rate}{}", self.quality(std::slice::from_ref(run), " "))
        });
        format!("{}: {}", self.case.name, cells.collect::<Vec<_>>().join(", "))
    }

    /// The metric that counts, of some runs: their mean, and the least and the largest.
    fn quality(&self, runs: &[Measured], before: &str) -> String {
        let Some(quality) = &self.case.quality else { return String::new() };
        let Some(values) = of(runs, |run| run.metrics[quality.metric].as_f64()) else {
            return String::new();
        };
        let show = |value: f64| match quality.at_most {
            Some(_) => format!("{value:.3}"),
            None => format!("{:.2}", value * 100.0),
        };
        let mean = show(mean_and_deviation(&values).0);
        match Spread::of(&values) {
            Some(Spread { least, largest, .. }) if values.len() > 1 => {
                format!("{before}{} {mean} ({}-{})", quality.metric, show(least), show(largest))
            }
            _ => format!("{before}{} {mean}", quality.metric),
        }
    }

    /// As it stands in the record.
    pub fn record(&self) -> Value {
        let all = |runs: &[Measured]| runs.iter().map(Measured::record).collect::<Vec<_>>();
        let peers = self.case.peers.iter().enumerate().map(|(at, peer)| {
            let speed = self.speed(at).map(
                |speed| json!({ "median": speed.median, "min": speed.least, "max": speed.largest }),
            );
            json!({ "variant": peer.variant, "speed_ratio": speed, "runs": all(&self.peers[at]) })
        });
        let verdicts = self.verdicts().into_iter().map(|verdict| {
            json!({
                "target": verdict.target,
                "found": verdict.found,
                "reached": verdict.reached,
            })
        });
        json!({
            "case": self.case.name,
            "unit": self.case.unit,
            "problem": self.problem,
            "disturbed": self.is_disturbed(),
            "notes": self.notes,
            "targets": verdicts.collect::<Vec<_>>(),
            "peer": peers.collect::<Vec<_>>(),
            "sconce": all(&self.sconce),
        })
    }

    /// A row for each variant of the peer and one for Sconce; one row where there is nothing.
    fn rows(&self) -> Vec<Vec<String>> {
        let name = self.case.name.to_owned();
        if self.sconce.is_empty() && self.peers.iter().all(Vec::is_empty) {
            let why = self.problem.clone().unwrap_or_else(|| String::from("not measured"));
            let mut row = vec![name, why];
            row.resize(SIDES.len(), String::new());
            return vec![row];
        }
        let side = |program: String, runs: &[Measured], speed: Option<Spread>| {
            let rate = of(runs, |run| run.rate)
                .map(|rates| format!("{:.1} {}", median(&rates), self.case.unit));
            let peak = of(runs, |run| run.peak_mb).and_then(|all| largest(&all));
            vec![
                name.clone(),
                program,
                rate.unwrap_or_default(),
                peak.map(|peak| format!("{peak:.0}")).unwrap_or_default(),
                self.quality(runs, ""),
                speed.map(shown).unwrap_or_default(),
            ]
        };
        let peers = self
            .case
            .peers
            .iter()
            .zip(&self.peers)
            .enumerate()
            .filter(|(_, (_, runs))| !runs.is_empty());
        let mut rows: Vec<Vec<String>> = peers
            .map(|(at, (peer, runs))| side(format!("peer, {}", peer.variant), runs, self.speed(at)))
            .collect();
        let ours = match &self.problem {
            Some(problem) => format!("Sconce ({problem})"),
            None => String::from("Sconce"),
        };
        rows.push(side(ours, &self.sconce, None));
        rows
    }
}

fn of(runs: &[Measured], read: impl Fn(&Measured) -> Option<f64>) -> Option<Vec<f64>> {
    let values: Vec<f64> = runs.iter().filter_map(read).collect();
    (!values.is_empty()).then_some(values)
}

fn largest(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

fn shown(spread: Spread) -> String {
    format!("{:.2} ({:.2}-{:.2})", spread.median, spread.least, spread.largest)
}

const SIDES: [&str; 6] =
    ["case", "program", "a second", "peak MB", "quality", "Sconce, times as fast (rounds)"];

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
