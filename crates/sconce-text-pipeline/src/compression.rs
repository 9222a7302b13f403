//! Files that are packed with gzip (RFC 1952) or zstd (RFC 8878), told by their first bytes.

use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::{DataError, Error, Result};

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// A reader of what the bytes hold, packed or not. No text begins as packed files do.
pub(crate) fn decoder(
    mut reader: Box<dyn Read + Send>,
    name: &str,
) -> Result<Box<dyn Read + Send>> {
    let mut first = Vec::with_capacity(ZSTD.len());
    let read = reader.by_ref().take(ZSTD.len() as u64).read_to_end(&mut first);
    read.map_err(|source| Error::io(name, source))?;
    let packing = Packing::of_bytes(&first);
    let said = Packing::of_name(name);
    let bytes = Box::new(io::Cursor::new(first.clone()).chain(reader));
    match (packing, said) {
        (Some(packing), _) => packing.decoder(bytes, name),
        (None, None) => Ok(bytes),
        (None, Some(_)) if first.is_empty() => Ok(bytes),
        (None, Some(said)) => {
            Err(DataError::NotPacked { path: name.to_owned(), packing: said.name() }.into())
        }
    }
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            bytes if bytes.starts_with(GZIP) => Some(Self::Gzip),
            bytes if bytes.starts_with(ZSTD) => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What the ending of a file name says.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.rsplit_once('.')?.1 {
            "gz" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    #[cfg(feature = "compression")]
    fn decoder(self, bytes: Box<dyn Read + Send>, name: &str) -> Result<Box<dyn Read + Send>> {
        Ok(match self {
            // Of files put together one after the other, all are read.
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
            Self::Zstd => Box::new(
                zstd::stream::read::Decoder::new(bytes)
                    .map_err(|source| Error::io(name, source))?,
            ),
        })
    }

    #[cfg(not(feature = "compression"))]
    fn decoder(self, _: Box<dyn Read + Send>, name: &str) -> Result<Box<dyn Read + Send>> {
        Err(Error::FeatureMissing { file: name.to_owned(), feature: "compression" })
    }
}

/// Packs what is written.
pub(crate) enum Packer<W: Write> {
    Plain(W),
    #[cfg(feature = "compression")]
    Gzip(flate2::write::GzEncoder<W>),
    #[cfg(feature = "compression")]
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    #[cfg(feature = "compression")]
    pub(crate) fn new(writer: W, packing: Option<Packing>, path: &Path) -> Result<Self> {
        Ok(match packing {
            None => Self::Plain(writer),
            Some(Packing::Gzip) => {
                Self::Gzip(flate2::write::GzEncoder::new(writer, flate2::Compression::default()))
            }
            Some(Packing::Zstd) => Self::Zstd(
                zstd_encoder(writer)
                    .map_err(|source| Error::io(&path.display().to_string(), source))?,
            ),
        })
    }

    #[cfg(not(feature = "compression"))]
    pub(crate) fn new(writer: W, packing: Option<Packing>, path: &Path) -> Result<Self> {
        match packing {
            None => Ok(Self::Plain(writer)),
            Some(_) => Err(Error::FeatureMissing {
                file: path.display().to_string(),
                feature: "compression",
            }),
        }
    }

    /// Writes the end of the packed bytes.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(writer) => Ok(writer),
            #[cfg(feature = "compression")]
            Self::Gzip(writer) => writer.finish(),
            #[cfg(feature = "compression")]
            Self::Zstd(writer) => writer.finish(),
        }
    }

    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(writer) => writer,
            #[cfg(feature = "compression")]
            Self::Gzip(writer) => writer,
            #[cfg(feature = "compression")]
            Self::Zstd(writer) => writer,
        }
    }
}

/// With a checksum, by which damage is noticed.
#[cfg(feature = "compression")]
fn zstd_encoder<W: Write>(writer: W) -> io::Result<zstd::stream::write::Encoder<'static, W>> {
    let mut encoder = zstd::stream::write::Encoder::new(writer, zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    Ok(encoder)
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
    }
}

/// Tells a packed file that is damaged from one that cannot be read.
pub(crate) fn error(name: &str, source: io::Error) -> Error {
    let path = name.to_owned();
    match source.kind() {
        io::ErrorKind::UnexpectedEof => DataError::PackedCutShort { path }.into(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            DataError::PackedCorrupt { path, reason: source.to_string() }.into()
        }
        // What the decoder of zstd says has no kind of its own.
        _ if Packing::of_name(name) == Some(Packing::Zstd) && source.raw_os_error().is_none() => {
            DataError::PackedCorrupt { path, reason: source.to_string() }.into()
        }
        _ => Error::io(name, source),
    }
}
