//! Sums over texts, and the numbers of each text where they are kept.

/// How many references texts had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum References {
    #[default]
    Unknown,
    All(usize),
    Vary,
}

/// Rows of statistics, one for each text, and what they add up to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segments {
    sums: Vec<f64>,
    rows: Option<Vec<f64>>,
    references: References,
}

impl Segments {
    /// Of `width` numbers for each text.
    pub fn new(width: usize) -> Self {
        Self { sums: vec![0.0; width], rows: None, references: References::Unknown }
    }

    /// Keeps the numbers of each text from now on.
    pub fn keep(&mut self) {
        self.rows.get_or_insert_default();
    }

    /// The same with `width` numbers for each text, nothing counted.
    pub fn with_width(&self, width: usize) -> Self {
        Self { rows: self.rows.as_ref().map(|_| vec![]), ..Self::new(width) }
    }

    pub fn add(&mut self, row: &[f64], n_references: usize) {
        self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        if let Some(rows) = &mut self.rows {
            rows.extend_from_slice(row);
        }
        self.see(References::All(n_references));
    }

    /// Adds all texts of `other`, after those that are here. Rows are only kept where both have them.
    pub fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, value)| *sum += value);
        self.rows = match (self.rows.take(), &other.rows) {
            (Some(rows), Some(more)) => Some([rows, more.clone()].concat()),
            _ => None,
        };
        self.see(other.references);
    }

    fn see(&mut self, references: References) {
        self.references = match (self.references, references) {
            (References::Unknown, new) => new,
            (old, References::Unknown) => old,
            (old, new) if old == new => old,
            _ => References::Vary,
        };
    }

    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    pub fn row(&self, index: usize) -> Option<&[f64]> {
        self.rows.as_ref()?.chunks(self.sums.len()).nth(index)
    }

    pub fn n_kept(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.len() / self.sums.len())
    }

    /// How many references each text had, as signatures say it: `var` if that varies, 1 before any.
    pub fn n_references(&self) -> String {
        match self.references {
            References::Unknown => "1".to_owned(),
            References::All(n) => n.to_string(),
            References::Vary => "var".to_owned(),
        }
    }

    pub fn reset(&mut self) {
        *self = self.with_width(self.sums.len());
    }
}
