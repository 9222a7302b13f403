//! Running other programs: streamed, captured, or streamed and read at once.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::repo;

/// A call of the cargo that runs this program, in the workspace root.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(repo::root());
    command
}

/// The command as a reader would type it.
pub fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program()).to_string_lossy();
    let words = command.get_args().map(|word| word.to_string_lossy());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

/// Runs to the end with the terminal's own streams.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Runs to the end and returns stdout; stderr goes to the terminal.
pub fn output(command: &mut Command) -> Result<String> {
    let mut text = String::new();
    each_line(command, |line| {
        text.push_str(line);
        text.push('\n');
    })?;
    Ok(text)
}

/// Runs to the end, printing stdout as it comes and showing every line to `read`.
pub fn stream(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    each_line(command, |line| {
        println!("{line}");
        let _ = std::io::stdout().flush();
        read(line);
    })
}

fn each_line(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if let Some(stdout) = child.stdout.take() {
        // Bytes, not `lines()`: a test may print what is not UTF-8.
        for line in BufReader::new(stdout).split(b'\n') {
            read(String::from_utf8_lossy(&line?).trim_end_matches('\r'));
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}
