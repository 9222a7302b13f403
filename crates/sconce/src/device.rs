//! `--device`.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, anyhow, bail};
use candle_core::{Device, utils};
use serde::{Serialize, Serializer};

use crate::names::hint;

/// A device by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA card, by number.
    Cuda(usize),
    /// Apple's graphics.
    Metal,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name.split_once(':') {
            None if name == "cpu" => Ok(Self::Cpu),
            None if name == "cuda" => Ok(Self::Cuda(0)),
            None if name == "metal" => Ok(Self::Metal),
            Some(("cuda", number)) => match number.parse() {
                Ok(number) => Ok(Self::Cuda(number)),
                Err(_) => Err("the card is a number from 0, as in cuda:1".into()),
            },
            _ => Err(hint(name, &["cpu", "cuda", "cuda:N", "metal"])),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(0) => f.write_str("cuda"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

impl Serialize for DeviceChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// If this build cannot use it, or it is not there.
    pub fn open(self) -> Result<Device> {
        let opened = match self {
            Self::Cpu => return Ok(Device::Cpu),
            Self::Cuda(_) if !utils::cuda_is_available() => bail!(not_compiled(self, "cuda")),
            Self::Metal if !utils::metal_is_available() => bail!(not_compiled(self, "metal")),
            Self::Cuda(number) => Device::new_cuda(number),
            Self::Metal => Device::new_metal(0),
        };
        opened.map_err(|error| anyhow!("device {self}: cannot be used: {error}; try --device cpu"))
    }
}

fn not_compiled(device: DeviceChoice, feature: &str) -> String {
    format!(
        "device {device}: not compiled in; build with `cargo xtask build --device {feature}`, or \
         use --device cpu"
    )
}

#[cfg(test)]
mod tests;
