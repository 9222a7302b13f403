//! The tokens of a model while it is being trained.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::error::{Result, TrainerError};
use crate::tokenizer_recipe::TokenizerRecipe;

/// What a trainer makes: a model and its tokens in the order of their ids.
pub(super) struct TrainedModel {
    /// The `model` of a `tokenizer.json`.
    pub(super) json: Value,
    pub(super) tokens: Vec<String>,
}

/// Tokens numbered from zero.
#[derive(Default)]
pub(super) struct TokenTable {
    tokens: Vec<String>,
    ids: FxHashMap<String, u32>,
}

impl TokenTable {
    /// The special tokens of a recipe, each once.
    pub(super) fn of_specials(recipe: &TokenizerRecipe) -> Result<Self> {
        let mut table = Self::default();
        recipe.special_tokens.iter().for_each(|token| {
            table.get_or_add(&token.content);
        });
        if table.len() > recipe.vocab_size {
            let (vocab_size, n_specials) = (recipe.vocab_size, table.len());
            return Err(TrainerError::VocabularyTooSmall { vocab_size, n_specials }.into());
        }
        Ok(table)
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    pub(super) fn token(&self, id: u32) -> &str {
        &self.tokens[id as usize]
    }

    /// The id of a token, which gets the next one if it is new.
    pub(super) fn get_or_add(&mut self, token: &str) -> u32 {
        if let Some(id) = self.id(token) {
            return id;
        }
        let id = self.tokens.len() as u32;
        self.tokens.push(token.to_owned());
        self.ids.insert(token.to_owned(), id);
        id
    }

    /// Checks that a token for what is unknown is there.
    pub(super) fn check_unknown(&self, token: &str) -> Result<()> {
        match self.id(token) {
            Some(_) => Ok(()),
            None => Err(TrainerError::UnknownToken { token: token.to_owned() }.into()),
        }
    }

    /// `vocab` of a model.
    pub(super) fn to_json(&self) -> Value {
        let ids = self.tokens.iter().enumerate().map(|(id, token)| (token.clone(), id.into()));
        Value::Object(ids.collect::<Map<_, _>>())
    }

    pub(super) fn into_tokens(self) -> Vec<String> {
        self.tokens
    }
}
