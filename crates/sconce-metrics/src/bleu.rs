//! BLEU (Papineni et al. 2002), as sacreBLEU computes it (Post 2018, arXiv:1804.08771).

mod score;
mod smoothing;
mod tokenizer;

pub use score::BleuScore;
pub use smoothing::Smoothing;
pub use tokenizer::BleuTokenizer;
pub(crate) use tokenizer::{is_symbol, pad, separate_numbers, unescape};

use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::ngrams::Ngrams;
use crate::resample::ConfidenceInterval;
use crate::signature::{Signature, case, yes_no};
use crate::spaces::words;
use crate::text_metric::{Segments, TextMetric, check_references, counted_in_segments};

/// From how many lines that end in ` .` on a corpus looks tokenized already.
const TOKENIZED_LINES: u64 = 100;

/// How many n-grams of up to four words a text shares with its references, from 0 to 100.
///
/// The default settings are sacreBLEU's: its numbers, its line and its signature.
///
/// ```
/// use sconce_metrics::{Bleu, TextMetric};
///
/// let mut bleu = Bleu::new();
/// bleu.update(&["The dog bit the man.", "The dog had bit the man."], "The dog bit the man.")?;
/// bleu.update(&["It was not unexpected.", "No one was surprised."], "It wasn't surprising.")?;
/// bleu.update(&["The man bit him first.", "The man had bitten the dog."], "The man had just bitten him.")?;
/// let line = "BLEU = 48.53 82.4/50.0/45.5/37.5 \
///             (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)";
/// assert_eq!(bleu.score().to_string(), line);
/// assert!(bleu.signature().starts_with("nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:"));
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bleu {
    settings: Settings,
    segments: Segments,
    tokenized_lines: u64,
}

/// What scores depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Settings {
    tokenizer: BleuTokenizer,
    smoothing: Smoothing,
    max_order: usize,
    is_lowercase: bool,
    has_effective_order: bool,
}

impl Default for Bleu {
    fn default() -> Self {
        let settings = Settings {
            tokenizer: BleuTokenizer::default(),
            smoothing: Smoothing::default(),
            max_order: 4,
            is_lowercase: false,
            has_effective_order: false,
        };
        Self { settings, segments: Segments::new(width(4)), tokenized_lines: 0 }
    }
}

/// Two lengths, then right and all n-grams of each order.
fn width(max_order: usize) -> usize {
    2 + 2 * max_order
}

impl Bleu {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts texts with `tokenizer`; 13a by default.
    #[must_use]
    pub fn with_tokenizer(mut self, tokenizer: BleuTokenizer) -> Self {
        self.settings.tokenizer = tokenizer;
        self
    }

    /// Counts an order of which nothing matches as `smoothing` says; `Exp` by default.
    #[must_use]
    pub fn with_smoothing(mut self, smoothing: Smoothing) -> Self {
        self.settings.smoothing = smoothing;
        self
    }

    /// Counts n-grams of up to `order` words, at least 1; 4 by default. Forgets what was counted.
    #[must_use]
    pub fn with_max_order(mut self, order: usize) -> Self {
        self.settings.max_order = order.max(1);
        self.segments = self.segments.with_width(width(self.settings.max_order));
        self
    }

    /// Takes upper and lower case for the same.
    #[must_use]
    pub fn lowercase(mut self) -> Self {
        self.settings.is_lowercase = true;
        self
    }

    /// Leaves out orders longer than the text, as is recommended for single sentences.
    #[must_use]
    pub fn with_effective_order(mut self) -> Self {
        self.settings.has_effective_order = true;
        self
    }

    /// Keeps the statistics of each text from now on, 80 bytes each, for
    /// [`bootstrap`](crate::bootstrap) and the paired tests.
    #[must_use]
    pub fn keeping_segments(mut self) -> Self {
        self.segments.keep();
        self
    }

    /// The score of everything counted.
    #[must_use]
    pub fn score(&self) -> BleuScore {
        self.score_of(self.segments.sums())
    }

    /// The score of one text, with these settings; `effective order` is recommended. It is not
    /// counted.
    ///
    /// # Errors
    /// If there is no reference.
    ///
    /// ```
    /// use sconce_metrics::Bleu;
    ///
    /// let bleu = Bleu::new().with_effective_order();
    /// assert!(bleu.sentence(&["a small test"], "a small test")?.score > 99.9);
    /// # Ok::<(), sconce_metrics::Error>(())
    /// ```
    pub fn sentence(&self, references: &[&str], hypothesis: &str) -> Result<BleuScore> {
        check_references(references)?;
        Ok(self.score_of(&self.row(references, hypothesis)))
    }

    /// What the score depends on, as sacreBLEU writes it; the version is this library's.
    #[must_use]
    pub fn signature(&self) -> String {
        self.signed().to_string()
    }

    fn signed(&self) -> Signature {
        let settings = &self.settings;
        Signature::new(self.segments.n_references())
            .with("case", case(settings.is_lowercase))
            .with("eff", yes_no(settings.has_effective_order))
            .with("tok", settings.tokenizer.name())
            .with("smooth", settings.smoothing.to_string())
    }

    /// The score after its name and signature, as sacreBLEU prints it.
    #[must_use]
    pub fn line(&self) -> String {
        self.signed_line(None)
    }

    /// The same with the interval of [`bootstrap`](crate::bootstrap).
    #[must_use]
    pub fn line_with(&self, interval: &ConfidenceInterval) -> String {
        self.signed_line(Some(interval))
    }

    fn signed_line(&self, interval: Option<&ConfidenceInterval>) -> String {
        let score = self.score();
        let line = self.signed().line("BLEU", score.score, interval);
        format!("{line} {}", score.details())
    }

    /// Whether a hundred texts or more end in ` .`: sacreBLEU then warns that texts should be
    /// given as they are, not tokenized.
    #[must_use]
    pub fn looks_tokenized(&self) -> bool {
        self.tokenized_lines >= TOKENIZED_LINES
    }

    fn score_of(&self, sums: &[f64]) -> BleuScore {
        let Settings { smoothing, max_order, has_effective_order, .. } = self.settings;
        BleuScore::new(sums, max_order, smoothing, has_effective_order)
    }

    fn row(&self, references: &[&str], hypothesis: &str) -> Vec<f64> {
        let Settings { tokenizer, max_order, is_lowercase, .. } = self.settings;
        let texts = [hypothesis].into_iter().chain(references.iter().copied());
        let texts: Vec<String> = texts.map(|text| tokenizer.apply(text, is_lowercase)).collect();
        let mut ngrams = Ngrams::new(texts.iter().map(|text| words(text)));
        let length = ngrams.len(0);
        let closest = (1..texts.len())
            .map(|reference| ngrams.len(reference))
            .min_by_key(|&reference| (reference.abs_diff(length), reference));
        let mut row = vec![0.0; width(max_order)];
        row[0] = length as f64;
        row[1] = closest.unwrap_or_default() as f64;
        for order in 0..max_order {
            if order > 0 {
                ngrams.lengthen();
            }
            if ngrams.len(0) == 0 {
                break;
            }
            row[2 + order] = ngrams.shared(0, 1..texts.len()) as f64;
            row[2 + max_order + order] = ngrams.len(0) as f64;
        }
        row
    }
}

impl TextMetric for Bleu {
    fn name(&self) -> &'static str {
        "bleu"
    }

    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()> {
        check_references(references)?;
        let row = self.row(references, hypothesis);
        self.segments.add(&row, references.len());
        self.tokenized_lines += u64::from(hypothesis.ends_with(" ."));
        Ok(())
    }

    fn value_of(&self, sums: &[f64]) -> f64 {
        self.score_of(sums).score
    }

    counted_in_segments!();
}

impl Merge for Bleu {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.settings == other.settings, "bleu")?;
        self.segments.merge(&other.segments);
        self.tokenized_lines += other.tokenized_lines;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
