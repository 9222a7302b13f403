//! Bad input: one line that says what, where and what to do; nothing on stdout, nothing written.

use crate::harness::{SMALL, Workplace, with_model};

const TRAIN: [&str; 7] = ["train", "--task", "classify", "--out", "m", "--train", "a.csv"];

/// Runs `sconce train` on one file, and checks that it fails and leaves everything as it was.
fn check(what: &str, file: &str, content: Option<&[u8]>, more: &[&str], expected: &[&str]) {
    let place = Workplace::new();
    if let Some(content) = content {
        place.write(file, content);
    }
    let before = place.files();
    let mut arguments = TRAIN.to_vec();
    arguments[6] = file;
    arguments.extend(more);
    place.run(&arguments).assert_fails(what, 1, expected);
    assert_eq!(place.files(), before, "{what}: something was written");
}

#[test]
fn bad_files_fail_with_file_and_line() {
    let good = "text,label\na,x\nb,y\n";
    for (what, file, content, more, expected) in [
        ("missing", "a.csv", None, &[][..], &["a.csv: no such file", "check the path"][..]),
        ("empty", "a.csv", Some(&b""[..]), &[], &["a.csv: the file is empty"]),
        ("header only", "a.csv", Some(b"text,label\n"), &[], &["a.csv: there are no rows"]),
        (
            "wrong column",
            "a.csv",
            Some(good.as_bytes()),
            &["--label-column", "lable"],
            &["a.csv: no column \"lable\"", "did you mean \"label\"?", "\"text\", \"label\""],
        ),
        (
            "columns that cannot be guessed",
            "a.csv",
            Some(b"foo,bar,baz\n1,2,3\n"),
            &[],
            &["a.csv: ", "--text-column", "\"foo\", \"bar\", \"baz\""],
        ),
        (
            "too few fields",
            "a.csv",
            Some(b"text,label\na,x\nonly\nb,y\n"),
            &[],
            &["a.csv:3: too few fields: got 1, expected 2"],
        ),
        (
            "invalid UTF-8",
            "a.csv",
            Some(b"text,label\na,x\ncaf\xe9,y\n"),
            &[],
            &["a.csv:3: not valid UTF-8", "--lossy"],
        ),
        (
            "missing label",
            "a.tsv",
            Some(b"text\tlabel\na\tx\nb\t\n"),
            &[],
            &["a.tsv:3: the label is missing"],
        ),
        (
            "malformed JSON",
            "a.jsonl",
            Some(b"{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\n"),
            &[],
            &["a.jsonl:2: not a JSON object"],
        ),
        (
            "single label",
            "a.csv",
            Some(b"text,label\na,x\nb,x\n"),
            &[],
            &["a.csv: every row has the label \"x\"", "at least two"],
        ),
        ("no token", "a.csv", Some(b"text,label\n,x\n,y\n"), &[], &["a.csv: no text has a token"]),
        ("unknown format", "a.xls", Some(b"?"), &[], &["a.xls: unknown data format", ".csv"]),
        (
            "class weights of another number",
            "a.csv",
            Some(good.as_bytes()),
            &["--class-weights", "1,2,3", "--quiet"],
            &["3 weights given for 2 labels", "x, y"],
        ),
        (
            "missing test set",
            "a.csv",
            Some(good.as_bytes()),
            &["--test", "gone.csv"],
            &["gone.csv: no such file"],
        ),
        (
            "missing tokenizer",
            "a.csv",
            Some(good.as_bytes()),
            &["--tokenizer", "gone.json"],
            &["gone.json: no such file"],
        ),
        (
            "missing vectors",
            "a.csv",
            Some(good.as_bytes()),
            &["--vectors", "gone.txt", "--quiet"],
            &["gone.txt: No such file"],
        ),
    ] {
        check(what, file, content, more, expected);
    }
}

#[test]
fn lossy_reads_what_is_not_utf8() {
    let place = Workplace::with_reviews();
    let mut bytes = std::fs::read(place.path("train.csv")).unwrap();
    bytes.extend(b"caf\xe9 lovely,pos\n");
    place.write("train.csv", bytes);
    let objects = place.train("m", &["--lossy"]);
    assert_eq!(objects.last().unwrap()["event"], "done");
}

#[test]
fn labels_that_training_never_saw_name_label_and_file() {
    let place = Workplace::with_reviews();
    place.write("strange.csv", "text,label\na film,pos\na film,neutral\n");
    for option in ["--test", "--valid"] {
        let before = place.files();
        let mut arguments = TRAIN.to_vec();
        arguments[6] = "train.csv";
        arguments.extend([option, "strange.csv"]);
        let expected = ["strange.csv:3: unknown label \"neutral\"", "\"neg\", \"pos\""];
        place.run(&arguments).assert_fails(option, 1, &expected);
        assert_eq!(place.files(), before);
    }
    let place = with_model();
    place.write("strange.csv", "text,label\na film,pos\na film,neutral\n");
    place.run(&["evaluate", "--model", "model", "--data", "strange.csv"]).assert_fails(
        "evaluate",
        1,
        &["strange.csv:3: unknown label \"neutral\""],
    );
}

#[test]
fn an_output_folder_that_exists_needs_force_and_other_folders_are_never_replaced() {
    let place = with_model();
    let mut arguments = TRAIN.to_vec();
    arguments[4] = "model";
    arguments[6] = "train.csv";
    let before = place.files();
    place.run(&arguments).assert_fails("train", 1, &["model: already exists", "--force"]);
    place.run(&["quickstart", "--out", "model"]).assert_fails(
        "quickstart",
        1,
        &["model: already exists", "--force"],
    );
    assert_eq!(place.files(), before);

    arguments.extend(SMALL);
    arguments.extend(["--force", "--seed", "7"]);
    place.done(&arguments);
    assert_ne!(place.files(), before);

    std::fs::create_dir(place.path("photos")).unwrap();
    place.write("photos/one.jpg", "a photo");
    let before = place.files();
    arguments[4] = "photos";
    place.run(&arguments).assert_fails("photos", 1, &["photos: ", "not overwritten"]);
    assert_eq!(place.files(), before);
}

#[test]
fn devices_that_are_not_compiled_in_are_refused() {
    let place = with_model();
    let predict = |device| place.run(&["predict", "--model", "model", "a", "--device", device]);
    if !candle_core::utils::cuda_is_available() {
        predict("cuda").assert_fails("cuda", 1, &["device cuda: not compiled in", "--device cpu"]);
        predict("cuda:1").assert_fails("cuda:1", 1, &["device cuda:1: not compiled in"]);
    }
    if !candle_core::utils::metal_is_available() {
        predict("metal").assert_fails("metal", 1, &["device metal: not compiled in"]);
    }
}

#[test]
fn input_lines_that_are_not_utf8_name_their_line() {
    let place = with_model();
    let run = |more: &[&str]| {
        place.write("lines", b"a lovely film\ncaf\xe9\n");
        let mut arguments = vec!["predict", "--model", "model", "--input", "-"];
        arguments.extend(more);
        let mut command = place.command(&arguments);
        command.stdin(std::fs::File::open(place.path("lines")).unwrap());
        crate::harness::Run::from(command.output().unwrap())
    };
    run(&[]).assert_fails("stdin", 1, &["stdin:2: not valid UTF-8", "--lossy"]);
    assert_eq!(run(&["--lossy"]).stdout.lines().count(), 2);
}

#[test]
fn a_run_that_diverges_saves_nothing() {
    let place = Workplace::with_reviews();
    let before = place.files();
    for valid_ratio in ["0", "0.1"] {
        // One step of this size throws every weight out of the range of its type.
        let arguments = "train --task classify --train train.csv --out m --quiet --epochs 1 \
            --batch-size 999 --lr 1e39 --warmup 0 --clip 0 --embedding-size 8 --n-filters 4 \
            --valid-ratio";
        let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
        arguments.push(valid_ratio);
        place.run(&arguments).assert_fails(valid_ratio, 1, &["lower the learning rate"]);
        assert_eq!(place.files(), before);
    }
}

#[test]
fn values_out_of_range_are_wrong_usage() {
    let place = Workplace::with_reviews();
    for (option, value) in
        [("--threads", "100000"), ("--threads", "0"), ("--lr", "-1"), ("--seed", "-1")]
    {
        let arguments =
            ["train", "--task", "classify", "--train", "train.csv", "--out", "m", option, value];
        place.run(&arguments).assert_fails(option, 2, &[option, value]);
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_refused_before_anything_happens() {
    use std::os::unix::ffi::OsStrExt;
    let place = Workplace::with_reviews();
    let before = place.files();
    let name = std::ffi::OsStr::from_bytes(b"zz\xff");
    for arguments in
        [&["train", "--task", "classify", "--train", "train.csv", "--out"][..], &["inspect"]]
    {
        let run = place.command(arguments).arg(name).output().unwrap();
        let run = crate::harness::Run::from(run);
        run.assert_fails("name", 2, &["not valid UTF-8: zz"]);
    }
    assert_eq!(place.files(), before);
}
