//! Every number equals that of the library it is named after; the scripts in `golden/` made them.
#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panic too")]

mod class_scores;
mod classification;
mod error_rates;
mod golden;
mod multi_label;
mod probabilities;
mod ranking;
mod regression;
mod rouge;
mod spans;
mod squad;
mod texts;
