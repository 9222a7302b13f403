//! The last step of ci: the release binary does its main job, in time and well enough.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::done::Done;

/// The longest a quickstart may take on two cores.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The least test accuracy of the quickstart. A TextCNN with random vectors reaches 0.76 on these
/// sentences in the mean of ten folds; one short run on one split may fall a few points short,
/// and a classifier that learned nothing stands at 0.50.
const QUICKSTART_FLOOR: f64 = 0.70;

/// Runs `sconce quickstart` into a fresh folder and judges its `done` object.
pub fn run(binary: &Path) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("sconce-ci-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let result = measure(binary, &scratch);
    std::fs::remove_dir_all(&scratch).context("cannot remove the scratch folder")?;
    let (stdout, elapsed) = result?;
    print!("{stdout}");
    let accuracy = judge(&stdout)?;
    println!("quickstart: accuracy {accuracy:.4} in {:.1} s", elapsed.as_secs_f64());
    Ok(())
}

/// Stdout and the time taken; a run over the limit is ended.
fn measure(binary: &Path, scratch: &Path) -> Result<(String, Duration)> {
    let lines = scratch.join("stdout.jsonl");
    let started = Instant::now();
    let mut child = Command::new(binary)
        .args(["quickstart", "--json", "--out"])
        .arg(scratch.join("model"))
        .stdin(Stdio::null())
        .stdout(File::create(&lines)?)
        .spawn()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            bail!("`sconce quickstart` took more than {} s", TIME_LIMIT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    ensure!(status.success(), "`sconce quickstart` failed: {status}");
    Ok((std::fs::read_to_string(&lines)?, started.elapsed()))
}

fn judge(stdout: &str) -> Result<f64> {
    let done = Done::parse(stdout).context("`sconce quickstart --json`")?;
    let accuracy = done.accuracy()?;
    ensure!(
        accuracy >= QUICKSTART_FLOOR,
        "test accuracy {accuracy:.4} is below the floor {QUICKSTART_FLOOR}"
    );
    Ok(accuracy)
}

#[cfg(test)]
mod tests;
