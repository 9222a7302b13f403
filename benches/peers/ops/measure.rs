//! One case, measured: time, memory, and a checksum of what came out.

use std::time::{Duration, Instant};

use candle_core::{CpuStorage, Result, Storage, Tensor, bail};
use serde_json::{Value, json};

use crate::memory;

/// One iteration: does the work and returns what it computed, gradients too.
pub type Iterate = Box<dyn FnMut() -> Result<Vec<Tensor>>>;

/// A named piece of work.
pub struct Case {
    /// Its name, equal on both sides.
    pub name: String,
    build: Box<dyn Fn() -> Result<Iterate>>,
}

impl Case {
    /// A case from the function that prepares it.
    pub fn new(name: impl Into<String>, build: impl Fn() -> Result<Iterate> + 'static) -> Self {
        Self { name: name.into(), build: Box::new(build) }
    }

    /// Prepares the data; what follows is measured.
    pub fn build(&self) -> Result<Iterate> {
        (self.build)()
    }
}

/// The fewest iterations that are timed, however long they take.
const MIN_ITERATIONS: usize = 10;

/// Part of the time that runs unmeasured first.
const WARM_UP: f64 = 0.2;

/// Runs a case for about `seconds` and returns the line to print.
///
/// The first iteration gives the checksum and, with all others, the memory; then some run to warm
/// up, then each one is timed.
pub fn measure(case: &Case, seconds: f64) -> Result<Value> {
    let timed = Duration::try_from_secs_f64(seconds).map_err(candle_core::Error::wrap)?;
    let mut iterate = case.build()?;
    let before = memory::reset_peak();
    let checksum = checksum(&iterate()?)?;
    if !(checksum.is_finite() && checksum > 0.) {
        bail!("{}: the checksum is {checksum}", case.name);
    }
    time(&mut iterate, timed.mul_f64(WARM_UP), 1)?;
    let mut times = time(&mut iterate, timed, MIN_ITERATIONS)?;
    let peak = memory::peak_mb();
    Ok(json!({
        "case": case.name,
        "seconds_per_iteration": median(&mut times),
        "n_iterations": times.len(),
        "peak_rss_mb": peak,
        "extra_rss_mb": before.zip(peak).map(|(before, peak)| peak - before),
        "checksum": checksum,
    }))
}

/// Seconds of each iteration, with freeing what it made.
fn time(iterate: &mut Iterate, least: Duration, at_least: usize) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    let started = Instant::now();
    while times.len() < at_least || started.elapsed() < least {
        let started = Instant::now();
        drop(iterate()?);
        times.push(started.elapsed().as_secs_f64());
    }
    Ok(times)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    let half = times.len() / 2;
    if times.len() % 2 == 1 { times[half] } else { f64::midpoint(times[half - 1], times[half]) }
}

/// The sum of all magnitudes: the same for any order of rows, for rows that are zero or absent, and
/// however weights are cut into tensors. Takes no memory, since that is being measured.
pub fn checksum(results: &[Tensor]) -> Result<f64> {
    let mut sum = 0.;
    for result in results {
        let result = result.contiguous()?;
        let (storage, layout) = result.storage_and_layout();
        let (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) =
            (&*storage, layout.contiguous_offsets())
        else {
            bail!("checksum: wants F32 on the CPU, got {:?}", result.dtype());
        };
        sum += values[start..end].iter().map(|value| f64::from(value.abs())).sum::<f64>();
    }
    Ok(sum)
}
