//! The head of a pretrained transformer that gives a sentence labels: one token stands for the
//! sentence, perhaps a layer, and a linear map.

use candle_core::{Result, Tensor};
use sconce_ops::{Activation, Mode, dropout};

use crate::backbone::Backbone;
use crate::transformer::{Pick, Projection};

/// Keys of dropout masks; layers of the transformer have lower ones.
const DROPOUTS: [u64; 2] = [1 << 32, 1 + (1 << 32)];
const TRANSFORMER: u64 = 1;

/// A transformer with labels on top.
#[derive(Debug, Clone)]
pub(crate) struct PretrainedClassifier {
    backbone: Backbone,
    pick: Pick,
    /// Dropout before the layer, and before the output.
    dropouts: [f64; 2],
    dense: Option<(Projection, Activation)>,
    output: Projection,
}

impl PretrainedClassifier {
    pub(crate) fn new(backbone: Backbone, n_labels: usize) -> crate::error::Result<Self> {
        let plan = backbone.config.blueprint().heads.sequence.clone();
        let width = backbone.transformer.config().hidden_size;
        let dense = plan.dense.map(|dense| {
            let prefix = Backbone::prefix(&backbone.config);
            let name = match dense.is_in_prefix {
                true => format!("{prefix}.{}", dense.name),
                false => dense.name.to_owned(),
            };
            Ok::<_, crate::error::Error>((backbone.map(&name, width, true)?, dense.activation))
        });
        let dense = dense.transpose()?;
        let output = backbone.map(plan.output, n_labels, plan.has_bias)?;
        backbone.finish()?;
        let dropouts = [plan.dropout_before, plan.dropout];
        Ok(Self { backbone, pick: plan.pick, dropouts, dense, output })
    }

    pub(crate) fn backbone(&self) -> &Backbone {
        &self.backbone
    }

    /// # Shapes
    /// - tokens: `n_tokens` of `batch` sentences; output: `(batch, n_labels)`
    pub(crate) fn forward(&self, tokens: &crate::tokens::Tokens<'_>, mode: Mode) -> Result<Tensor> {
        let transformer = &self.backbone.transformer;
        let mut x = transformer.forward_picked(tokens, self.pick, mode.layer(TRANSFORMER))?;
        if let Some((dense, activation)) = &self.dense {
            x = dropout(&x, self.dropouts[0], mode.layer(DROPOUTS[0]))?;
            x = dense.activated(&x, *activation, mode)?;
        }
        x = dropout(&x, self.dropouts[1], mode.layer(DROPOUTS[1]))?;
        self.output.forward(&x, mode)
    }
}
