//! What every model with a pretrained transformer has: config, transformer, adapters.

use sconce_ops::Params;

use crate::config::{Head, PretrainedConfig};
use crate::error::{Error, Result};
use crate::lora::Adapters;
use crate::transformer::{MapSpec, Projection, Scope, Transformer};

/// A transformer below a head. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub(crate) struct Backbone {
    pub(crate) config: PretrainedConfig,
    pub(crate) transformer: Transformer,
    pub(crate) adapters: Option<Adapters>,
    root: Scope,
}

impl Backbone {
    /// Creates or finds the transformer's parameters, below the family's prefix if there is a head.
    pub(crate) fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let adapters = config.lora.as_ref().map(|lora| {
            lora.check().map_err(|message| Error::Inconsistent { message })?;
            Ok::<_, Error>(Adapters::new(lora))
        });
        let adapters = adapters.transpose()?;
        let root = Scope::new(params, adapters.as_ref(), true);
        let blueprint = config.blueprint();
        let scope = Scope::new(params, adapters.as_ref(), false).pp(Self::prefix(config));
        let transformer = Transformer::new(&blueprint.transformer, &blueprint.names, &scope)?;
        Ok(Self { config: config.clone(), transformer, adapters, root })
    }

    /// Scope of the transformer.
    pub(crate) fn prefix(config: &PretrainedConfig) -> &'static str {
        match config.head() {
            Head::None => "",
            // Hugging Face kept an old name there.
            Head::QuestionAnswering if config.model_type() == "llama" => "transformer",
            _ => config.blueprint().prefix,
        }
    }

    /// Where the head's parameters are made.
    pub(crate) fn root(&self) -> &Scope {
        &self.root
    }

    /// Where the transformer's own parameters are.
    pub(crate) fn inner(&self) -> Scope {
        self.root.pp(Self::prefix(&self.config))
    }

    /// A map of a head, from the width of the transformer.
    pub(crate) fn map(&self, name: &str, n_out: usize, has_bias: bool) -> Result<Projection> {
        let sizes = self.transformer.config();
        let spec = MapSpec::new(sizes.hidden_size, n_out, sizes.initializer_range);
        Ok(self.root.projection(name, spec.biased(has_bias))?)
    }

    /// Label names, at least `n` of them.
    pub(crate) fn labels(&self, n: usize) -> Result<Vec<String>> {
        let labels = self.config.labels().map_err(|message| Error::Inconsistent { message })?;
        if labels.len() < n {
            let message = format!("this head needs {n} labels, id2label has {labels:?}");
            return Err(Error::Inconsistent { message });
        }
        Ok(labels)
    }

    /// The last step of building a model: with adapters, freezes what is not trained.
    pub(crate) fn finish(&self) -> Result<()> {
        let Some(adapters) = &self.adapters else { return Ok(()) };
        adapters
            .finish(self.root.params().store())
            .map_err(|message| Error::Inconsistent { message })
    }
}
