//! A schedule as text, `name:option=value,option=value`.

use std::fmt;
use std::str::FromStr;

use sconce_text_pipeline::nearest;

use super::{DecayShape, LrSchedule};
use crate::error::{Error, Result};

/// Options as they were given, taken out one by one.
struct Given<'a> {
    schedule: &'a str,
    options: Vec<(&'a str, &'a str)>,
}

impl<'a> Given<'a> {
    fn parse(schedule: &'a str, text: Option<&'a str>) -> Result<Self> {
        let option = |part: &'a str| match part.split_once('=') {
            Some((name, value)) => Ok((name.trim(), value.trim())),
            None => Err(wrong(schedule, format!("\"{part}\" is no option=value"))),
        };
        let parts = text.into_iter().flat_map(|text| text.split(','));
        Ok(Self { schedule, options: parts.map(option).collect::<Result<_>>()? })
    }

    /// The value of an option that must be as `what` says, if it was given.
    fn take<T: FromStr>(
        &mut self,
        name: &str,
        what: &str,
        is_right: impl Fn(&T) -> bool,
    ) -> Result<Option<T>> {
        let Some(at) = self.options.iter().position(|(option, _)| *option == name) else {
            return Ok(None);
        };
        let (_, value) = self.options.remove(at);
        match value.parse().ok().filter(is_right) {
            Some(value) => Ok(Some(value)),
            None => Err(wrong(self.schedule, format!("{name} must be {what}, got \"{value}\""))),
        }
    }

    fn share(&mut self, name: &str, default: f64) -> Result<f64> {
        let value = self.take(name, "from 0 to 1", |share| (0. ..=1.).contains(share))?;
        Ok(value.unwrap_or(default))
    }

    fn at_least(&mut self, name: &str, least: f64, default: f64) -> Result<f64> {
        let what = format!("a number of at least {least}");
        let is_right = |number: &f64| number.is_finite() && *number >= least;
        Ok(self.take(name, &what, is_right)?.unwrap_or(default))
    }

    fn count(&mut self, name: &str) -> Result<Option<u64>> {
        self.take(name, "a whole number of at least 1", |count| *count >= 1)
    }

    fn finish(self) -> Result<()> {
        match self.options.first() {
            Some((name, _)) => Err(wrong(self.schedule, format!("it has no option \"{name}\""))),
            None => Ok(()),
        }
    }
}

fn wrong(schedule: &str, problem: String) -> Error {
    Error::Schedule { schedule: schedule.into(), problem }
}

impl LrSchedule {
    /// The names of all schedules.
    pub const NAMES: [&'static str; 9] = [
        "constant",
        "linear",
        "cosine",
        "cosine-with-restarts",
        "cosine-with-min-lr",
        "polynomial",
        "inverse-sqrt",
        "warmup-stable-decay",
        "slanted-triangular",
    ];

    fn name(self) -> &'static str {
        Self::NAMES[match self {
            Self::Constant => 0,
            Self::Linear => 1,
            Self::Cosine => 2,
            Self::CosineWithRestarts { .. } => 3,
            Self::CosineWithMinLr { .. } => 4,
            Self::Polynomial { .. } => 5,
            Self::InverseSqrt { .. } => 6,
            Self::WarmupStableDecay { .. } => 7,
            Self::SlantedTriangular { .. } => 8,
        }]
    }

    fn build(name: &str, given: &mut Given<'_>) -> Result<Self> {
        Ok(match name {
            "constant" => Self::Constant,
            "linear" => Self::Linear,
            "cosine" => Self::Cosine,
            "cosine-with-restarts" => {
                Self::CosineWithRestarts { cycles: given.count("cycles")?.unwrap_or(1) }
            }
            "cosine-with-min-lr" => Self::CosineWithMinLr { min: given.share("min", 0.1)? },
            "polynomial" => Self::Polynomial {
                power: given.at_least("power", 0., 1.)?,
                end: given.share("end", 0.)?,
            },
            "inverse-sqrt" => Self::InverseSqrt { timescale: given.count("timescale")? },
            "warmup-stable-decay" => Self::WarmupStableDecay {
                decay: given.share("decay", 0.1)?,
                shape: given.shape()?,
                min: given.share("min", 0.)?,
            },
            "slanted-triangular" => {
                Self::SlantedTriangular { ratio: given.at_least("ratio", 1., 32.)? }
            }
            _ => {
                let hint = match nearest(name, Self::NAMES) {
                    Some(name) => format!("did you mean \"{name}\"? "),
                    None => String::new(),
                };
                let known = Self::NAMES.join(", ");
                return Err(wrong(name, format!("no such schedule; {hint}there are: {known}")));
            }
        })
    }
}

impl Given<'_> {
    fn shape(&mut self) -> Result<DecayShape> {
        let what = "cosine, linear or one-minus-sqrt";
        Ok(self.take("shape", what, |_| true)?.unwrap_or_default())
    }
}

impl FromStr for LrSchedule {
    type Err = Error;

    /// Reads `name` or `name:option=value,..`; Hugging Face's underscores do as well.
    fn from_str(text: &str) -> Result<Self> {
        let (name, options) = match text.split_once(':') {
            Some((name, options)) => (name, Some(options)),
            None => (text, None),
        };
        let name = name.trim().replace('_', "-");
        let mut given = Given::parse(&name, options)?;
        let schedule = Self::build(&name, &mut given)?;
        given.finish()?;
        Ok(schedule)
    }
}

impl fmt::Display for LrSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Constant | Self::Linear | Self::Cosine => write!(f, "{name}"),
            Self::CosineWithRestarts { cycles } => write!(f, "{name}:cycles={cycles}"),
            Self::CosineWithMinLr { min } => write!(f, "{name}:min={min}"),
            Self::Polynomial { power, end } => write!(f, "{name}:power={power},end={end}"),
            Self::InverseSqrt { timescale: None } => write!(f, "{name}"),
            Self::InverseSqrt { timescale: Some(steps) } => write!(f, "{name}:timescale={steps}"),
            Self::WarmupStableDecay { decay, shape, min } => {
                write!(f, "{name}:decay={decay},shape={shape},min={min}")
            }
            Self::SlantedTriangular { ratio } => write!(f, "{name}:ratio={ratio}"),
        }
    }
}

impl FromStr for DecayShape {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "cosine" => Ok(Self::Cosine),
            "linear" => Ok(Self::Linear),
            "one-minus-sqrt" => Ok(Self::OneMinusSqrt),
            _ => Err(()),
        }
    }
}

impl fmt::Display for DecayShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cosine => "cosine",
            Self::Linear => "linear",
            Self::OneMinusSqrt => "one-minus-sqrt",
        })
    }
}

impl From<LrSchedule> for String {
    fn from(schedule: LrSchedule) -> Self {
        schedule.to_string()
    }
}

impl TryFrom<String> for LrSchedule {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
