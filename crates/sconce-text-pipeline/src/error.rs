//! What can go wrong between a file of text and a batch: one line each, saying what, where and
//! what to do.

mod batch;
mod cache;
mod data;
mod quoting;
#[cfg(feature = "subword")]
mod trainer;
mod words;

use std::io;

pub use self::batch::BatchError;
pub use self::cache::CacheError;
pub use self::data::DataError;
use self::quoting::{one_line, quote};
#[cfg(feature = "subword")]
pub use self::trainer::TrainerError;
pub use self::words::WordsError;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why text could not be read, tokenized, numericalized or batched.
///
/// The `Display` text is the line a command-line user sees.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum Error {
    /// A tokenizer could not be trained.
    #[cfg(feature = "subword")]
    #[error(transparent)]
    Trainer(#[from] TrainerError),

    /// The path leads nowhere.
    #[error("{path}: no such file; check the path")]
    FileMissing { path: String },

    /// The operating system refused to read the file.
    #[error("{path}: cannot be read: {source}")]
    Io { path: String, source: io::Error },

    /// A file without any content.
    #[error("{path}: the file is empty; it needs at least one row")]
    EmptyFile { path: String },

    /// A file with a header and nothing else, or with blank lines only.
    #[error("{path}: there are no rows{}; add data", if *.header { " after the header" } else { "" })]
    NoRows { path: String, header: bool },

    /// The ending of a file name says nothing about its format.
    #[error("{path}: unknown data format {}; name the file {known}", quote(.extension))]
    UnknownFormat { path: String, extension: String, known: &'static str },

    /// A column that was asked for by name or number is not in the file.
    #[error("{path}: no column {}{}; the columns are {}", quote(.column), did_you_mean(.nearest), join(.columns))]
    UnknownColumn { path: String, column: String, columns: Vec<String>, nearest: Option<String> },

    /// No column has a name that plainly says what it holds.
    #[error(
        "{path}: cannot tell which column holds the {role}; name it with --{role}-column{}; the columns are {}",
        if *.header { ", or pass --no-header if the first line is data" } else { " (a number from 1)" },
        join(.columns)
    )]
    ColumnNotGuessed { path: String, role: &'static str, header: bool, columns: Vec<String> },

    /// One column was chosen for two roles.
    #[error("{path}: column {} cannot be both the {first} and the {second}; choose two", quote(.column))]
    SameColumn { path: String, column: String, first: &'static str, second: &'static str },

    /// Two columns have the name of the one that is read.
    #[error("{path}: two columns are named {}, so it is not clear which is the {role}; rename one", quote(.column))]
    DuplicateColumn { path: String, column: String, role: &'static str },

    /// A row whose number of fields is not that of the header or first row.
    #[error(
        "{path}:{line}: too {} fields: got {got}, expected {expected}; {}",
        if .got < .expected { "few" } else { "many" },
        if .got < .expected { "complete the row or remove it" } else { "quote a field that holds the delimiter" }
    )]
    FieldCount { path: String, line: usize, got: usize, expected: usize },

    /// A quoted field that swallowed the rest of the file.
    #[error(
        "{path}:{line}: the quote that opens at column {column} is never closed; close or double it"
    )]
    UnclosedQuote { path: String, line: usize, column: usize },

    /// Bytes that are not UTF-8.
    #[error(
        "{path}:{line}: not valid UTF-8 (byte 0x{byte:02X} at column {column}); convert the file, or replace bad bytes by U+FFFD with --lossy"
    )]
    InvalidUtf8 { path: String, line: usize, column: usize, byte: u8 },

    /// A line that is not a JSON object.
    #[error("{path}:{line}: not a JSON object: {}; each line must hold one object", one_line(.reason))]
    MalformedJson { path: String, line: usize, reason: String },

    /// A JSON object in which a needed key is absent.
    #[error("{path}:{line}: no key {}; the keys are {}", quote(.key), join(.keys))]
    MissingKey { path: String, line: usize, key: String, keys: Vec<String> },

    /// A JSON value of a kind that the key cannot have.
    #[error("{path}:{line}: {} holds {found}; {expected} is needed", quote(.key))]
    JsonValue {
        path: String,
        line: usize,
        key: String,
        found: &'static str,
        expected: &'static str,
    },

    /// A row whose label is absent or blank though labels are needed.
    #[error("{path}:{line}: the label is missing; add one or remove the row")]
    MissingLabel { path: String, line: usize },

    /// An example without the label that it needs.
    #[error("{place}: there is no label; add one or remove the row")]
    NoLabel { place: String },

    /// A label that should be a number.
    #[error("{place}: the label {} is not a finite number; correct it", quote(.label))]
    NotANumber { place: String, label: String },

    /// What went wrong at one place of a data set.
    #[error("{place}: {source}")]
    At { place: String, source: Box<Error> },

    /// A line of a file of words whose number of columns is not that of the others.
    #[error(
        "{path}:{line}: {got} columns, but {expected} are expected; give each word a line with all its columns"
    )]
    TokenColumns { path: String, line: usize, got: usize, expected: usize },

    /// A column that is read and has nothing in it.
    #[error("{path}:{line}: column {column} is blank; fill it in")]
    BlankColumn { path: String, line: usize, column: String },

    /// A file of words that has one column where tags are needed.
    #[error("{path}: there is one column, so the words have no tags; add a column of tags")]
    NoTagColumn { path: String },

    /// A column of tags that holds none.
    #[error("{path}: column {column} holds no tag in any line; choose another with --label-column")]
    NoTags { path: String, column: String },

    /// A word of CoNLL-U that does not have the next number.
    #[error("{path}:{line}: the word has the id {} where {expected} is expected; is a blank line missing before it?", quote(.id))]
    WordNumber { path: String, line: usize, id: String, expected: usize },

    /// Lists of words and tags of different lengths.
    #[error("{path}:{line}: {n_tokens} words but {n_tags} tags; give each word one tag")]
    TagCount { path: String, line: usize, n_tokens: usize, n_tags: usize },

    /// A tag that its scheme does not allow where it stands.
    #[error("word {word}: the tag {} {reason}; correct it, or name another tag scheme", quote(.tag))]
    InvalidTag { word: usize, tag: String, reason: &'static str },

    /// Plain tags and entities do not lead to each other.
    #[error("tags of the scheme {from} cannot become tags of the scheme {to}")]
    NoConversion { from: &'static str, to: &'static str },

    /// A file that should be SQuAD's JSON and is not.
    #[error("{path}:{line}: not a SQuAD file: {}; .jsonl files hold one question a line", one_line(.reason))]
    MalformedSquad { path: String, line: usize, reason: String },

    /// An answer that is not where it is said to be, or missing.
    #[error("{place}: question {}: {}", quote(.id), one_line(.reason))]
    Answer { place: String, id: String, reason: String },

    /// Plain lines were read where labels are needed.
    #[error(
        "{path}: plain lines have no labels; begin each with __label__NAME, or use .csv, .tsv or .jsonl"
    )]
    UnlabelledFormat { path: String },

    /// A line of fastText's form with more than one label.
    #[error("{path}:{line}: {} labels ({}); one is needed", .labels.len(), join(.labels))]
    SeveralLabels { path: String, line: usize, labels: Vec<String> },

    /// No label at all was given.
    #[error("there are no labels; a classifier needs at least two different ones")]
    NoLabels,

    /// All rows have the same label.
    #[error("every row has the label {}; a classifier needs at least two different ones", quote(.label))]
    SingleLabel { label: String },

    /// A label given twice.
    #[error("the label {} is listed twice, first as class {id}; labels must differ", quote(.label))]
    DuplicateLabel { label: String, id: u32 },

    /// A label that was not there when the labels were collected.
    #[error("unknown label {}{}; the known labels are {}", quote(.label), did_you_mean(.nearest), join(.known))]
    UnknownLabel { label: String, known: Vec<String>, nearest: Option<String> },

    /// A name that is not one of a fixed choice.
    #[error("unknown {kind} {}{}; choose one of {}", quote(.name), did_you_mean(.nearest), .known.join(", "))]
    UnknownName {
        kind: &'static str,
        name: String,
        known: &'static [&'static str],
        nearest: Option<String>,
    },

    /// A token outside a vocabulary that has no default id.
    #[error("token {} is not in the vocabulary, which has no default id; set one", quote(.token))]
    OutOfVocabulary { token: String },

    /// An id past the end of the vocabulary.
    #[error("id {id} is not in the vocabulary, which has {len} tokens")]
    UnknownId { id: u32, len: usize },

    /// A token given twice.
    #[error("token {} is in the vocabulary already, with id {id}; tokens must differ", quote(.token))]
    DuplicateToken { token: String, id: u32 },

    /// A position for a new token past the end of the vocabulary.
    #[error("no token can be inserted at {position}: the vocabulary has {len} tokens")]
    TokenPosition { position: u32, len: usize },

    /// A size limit that leaves no room for a single token.
    #[error("max_tokens is {max_tokens}, but {n_specials} special tokens come first; raise it")]
    VocabularyTooSmall { max_tokens: usize, n_specials: usize },

    /// A tokenizer file whose content makes no sense.
    #[error("{file}: corrupt tokenizer file: {}; restore it or train it again", one_line(.reason))]
    CorruptTokenizer { file: String, reason: String },

    /// A tokenizer file made by a later release.
    #[error("{file}: format version {found}, but this release reads up to {supported}; upgrade")]
    NewerVersion { file: String, found: u64, supported: u64 },

    /// A tokenizer file with a name that no tokenizer writes.
    #[error("{file}: unknown tokenizer file; vocabulary.json and tokenizer.json are known")]
    UnknownTokenizer { file: String },

    /// A folder without any tokenizer.
    #[error(
        "{folder}: no tokenizer; looked for vocabulary.json, tokenizer.json, vocab.txt, vocab.json with merges.txt, and SentencePiece's *.model"
    )]
    NoTokenizer { folder: String },

    /// One of two files that only make sense together.
    #[error("{file}: no such file, but {other} needs it; put both into the folder")]
    TokenizerPartMissing { file: String, other: String },

    /// A class or model type whose tokenizer cannot be told from its files alone.
    #[error("{file}: {kind} {} is not known here; save the tokenizer as tokenizer.json with transformers", quote(.name))]
    UnknownTokenizerClass { file: String, kind: &'static str, name: String },

    /// Files that are not those of the family that the settings name.
    #[error(
        "{file}: not a file of the tokenizer family {family}, which the configuration names; correct tokenizer_class"
    )]
    TokenizerFamily { file: String, family: String },

    /// A vocabulary without a token that its family cannot do without.
    #[error("{file}: the vocabulary has no {}; add it, or name another in tokenizer_config.json", quote(.token))]
    TokenMissing { file: String, token: String },

    /// A line of `merges.txt` that is not two pieces.
    #[error("{path}:{line}: a merge is two pieces with a space between them; correct the line")]
    MergeLine { path: String, line: usize },

    /// A setting of a kind that the key cannot have.
    #[error("{file}: {} holds {found}; {expected} is needed", quote(.key))]
    TokenizerSetting { file: String, key: String, found: &'static str, expected: &'static str },

    /// An added token that cannot have the id it is said to have.
    #[error("{file}: the added token {} should have id {expected} but gets {got}; the vocabulary is not the one it was added to", quote(.token))]
    AddedTokenId { file: String, token: String, expected: u32, got: u32 },

    /// A tokenizer file that needs a feature this build lacks.
    #[error("{file}: this build cannot read it; build with the feature `{feature}`")]
    FeatureMissing { file: String, feature: &'static str },

    /// The subword tokenizer refused a text.
    #[error("the subword tokenizer failed on {}: {}", quote(.text), one_line(.reason))]
    Subword { text: String, reason: String },

    /// The subword tokenizer refused ids.
    #[error("the subword tokenizer cannot decode {n_ids} ids: {}", one_line(.reason))]
    Decode { n_ids: usize, reason: String },

    /// A sequence limit with no room for the tokens that frame every text.
    #[error("max_length {max_length} has no room beside {n_special} special tokens; raise it")]
    MaxLengthTooSmall { max_length: usize, n_special: usize },

    /// The text that is to lose tokens has too few.
    #[error(
        "{strategy} cannot take {surplus} tokens from a text of {length} to reach max_length {max_length}; raise it or use longest_first"
    )]
    TruncationTooShort { strategy: &'static str, length: usize, surplus: usize, max_length: usize },

    /// A question that fills the window which should also hold a part of its context.
    #[error(
        "the question's {n_question} tokens and {n_special} special ones fill max_length {max_length}; raise it or shorten the question"
    )]
    NoRoomForContext { max_length: usize, n_question: usize, n_special: usize },

    /// Windows that share as much as they hold never come to an end.
    #[error("stride {stride} must be below the {room} tokens of the context that a window holds")]
    StrideTooLarge { stride: usize, room: usize },

    /// As many labels as texts were expected (or none).
    #[error("{n_texts} texts but {n_labels} labels; give one label for each text, or none")]
    LabelCount { n_texts: usize, n_labels: usize },

    /// Targets that are not those of the rows.
    #[error("{found} targets where {expected} are needed, one for each {unit}")]
    TargetCount { found: usize, expected: usize, unit: &'static str },

    /// A span whose tokens are not in its row.
    #[error("row {row} has {n_tokens} tokens, which do not hold the span from {start} to {end}")]
    SpanOutOfRow { row: usize, start: u32, end: u32, n_tokens: usize },

    /// Places of rows that do not go from the first token to the last.
    #[error("the offsets of rows must rise from 0 to the {n_tokens} tokens that there are")]
    InvalidOffsets { n_tokens: usize },

    /// Type ids that are not those of the tokens.
    #[error("{n_type_ids} type ids for {n_tokens} tokens; give one for each, or none")]
    TypeIdCount { n_type_ids: usize, n_tokens: usize },

    /// A row over the limit, where rows must not be cut.
    #[error(
        "row {row} (from 0) has {n_tokens} tokens, more than the {max_length} allowed; shorten it, raise the limit, or let rows be truncated"
    )]
    RowTooLong { row: usize, n_tokens: usize, max_length: usize },

    /// A context whose bytes 32 bits cannot count.
    #[error("question {}: a context of {n_bytes} bytes is too large; cut it", quote(.id))]
    ContextTooLong { id: String, n_bytes: usize },

    /// Texts from which no block of tokens comes, or no token that has a next one.
    #[error(
        "{n_tokens} tokens are too few for blocks of {block_size}; give more text, or smaller blocks of at least one"
    )]
    StreamTooShort { n_tokens: usize, block_size: usize },

    /// A row whose number of texts is not that of the others.
    #[error("{place}: {found} texts where {expected} are needed; give each row as many")]
    TextCount { place: String, found: usize, expected: usize },

    /// Tokens are to be masked by a tokenizer that cannot.
    #[error("the tokenizer has no mask token; use the tokenizer of a masked language model")]
    NoMaskToken,

    /// A row number past the end of a data set.
    #[error("row {row} is not in the data set, which has {len} rows")]
    RowOutOfRange { row: usize, len: usize },

    /// More tokens in one batch than its 32-bit offsets can count.
    #[error("a batch of {n_tokens} tokens is too large; use a smaller batch size")]
    BatchTooLarge { n_tokens: usize },

    /// A share that is not between zero and one.
    #[error("the ratio {ratio} is not between 0 and 1")]
    InvalidRatio { ratio: f64 },

    /// Something about batches.
    #[error(transparent)]
    Batch(#[from] BatchError),

    /// Something about a token cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// Words that cannot be cut, numbered or changed as asked.
    #[error(transparent)]
    Words(#[from] WordsError),

    /// A number of folds that cannot be made.
    #[error("{n_examples} examples cannot be cut into {k} folds; choose 2 to {n_examples}")]
    InvalidFolds { k: usize, n_examples: usize },

    /// A data set that could not be read, changed or written.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl Error {
    /// Says where it went wrong.
    pub(crate) fn at(self, place: String) -> Self {
        Self::At { place, source: Box::new(self) }
    }

    /// Tells a missing file from every other failure to read one.
    pub(crate) fn io(path: &str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::FileMissing { path },
            _ => Self::Io { path, source },
        }
    }
}

/// The one of `known` that `name` is likely a slip of, if any is like it at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Comparing takes the product of both lengths, and what is this long is no slip.
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    // The one favours a common beginning, the other swapped letters.
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        strsim::jaro_winkler(&name, &candidate)
            .max(strsim::normalized_damerau_levenshtein(&name, &candidate))
    };
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(score, _)| *score > 0.66)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(" (did you mean {}?)", quote(name)))
}

/// A list short enough for one line, whatever the file holds.
fn join(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
