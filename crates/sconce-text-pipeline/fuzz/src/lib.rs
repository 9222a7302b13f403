//! What the targets share: choices taken from the input, and what must hold of errors and encodings.

use std::backtrace::Backtrace;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};

use sconce_text_pipeline::{
    DecodeStream, Encoding, Input, LabelKind, Need, ReadOptions, Tokenizer, Truncate, Truncation,
    Windows,
};

/// What the last panic said.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs the body of a target. A panic that leaves it ends the process; one that is caught inside,
/// at the border to another library, does not.
pub fn run(body: impl FnOnce()) {
    static HOOK: Once = Once::new();
    // In place of libFuzzer's hook, which aborts at every panic.
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let text = format!("{info}\n{}", Backtrace::capture());
            *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }));
    });
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        eprintln!("{}", LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner));
        std::process::abort();
    }
}

/// Settings drawn from the last two bytes of an input, so that any plain file is a good seed.
#[derive(Debug, Clone, Copy)]
pub struct Choices(u16);

impl Choices {
    /// Takes the choices off the end of an input.
    pub fn split(data: &[u8]) -> (Self, &[u8]) {
        match data.split_last_chunk() {
            Some((rest, last)) => (Self(u16::from_le_bytes(*last)), rest),
            None => (Self(0), data),
        }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u16) -> usize {
        let (rest, choice) = (self.0 / n, self.0 % n);
        self.0 = rest;
        choice as usize
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// How a corpus is to be read.
    pub fn read_options(&mut self) -> ReadOptions {
        let column = |chosen: bool, name: &str| chosen.then(|| name.to_owned());
        ReadOptions {
            header: self.flag(),
            lossy: self.flag(),
            labels: self.need(),
            pairs: self.need(),
            kind: match self.below(3) {
                0 => LabelKind::Class,
                1 => LabelKind::Several { separator: ' ' },
                _ => LabelKind::Number,
            },
            text_column: column(self.flag(), "2"),
            label_column: column(self.flag(), "1"),
            ..ReadOptions::default()
        }
    }

    /// Whether something must be there.
    pub fn need(&mut self) -> Need {
        if self.flag() { Need::Required } else { Need::Optional }
    }
}

/// Checks that an error fits a line and names the file that it is about.
pub fn check_error(error: &impl Error, file: &str) {
    let message = error.to_string();
    assert!(!message.contains(['\n', '\r']), "not one line: {message:?}");
    assert!(message.len() < 10_000, "{} bytes long: {message}", message.len());
    assert!(message.contains(file), "does not name {file}: {message}");
}

/// Encodes a text in every way and checks what comes out.
pub fn check_text(tokenizer: &dyn Tokenizer, text: &str, mut choices: Choices) {
    let Ok(whole) = tokenizer.encode(text) else { return };
    check_encoding(tokenizer, &whole, &[text]);
    let mut ids = Vec::new();
    tokenizer.encode_ids(text, &mut ids).expect("it could be encoded before");
    assert_eq!(ids, whole.ids, "both ways of encoding agree");
    let _ = tokenizer.decode(&whole.ids, choices.flag());
    let mut stream = DecodeStream::new(tokenizer, false);
    for id in &whole.ids {
        let _ = stream.push(*id);
    }
    let _ = stream.finish();

    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let max_length = 1 + choices.below(16);
    let strategy = [Truncate::LongestFirst, Truncate::OnlyFirst][choices.below(2)];
    let truncation = Truncation { max_length, strategy };
    if let Ok(cut) = tokenizer.encode_input(Input::Pair(first, second), Some(&truncation)) {
        assert!(cut.len() <= max_length);
        check_encoding(tokenizer, &cut, &[first, second]);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Ok(encoding) = tokenizer.encode_input(Input::Words(&words), None) {
        assert!(encoding.word_ids.iter().flatten().all(|word| (*word as usize) < words.len()));
    }
    let windows = Windows { max_length: max_length + 8, stride: choices.below(4) };
    for window in tokenizer.encode_windows(first, second, &windows).unwrap_or_default() {
        assert!(window.len() <= windows.max_length);
        check_encoding(tokenizer, &window, &[first, second]);
    }
}

/// Checks that lists are equally long, ids are known, and spans lie in their texts.
fn check_encoding(tokenizer: &dyn Tokenizer, encoding: &Encoding, texts: &[&str]) {
    let n = encoding.len();
    let lengths = [
        encoding.spans.len(),
        encoding.type_ids.len(),
        encoding.word_ids.len(),
        encoding.sequence_ids.len(),
    ];
    assert_eq!(lengths, [n; 4]);
    for (token, (start, end)) in encoding.spans.iter().enumerate() {
        assert!((encoding.ids[token] as usize) < tokenizer.vocab_size());
        if let Some(sequence) = encoding.sequence_ids[token] {
            assert!(texts[sequence as usize].get(*start..*end).is_some(), "{start}..{end}");
        }
    }
}
