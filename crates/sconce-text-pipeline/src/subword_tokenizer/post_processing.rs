//! The tokens that frame a text: what a post-processor does, apart from the tokenizer it is of.

use serde_json::Value;
use tokenizers::{Encoding, PostProcessor, PostProcessorWrapper};

/// A post-processor, and what it adds to one text, found once.
#[derive(Debug, Clone)]
pub(super) struct PostProcessing {
    inner: Option<PostProcessorWrapper>,
    n_single: usize,
    n_pair: usize,
    before: Vec<u32>,
    after: Vec<u32>,
}

impl PostProcessing {
    pub(super) fn new(inner: Option<PostProcessorWrapper>) -> tokenizers::Result<Self> {
        if let Some(inner) = &inner {
            check(&serde_json::to_value(inner)?)?;
        }
        let n_added = |is_pair| inner.as_ref().map_or(0, |inner| inner.added_tokens(is_pair));
        let (n_single, n_pair) = (n_added(false), n_added(true));
        let (before, after) = (Vec::new(), Vec::new());
        let mut post = Self { inner, n_single, n_pair, before, after };
        let framed = post.frame(mark(), None)?;
        let sequence_ids = framed.get_sequence_ids();
        let place = sequence_ids.iter().position(Option::is_some);
        let place = place.ok_or("its post-processor leaves out the text")?;
        post.before = framed.get_ids()[..place].to_vec();
        post.after = framed.get_ids()[place + 1..].to_vec();
        Ok(post)
    }

    /// The same for texts that were given a space at the beginning, which no span must skip.
    pub(super) fn of_prefixed(&self) -> tokenizers::Result<Self> {
        let mut inner = self.inner.clone();
        inner.iter_mut().for_each(expect_prefix);
        Self::new(inner)
    }

    pub(super) fn inner(&self) -> Option<&PostProcessorWrapper> {
        self.inner.as_ref()
    }

    /// How many tokens are added to one text, or to two.
    pub(super) fn n_added(&self, is_pair: bool) -> usize {
        if is_pair { self.n_pair } else { self.n_single }
    }

    /// The ids before one text and after it.
    pub(super) fn frame_ids(&self) -> (&[u32], &[u32]) {
        (&self.before, &self.after)
    }

    /// Joins two texts, trims spans, and adds what frames them.
    pub(super) fn frame(
        &self,
        mut first: Encoding,
        second: Option<Encoding>,
    ) -> tokenizers::Result<Encoding> {
        if let Some(inner) = &self.inner {
            return inner.process(first, second, true);
        }
        first.set_sequence_id(0);
        if let Some(mut second) = second {
            second.set_type_ids(vec![1; second.len()]);
            second.set_sequence_id(1);
            first.merge_with(second, false);
        }
        Ok(first)
    }
}

/// Tells whether templates name only what is there: the library does not look.
fn check(post: &Value) -> tokenizers::Result<()> {
    for step in post["processors"].as_array().into_iter().flatten() {
        check(step)?;
    }
    for template in ["single", "pair"] {
        for piece in post[template].as_array().into_iter().flatten() {
            let token = &piece["SpecialToken"]["id"];
            if token.as_str().is_some_and(|token| post["special_tokens"].get(token).is_none()) {
                return Err(format!("its post-processor has no special token {token}").into());
            }
            if template == "single" && piece["Sequence"]["id"] == "B" {
                return Err("its post-processor needs a second text beside each".into());
            }
        }
    }
    Ok(())
}

fn expect_prefix(inner: &mut PostProcessorWrapper) {
    match inner {
        PostProcessorWrapper::ByteLevel(bytes) => bytes.add_prefix_space = true,
        PostProcessorWrapper::Roberta(roberta) => roberta.add_prefix_space = true,
        PostProcessorWrapper::Sequence(steps) => steps.as_mut().iter_mut().for_each(expect_prefix),
        PostProcessorWrapper::Bert(_) | PostProcessorWrapper::Template(_) => {}
    }
}

/// A text of one token.
fn mark() -> Encoding {
    [(u32::MAX, String::new(), (0, 0), Some(0), 0)].into_iter().collect()
}
