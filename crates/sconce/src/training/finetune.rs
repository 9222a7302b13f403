//! A training run of a transformer, pretrained or fresh: from files to a tested model.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use sconce_models::{
    AnyModel, Head, LoraConfig, ModelConfig, PretrainedConfig, TargetModules, checkpoint,
};
use sconce_ops::{LoadReport, ParamStore};
use sconce_text_pipeline::Tokenizer;
use sconce_training::{Failure, History, Kept, Layers, ParamPolicy, Trainer};
use serde_json::{Map, Value, json};

use super::Trained;
use crate::failure::usage;
use crate::jobs::{self, Files, Job, Limit, Plan, Set};
use crate::options::{Arch, ColumnOptions, Defaults, HubOptions, Runtime, SizeOptions, Task};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::table::{list, thousands};

/// What a run is made of.
pub struct Run<'a> {
    /// What is learned.
    pub task: Task,
    /// Everything that decides how.
    pub recipe: &'a mut Recipe,
    /// Where text and label stand.
    pub columns: &'a ColumnOptions,
    /// The files.
    pub files: &'a Files,
    /// Which state of a model of the hub.
    pub hub: &'a HubOptions,
    /// Seed of everything random.
    pub seed: u64,
}

/// Where a run begins.
struct Base {
    config: PretrainedConfig,
    tokenizer: Box<dyn Tokenizer>,
    companions: Vec<checkpoint::Companion>,
    /// The folder of the weights; none if they are drawn.
    folder: Option<std::path::PathBuf>,
}

/// Trains and tests.
///
/// # Errors
/// If options, files and model do not fit each other, or training fails.
pub fn train(run: Run<'_>, runtime: &Runtime) -> Result<Trained> {
    let started = Instant::now();
    let Run { task, recipe, columns, files, hub, seed } = run;
    fill(recipe, task);
    check(recipe)?;
    let base = base(recipe, task, files, (columns, hub), runtime)?;
    let plan = Plan {
        task,
        options: &recipe.task.clone(),
        optimization: &recipe.optimization.clone(),
        columns,
        labels: None,
        seed,
    };
    let mut job = jobs::open(plan, files)?;
    let positions = ModelConfig::from(base.config.clone()).max_positions().unwrap_or(usize::MAX);
    if let (None, Some(default)) = (recipe.text.max_length, job.default_length()) {
        // What the model was made for counts: the same limit holds when it is used.
        let own = base.config.sentence.as_ref().and_then(|modules| modules.max_seq_length);
        let own = own.filter(|_| task == Task::Embed).unwrap_or(usize::MAX);
        recipe.text.max_length = u32::try_from(default.min(positions).min(own)).ok();
    }
    let recipe = &*recipe;
    adopt_labels(&mut *job, &base.config)?;
    let config = configure(&*job, base.config, recipe, task)?;
    let limit = Limit {
        asked: recipe.text.max_length.map(|length| length as usize),
        positions,
        refuse: recipe.text.no_truncate,
    };
    job.encode(&*base.tokenizer, limit)?;
    let (model, store, report) = build(base.folder.as_deref(), config, runtime, seed)?;
    reinitialize(recipe.model.pretrained.reinit_last, &store, seed)?;

    let from =
        recipe.model.pretrained.from.as_ref().map(|from| format!(" from {}", from.display()));
    runtime.console.heading(format_args!("Training {task}{}", from.unwrap_or_default()));
    job.note(runtime.console);
    note_report(report.as_ref(), runtime);
    let policy = ParamPolicy {
        freeze: recipe.model.freeze.clone(),
        unfreeze_last: recipe.model.unfreeze_last.map(|n| n as usize),
        ..ParamPolicy::default()
    };
    let trainer = Trainer::new(recipe.optimization.trainer_config(seed, policy));
    note_model(&model, &store, runtime);

    let mut progress = Progress::new(runtime.output, runtime.console);
    let outcome = job.fit(&model, &store, &trainer, &mut progress);
    progress.finish()?;
    let outcome = outcome?;
    let (history, failure) = self::outcome(outcome)?;
    if let Some(adapters) = model.adapters() {
        adapters.merge()?;
    }
    let _untracked = store.no_grad();
    let valid = job.evaluate(&model, Set::Valid)?;
    let test = job.evaluate(&model, Set::Test)?;
    Ok(Trained {
        task,
        config: model.config(),
        data: job.describe(),
        tokenizer: base.tokenizer.to_file()?,
        companions: base.companions,
        history,
        failure,
        valid,
        test,
        started,
        store,
        model,
    })
}

/// What a run did, and why it ended early if the best weights before that are worth keeping.
///
/// # Errors
/// If it failed before any weights were evaluated.
pub fn outcome(outcome: Result<History, Failure>) -> Result<(History, Option<anyhow::Error>)> {
    match outcome {
        Ok(history) => Ok((history, None)),
        Err(failure) if matches!(failure.kept, Kept::Best { .. }) => {
            Ok((*failure.history, Some(anyhow!(failure.error))))
        }
        // Whatever refused to begin speaks for itself.
        Err(failure) if failure.kept == (Kept::Last { step: 0 }) => Err(anyhow!(failure.error)),
        Err(failure) => Err(anyhow!(failure.error)
            .context("nothing is saved, since no weights were evaluated before")),
    }
}

/// Fails if options contradict each other.
fn check(recipe: &Recipe) -> Result<()> {
    let options = &recipe.model.pretrained;
    let needs_rank = [
        ("--lora-alpha", options.lora_alpha.is_some()),
        ("--lora-dropout", options.lora_dropout.is_some()),
        ("--lora-targets", !options.lora_targets.is_empty()),
    ];
    if let (None, Some((flag, _))) =
        (options.lora_rank, needs_rank.iter().find(|(_, is_given)| *is_given))
    {
        return Err(usage(format_args!("{flag} needs --lora-rank")));
    }
    if options.lora_rank.is_some() && options.reinit_last.is_some_and(|n| n > 0) {
        return Err(usage("--reinit-last draws weights anew that --lora-rank would leave frozen"));
    }
    Ok(())
}

/// Lets the job take the labels of a head that is kept.
fn adopt_labels(job: &mut dyn Job, base: &PretrainedConfig) -> Result<()> {
    let labels = base.labels().unwrap_or_default();
    let named = base.json().contains_key("id2label");
    let has_labels =
        matches!(base.head(), Head::SequenceClassification | Head::TokenClassification);
    if named && has_labels { job.adopt(&labels) } else { Ok(()) }
}

/// Fills in what was left open.
fn fill(recipe: &mut Recipe, task: Task) {
    let is_pretrained = recipe.model.pretrained.from.is_some();
    let mut defaults = if is_pretrained { Defaults::PRETRAINED } else { Defaults::FRESH };
    if is_pretrained {
        if task == Task::Qa {
            defaults.batch_size = 16;
        }
        if recipe.model.pretrained.lora_rank.is_some() {
            defaults.lr = 2e-4;
        }
    }
    recipe.optimization.fill(&defaults);
}

fn base(
    recipe: &Recipe,
    task: Task,
    files: &Files,
    (columns, hub): (&ColumnOptions, &HubOptions),
    runtime: &Runtime,
) -> Result<Base> {
    let Some(from) = &recipe.model.pretrained.from else {
        return fresh(recipe, task, files, columns);
    };
    let folder = hub.folder(from, runtime.console)?;
    let ModelConfig::Pretrained(config) = checkpoint::load_config(&folder)? else {
        bail!(
            "{}: --from needs a transformer, this is a classifier over word vectors",
            folder.display()
        );
    };
    let tokenizer = checkpoint::load_tokenizer(&folder, &ModelConfig::Pretrained(config.clone()))?;
    let companions = sconce_export::companions(Some(&folder), &*tokenizer)?;
    Ok(Base { config: *config, tokenizer, companions, folder: Some(folder) })
}

/// A network with drawn weights, in the sizes that the options say.
fn fresh(recipe: &Recipe, task: Task, files: &Files, columns: &ColumnOptions) -> Result<Base> {
    let Some(Arch::Transformer(family)) = recipe.model.arch else {
        let family = if task == Task::Lm { "gpt2" } else { "bert" };
        bail!("--task {task} needs a pretrained model (--from DIR), or a network: --arch {family}");
    };
    let tokenizer = super::encode::tokenizer_of_files(&recipe.text, task, files, columns)?;
    let mut json = sizes(family, &recipe.model.sizes);
    json.insert("vocab_size".into(), json!(tokenizer.vocab_size()));
    let special = tokenizer.special_tokens();
    let ids = [
        ("pad_token_id", special.pad),
        ("bos_token_id", special.bos),
        ("eos_token_id", special.eos),
    ];
    for (key, id) in ids {
        json.insert(key.into(), json!(id));
    }
    let config = PretrainedConfig::from_json(json)
        .map_err(|message| anyhow!("--arch {family}: {message}"))?;
    let companions = sconce_export::companions(None, &*tokenizer)?;
    Ok(Base { config, tokenizer, companions, folder: None })
}

/// The keys of a family's config.
fn sizes(family: &str, sizes: &SizeOptions) -> Map<String, Value> {
    let inner = sizes.intermediate_size.unwrap_or(4 * sizes.hidden_size);
    let value = match family {
        "gpt2" => json!({
            "n_embd": sizes.hidden_size,
            "n_layer": sizes.layers,
            "n_head": sizes.heads,
            "n_inner": inner,
            "n_positions": sizes.positions,
        }),
        "distilbert" => json!({
            "dim": sizes.hidden_size,
            "n_layers": sizes.layers,
            "n_heads": sizes.heads,
            "hidden_dim": inner,
            "max_position_embeddings": sizes.positions,
        }),
        _ => json!({
            "hidden_size": sizes.hidden_size,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "num_key_value_heads": sizes.kv_heads.unwrap_or(sizes.heads),
            "head_dim": sizes.hidden_size / sizes.heads,
            "intermediate_size": inner,
            "max_position_embeddings": sizes.positions,
        }),
    };
    let mut keys = Map::from_iter([("model_type".to_owned(), json!(family))]);
    if let Value::Object(value) = value {
        keys.extend(value);
    }
    keys
}

fn configure(
    job: &dyn Job,
    base: PretrainedConfig,
    recipe: &Recipe,
    task: Task,
) -> Result<PretrainedConfig> {
    let mut config = job.configure(base).map_err(|message| anyhow!("--task {task}: {message}"))?;
    if let Some(p) = recipe.model.dropout {
        config = config.with_dropout(p).map_err(|message| anyhow!("--dropout: {message}"))?;
    }
    let options = &recipe.model.pretrained;
    if let Some(rank) = options.lora_rank {
        config.lora = Some(lora(rank as usize, recipe, &config));
    }
    Ok(config)
}

/// PEFT's settings of the adapters that the options ask for.
fn lora(rank: usize, recipe: &Recipe, config: &PretrainedConfig) -> LoraConfig {
    let options = &recipe.model.pretrained;
    let (task_type, heads): (_, &[&str]) = match config.head() {
        Head::SequenceClassification => ("SEQ_CLS", &["classifier", "pre_classifier", "score"]),
        Head::TokenClassification => ("TOKEN_CLS", &["classifier", "score"]),
        Head::QuestionAnswering => ("QUESTION_ANS", &["qa_outputs"]),
        Head::CausalLm => ("CAUSAL_LM", &[]),
        // PEFT has no name for it.
        Head::MaskedLm => ("", &MASKED_LM_HEADS),
        Head::None => ("FEATURE_EXTRACTION", &[]),
    };
    let target_modules = match options.lora_targets.is_empty() {
        true => TargetModules::Pattern("all-linear".into()),
        false => TargetModules::Names(options.lora_targets.clone()),
    };
    LoraConfig {
        r: rank,
        lora_alpha: options.lora_alpha.unwrap_or(2. * rank as f64),
        lora_dropout: options.lora_dropout.unwrap_or_default(),
        target_modules: Some(target_modules),
        modules_to_save: (!heads.is_empty()).then(|| heads.iter().map(|&h| h.to_owned()).collect()),
        fan_in_fan_out: config.model_type() == "gpt2",
        base_model_name_or_path: options.from.as_ref().map(|from| from.display().to_string()),
        task_type: (!task_type.is_empty()).then(|| task_type.into()),
        ..LoraConfig::default()
    }
}

/// Scopes of the heads of masked language models.
const MASKED_LM_HEADS: [&str; 5] =
    ["cls", "lm_head", "vocab_transform", "vocab_layer_norm", "vocab_projector"];

fn build(
    folder: Option<&Path>,
    config: PretrainedConfig,
    runtime: &Runtime,
    seed: u64,
) -> Result<(AnyModel, ParamStore, Option<LoadReport>)> {
    let config = ModelConfig::from(config);
    if let Some(folder) = folder {
        let (model, store, report) =
            checkpoint::load_pretrained(folder, &config, &runtime.device, seed)?;
        return Ok((model, store, Some(report)));
    }
    let store = ParamStore::new(&runtime.device, seed);
    let model = AnyModel::from_config(&config, &store.root())?;
    Ok((model, store, None))
}

/// Draws the weights of the last layers anew.
fn reinitialize(last: Option<u32>, store: &ParamStore, seed: u64) -> Result<()> {
    let Some(n) = last.filter(|n| *n > 0) else { return Ok(()) };
    let layers = Layers::of(store);
    let params = layers.last(n as usize).context("--reinit-last")?;
    for param in params {
        param.reinitialize(seed)?;
    }
    Ok(())
}

/// What was taken from the pretrained weights, and what is fresh.
fn note_report(report: Option<&LoadReport>, runtime: &Runtime) {
    let Some(report) = report else { return };
    let console = runtime.console;
    console.note(format_args!("  weights: {} tensors taken", report.loaded.len()));
    let mismatched: Vec<&String> = report.mismatched.iter().map(|m| &m.name).collect();
    for (what, names) in [
        ("drawn anew", report.missing.iter().filter(|name| !name.contains(".lora_")).collect()),
        ("of another shape, drawn anew", mismatched),
        ("left over", report.unexpected.iter().collect::<Vec<_>>()),
    ] {
        if !names.is_empty() {
            console.note(format_args!("  {what}: {}", list(&names)));
        }
    }
}

fn note_model(model: &AnyModel, store: &ParamStore, runtime: &Runtime) {
    let trained = store.params().into_iter().filter(|param| param.is_trainable());
    let n_trained: usize = trained.map(|param| param.var().elem_count()).sum();
    let n_all = store.n_elements();
    let trained = match n_trained == n_all {
        true => String::new(),
        false => format!(", {} of them trained", thousands(n_trained)),
    };
    runtime.console.note(format_args!(
        "  model: {}, {} parameters{trained}",
        model.kind(),
        thousands(n_all)
    ));
}
