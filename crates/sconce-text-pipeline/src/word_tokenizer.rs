//! Word-level tokenization: cut, normalize, look up, frame.

mod file;

use std::ops::Range;

use crate::analyzer::{Analyzer, Word};
use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result, WordsError};
use crate::normalizer::Normalizer;
use crate::padding::Side;
use crate::pre_tokenizer::PreTokenizer;
use crate::special_tokens::SpecialTokens;
use crate::token_counts::count_tokens;
use crate::tokenizer::{Tokenizer, TokenizerFile};
use crate::truncation::{Truncation, Windows};
use crate::vocabulary::{Vocabulary, VocabularyOptions};

/// A tokenizer over whole words.
///
/// ```
/// use sconce_text_pipeline::{
///     Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer,
/// };
///
/// let tokenizer = WordTokenizer::train(
///     &["a fine film", "a dull film"],
///     Normalizer::default(),
///     PreTokenizer::BasicEnglish,
///     &VocabularyOptions::default(),
/// )?;
/// let encoding = tokenizer.encode("A FINE thing")?;
/// assert_eq!(encoding.ids, [2, 5, 1]); // `<unk>` is 1
/// assert_eq!(encoding.spans, [(0, 1), (2, 6), (7, 12)]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WordTokenizer {
    analyzer: Analyzer,
    vocabulary: Vocabulary,
    special_tokens: SpecialTokens,
    frame: Frame,
    cut: Side,
}

/// The tokens that stand before and behind each text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Frame {
    bos: Option<u32>,
    eos: Option<u32>,
}

impl Frame {
    fn len(self) -> usize {
        self.bos.iter().chain(&self.eos).count()
    }
}

impl WordTokenizer {
    /// The name of the file that [`to_file`](Tokenizer::to_file) makes.
    pub const FILE_NAME: &'static str = "vocabulary.json";

    /// Joins the three parts. What is not in the vocabulary gets its default id, if it has one.
    pub fn new(
        normalizer: Normalizer,
        pre_tokenizer: PreTokenizer,
        vocabulary: Vocabulary,
    ) -> Self {
        let analyzer = Analyzer { normalizer, pre_tokenizer, ..Analyzer::default() };
        Self::from_analyzer(analyzer, vocabulary)
    }

    /// Looks up what an analyzer makes of a text.
    pub fn from_analyzer(analyzer: Analyzer, vocabulary: Vocabulary) -> Self {
        let special_tokens = SpecialTokens {
            pad: vocabulary.id(Vocabulary::PAD),
            unk: vocabulary.id(Vocabulary::UNK).or(vocabulary.default_id()),
            ..SpecialTokens::default()
        };
        let special_tokens = special_tokens.complete();
        Self { analyzer, vocabulary, special_tokens, frame: Frame::default(), cut: Side::Right }
    }

    /// Collects the vocabulary of `texts` in parallel; any number of threads gives the same one.
    ///
    /// If `<unk>` is among the special tokens it becomes the default.
    ///
    /// # Errors
    /// If the vocabulary has no room for its special tokens, or has one twice.
    pub fn train<S: AsRef<str> + Sync>(
        texts: &[S],
        normalizer: Normalizer,
        pre_tokenizer: PreTokenizer,
        options: &VocabularyOptions,
    ) -> Result<Self> {
        let analyzer = Analyzer { normalizer, pre_tokenizer, ..Analyzer::default() };
        Self::train_analyzer(texts, analyzer, options)
    }

    /// Like [`train`](Self::train), over what an analyzer makes of the texts.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn train_analyzer<S: AsRef<str> + Sync>(
        texts: &[S],
        analyzer: Analyzer,
        options: &VocabularyOptions,
    ) -> Result<Self> {
        let counts = count_tokens(texts, &analyzer);
        let mut vocabulary = Vocabulary::build(&counts, options)?;
        if options.specials.iter().any(|special| special == Vocabulary::UNK) {
            vocabulary.set_default_id(vocabulary.id(Vocabulary::UNK))?;
        }
        Ok(Self::from_analyzer(analyzer, vocabulary))
    }

    /// The same tokenizer, which puts one token before each text and another behind it. Of a pair
    /// each text has its own. A limit to the length counts them, and they are never cut.
    ///
    /// ```
    /// use sconce_text_pipeline::{Tokenizer, VocabularyOptions, WordTokenizer, Analyzer};
    ///
    /// let specials = ["<unk>", "<pad>", "<bos>", "<eos>"].map(str::to_owned).to_vec();
    /// let options = VocabularyOptions { specials, ..VocabularyOptions::default() };
    /// let tokenizer = WordTokenizer::train_analyzer(&["a b"], Analyzer::default(), &options)?
    ///     .framed(Some("<bos>"), Some("<eos>"))?;
    /// assert_eq!(tokenizer.encode("a b")?.ids, [2, 4, 5, 3]);
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    ///
    /// # Errors
    /// If one of them is not in the vocabulary.
    pub fn framed(mut self, bos: Option<&str>, eos: Option<&str>) -> Result<Self> {
        let id = |token: Option<&str>, place| match token {
            None => Ok(None),
            Some(token) => self.vocabulary.id(token).map(Some).ok_or_else(|| {
                Error::from(WordsError::NoFrameToken { token: token.to_owned(), place })
            }),
        };
        self.frame = Frame { bos: id(bos, "beginning")?, eos: id(eos, "end")? };
        let Frame { bos, eos } = self.frame;
        self.special_tokens = SpecialTokens { bos, eos, ..self.special_tokens }.complete();
        Ok(self)
    }

    /// The same tokenizer, which takes tokens from this end of a text that is too long: the end, if
    /// this is not called.
    pub fn cutting(mut self, side: Side) -> Self {
        self.cut = side;
        self
    }

    /// How a text becomes words.
    pub fn analyzer(&self) -> &Analyzer {
        &self.analyzer
    }

    /// How tokens are normalized.
    pub fn normalizer(&self) -> &Normalizer {
        &self.analyzer.normalizer
    }

    /// How text is cut.
    pub fn pre_tokenizer(&self) -> &PreTokenizer {
        &self.analyzer.pre_tokenizer
    }

    /// The known words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Calls `f` with the id and span of each word.
    #[inline]
    fn for_each_id(&self, text: &str, mut f: impl FnMut(u32, (usize, usize))) -> Result<()> {
        let mut unknown = None;
        self.analyzer.for_each_key(text, |word, span| {
            let id = match word {
                Word::Key(key) => self.vocabulary.id_of_key_or_default(key),
                Word::Text(word) => self.vocabulary.id_or_default(word),
            };
            match id {
                Some(id) => f(id, span),
                None if unknown.is_none() => unknown = Some(word.text()),
                None => {}
            }
        });
        unknown.map_or(Ok(()), |token| Err(Error::OutOfVocabulary { token }))
    }
}

/// The tokens of one text, before it is cut and joined.
#[derive(Default)]
struct Piece {
    ids: Vec<u32>,
    spans: Vec<(usize, usize)>,
    word_ids: Vec<Option<u32>>,
}

impl WordTokenizer {
    fn text(&self, text: &str) -> Result<Piece> {
        let mut piece = Piece::default();
        self.for_each_id(text, |id, span| {
            piece.word_ids.push(Some(piece.ids.len() as u32));
            piece.ids.push(id);
            piece.spans.push(span);
        })?;
        Ok(piece)
    }

    /// Which of a text's tokens stay, if so many are to.
    fn kept(&self, n_tokens: usize, n_kept: usize) -> Range<usize> {
        match self.cut {
            Side::Left => n_tokens - n_kept..n_tokens,
            Side::Right => 0..n_kept,
        }
    }

    fn words(&self, words: &[&str]) -> Result<Piece> {
        let mut piece = Piece::default();
        for (word, text) in words.iter().enumerate() {
            self.for_each_id(text, |id, span| {
                piece.word_ids.push(Some(word as u32));
                piece.ids.push(id);
                piece.spans.push(span);
            })?;
        }
        Ok(piece)
    }
}

impl Encoding {
    /// Appends the tokens in `kept` of one text, in their frame.
    fn push(&mut self, piece: &Piece, kept: Range<usize>, sequence: u8, frame: Frame) {
        self.push_added(frame.bos, sequence);
        self.type_ids.extend(kept.clone().map(|_| u32::from(sequence)));
        self.sequence_ids.extend(kept.clone().map(|_| Some(sequence)));
        self.n_left_out += piece.ids.len() - kept.len();
        self.ids.extend_from_slice(&piece.ids[kept.clone()]);
        self.spans.extend_from_slice(&piece.spans[kept.clone()]);
        self.word_ids.extend_from_slice(&piece.word_ids[kept]);
        self.push_added(frame.eos, sequence);
    }

    /// Appends a token that no text is made of.
    fn push_added(&mut self, id: Option<u32>, sequence: u8) {
        let Some(id) = id else { return };
        self.ids.push(id);
        self.spans.push((0, 0));
        self.type_ids.push(u32::from(sequence));
        self.word_ids.push(None);
        self.sequence_ids.push(None);
    }
}

impl Tokenizer for WordTokenizer {
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding> {
        let (first, second) = match input {
            Input::Text(text) => (self.text(text)?, None),
            Input::Words(words) => (self.words(words)?, None),
            Input::Pair(first, second) => (self.text(first)?, Some(self.text(second)?)),
        };
        let n_first = first.ids.len();
        let n_second = second.as_ref().map(|second| second.ids.len());
        let n_special = self.frame.len() * (1 + usize::from(second.is_some()));
        let (keep_first, keep_second) = match truncation {
            Some(truncation) => truncation.keep(n_first, n_second, n_special)?,
            None => (n_first, n_second.unwrap_or(0)),
        };
        let mut encoding = Encoding::default();
        encoding.push(&first, self.kept(n_first, keep_first), 0, self.frame);
        if let Some(second) = second {
            let kept = self.kept(second.ids.len(), keep_second);
            encoding.push(&second, kept, 1, self.frame);
        }
        Ok(encoding)
    }

    fn encode_windows(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>> {
        let (question, context) = (self.text(question)?, self.text(context)?);
        let room = windows.room(question.ids.len(), 2 * self.frame.len())?;
        let window = |kept| {
            let mut encoding = Encoding::default();
            encoding.push(&question, 0..question.ids.len(), 0, self.frame);
            encoding.push(&context, kept, 1, self.frame);
            encoding
        };
        Ok(windows.ranges(context.ids.len(), room).into_iter().map(window).collect())
    }

    /// The words with a space between them: what stood between them in the text is not known.
    /// Characters and bytes are put together without one.
    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        let is_wanted = |id: &&u32| !(skip_special && self.special_tokens.contains(**id));
        let words = ids.iter().filter(is_wanted).filter_map(|id| self.vocabulary.token(*id));
        Ok(self.pre_tokenizer().join(words))
    }

    fn special_tokens(&self) -> &SpecialTokens {
        &self.special_tokens
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        ids.extend(self.frame.bos);
        self.for_each_id(text, |id, _| ids.push(id))?;
        ids.extend(self.frame.eos);
        Ok(())
    }

    fn encode_ids_within(&self, text: &str, max_length: usize, ids: &mut Vec<u32>) -> Result<bool> {
        let n_special = self.frame.len();
        let start = ids.len();
        if max_length < n_special {
            return Err(Error::MaxLengthTooSmall { max_length, n_special });
        }
        self.encode_ids(text, ids)?;
        let is_longer = ids.len() - start > max_length;
        if is_longer {
            let n_words = ids.len() - start - n_special;
            let words = start + self.frame.bos.iter().count();
            let kept = self.kept(n_words, max_length - n_special);
            // The last first, so that the places of the others stay true.
            ids.drain(words + kept.end..words + n_words);
            ids.drain(words..words + kept.start);
        }
        Ok(is_longer)
    }

    fn vocab_size(&self) -> usize {
        self.vocabulary.len()
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.vocabulary.id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.vocabulary.token(id).map(str::to_owned)
    }

    fn to_file(&self) -> Result<TokenizerFile> {
        self.write()
    }
}

#[cfg(test)]
mod tests;
