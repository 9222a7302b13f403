//! Whole and cut files.

use super::*;

const HEADER: &str = r#"{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[8,9]},"c":{"dtype":"C64","shape":[0],"data_offsets":[9,9]}}"#;

fn file() -> Vec<u8> {
    [&(HEADER.len() as u64).to_le_bytes(), HEADER.as_bytes(), &[0; 9]].concat()
}

#[test]
fn tensors_lie_where_the_header_says() {
    let file = file();
    let mut tensors = tensors(&file).unwrap();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let first = LENGTH + HEADER.len();
    let found = tensors.iter().map(|(name, raw)| {
        (name.as_str(), raw.dtype.clone(), raw.shape.as_slice(), raw.start - first, raw.n_bytes)
    });
    let expected = [
        ("a", Ok(DType::F32), &[2, 1][..], 0, 8),
        ("b", Ok(DType::U8), &[], 8, 1),
        ("c", Err("C64".to_owned()), &[0], 9, 0),
    ];
    assert!(found.eq(expected));
}

#[test]
fn a_file_that_is_cut_says_so_with_its_sizes() {
    let file = file();
    let n = file.len();
    let error = tensors(&file[..n - 4]).unwrap_err();
    let expected = format!("the file is cut short: it has {} bytes, and by its header {n}", n - 4);
    assert!(error.starts_with(&expected), "{error}");
    let error = tensors(&file[..60]).unwrap_err();
    let at_least = format!("it has 60 bytes, and by its header at least {}", n - 9);
    assert!(error.contains(&at_least), "{error}");
    assert_eq!(tensors(&file[..5]).unwrap_err(), "5 bytes are no safetensors file");
    let error = tensors(&[&file[..], b"more"].concat()).unwrap_err();
    assert!(error.contains("4 bytes follow its tensors"), "{error}");
}
