//! What is encoded, and what comes out of it.

/// What is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// One text.
    Text(&'a str),
    /// Two texts that belong together: premise and hypothesis, question and context.
    Pair(&'a str, &'a str),
    /// A text that is cut into words already, as for tagging; spans are bytes inside their word.
    Words(&'a [&'a str]),
}

/// The tokens of one text, or of two. All lists but [`n_left_out`](Self::n_left_out) are as long
/// as there are tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The id of each token.
    pub ids: Vec<u32>,
    /// The bytes of the original text that each token came from, as `(start, end)`: of the first
    /// text or of the second, as [`sequence_ids`](Self::sequence_ids) says.
    ///
    /// A token that the tokenizer added itself, such as `[CLS]`, has an empty span.
    pub spans: Vec<(usize, usize)>,
    /// The segment of each token, as BERT learned it: 0 for the first text and 1 for the second.
    pub type_ids: Vec<u32>,
    /// The word of its own text that each token is a part of; none for an added token.
    ///
    /// The words are those of [`Input::Words`], else what the tokenizer cuts a text into first.
    pub word_ids: Vec<Option<u32>>,
    /// 0 for tokens of the first text, 1 for those of the second; none for an added token.
    pub sequence_ids: Vec<Option<u8>>,
    /// How many tokens had to be left out to keep to the limit.
    pub n_left_out: usize,
}

impl Encoding {
    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}
