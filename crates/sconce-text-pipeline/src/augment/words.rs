//! What may happen to one word: typing mistakes and other case.

use fastrand::Rng;

use super::keyboard;

/// How a word may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Title,
}

pub(super) const CASES: [Case; 3] = [Case::Lower, Case::Upper, Case::Title];

pub(super) fn recase(word: &mut String, case: Case, rate: f64, random: &mut Rng) {
    if random.f64() >= rate {
        return;
    }
    *word = match case {
        Case::Lower => word.to_lowercase(),
        Case::Upper => word.to_uppercase(),
        Case::Title => {
            let mut chars = word.chars();
            let first = chars.next().map(|c| c.to_uppercase().collect::<String>());
            first.unwrap_or_default() + &chars.as_str().to_lowercase()
        }
    };
}

/// Mistypes letters and digits; at least one character of the word is left.
pub(super) fn mistype(word: &mut String, rate: f64, random: &mut Rng) {
    let chars: Vec<char> = word.chars().collect();
    let mut typed = String::with_capacity(word.len() + 4);
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        if !c.is_alphanumeric() || random.f64() >= rate {
            typed.push(c);
            continue;
        }
        match random.u8(..4) {
            0 if chars.len() > 1 && !(typed.is_empty() && at == chars.len()) => {}
            1 => {
                typed.push(c);
                typed.push(beside(c, random));
            }
            2 => match chars.get(at) {
                Some(&next) => {
                    typed.push(next);
                    typed.push(c);
                    at += 1;
                }
                None => typed.push(beside(c, random)),
            },
            _ => typed.push(beside(c, random)),
        }
    }
    *word = typed;
}

/// A key near that of `c`, in its case; where the keyboard has no such key, any small letter.
fn beside(c: char, random: &mut Rng) -> char {
    let near = keyboard::neighbours(c.to_ascii_lowercase()).as_bytes();
    let key = match near.len() {
        0 => b'a' + random.u8(..26),
        n => near[random.usize(..n)],
    };
    char::from(if c.is_ascii_uppercase() { key.to_ascii_uppercase() } else { key })
}
