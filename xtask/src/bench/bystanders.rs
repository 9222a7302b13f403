//! What other programs took of the processors during a measurement, where the system is Linux.
//!
//! A program whose threads wait for each other loses far more than what others take, so times
//! measured on a shared machine do not even compare.

/// From this many processors on, a comparison says nothing.
pub const DISTURBING: f64 = 0.1;

/// The clocks of the system and of this program with its finished children, in ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    busy: u64,
    total: u64,
    own: u64,
    processors: u64,
}

impl Moment {
    /// Reads the clocks.
    pub fn now() -> Option<Self> {
        let read = |path| std::fs::read_to_string(path).ok();
        Self::parse(&read("/proc/stat")?, &read("/proc/self/stat")?)
    }

    /// How many processors others kept busy from then on, the machine's host included.
    pub fn others_since(&self) -> Option<f64> {
        Self::now().and_then(|now| now.others_after(self))
    }

    fn parse(system: &str, own: &str) -> Option<Self> {
        let clocks: Vec<u64> = numbers(system.lines().next()?.strip_prefix("cpu ")?);
        let [user, nice, kernel, idle, waiting, irq, softirq, stolen, ..] = clocks[..] else {
            return None;
        };
        let busy = user + nice + kernel + irq + softirq + stolen;
        // The name before the last bracket may hold spaces, even brackets.
        let fields: Vec<&str> = own.rsplit_once(')')?.1.split_whitespace().collect();
        let own = numbers(&fields.get(11..15)?.join(" "));
        let processors = system.lines().skip(1).take_while(|line| line.starts_with("cpu"));
        Some(Self {
            busy,
            total: busy + idle + waiting,
            own: own.iter().sum(),
            processors: processors.count() as u64,
        })
    }

    fn others_after(&self, before: &Self) -> Option<f64> {
        let total = self.total.checked_sub(before.total).filter(|ticks| *ticks > 0)?;
        let busy = self.busy.saturating_sub(before.busy);
        let others = busy.saturating_sub(self.own.saturating_sub(before.own));
        Some(others as f64 / total as f64 * self.processors as f64)
    }
}

fn numbers(text: &str) -> Vec<u64> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
