//! Parameters picked by patterns of their names.

use candle_core::{Result, bail};

use super::{Param, ParamStore};

/// Names that an error proposes.
const PROPOSED: usize = 3;

impl ParamStore {
    /// The parameters whose names fit a pattern, in order of creation; of a [tied](super::Params::tie)
    /// parameter any of the names may. `*` stands for any characters, dots included, and `?` for
    /// one: `encoder.layer.0.*`, `*.bias`, `*.layer.1?.attention.*`.
    ///
    /// ```
    /// # use candle_core::{Device, Result};
    /// # use sconce_ops::{ParamSpec, ParamStore};
    /// # fn main() -> Result<()> {
    /// let store = ParamStore::new(&Device::Cpu, 1);
    /// for layer in 0..2 {
    ///     let params = store.root().pp("layer").pp(layer);
    ///     params.get("weight", ParamSpec::linear_weight(3, 2))?;
    ///     params.get("bias", ParamSpec::linear_bias(3, 2))?;
    /// }
    /// for param in store.matching("layer.0.*")? {
    ///     param.set_trainable(false);
    /// }
    /// assert_eq!(store.matching("*.bias")?.len(), 2);
    /// let error = store.matching("layers.*.bias").unwrap_err().to_string();
    /// assert!(error.contains("nearest: layer.0.bias, layer.1.bias"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no name fits; the message has the nearest.
    pub fn matching(&self, pattern: &str) -> Result<Vec<Param>> {
        let contents = self.contents();
        let fits = |index: usize, param: &Param| {
            fits(pattern, param.name())
                || contents.tied.iter().any(|(name, tied)| *tied == index && fits(pattern, name))
        };
        let params = contents.params.values().enumerate();
        let found: Vec<Param> =
            params.filter(|(index, param)| fits(*index, param)).map(|(_, p)| p.clone()).collect();
        if found.is_empty() {
            let names: Vec<&str> = contents.params.keys().map(AsRef::as_ref).collect();
            bail!(
                "no parameter's name fits `{pattern}`; {} names, nearest: {}",
                names.len(),
                nearest(pattern, names.clone()).join(", ")
            );
        }
        Ok(found)
    }
}

/// Whether all of `name` fits: after each `*`, the earliest place where what follows it goes on is
/// as good as any other.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Behind the last star, and where its text ends so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                star = Some((p, n));
            }
            Some(&c) if c == '?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match &mut star {
                Some((after, end)) => {
                    *end += 1;
                    (p, n) = (*after, *end);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// The names that share the most pairs of neighbouring characters with the pattern.
fn nearest<'a>(pattern: &str, mut names: Vec<&'a str>) -> Vec<&'a str> {
    let literal = pattern.replace(['*', '?'], "");
    names.sort_by(|a, b| {
        let similarity = |name: &str| strsim::sorensen_dice(&literal, name);
        similarity(b).total_cmp(&similarity(a))
    });
    names.truncate(PROPOSED);
    names
}

#[cfg(test)]
mod tests;
