//! The memory of this process, where the system is Linux and tells.

/// The largest resident memory since the start or the last [`reset_peak`], in MB.
pub fn peak_mb() -> Option<f64> {
    status_mb("VmHWM:")
}

/// Starts the peak anew and returns the memory of now, in MB; none where that cannot be done.
pub fn reset_peak() -> Option<f64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    status_mb("VmRSS:")
}

fn status_mb(key: &str) -> Option<f64> {
    field_mb(&std::fs::read_to_string("/proc/self/status").ok()?, key)
}

/// One number of a `/proc/*/status` file, which are in kB.
pub fn field_mb(status: &str, key: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.)
}
