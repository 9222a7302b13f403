//! The most memory that the process has held.

/// Peak resident memory in MB (2^20 bytes), where the system tells: on Linux.
pub fn peak_rss_mb() -> Option<f64> {
    peak_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The `VmHWM` of a `/proc/*/status` file, in MB.
fn peak_of(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kilobytes / 1024. * 10.).round() / 10.)
}

#[cfg(test)]
mod tests;
