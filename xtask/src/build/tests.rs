//! Tests of choosing a device and of what a machine may lack.

use std::path::{Path, PathBuf};

use super::*;
use crate::args::{UsageError, parse};
use cuda::Seen;

#[test]
fn each_device_turns_its_features_on() {
    let cases = [
        ("", "cpu", 0),
        ("--device cuda", "cuda", 1),
        ("--device=cudnn", "cudnn", 2),
        ("--device metal", "metal", 1),
    ];
    for (line, name, features) in cases {
        let chosen = device(&parsed(line)).unwrap();
        assert_eq!((chosen.name, chosen.features.len()), (name, features), "{line}");
    }
}

fn parsed(flags: &str) -> Args {
    let words: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    parse(&COMMAND, &words).unwrap()
}

#[test]
fn an_unknown_device_offers_the_nearest() {
    let error = device(&parsed("--device=cuda12")).err().unwrap();
    assert!(error.is::<UsageError>());
    assert_eq!(error.to_string(), "unknown device `cuda12`; did you mean `cuda`?");
}

#[test]
fn apples_libraries_need_macos() {
    assert_eq!(preflight::apple("metal", "macos").missing, [""; 0]);
    let missing = preflight::apple("metal", "linux").missing;
    assert_eq!(missing, ["macOS: `metal` is a part of it, and this is linux"]);
}

#[test]
fn mkl_needs_its_libraries_and_the_right_processor() {
    let nowhere = [PathBuf::from("no-such-folder")];
    assert_eq!(preflight::mkl("x86_64", &nowhere).missing.len(), 1);
    let both = preflight::mkl("aarch64", &nowhere);
    assert_eq!(both.missing.len(), 2);
    assert!(both.missing[1].contains("no-such-folder") && both.advice.contains("MKLROOT"));

    let folder = scratch("mkl");
    std::fs::create_dir_all(folder.join("lib")).unwrap();
    std::fs::write(folder.join("lib/libmkl_core.so.2"), "").unwrap();
    assert_eq!(preflight::mkl("x86_64", std::slice::from_ref(&folder)).missing, [""; 0]);
    std::fs::remove_dir_all(folder).unwrap();
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("sconce-xtask-{name}-{}", std::process::id()))
}

#[test]
fn a_bare_machine_hears_of_everything_at_once() {
    let seen = Seen {
        looked_at: vec![PathBuf::from("/usr/local/cuda")],
        absent: vec![(String::from("the header curand.h"), "nvidia-curand")],
        ..Seen::default()
    };
    let missing = cuda::missing(&seen);
    assert_eq!(missing.len(), 3, "{missing:#?}");
    assert!(missing[0].starts_with("nvcc") && missing[0].ends_with("nor in /usr/local/cuda"));
    assert_eq!(missing[1], "the header curand.h (pip: nvidia-curand)");
    assert!(missing[2].contains("CUDA_COMPUTE_CAP"));
}

#[test]
fn a_toolkit_must_be_one_that_the_bindings_know() {
    let seen = |version| Seen {
        root: Some(Path::new("toolkit").to_path_buf()),
        version,
        knows_the_gpu: true,
        ..Seen::default()
    };
    let cases = [
        (Some((12, 8)), ""),
        (Some((13, 2)), ""),
        (Some((13, 5)), "this one is 13.5"),
        (None, "does not tell its version"),
    ];
    for (version, expected) in cases {
        let missing = cuda::missing(&seen(version)).join("");
        assert_eq!(missing.is_empty(), expected.is_empty(), "{version:?}: {missing}");
        assert!(missing.contains(expected), "{version:?}: {missing}");
    }
}

#[test]
fn the_version_is_read_from_what_nvcc_prints() {
    let text =
        "nvcc: NVIDIA (R) Cuda compiler driver\nCuda compilation tools, release 13.2, V13.2.51\n";
    assert_eq!(cuda::release(text), Some((13, 2)));
    assert_eq!(cuda::release("nvcc fatal: no licence"), None);
}
