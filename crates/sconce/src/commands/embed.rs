//! `sconce embed`: vectors of texts.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use sconce_export::{Bundle, EmbeddingFile, EmbeddingFormat, EncoderOptions, Predictor};
use sconce_models::AnyModel;
use serde::Serialize;
use serde_json::json;

use super::predict::placed;
use crate::console::Console;
use crate::failure::usage;
use crate::options::{
    Item, LengthOptions, Pairs, Pooling, RunOptions, Runtime, SourceOptions, TextsOptions,
    note_truncated,
};
use crate::table::{count, thousands};

/// Texts between two looks at the clock.
const CHUNK: usize = 256;
/// Between two lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(3);

const EXAMPLES: &str = "\
Examples:
  sconce embed --model encoder --input texts.csv --out vectors.npy
  sconce embed --model encoder --input texts.txt --out vectors.safetensors --normalize
  sconce embed --model bert --pooling cls \"a text\" \"another\" --json";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce embed --model DIR --input FILE|- --out FILE [OPTIONS]\n       sconce embed --model DIR [OPTIONS] [TEXT]..."
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// File of the vectors: .npy, .safetensors or .jsonl [default: one a line on stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How tokens become one vector: mean, cls, max or last [default: the model's, or mean]
    #[arg(long, value_name = "NAME")]
    pooling: Option<Pooling>,
    /// Give vectors the length 1 [default: as the model's, or true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    normalize: Option<bool>,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    texts: TextsOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// A vector as a JSON object.
#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    embedding: &'a [f32],
}

/// Embeds texts.
pub fn run(options: &Options) -> Result<()> {
    options.texts.check("embed")?;
    let format = options.out.as_ref().map(|path| {
        EmbeddingFormat::of_path(path).ok_or_else(|| {
            let known = EmbeddingFormat::NAMES.join(", .");
            usage(format_args!("--out {}: the ending must be one of .{known}", path.display()))
        })
    });
    let format = format.transpose()?;
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(options.open(&runtime)?);
    predictor.embedding_dim()?;
    match (&options.out, format) {
        (Some(path), Some(format)) => options.to_file(&predictor, path, format, &runtime),
        _ => options.to_stdout(&predictor, &runtime),
    }
}

impl Options {
    /// The model as an encoder, whatever its head; with an adapter it must be one.
    fn open(&self, runtime: &Runtime) -> Result<Bundle> {
        let encoder = EncoderOptions {
            pooling: self.pooling.as_ref().map(|pooling| pooling.0),
            normalize: self.normalize,
        };
        let folders = self.source.folders(runtime.console)?;
        let Some(adapter) = folders.adapter else {
            return Ok(Bundle::open_encoder(&folders.base, &runtime.device, &encoder)?);
        };
        if encoder != EncoderOptions::default() {
            return Err(usage("--pooling and --normalize are not for a model with an adapter"));
        }
        Ok(Bundle::open_adapted(&folders.base, &adapter, &runtime.device)?)
    }

    fn to_file(
        &self,
        predictor: &Predictor,
        path: &std::path::Path,
        format: EmbeddingFormat,
        runtime: &Runtime,
    ) -> Result<()> {
        let started = Instant::now();
        let items = self.texts.all(Pairs::Never)?;
        let dim = predictor.embedding_dim()?;
        let mut file = EmbeddingFile::create(path, format, items.len(), dim)?;
        let mut progress = Progress { started, last: started, console: runtime.console };
        let (mut n, mut n_truncated) = (0, 0);
        for chunk in items.chunks(CHUNK) {
            let texts: Vec<&str> = chunk.iter().map(|item| item.text.as_str()).collect();
            let place = |index: usize| format!("text {}", n + index + 1);
            let found = predictor.embed(&texts).map_err(|error| placed(error, &place))?;
            texts.iter().zip(&found.rows).try_for_each(|(text, row)| file.push(text, row))?;
            n_truncated += found.n_truncated;
            n += chunk.len();
            progress.show(n, items.len());
        }
        file.finish()?;
        note_truncated(n_truncated, n, predictor, runtime.console);
        let seconds = started.elapsed().as_secs_f64();
        let (shown, texts) = (path.display(), count(n, "text"));
        runtime
            .console
            .note(format_args!("{texts}, vectors of size {dim}: {shown} ({seconds:.1} s)"));
        Ok(runtime.output.json(&json!({
            "event": "done",
            "out": path,
            "texts": n,
            "dim": dim,
            "truncated": n_truncated,
            "seconds": seconds,
            "texts_per_second": n as f64 / seconds,
        }))?)
    }

    fn to_stdout(&self, predictor: &Predictor, runtime: &Runtime) -> Result<()> {
        let mut out = BufWriter::new(io::stdout());
        let (mut n, mut n_truncated) = (0, 0);
        self.texts.for_each(Pairs::Never, &mut |items: &[Item], place| {
            let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
            let found = predictor.embed(&texts).map_err(|error| placed(error, place))?;
            for (text, embedding) in texts.into_iter().zip(&found.rows) {
                let line = match self.run.common.json {
                    true => serde_json::to_string(&Row { text, embedding })?,
                    false => {
                        embedding.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
                    }
                };
                writeln!(out, "{line}")?;
            }
            (n, n_truncated) = (n + items.len(), n_truncated + found.n_truncated);
            Ok(out.flush()?)
        })?;
        note_truncated(n_truncated, n, predictor, runtime.console);
        Ok(())
    }
}

/// Lines of progress.
struct Progress {
    started: Instant,
    last: Instant,
    console: Console,
}

impl Progress {
    fn show(&mut self, n: usize, n_all: usize) {
        if self.last.elapsed() < LINE_EVERY || n == n_all {
            return;
        }
        self.last = Instant::now();
        let rate = n as f64 / self.started.elapsed().as_secs_f64();
        let left = (n_all - n) as f64 / rate;
        self.console.note(format_args!(
            "  {} of {}, {rate:.0} a second, {left:.0} s left",
            thousands(n),
            count(n_all, "text"),
        ));
    }
}

/// Opens a model that says how alike texts are: an encoder, or a cross-encoder as it is.
pub fn open_for_similarity(source: &SourceOptions, runtime: &Runtime) -> Result<Bundle> {
    let folders = source.folders(runtime.console)?;
    if let Some(adapter) = &folders.adapter {
        return Ok(Bundle::open_adapted(&folders.base, adapter, &runtime.device)?);
    }
    let bundle = Bundle::open(&folders.base, &runtime.device)?;
    let is_fit = match &bundle.model {
        AnyModel::SentenceEncoder(_) => true,
        AnyModel::SequenceClassifier(model) => model.labels().len() == 1,
        _ => false,
    };
    match is_fit {
        true => Ok(bundle),
        false => {
            let options = EncoderOptions::default();
            Ok(Bundle::open_encoder(&folders.base, &runtime.device, &options)?)
        }
    }
}
