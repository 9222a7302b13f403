//! Parsers of option values.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command};
use sconce_training::LrSchedule;
use serde::de::DeserializeOwned;

use crate::names::hint;

/// One of some names, which `T` reads as its own.
pub fn named<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names)
        .try_map(|name| serde_json::from_value::<T>(serde_json::Value::String(name)))
}

/// A schedule of the learning rate: one of its names, and options after a colon.
#[derive(Debug, Clone, Copy)]
pub struct Schedule;

impl TypedValueParser for Schedule {
    type Value = LrSchedule;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<LrSchedule, clap::Error> {
        let text = value.to_string_lossy();
        let name = text.split(':').next().unwrap_or_default().replace('_', "-");
        // Of a name, clap knows how to say what is near.
        PossibleValuesParser::new(LrSchedule::NAMES).parse_ref(command, arg, OsStr::new(&name))?;
        let parse = |text: &str| text.parse::<LrSchedule>();
        parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(LrSchedule::NAMES.into_iter().map(PossibleValue::new)))
    }
}

/// A whole number of at least one.
pub fn at_least_one<T>(text: &str) -> Result<T, String>
where
    T: std::str::FromStr + PartialOrd + From<u8>,
{
    match text.parse::<T>() {
        Ok(number) if number >= T::from(1) => Ok(number),
        _ => Err("it must be a whole number of at least 1".into()),
    }
}

/// A finite number above zero.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text, "above 0", |number| number > 0.)
}

/// A finite number of at least zero.
pub fn not_negative(text: &str) -> Result<f64, String> {
    number(text, "of at least 0", |number| number >= 0.)
}

/// A share: at least zero and less than one.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, "from 0 to less than 1", |number| (0. ..1.).contains(&number))
}

/// A share above zero and less than one.
pub fn positive_share(text: &str) -> Result<f64, String> {
    number(text, "above 0 and less than 1", |number| number > 0. && number < 1.)
}

fn number(text: &str, what: &str, is_right: impl Fn(f64) -> bool) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && is_right(number) => Ok(number),
        _ => Err(format!("it must be a number {what}")),
    }
}

/// One of `known`; of `planned` it is said that a later version has them.
pub fn choice(text: &str, known: &[&str], planned: &[&str]) -> Result<(), String> {
    if known.contains(&text) {
        Ok(())
    } else if planned.contains(&text) {
        Err(format!("not in this version; there is: {}", known.join(", ")))
    } else {
        Err(hint(text, known))
    }
}

#[cfg(test)]
mod tests;
