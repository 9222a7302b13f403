//! Tests of naming environments and of finding them half made.

use super::*;

#[test]
fn fnv1a_gives_the_published_values() {
    let cases = [
        ("", 0xcbf2_9ce4_8422_2325),
        ("a", 0xaf63_dc4c_8601_ec8c),
        ("foobar", 0x8594_4171_f739_67e8),
    ];
    for (text, expected) in cases {
        assert_eq!(fnv1a(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn comments_and_order_do_not_change_an_environment_and_pins_do() {
    let name = |text: &str| {
        folder_name(Path::new("benches/peers/requirements-golden.txt"), &pins(text).unwrap())
    };
    let first = name("torch==2.0.0\nnumpy==1.0.0\n");
    assert_eq!(first, name("# why\n\nnumpy==1.0.0 # here\ntorch==2.0.0"));
    assert_ne!(first, name("torch==2.0.1\nnumpy==1.0.0\n"));
    assert!(first.starts_with("golden-") && first.len() == "golden-".len() + 16, "{first}");
}

#[test]
fn a_line_that_pins_nothing_is_an_error_with_its_number() {
    for line in ["torch", "torch>=2", "==2", "torch=="] {
        let error = pins(&format!("numpy==1.0.0\n{line}\n")).unwrap_err().to_string();
        assert!(error.contains(&format!("line 2: `{line}`")), "{error}");
    }
}

/// Why an environment is missing whose interpreter is what `make` puts at a path.
fn why_missing(case: &str, make: impl FnOnce(&Path)) -> String {
    let folder = std::env::temp_dir().join(format!("sconce-xtask-{case}-{}", std::process::id()));
    let python = interpreter(&folder);
    std::fs::create_dir_all(python.parent().unwrap()).unwrap();
    make(&python);
    let found = environment_in(&folder, Path::new("requirements.txt"), &["torch==2.0.0".into()]);
    std::fs::remove_dir_all(&folder).unwrap();
    match found {
        Environment::Missing(why) => {
            assert!(why.contains(&format!("remove {}", folder.display())), "{why}");
            why
        }
        Environment::Ready(python) => panic!("{case}: {} is ready", python.display()),
    }
}

/// Writes a shell script. A process of its own does: a program cannot be started while a process
/// that another test forks just then still has it open for writing.
#[cfg(unix)]
fn script(path: &Path, text: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" > "$0" && chmod +x "$0""#;
    process::run(Command::new("sh").args(["-c", write]).arg(path).arg(text)).unwrap();
}

#[test]
fn an_interpreter_that_is_no_program_makes_the_environment_missing() {
    let why = why_missing("broken", |python| std::fs::write(python, "no program").unwrap());
    assert!(why.contains("the environment's Python does not work"), "{why}");
}

#[cfg(unix)]
#[test]
fn an_interpreter_that_fails_makes_the_environment_missing() {
    let why = why_missing("failing", |python| script(python, "exit 3"));
    assert!(why.contains("does not work") && why.contains("exit status: 3"), "{why}");
}

#[cfg(unix)]
#[test]
fn an_environment_without_pip_is_missing() {
    // It answers the probe as an empty environment does. A pip that succeeds and installs nothing
    // is found out as well.
    for (case, pip, expected) in [
        ("no-pip", "exit 1", "cannot install torch==2.0.0"),
        ("idle-pip", "exit 0", "not installed: torch==2.0.0 (absent)"),
    ] {
        let text = format!("if [ \"$1\" = -c ]; then echo 'torch==2.0.0 (absent)'; else {pip}; fi");
        let why = why_missing(case, |python| script(python, &text));
        assert!(why.contains(expected), "{why}");
    }
}

#[cfg(unix)]
#[test]
fn an_environment_that_cannot_be_made_is_missing() {
    let file = std::env::temp_dir().join(format!("sconce-xtask-file-{}", std::process::id()));
    std::fs::write(&file, "no folder").unwrap();
    let found = environment_in(&file.join("env"), Path::new("requirements.txt"), &[]);
    std::fs::remove_file(&file).unwrap();
    let Environment::Missing(why) = found else { panic!("ready below a file") };
    assert!(why.contains("no virtual environment"), "{why}");
}

#[test]
fn an_environment_that_only_may_exist_is_not_made() {
    let folder = std::env::temp_dir().join(format!("sconce-xtask-none-{}", std::process::id()));
    let Environment::Missing(why) = existing_in(&folder, &["torch==2.0.0".into()]) else {
        panic!("nothing stands at {}", folder.display());
    };
    assert!(why.contains("there is no environment") && !folder.exists(), "{why}");
}
