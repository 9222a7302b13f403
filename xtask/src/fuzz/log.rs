//! What libFuzzer writes while a target runs.

/// How many inputs ran, and how many places of the program they reached.
pub fn done(log: &str) -> String {
    // A dictionary of what it compared with comes last, between lines of these signs.
    let is_count = |line: &&str| {
        line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let last = log.lines().rev().find(is_count);
    let words: Vec<&str> = last.unwrap_or_default().split_whitespace().collect();
    let after = |name: &str| {
        let place = words.iter().position(|word| *word == name);
        place.and_then(|place| words.get(place + 1)).copied().unwrap_or("?")
    };
    let inputs = words.first().map_or("?", |first| first.trim_start_matches('#'));
    format!("{inputs} inputs, {} edges reached, corpus {}", after("cov:"), after("corp:"))
}

/// The first line that says what went wrong: what a panic said, or libFuzzer's word for it.
pub fn reason(log: &str) -> String {
    let mut lines = log.lines().skip_while(|line| !line.contains("panicked at"));
    if let (Some(place), said) = (lines.next(), lines.next().unwrap_or_default()) {
        return format!("{} {said}", place.trim());
    }
    let said = log.lines().find(|line| line.contains("ERROR: libFuzzer"));
    said.or(log.lines().last()).unwrap_or("it said nothing").trim().to_owned()
}

/// The file that libFuzzer wrote the input to.
pub fn input(log: &str) -> Option<&str> {
    log.lines()
        .find_map(|line| line.split_once("Test unit written to "))
        .map(|(_, path)| path.trim())
}

#[cfg(test)]
mod tests;
