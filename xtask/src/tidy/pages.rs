//! Rules for pages: they match the tree, their links lead somewhere, no crate is left out.

use super::{Tree, is_library};

const ARCHITECTURE: &str = "docs/architecture.md";

/// Endings that make a word with a slash a path.
const PATH_ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".py", ".json", ".yml"];

/// How a library has its README's examples run with the documentation tests.
const README_TEST: &str = "#[doc = include_str!(\"../README.md\")]";

/// The page names every crate, every top-level module of every library, and no path that is gone.
pub fn architecture_matches_the_tree(tree: &Tree) -> Vec<String> {
    let Some(page) = tree.text(ARCHITECTURE) else {
        return vec![format!("{ARCHITECTURE} is missing: the map of the workspace")];
    };
    let mut errors = Vec::new();
    for name in tree.crates() {
        let part = part_about(page, name);
        if part.is_empty() {
            errors.push(format!(
                "{ARCHITECTURE} has no heading, table row or list item about `{name}`"
            ));
            continue;
        }
        let spoken = code_spans(&part);
        let is_named = |module: &&str| {
            spoken.iter().any(|span| {
                let last = span.rsplit(['/', ':']).next().unwrap_or_default();
                last.strip_suffix(".rs").unwrap_or(last) == *module
            })
        };
        let silent = modules(tree, name).into_iter().filter(|module| !is_named(module));
        errors.extend(silent.map(|module| {
            format!("{ARCHITECTURE} does not name `{module}` in its part about `{name}`")
        }));
    }
    errors.extend(gone_paths(tree, page));
    errors
}

/// The sections headed by a crate's name, and the table rows and list items that open with it.
fn part_about(page: &str, name: &str) -> String {
    let (plain, folder) = (String::from(name), format!("crates/{name}"));
    let is_it =
        |span: &String| span.trim_end_matches('/') == plain || span.trim_end_matches('/') == folder;
    let mut part = String::new();
    let mut inside = false;
    for line in page.lines() {
        let spans = code_spans(line);
        if line.starts_with('#') {
            inside = spans.iter().any(is_it);
        }
        let is_entry = line.trim_start().starts_with(['|', '-', '*']);
        if inside || (is_entry && spans.first().is_some_and(is_it)) {
            part.push_str(line);
            part.push('\n');
        }
    }
    part
}

/// The top-level modules of a library: the files right in its `src/`.
fn modules<'a>(tree: &'a Tree, name: &str) -> Vec<&'a str> {
    if !is_library(name) {
        return Vec::new();
    }
    let folder = format!("crates/{name}/src/");
    let module = |path: &'a str| path.strip_prefix(&folder)?.strip_suffix(".rs");
    let files = tree.files.iter().filter_map(|file| module(&file.path));
    files.filter(|stem| !stem.contains('/') && *stem != "lib").collect()
}

/// Paths in backticks that lead nowhere.
fn gone_paths(tree: &Tree, page: &str) -> Vec<String> {
    let exists = |span: &str| {
        let in_a_crate =
            || tree.crates().iter().any(|name| tree.has(&format!("crates/{name}/{span}")));
        tree.has(span) || in_a_crate()
    };
    let mut errors = Vec::new();
    for (index, line) in page.lines().enumerate() {
        for span in code_spans(line) {
            if looks_like_a_path(&span) && !exists(&span) {
                errors.push(format!("{ARCHITECTURE}:{}: `{span}` does not exist", index + 1));
            }
        }
    }
    errors
}

fn looks_like_a_path(span: &str) -> bool {
    const TOPS: &[&str] = &["crates", "docs", "xtask", "benches", ".ci", ".github", ".cargo"];
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let Some((top, _)) = span.split_once('/') else { return false };
    span.chars().all(plain)
        && (TOPS.contains(&top) || PATH_ENDINGS.iter().any(|ending| span.ends_with(ending)))
}

/// The texts between single backticks.
fn code_spans(text: &str) -> Vec<String> {
    let spans =
        |line: &str| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    text.lines().flat_map(spans).collect()
}

/// Every crate has a README, and every library an example.
pub fn crates_have_their_pages(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    for name in tree.crates() {
        if !tree.has(&format!("crates/{name}/README.md")) {
            errors.push(format!("crates/{name} has no README.md"));
        }
        let examples = format!("crates/{name}/examples/");
        let is_example = |path: &str| path.starts_with(&examples) && path.ends_with(".rs");
        if is_library(name) && !tree.files.iter().any(|file| is_example(&file.path)) {
            errors.push(format!("crates/{name} has no example that shows it alone"));
        }
    }
    errors
}

/// Relative links in pages lead to files that exist.
pub fn links_resolve(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    for page in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in links(&page.text) {
            if target.contains(':') || target.starts_with('#') {
                continue;
            }
            let path = target.split('#').next().unwrap_or_default();
            match join(folder, path) {
                Some(joined) if tree.has(&joined) => {}
                _ => errors
                    .push(format!("{}:{line}: the link to `{target}` leads nowhere", page.path)),
            }
        }
    }
    errors
}

/// The link targets outside code, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        let prose: String = line.split('`').step_by(2).collect();
        for rest in prose.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                found.push((index + 1, target.split(' ').next().unwrap_or_default().to_owned()));
            }
        }
    }
    found
}

/// A relative path seen from a folder; `None` where it leaves the repository.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The table of crates in the README has a row for each.
pub fn readme_lists_every_crate(tree: &Tree) -> Vec<String> {
    let Some(readme) = tree.text("README.md") else {
        return vec![String::from("README.md is missing")];
    };
    let rows: Vec<Vec<String>> =
        readme.lines().filter(|line| line.trim_start().starts_with('|')).map(code_spans).collect();
    let is_listed = |name: &&str| rows.iter().any(|spans| spans.iter().any(|span| span == name));
    let left_out = tree.crates().into_iter().filter(|name| !is_listed(name));
    left_out.map(|name| format!("README.md: the table of crates has no row for `{name}`")).collect()
}

/// Every example in the README is one of a crate's README, and each crate tests its own.
pub fn readme_examples_are_tested(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    let mut tested = Vec::new();
    for name in tree.crates() {
        let readme = tree.text(&format!("crates/{name}/README.md")).unwrap_or_default();
        let lib = tree.text(&format!("crates/{name}/src/lib.rs")).unwrap_or_default();
        let examples = rust_blocks(readme);
        if !examples.is_empty() && !lib.contains(README_TEST) {
            errors.push(format!("crates/{name}: nothing tests its README; add `{README_TEST}`"));
        }
        tested.extend(examples.into_iter().map(|(_, code)| code));
    }
    let examples = rust_blocks(tree.text("README.md").unwrap_or_default());
    let is_untested = |(_, code): &(usize, String)| !tested.contains(code);
    errors.extend(examples.into_iter().filter(is_untested).map(|(line, _)| {
        format!("README.md:{line}: no README under crates/ has this example, so nothing tests it")
    }));
    errors
}

/// The contents of the fences marked `rust`, each with the line of its fence.
fn rust_blocks(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line.starts_with("```rust") {
            let inside = lines.by_ref().map(|(_, line)| line);
            let code: Vec<&str> = inside.take_while(|line| !line.starts_with("```")).collect();
            found.push((index + 1, code.join("\n")));
        }
    }
    found
}

#[cfg(test)]
mod tests;
