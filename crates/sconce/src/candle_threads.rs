//! Keeps the threads that candle has for elementwise operations from spinning.
#![allow(unsafe_code)]

/// How often a thread of candle's looks for more work before it sleeps.
const VARIABLE: &str = "CANDLE_BARRIER_POOL_SPIN_LIMIT";

/// Some microseconds. candle's own 25,000 looks take about a millisecond, on a core that the
/// kernels of the next operation want: a training step takes an eighth longer (`docs/performance.md`).
const LOOKS: &str = "200";

/// Call it first of all: candle reads the variable at its first large operation.
pub fn let_them_sleep() {
    if std::env::var_os(VARIABLE).is_none() {
        // SAFETY: this is the first statement of `main`, so no other thread reads or writes the
        // environment meanwhile.
        unsafe { std::env::set_var(VARIABLE, LOOKS) };
    }
}
