//! What is on top of a transformer, as `architectures` says it.

use crate::families::Blueprint;

/// The head of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// None: the vectors of the tokens, or one of each sentence.
    None,
    /// Labels or numbers for each sentence.
    SequenceClassification,
    /// A label for each token.
    TokenClassification,
    /// Begin and end of an answer.
    QuestionAnswering,
    /// The tokens behind masks.
    MaskedLm,
    /// The next token.
    CausalLm,
}

/// Heads by the ends of class names.
const SUFFIXES: [(&str, Head); 8] = [
    ("ForSequenceClassification", Head::SequenceClassification),
    ("ForTokenClassification", Head::TokenClassification),
    ("ForQuestionAnswering", Head::QuestionAnswering),
    ("ForMaskedLM", Head::MaskedLm),
    ("ForCausalLM", Head::CausalLm),
    ("LMHeadModel", Head::CausalLm),
    // Of BERT's two heads the one for masks is what people use.
    ("ForPreTraining", Head::MaskedLm),
    ("Model", Head::None),
];

impl Head {
    /// The head that a class name stands for, such as `BertForMaskedLM`.
    pub(super) fn of_class(class: &str) -> Result<Self, String> {
        let found = SUFFIXES.iter().find(|(suffix, _)| class.ends_with(suffix));
        found.map(|(_, head)| *head).ok_or_else(|| {
            let known: Vec<&str> = SUFFIXES.iter().map(|(suffix, _)| *suffix).collect();
            format!(
                "architectures: {class:?} has a head that is not known here; known are names that \
                 end in {}",
                known.join(", ")
            )
        })
    }

    /// The class of a family with this head; fails if the family has none.
    pub(super) fn class_name(self, blueprint: &Blueprint) -> Result<String, String> {
        let causal = blueprint.heads.causal_lm.map(|(_, suffix)| suffix);
        let masked = blueprint.heads.masked_lm.map(|_| "ForMaskedLM");
        let suffix = match self {
            Self::None => Some("Model"),
            Self::SequenceClassification => Some("ForSequenceClassification"),
            Self::TokenClassification => Some("ForTokenClassification"),
            Self::QuestionAnswering => Some("ForQuestionAnswering"),
            Self::MaskedLm => masked,
            Self::CausalLm => causal,
        };
        let class = blueprint.class;
        suffix.map(|suffix| format!("{class}{suffix}")).ok_or_else(|| match self {
            Self::MaskedLm => {
                format!("{class} has no masked language model; train it as a causal one")
            }
            _ => format!("{class} has no causal language model; train it as a masked one"),
        })
    }
}
