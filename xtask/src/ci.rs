//! `cargo xtask ci`: everything a change must pass, cheapest first.

mod build_budget;
mod outcome;
mod quickstart;
mod steps;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::args::{Args, Command, unknown};
use outcome::{Outcome, Tally};
use steps::Step;

/// The command.
pub const COMMAND: Command = Command {
    name: "ci",
    help: "Run everything a change must pass, cheapest first, and time each step\n\n\
           cargo xtask ci                      all steps\n\
           cargo xtask ci fmt tidy             those whose name starts with one of the words\n\n\
           A failing step does not stop the others. The last line counts every test and every\n\
           step that is not a test: `N passed, N failed`.",
    flags: &[],
    max_words: usize::MAX,
    passes_on: false,
    run,
};

fn run(args: &Args) -> Result<()> {
    let steps = chosen(steps::all()?, &args.words)?;
    let mut outcomes = Vec::new();
    for step in &steps {
        println!("\n==> {}", step.name);
        let started = Instant::now();
        let mut tests = Tally::default();
        let result = (step.action)(&mut tests);
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        outcomes.push(Outcome {
            name: step.name.clone(),
            seconds: started.elapsed().as_secs_f64(),
            tests: step.counts_tests.then_some(tests),
            is_ok: result.is_ok(),
        });
    }
    let total = outcome::total(&outcomes);
    println!("\n{}", outcome::table(&outcomes));
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed > 0 {
        bail!("not every step passed");
    }
    Ok(())
}

/// The steps whose name starts with one of the words; all where there is none.
fn chosen(steps: Vec<Step>, words: &[String]) -> Result<Vec<Step>> {
    for word in words {
        if !steps.iter().any(|step| step.name.starts_with(word.as_str())) {
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            return Err(unknown("step", word, &names).into());
        }
    }
    let is_chosen = |step: &Step| {
        words.is_empty() || words.iter().any(|word| step.name.starts_with(word.as_str()))
    };
    Ok(steps.into_iter().filter(is_chosen).collect())
}
