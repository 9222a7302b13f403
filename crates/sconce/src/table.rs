//! Aligned columns of text, and numbers for people.

use sconce_metrics::Table;

/// Lines of cells, two spaces between columns; the first column is flush left, and so are those
/// named by `left`, all others flush right.
pub fn render(rows: &[Vec<String>], left: &[usize]) -> String {
    let mut table = Table::with_left(left);
    for (name, cells) in rows.iter().filter_map(|row| row.split_first()) {
        table.push(name, cells.iter().cloned());
    }
    table.render()
}

/// Text that stays on its line and leaves the terminal alone: control characters become spaces.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Names side by side, the first twenty of them.
pub fn list(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).map(|name| printable(name.as_ref()));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {} more", thousands(more)),
    }
}

/// `12,345,678`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 text`, `2 texts`, `2,000 texts`.
pub fn count(number: usize, what: &str) -> String {
    format!("{} {what}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A size in the unit that suits it.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests;
