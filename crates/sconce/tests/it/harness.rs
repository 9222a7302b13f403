//! Runs the binary in a folder of its own, and makes data for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

/// Settings that make a training run a matter of milliseconds.
pub const SMALL: [&str; 10] = [
    "--embedding-size",
    "16",
    "--n-filters",
    "8",
    "--epochs",
    "4",
    "--batch-size",
    "16",
    "--lr",
    "0.01",
];

/// A folder to run the binary in.
pub struct Workplace {
    folder: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Workplace {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with `train.csv` and `test.csv`.
    pub fn with_reviews() -> Self {
        let place = Self::new();
        place.write("train.csv", csv(&reviews(200, 1)));
        place.write("test.csv", csv(&reviews(60, 2)));
        place
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A command of the binary in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sconce"));
        // A backtrace that someone asked for must not make two lines of one.
        command.current_dir(self.folder.path()).env("RUST_BACKTRACE", "1").stdin(Stdio::null());
        // No test asks the hub, whatever the machine's settings; those of the hub have their own.
        command.env("HF_HUB_OFFLINE", "1").env("HF_HOME", self.path("hub-home"));
        command.args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::from(self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed.
    pub fn done(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, Some(0), "{arguments:?}: {run:?}");
        run
    }

    /// Trains a small model into `out` and gives the objects printed.
    pub fn train(&self, out: &str, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["train", "--task", "classify", "--json", "--quiet", "--out", out];
        arguments.extend(["--train", "train.csv", "--test", "test.csv"]);
        arguments.extend(SMALL);
        arguments.extend(more);
        self.done(&arguments).objects()
    }

    /// Every file below the folder with its content.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn visit(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    files.insert(path.clone(), Vec::new());
                    visit(&path, files);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        visit(self.folder.path(), &mut files);
        files
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Stdout as one JSON object a line.
    pub fn objects(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// Fails unless this run ended with `status` and one line on stderr that holds every fragment.
    pub fn assert_fails(&self, what: &str, status: i32, fragments: &[&str]) {
        assert_eq!(self.status, Some(status), "{what}: {self:?}");
        assert_eq!(self.stdout, "", "{what}");
        assert_eq!(self.stderr.lines().count(), 1, "{what}: {}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{what}: {}", self.stderr);
        for fragment in fragments {
            assert!(self.stderr.contains(fragment), "{what}: no {fragment:?} in {}", self.stderr);
        }
    }
}

/// Sentences whose words tell their label.
pub fn reviews(n: usize, seed: u64) -> Vec<(String, &'static str)> {
    const FILLERS: [&str; 8] = ["the", "film", "story", "a", "and", "actor", "is", "it"];
    const GOOD: [&str; 4] = ["lovely", "great", "warm", "funny"];
    const BAD: [&str; 4] = ["dull", "awful", "cold", "stale"];
    let mut state = seed;
    let mut pick = |words: &[&'static str]| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 33) as usize % words.len()]
    };
    (0..n)
        .map(|row| {
            let (words, label) = if row % 2 == 0 { (&GOOD, "pos") } else { (&BAD, "neg") };
            let mut text: Vec<&str> = (0..3 + row % 5).map(|_| pick(&FILLERS)).collect();
            text.insert(row % 3, pick(words));
            text.push(pick(words));
            (text.join(" "), label)
        })
        .collect()
}

pub fn csv(rows: &[(String, &str)]) -> String {
    let row = |(text, label): &(String, &str)| format!("\"{text}\",{label}\n");
    format!("text,label\n{}", rows.iter().map(row).collect::<String>())
}

/// A trained model to copy; no test changes it.
pub static TRAINED: LazyLock<Workplace> = LazyLock::new(|| {
    let place = Workplace::with_reviews();
    place.train("model", &[]);
    place
});

/// A fresh folder with a copy of the trained model as `model`, and data.
pub fn with_model() -> Workplace {
    let place = Workplace::with_reviews();
    fs::create_dir(place.path("model")).unwrap();
    for entry in fs::read_dir(TRAINED.path("model")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.path("model").join(entry.file_name())).unwrap();
    }
    place
}
