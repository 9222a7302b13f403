//! An average's state as named tensors, beside those of an optimizer in a training checkpoint.

use super::{DType, Ema, ParamStore, Result, Tensor, bail, expect_like};

/// What follows a parameter's name in the name of its average.
const AVERAGE: &str = ".ema";

/// Name of the number of updates, a scalar `I64`.
const N_UPDATES: &str = "ema.n_updates";

impl Ema {
    /// All that it remembers: `<parameter>.ema` of each parameter that has an average, and
    /// `ema.n_updates`.
    ///
    /// # Errors
    /// If the averages are in the weights' place, or a device copy fails.
    pub fn state(&self, store: &ParamStore) -> Result<Vec<(String, Tensor)>> {
        self.expect_home("give the state")?;
        let n_updates = Tensor::new(self.n_updates as i64, store.device())?;
        let mut state = vec![(N_UPDATES.to_owned(), n_updates)];
        for (average, param) in self.averages.iter().zip(store.params()) {
            if let Some(average) = average {
                // A copy: the next update writes the average in place.
                state.push((format!("{}{AVERAGE}", param.name()), average.force_contiguous()?));
            }
        }
        Ok(state)
    }

    /// Takes up where the average that gave this state was; other names are passed over. Decay and
    /// start are not part of it.
    ///
    /// # Errors
    /// If the state lacks the number of updates or the average of a trainable parameter, or is of
    /// another model.
    pub fn load_state(&mut self, store: &ParamStore, state: &[(String, Tensor)]) -> Result<()> {
        self.expect_home("load a state")?;
        let get = |name: &str| state.iter().find(|(other, _)| other == name).map(|(_, t)| t);
        let Some(n_updates) = get(N_UPDATES) else { bail!("ema: the state has no `{N_UPDATES}`") };
        let n_updates = n_updates.to_dtype(DType::I64)?.to_scalar::<i64>()?;
        let mut averages = Vec::new();
        for param in store.params() {
            let name = format!("{}{AVERAGE}", param.name());
            averages.push(match get(&name) {
                Some(average) => {
                    expect_like(average, &param)?;
                    Some(average.to_device(store.device())?.force_contiguous()?)
                }
                None if param.is_trainable() => bail!("ema: the state has no `{name}`"),
                None => None,
            });
        }
        (self.averages, self.n_updates) = (averages, n_updates.max(0) as u64);
        Ok(())
    }
}
