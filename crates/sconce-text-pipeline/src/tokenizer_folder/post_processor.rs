//! Templates of what frames one text and two, as `tokenizer.json` writes them.

use serde_json::{Map, Value, json};

/// One place in a template.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    /// The first text, with its type id.
    First(u32),
    /// The second text, with its type id.
    Second(u32),
    /// A special token, with its type id.
    Token(&'a Token, u32),
}

/// A special token and its id.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub content: String,
    pub id: u32,
}

/// The post-processor of these two templates.
pub(crate) fn template(single: &[Piece<'_>], pair: &[Piece<'_>]) -> Value {
    let mut tokens = Map::new();
    for piece in single.iter().chain(pair) {
        if let Piece::Token(Token { content, id }, _) = piece {
            let value = json!({ "id": content, "ids": [id], "tokens": [content] });
            tokens.insert(content.clone(), value);
        }
    }
    json!({
        "type": "TemplateProcessing",
        "single": single.iter().map(piece).collect::<Vec<_>>(),
        "pair": pair.iter().map(piece).collect::<Vec<_>>(),
        "special_tokens": tokens,
    })
}

fn piece(piece: &Piece<'_>) -> Value {
    match piece {
        Piece::First(type_id) => json!({ "Sequence": { "id": "A", "type_id": type_id } }),
        Piece::Second(type_id) => json!({ "Sequence": { "id": "B", "type_id": type_id } }),
        Piece::Token(token, type_id) => {
            json!({ "SpecialToken": { "id": token.content, "type_id": type_id } })
        }
    }
}

/// BERT's frame: `[CLS] first [SEP] second [SEP]`, the second text of type 1.
pub(super) fn bert(cls: &Token, sep: &Token) -> Value {
    use Piece::{First, Second};
    let single = [Piece::Token(cls, 0), First(0), Piece::Token(sep, 0)];
    let second = [Second(1), Piece::Token(sep, 1)];
    template(&single, &[&single[..], &second].concat())
}

/// RoBERTa's frame, of one type only: `<s> first </s></s> second </s>`.
pub(super) fn fairseq(bos: &Token, eos: &Token) -> Value {
    use Piece::{First, Second};
    let single = [Piece::Token(bos, 0), First(0), Piece::Token(eos, 0)];
    let second = [Piece::Token(eos, 0), Second(0), Piece::Token(eos, 0)];
    template(&single, &[&single[..], &second].concat())
}

/// The frame of decoders: each text between a beginning and an end, where there are such.
pub(super) fn decoder(bos: Option<&Token>, eos: Option<&Token>) -> Value {
    let around = |text, type_id| {
        let bos = bos.map(|bos| Piece::Token(bos, type_id));
        let eos = eos.map(|eos| Piece::Token(eos, type_id));
        bos.into_iter().chain([text]).chain(eos).collect::<Vec<_>>()
    };
    let single = around(Piece::First(0), 0);
    let pair = [single.clone(), around(Piece::Second(1), 1)].concat();
    template(&single, &pair)
}

/// The frame of T5: an end after each text, of one type only.
pub(super) fn t5(eos: &Token) -> Value {
    let single = [Piece::First(0), Piece::Token(eos, 0)];
    template(&single, &[&single[..], &[Piece::Second(0), Piece::Token(eos, 0)]].concat())
}
