//! Decimal text to `f32`, bit for bit what `str::parse` gives, without its cost on short numbers.
//!
//! A decimal of at most 53 bits of digits and a power of ten up to 22 is one exact integer times
//! or over one exact `f64`, so a single operation gives the correctly rounded `f64` (Clinger,
//! "How to read floating point numbers accurately", 1990). Rounding that to `f32` can differ from
//! rounding the decimal only if the `f64` lies exactly between two `f32`; those cases, and all
//! numbers outside these bounds, are left to the standard library.

const POWERS_OF_TEN: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Reads the number that starts `bytes` and ends at a space, a tab or the end.
///
/// Answers with its value and its length in bytes; `None` if `str::parse` would refuse it.
pub(super) fn parse_number(bytes: &[u8]) -> Option<(f32, usize)> {
    parse_short(bytes).or_else(|| {
        let length = bytes.iter().position(|&byte| is_separator(byte)).unwrap_or(bytes.len());
        let field = std::str::from_utf8(&bytes[..length]).ok()?;
        Some((field.parse().ok()?, length))
    })
}

/// What stands between two fields of a row.
pub(super) fn is_separator(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn parse_short(bytes: &[u8]) -> Option<(f32, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let (whole, mut at) = digits(bytes, start, 0);
    let mut n_digits = at - start;
    let (mut mantissa, mut exponent) = (whole, 0i32);
    if bytes.get(at) == Some(&b'.') {
        let fraction = at + 1;
        (mantissa, at) = digits(bytes, fraction, mantissa);
        n_digits += at - fraction;
        exponent = -((at - fraction) as i32);
    }
    // 19 digits always fit 64 bits; with more, `mantissa` may have wrapped.
    if n_digits == 0 || n_digits > 19 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let (power, end) = written_exponent(bytes, at + 1)?;
        exponent += power;
        at = end;
    }
    if bytes.get(at).is_some_and(|&byte| !is_separator(byte)) {
        return None;
    }
    let value = scale(mantissa, exponent)?;
    Some((if negative { -value } else { value }, at))
}

/// Appends the digits that start at `at` to `value`, wrapping; answers with where they end.
fn digits(bytes: &[u8], mut at: usize, mut value: u64) -> (u64, usize) {
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&d| d < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (value, at)
}

/// The power of ten after an `e`, if it is a short one.
fn written_exponent(bytes: &[u8], at: usize) -> Option<(i32, usize)> {
    let (sign, start) = match bytes.get(at)? {
        b'-' => (-1, at + 1),
        b'+' => (1, at + 1),
        _ => (1, at),
    };
    let (power, end) = digits(bytes, start, 0);
    (1..=3).contains(&(end - start)).then_some((sign * power as i32, end))
}

fn scale(mantissa: u64, exponent: i32) -> Option<f32> {
    if mantissa > 1 << 53 {
        return None;
    }
    let power = *POWERS_OF_TEN.get(exponent.unsigned_abs() as usize)?;
    let exact = mantissa as f64;
    let value = if exponent < 0 { exact / power } else { exact * power };
    let in_range =
        value == 0.0 || (f64::from(f32::MIN_POSITIVE)..f64::from(f32::MAX)).contains(&value);
    // The 29 bits that `f32` drops: a one and 28 zeros is the middle between two neighbours.
    let in_the_middle = value.to_bits() & 0x1FFF_FFFF == 0x1000_0000;
    (in_range && !in_the_middle).then_some(value as f32)
}

#[cfg(test)]
mod tests;
