//! The table at the beginning of a safetensors file: eight bytes for its length, JSON, then the
//! tensors without gaps.

use candle_core::DType;
use safetensors::tensor::{Dtype, Metadata};

use super::raw::{Raw, row_major};

/// Bytes of the length before the header.
const LENGTH: usize = 8;

/// Longer headers are refused, as every reader of the format does.
const LONGEST: usize = 100_000_000;

type Result<T> = std::result::Result<T, String>;

/// The tensors of a whole file, by name.
pub(super) fn tensors(file: &[u8]) -> Result<Vec<(String, Raw)>> {
    let header = header(file)?;
    let metadata: Metadata = serde_json::from_slice(header)
        .map_err(|error| format!("it is no safetensors file, or damaged: {error}"))?;
    let first = LENGTH + header.len();
    expect_whole(file.len(), first.saturating_add(metadata.data_len()))?;
    let tensors = metadata.tensors().into_iter().map(|(name, info)| {
        let (start, end) = info.data_offsets;
        let raw = Raw {
            dtype: dtype(info.dtype),
            strides: row_major(&info.shape),
            shape: info.shape.clone(),
            start: first + start,
            n_bytes: end - start,
        };
        (name, raw)
    });
    Ok(tensors.collect())
}

fn header(file: &[u8]) -> Result<&[u8]> {
    let Some((length, rest)) = file.split_first_chunk::<LENGTH>() else {
        return Err(format!("{} bytes are no safetensors file", file.len()));
    };
    let length = u64::from_le_bytes(*length);
    match usize::try_from(length).ok().filter(|&length| length <= LONGEST) {
        None => Err("it is no safetensors file (nor a zip of PyTorch's)".into()),
        Some(length) => {
            let header = rest.get(..length);
            header.ok_or_else(|| cut_short(file.len(), LENGTH.saturating_add(length), "at least "))
        }
    }
}

fn expect_whole(found: usize, expected: usize) -> Result<()> {
    match found.checked_sub(expected) {
        Some(0) => Ok(()),
        None => Err(cut_short(found, expected, "")),
        Some(more) => {
            Err(format!("it is no safetensors file, or damaged: {more} bytes follow its tensors"))
        }
    }
}

fn cut_short(found: usize, expected: usize, at_least: &str) -> String {
    format!(
        "the file is cut short: it has {found} bytes, and by its header {at_least}{expected}; \
         fetch it again"
    )
}

fn dtype(dtype: Dtype) -> Result<DType> {
    match dtype {
        Dtype::BOOL => Ok(DType::U8),
        dtype => DType::try_from(dtype).map_err(|_| format!("{dtype:?}")),
    }
}
