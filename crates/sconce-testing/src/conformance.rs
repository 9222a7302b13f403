//! What every model must pass, whatever it is made of: the subject is a closure or a list of
//! variables by name.

mod batching;
mod learning;
mod saving;

pub use batching::{row_alone_equals_row_in_batch, tokens_alone_equal_tokens_in_batch};
pub use learning::{every_parameter_gets_a_gradient, overfits};
pub use saving::round_trips;
