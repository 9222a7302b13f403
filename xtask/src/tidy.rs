//! `cargo xtask tidy`: the house rules that no compiler checks; also runs under `cargo test`.

mod pages;
mod rust;
mod source;
mod text;
mod unsafe_code;

use anyhow::{Result, bail};

use crate::args::{Args, Command};
use crate::repo;

/// The command.
pub const COMMAND: Command = Command {
    name: "tidy",
    help: "Check the house rules that no compiler checks\n\n\
           Module docs, file names and sizes, what a library must not do, `unsafe` and its arguments,\n\
           unfinished work, paths of one machine, and pages that do not match the tree.",
    flags: &[],
    max_words: 0,
    passes_on: false,
    run: |_: &Args| check(),
};

/// The tracked files of the workspace.
pub struct Tree {
    files: Vec<File>,
}

/// One tracked file.
pub struct File {
    /// Its path from the root, with `/` between folders.
    pub path: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Its text; empty where it is not UTF-8.
    pub text: String,
}

type Check = fn(&Tree) -> Vec<String>;

/// Every rule, each a function of the tree to one line per offence.
const CHECKS: &[Check] = &[
    rust::opens_with_a_module_doc,
    rust::file_names_say_something,
    rust::libraries_keep_quiet,
    rust::files_are_short,
    unsafe_code::stays_where_it_is_listed,
    unsafe_code::is_argued_for,
    text::nothing_is_unfinished,
    text::no_file_is_large,
    text::no_path_of_one_machine,
    pages::architecture_matches_the_tree,
    pages::crates_have_their_pages,
    pages::links_resolve,
    pages::readme_lists_every_crate,
    pages::readme_examples_are_tested,
];

fn check() -> Result<()> {
    let tree = Tree::read()?;
    let errors: Vec<String> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for error in &errors {
        eprintln!("tidy: {error}");
    }
    match errors.len() {
        0 => {
            println!("tidy: {} files, {} rules, nothing to say", tree.files.len(), CHECKS.len());
            Ok(())
        }
        count => bail!("{count} offences against the house rules; see CONTRIBUTING.md"),
    }
}

impl Tree {
    fn read() -> Result<Tree> {
        let root = repo::root();
        let file = |path: String| {
            let bytes = std::fs::read(root.join(&path))?;
            Ok(File {
                path,
                bytes: bytes.len(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            })
        };
        let files = repo::files()?.into_iter().map(file).collect::<Result<_>>()?;
        Ok(Tree { files })
    }

    /// The Rust files of the workspace.
    fn rust_files(&self) -> impl Iterator<Item = &File> {
        let ours = |file: &&File| {
            file.path.ends_with(".rs")
                && ["crates/", "xtask/", "benches/"].iter().any(|top| file.path.starts_with(top))
        };
        self.files.iter().filter(ours)
    }

    /// The names of the folders under `crates/`.
    fn crates(&self) -> Vec<&str> {
        let name = |file: &'_ File| -> Option<(usize, usize)> {
            let inner = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            (!inner.contains('/')).then_some((7, 7 + inner.len()))
        };
        self.files.iter().filter_map(|file| name(file).map(|(a, b)| &file.path[a..b])).collect()
    }

    /// Whether a file or a folder of this path exists.
    fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let below = |file: &File| {
            file.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        path.is_empty() || self.files.iter().any(below)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

/// The libraries' crates: everything under `crates/` but the binary and the test support.
fn is_library(name: &str) -> bool {
    name != "sconce" && name != "sconce-testing"
}

#[cfg(test)]
mod tests;
