//! What a generation config may not say.

use super::{EarlyStopping, GenerationConfig};
use crate::error::{Error, Result};

fn fail<T>(field: &'static str, message: impl Into<String>) -> Result<T> {
    Err(Error::Generation { field, message: message.into() })
}

fn expect(is_so: bool, field: &'static str, message: impl FnOnce() -> String) -> Result<()> {
    if is_so { Ok(()) } else { fail(field, message()) }
}

impl GenerationConfig {
    /// Checks every value, and that no setting contradicts another or is without effect.
    ///
    /// # Errors
    /// The first thing that is wrong, with its field and value.
    pub fn check(&self) -> Result<()> {
        self.check_lengths()?;
        self.check_numbers()?;
        self.check_strategy()?;
        self.check_effects()
    }

    /// [`check`](Self::check), and that every token is one of the model's.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if a token id is not below `vocab_size`.
    pub fn check_for(&self, vocab_size: usize) -> Result<()> {
        self.check()?;
        let stray = |ids: &[u32]| ids.iter().copied().find(|&id| id as usize >= vocab_size);
        let message = |id: u32| format!("token {id} is not in a vocabulary of {vocab_size}");
        if let Some(id) = stray(&self.eos_token_id) {
            return fail("eos_token_id", message(id));
        }
        if let Some(id) = self.bad_words_ids.iter().find_map(|word| stray(word)) {
            return fail("bad_words_ids", message(id));
        }
        let needed = self.n_candidates() / self.num_beams;
        expect(self.num_beams == 1 || vocab_size >= needed, "num_beams", || {
            format!("beam search needs {needed} tokens, the vocabulary has {vocab_size}")
        })
    }

    /// Continuations that a step of beam search looks at: enough for `num_beams` to go on even if
    /// all the others end.
    pub(in crate::generation) fn n_candidates(&self) -> usize {
        (1 + self.eos_token_id.len()).max(2) * self.num_beams
    }

    fn check_lengths(&self) -> Result<()> {
        expect(self.max_new_tokens != Some(0), "max_new_tokens", || "must be at least 1".into())?;
        let min = self.min_new_tokens.unwrap_or(0);
        if let Some(max) = self.max_new_tokens.filter(|&max| max < min) {
            return fail("min_new_tokens", format!("{min} is above max_new_tokens {max}"));
        }
        if let Some(max) = self.max_length.filter(|&max| max < self.min_length) {
            return fail("min_length", format!("{} is above max_length {max}", self.min_length));
        }
        expect(!self.stop_strings.iter().any(String::is_empty), "stop_strings", || {
            "an empty stop string would end every text".into()
        })?;
        expect(!self.bad_words_ids.iter().any(Vec::is_empty), "bad_words_ids", || {
            "an empty list bans nothing; remove it".into()
        })
    }

    fn check_numbers(&self) -> Result<()> {
        let is_positive = |value: f64| value > 0. && value.is_finite();
        let is_part = |value: f64| (0. ..=1.).contains(&value);
        expect(is_positive(self.temperature), "temperature", || {
            format!("must be above 0, got {}; greedy is do_sample false", self.temperature)
        })?;
        expect(is_part(self.top_p), "top_p", || format!("must be in [0, 1], got {}", self.top_p))?;
        let min_p = self.min_p.unwrap_or(0.);
        expect(is_part(min_p), "min_p", || format!("must be in [0, 1], got {min_p}"))?;
        expect(is_positive(self.repetition_penalty), "repetition_penalty", || {
            format!("must be above 0, got {}; 1 is none", self.repetition_penalty)
        })?;
        expect(self.presence_penalty.is_finite(), "presence_penalty", || {
            format!("must be a number, got {}; 0 is none", self.presence_penalty)
        })?;
        expect(self.length_penalty.is_finite(), "length_penalty", || {
            format!("must be a number, got {}", self.length_penalty)
        })
    }

    fn check_strategy(&self) -> Result<()> {
        let (beams, returned) = (self.num_beams, self.num_return_sequences);
        expect(beams > 0, "num_beams", || "must be at least 1".into())?;
        expect(returned > 0, "num_return_sequences", || "must be at least 1".into())?;
        if beams == 1 {
            return expect(self.do_sample || returned == 1, "num_return_sequences", || {
                format!("{returned} greedy texts would be the same; set do_sample or num_beams")
            });
        }
        expect(!self.do_sample, "num_beams", || {
            format!("num_beams {beams} with do_sample (beam sampling) is not implemented; set one")
        })?;
        expect(self.stop_strings.is_empty(), "stop_strings", || {
            format!("not implemented with num_beams {beams}; set num_beams 1 or remove them")
        })?;
        expect(returned <= beams, "num_return_sequences", || {
            format!("{returned} is above num_beams {beams}")
        })
    }

    /// Refuses what would have no effect.
    fn check_effects(&self) -> Result<()> {
        let default = Self::default();
        let idle = |field: &'static str, value: String, needed: &str| {
            fail(field, format!("{value} has no effect without {needed}; remove it or set that"))
        };
        if !self.do_sample {
            let needed = "do_sample";
            let min_p = self.min_p.unwrap_or(0.);
            let settings = [
                ("temperature", self.temperature, default.temperature),
                ("top_k", self.top_k as f64, default.top_k as f64),
                ("top_p", self.top_p, default.top_p),
                ("min_p", min_p, 0.),
            ];
            for (field, value, default) in settings {
                if value != default {
                    return idle(field, value.to_string(), needed);
                }
            }
        }
        if self.num_beams == 1 {
            let needed = "num_beams above 1";
            if self.length_penalty != default.length_penalty {
                return idle("length_penalty", self.length_penalty.to_string(), needed);
            }
            match self.early_stopping {
                EarlyStopping::Heuristic => {}
                EarlyStopping::AtOnce => return idle("early_stopping", "true".into(), needed),
                EarlyStopping::Never => return idle("early_stopping", "\"never\"".into(), needed),
            }
        }
        let min = self.min_new_tokens.unwrap_or(self.min_length);
        if min > 0 && self.eos_token_id.is_empty() {
            let field = if self.min_new_tokens.is_some() { "min_new_tokens" } else { "min_length" };
            return idle(field, min.to_string(), "eos_token_id");
        }
        Ok(())
    }
}
