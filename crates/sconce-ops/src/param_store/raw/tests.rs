//! Any strides, any pair of types.

use super::*;

fn view<'a>(bytes: &'a [u8], dtype: DType, shape: &[usize], strides: &[usize]) -> View<'a> {
    View { bytes, _pages: None, dtype, shape: shape.to_vec(), strides: strides.to_vec() }
}

/// Numbers in order, as bytes.
fn counted(n: usize) -> Vec<u8> {
    (0..n).flat_map(|i| (i as f32).to_le_bytes()).collect()
}

#[test]
fn strides_are_followed() {
    let bytes = counted(600);
    for (case, shape, strides) in [
        ("rows", vec![40, 15], vec![15, 1]),
        ("transposed", vec![15, 40], vec![1, 15]),
        ("every second", vec![20, 15], vec![30, 1]),
        ("three dimensions, rotated", vec![5, 40, 3], vec![1, 15, 5]),
        ("all the same", vec![7, 3], vec![0, 0]),
        ("one row, any stride", vec![1, 15], vec![999, 1]),
        ("a scalar", vec![], vec![]),
        ("nothing", vec![0, 3], vec![3, 1]),
    ] {
        let mut expected = vec![0f32];
        for (&n, &stride) in shape.iter().zip(&strides) {
            let steps = (0..n).map(|i| (i * stride) as f32).collect::<Vec<_>>();
            expected = expected.iter().flat_map(|at| steps.iter().map(move |s| at + s)).collect();
        }
        let tensor = view(&bytes, DType::F32, &shape, &strides);
        // The bytes of a contiguous tensor are its own.
        let n = expected.len() * 4;
        let tensor = if tensor.is_contiguous() {
            view(&bytes[..n], DType::F32, &shape, &strides)
        } else {
            tensor
        };
        assert_eq!(tensor.floats::<f32>().unwrap(), expected, "{case}");
        let as_is = tensor.tensor(&Device::Cpu).unwrap();
        assert_eq!(as_is.flatten_all().unwrap().to_vec1::<f32>().unwrap(), expected, "{case}");
        let var = tensor.var(DType::F64, &Device::Cpu).unwrap();
        assert_eq!((var.dims(), var.dtype()), (shape.as_slice(), DType::F64), "{case}");
        assert!(tensor.equals(&as_is).unwrap(), "{case}");
        if n > 0 {
            assert!(!tensor.equals(&(as_is + 1.).unwrap()).unwrap(), "{case}");
        }
    }
}

#[test]
fn more_than_a_block_is_read_in_order() {
    let n = 3 * BLOCK + 17;
    let bytes = counted(n);
    let values = view(&bytes, DType::F32, &[n], &[1]).floats::<f64>().unwrap();
    assert!(values.iter().enumerate().all(|(i, &value)| value == i as f64));
}

#[test]
fn what_is_no_float_comes_as_it_is() {
    let bytes: Vec<u8> = (0..6i64).flat_map(i64::to_le_bytes).collect();
    let tensor = view(&bytes, DType::I64, &[3, 2], &[1, 3]);
    let values = tensor.tensor(&Device::Cpu).unwrap().to_vec2::<i64>().unwrap();
    assert_eq!(values, [[0, 3], [1, 4], [2, 5]]);
    let floats = tensor.tensor_as(DType::F32, &Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(floats, [[0., 3.], [1., 4.], [2., 5.]]);
}

#[test]
fn a_tensor_outside_its_file_or_of_an_unknown_type_is_an_error() {
    let raw =
        |dtype, start, n_bytes| Raw { dtype, shape: vec![2], strides: vec![1], start, n_bytes };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    std::fs::write(&path, [&2u64.to_le_bytes()[..], b"{}"].concat()).unwrap();
    let (file, tensors) = WeightFile::open(&path, None).unwrap();
    assert!(tensors.is_empty());
    for (raw, expected) in [
        (raw(Ok(DType::F32), 4, 8), "`w` reaches beyond the end"),
        (raw(Ok(DType::F32), usize::MAX, 8), "`w` reaches beyond the end"),
        (raw(Err("torch.complex64".into()), 0, 8), "`w` is torch.complex64 in the file"),
    ] {
        let error = View::new("w", &file, &raw).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
