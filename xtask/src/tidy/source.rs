//! Rust source taken apart: code without strings and comments, comments without code.

/// The two views of a source text; both keep its line breaks, so line numbers agree.
pub struct Parts {
    /// Code; comments and the insides of literals are blank.
    pub code: String,
    /// Comments, doc comments among them; everything else is blank.
    pub comments: String,
}

/// Takes a source text apart.
pub fn parts(text: &str) -> Parts {
    let mut scanner = Scanner {
        chars: text.chars().collect(),
        at: 0,
        parts: Parts { code: String::new(), comments: String::new() },
    };
    while scanner.at < scanner.chars.len() {
        scanner.step();
    }
    scanner.parts
}

#[derive(Clone, Copy)]
enum Part {
    Code,
    Comment,
    Literal,
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    parts: Parts,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn take(&mut self, part: Part) {
        let Some(&c) = self.chars.get(self.at) else { return };
        let blank = if c == '\n' { '\n' } else { ' ' };
        self.parts.code.push(if matches!(part, Part::Code) { c } else { blank });
        self.parts.comments.push(if matches!(part, Part::Comment) { c } else { blank });
        self.at += 1;
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.take(Part::Comment);
                }
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r', '"' | '#') if self.starts_raw_string() => self.raw_string(),
            ('\'', '\\') => {
                self.take(Part::Code);
                self.take(Part::Literal);
                self.take(Part::Literal);
                while self.at < self.chars.len() && self.peek(0) != '\'' {
                    self.take(Part::Literal);
                }
                self.take(Part::Code);
            }
            ('\'', _) if self.peek(2) == '\'' => {
                self.take(Part::Code);
                self.take(Part::Literal);
                self.take(Part::Code);
            }
            _ => self.take(Part::Code),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.take(Part::Comment);
                    continue;
                }
            }
            self.take(Part::Comment);
            self.take(Part::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(Part::Code);
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.take(Part::Literal);
            }
            self.take(Part::Literal);
        }
        self.take(Part::Code);
    }

    /// `r"` or `r#"`, also after `b` or `c`, but not the end of a name and not `r#keyword`.
    fn starts_raw_string(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.chars[at]);
        let prefix = if matches!(before(1), Some('b' | 'c')) { 2 } else { 1 };
        if before(prefix).is_some_and(is_word) {
            return false;
        }
        let hashes = self.chars[self.at + 1..].iter().take_while(|c| **c == '#').count();
        self.peek(1 + hashes) == '"'
    }

    fn raw_string(&mut self) {
        self.take(Part::Code);
        let mut hashes = 0;
        while self.peek(0) == '#' {
            hashes += 1;
            self.take(Part::Literal);
        }
        self.take(Part::Code);
        let closes = |scanner: &Self| {
            scanner.peek(0) == '"' && (1..=hashes).all(|ahead| scanner.peek(ahead) == '#')
        };
        while self.at < self.chars.len() && !closes(self) {
            self.take(Part::Literal);
        }
        self.take(Part::Code);
        for _ in 0..hashes {
            self.take(Part::Literal);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks the items behind `#[cfg(test)]` in the code view.
pub fn without_test_items(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let end = start + item_end(&rest[start..]);
        kept.push_str(&rest[..start]);
        kept.extend(rest[start..end].chars().filter(|c| *c == '\n'));
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

/// Where the item at the start of `code` ends: behind its `;` or its closing brace.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The 1-based line and byte position within `code` of each occurrence that is no part of a longer name.
pub fn occurrences(code: &str, token: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(token) {
        let before = code[..at].chars().next_back();
        let after = code[at + token.len()..].chars().next();
        let starts = !token.starts_with(is_word) || !before.is_some_and(is_word);
        let ends = !token.ends_with(is_word) || !after.is_some_and(is_word);
        if starts && ends {
            found.push((1 + code[..at].matches('\n').count(), at));
        }
    }
    found
}

#[cfg(test)]
mod tests;
