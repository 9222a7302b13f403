//! Golden files are read as they stand, and every mistake names file and key.

use std::io::Write;

use candle_core::DType;
use tempfile::NamedTempFile;

use super::Golden;

fn golden(text: &str) -> (NamedTempFile, Golden) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let golden = Golden::open(file.path()).unwrap();
    (file, golden)
}

const FILE: &str = r#"{
    "cases": ["a", "b"],
    "a.x": {"shape": [2, 3], "data": [1, 2.5, -3, 0.1, 4e-3, 6]},
    "a.ids": [0, 7, 4294967295],
    "a.lr": 0.125,
    "a.nan": null,
    "a.torn": {"shape": [2, 2], "data": [1, 2, 3]},
    "a.scalar": {"shape": [], "data": [8]}
}"#;

#[test]
fn values_come_back_in_the_type_asked_for() {
    let (_file, golden) = golden(FILE);
    let x = golden.tensor("a.x").unwrap();
    assert_eq!((x.dims(), x.dtype()), (&[2, 3][..], DType::F32));
    assert_eq!(x.to_vec2::<f32>().unwrap(), [[1.0, 2.5, -3.0], [0.1, 4e-3, 6.0]]);
    let x = golden.tensor_f64("a.x").unwrap();
    assert_eq!(x.to_vec2::<f64>().unwrap(), [[1.0, 2.5, -3.0], [0.1, 4e-3, 6.0]]);
    assert_eq!(golden.tensor("a.scalar").unwrap().to_scalar::<f32>().unwrap(), 8.0);
    assert_eq!(golden.tensor_f64("a.ids").unwrap().dims(), [3]);
    assert_eq!(golden.u32s("a.ids").unwrap(), [0, 7, u32::MAX]);
    assert_eq!(golden.f64s("a.ids").unwrap(), [0.0, 7.0, 4_294_967_295.0]);
    assert_eq!(golden.f64("a.lr").unwrap(), 0.125);
    assert_eq!(golden.strings("cases").unwrap(), ["a", "b"]);
    assert!(golden.contains("a.lr") && !golden.contains("b.lr"));
}

#[test]
fn mistakes_name_file_and_key() {
    let (file, golden) = golden(FILE);
    let path = file.path().display().to_string();
    let cases = [
        (golden.f64("a.lrs").unwrap_err(), "no `a.lrs`; the nearest is `a.lr`"),
        (golden.f64("a.nan").unwrap_err(), "`a.nan` is not a number: null"),
        (
            golden.tensor("a.torn").unwrap_err(),
            "`a.torn` is not a tensor whose data fill its shape",
        ),
        (golden.tensor("cases").unwrap_err(), "`cases` is not a tensor"),
        (
            golden.u32s("a.lr").unwrap_err(),
            "`a.lr` is not a list of unsigned 32-bit integers: 0.125",
        ),
        (golden.strings("a.ids").unwrap_err(), "`a.ids` is not a list of strings"),
    ];
    for (error, wanted) in cases {
        let message = error.to_string();
        assert!(message.contains(wanted) && message.contains(&path), "{message}");
    }
}

#[test]
fn a_file_that_cannot_be_read_says_how_to_make_it() {
    let message = Golden::open("no/such/file.json").unwrap_err().to_string();
    assert!(message.contains("no/such/file.json") && message.contains("xtask golden"), "{message}");

    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"{\n\"a\": NaN}").unwrap();
    let message = Golden::open(file.path()).unwrap_err().to_string();
    assert!(message.contains("line 2"), "{message}");
}
