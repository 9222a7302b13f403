//! Words and their translations: found among others, ordered by scores, encoded in any batch.

use sconce_models::AnyModel;
use sconce_text_pipeline::{Corpus, Example};

use super::*;
use crate::tests::{assert_falls, assert_near, bert, bits, build, fit, tokenizer};

const ENGLISH: [&str; 6] = ["red", "green", "blue", "black", "white", "brown"];
const NORWEGIAN: [&str; 6] = ["rod", "gron", "bla", "svart", "hvit", "brun"];
const FILLER: [&str; 4] = ["the", "a", "old", "new"];

fn tokens() -> Box<dyn sconce_text_pipeline::Tokenizer> {
    tokenizer(&[&ENGLISH[..], &NORWEGIAN, &FILLER].concat())
}

fn text(words: &[&str; 6], i: usize, k: usize) -> String {
    let filler = |j: usize| FILLER[(i + j * 3 + k) % 4];
    let more = if i.is_multiple_of(3) { filler(2) } else { "" };
    format!("{} {} {more}", filler(1), words[i % 6])
}

/// Texts with their translations; with a text of another colour; or with how alike they are.
fn columns(has_negatives: bool, has_scores: bool) -> TextColumns {
    let example = |i: usize| {
        let other = if has_scores { i + i / 6 % 2 } else { i };
        Example {
            text: text(&ENGLISH, i, 0),
            pair: Some(text(&NORWEGIAN, other, 1)),
            negatives: has_negatives.then(|| text(&NORWEGIAN, i + 2, 0)).into_iter().collect(),
            label: has_scores.then(|| if other == i { "4.5" } else { "1" }.to_owned()),
            labels: Vec::new(),
        }
    };
    let corpus = Corpus::from((0..48).map(example).collect::<Vec<_>>());
    TextColumns::encode(&*tokens(), &corpus, None).unwrap()
}

fn model(seed: u64) -> (AnyModel, ParamStore) {
    build(bert("BertModel", &*tokens()), seed)
}

fn task<'a>(
    (model, store): &'a (AnyModel, ParamStore),
    rows: &'a TextColumns,
    loss: EmbedLoss,
) -> EmbedTask<'a> {
    EmbedTask {
        model: model.sentence_encoder().unwrap(),
        store,
        train: rows,
        valid: Some(rows),
        loss,
        batching: Batching { batch_size: 6, ..Batching::default() },
    }
}

const NEGATIVES: EmbedLoss =
    EmbedLoss::InBatchNegatives(InBatchNegatives { scale: 20., is_symmetric: false });
const COSENT: EmbedLoss = EmbedLoss::CoSent(CoSent { scale: 20. });

#[test]
fn translations_are_learnt_with_and_without_negatives_and_from_scores() {
    for (has_negatives, has_scores, loss, metric) in [
        (false, false, NEGATIVES, "accuracy"),
        (true, false, NEGATIVES, "accuracy"),
        (false, true, COSENT, "spearman"),
    ] {
        let (rows, model) = (columns(has_negatives, has_scores), model(1));
        let task = task(&model, &rows, loss);
        let before = task.evaluate().unwrap().unwrap();
        let history = fit(&task, 15.);
        assert_falls(&history, 0.6);
        let after = &history.evaluations.last().unwrap().metrics;
        assert_eq!(task.metric(), metric);
        assert!(after[metric] > before[metric] + 0.1, "{before:?} {after:?}");
        // Of two different scores, Spearman's correlation is 0.87 at best.
        assert!(after[metric] > 0.85, "{after:?}");
    }
}

#[test]
fn a_run_repeats_to_the_bit() {
    let rows = columns(true, false);
    let run = || {
        let model = model(1);
        fit(&task(&model, &rows, NEGATIVES), 1.);
        bits(&model.1)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_batch_has_the_loss_of_its_columns_encoded_one_by_one() {
    let model = model(1);
    let alone = |column: &EncodedDataset, rows: &[usize]| {
        let vectors = embed_texts(model.0.sentence_encoder().unwrap(), column).unwrap();
        let rows =
            Tensor::new(rows.iter().map(|row| *row as u32).collect::<Vec<_>>(), vectors.device());
        vectors.index_select(&rows.unwrap(), 0).unwrap()
    };
    let rows = [7, 3, 20, 11];
    let (triples, scored) = (columns(true, false), columns(false, true));
    let [a, b, c] = [0, 1, 2].map(|column| alone(&triples.columns()[column], &rows));
    let candidates = Tensor::cat(&[b, c], 0).unwrap();
    let expected = InBatchNegatives::default().loss(&a, &candidates).unwrap();
    let found = task(&model, &triples, NEGATIVES).loss(&rows, Mode::Eval).unwrap();
    let scalar = |loss: &Tensor| f64::from(loss.to_scalar::<f32>().unwrap());
    assert_near("negatives", scalar(&found.loss), scalar(&expected));

    let [a, b] = [0, 1].map(|column| alone(&scored.columns()[column], &rows));
    let expected = CoSent::default().loss(&a, &b, &[1., 4.5, 1., 1.]);
    let scores: Vec<f32> = rows.iter().map(|i| if i / 6 % 2 == 0 { 4.5 } else { 1. }).collect();
    assert_eq!(scores, [1., 4.5, 1., 1.]);
    let found = task(&model, &scored, COSENT).loss(&rows, Mode::Eval).unwrap();
    assert_near("cosent", scalar(&found.loss), scalar(&expected.unwrap()));
}

#[test]
fn vectors_come_in_the_order_of_the_texts_and_are_those_of_each_alone() {
    let (rows, model) = (columns(false, false), model(1));
    let model = model.0.sentence_encoder().unwrap();
    let column = &rows.columns()[0];
    let vectors = embed_texts(model, column).unwrap().to_vec2::<f32>().unwrap();
    for (row, vector) in vectors.iter().enumerate() {
        let alone = embed_texts(model, &column.subset(&[row]).unwrap()).unwrap();
        let alone = alone.to_vec2::<f32>().unwrap();
        for (x, y) in vector.iter().zip(&alone[0]) {
            assert_near("vector", f64::from(*x), f64::from(*y));
        }
    }
    let none = embed_texts(model, &column.subset(&[]).unwrap()).unwrap();
    assert_eq!(none.dims(), [0, 16]);
}

#[test]
fn ranks_are_counted_within_a_batch_and_ties_are_lost() {
    let unit = |degrees: f64| vec![degrees.to_radians().cos(), degrees.to_radians().sin()];
    let a = vec![unit(0.), unit(90.), unit(200.), unit(0.)];
    let b = vec![unit(10.), unit(80.), unit(10.), unit(10.)];
    // Third: the own one is as near as the fourth's, second of two. Fourth: likewise.
    assert_eq!(ranks(&[a.clone(), b.clone()], 2), (0.5, (1. + 1. + 0.5 + 0.5) / 4.));
    // All in one batch: the first, third and fourth have equal partners.
    let third = 1. / 4.; // its partner and the two equal ones, and the second's is nearer
    assert_eq!(ranks(&[a.clone(), b.clone()], 4), (0.25, (1. / 3. + 1. + third + 1. / 3.) / 4.));
    // With a negative that is nearer than the second's own.
    let c = vec![unit(90.), unit(180.), unit(0.), unit(0.)];
    let (accuracy, _) = ranks(&[a, b, c], 1);
    assert_eq!(accuracy, 0.5);
    assert_eq!(ranks(&[vec![], vec![]], 4), (0., 0.));
}

#[test]
fn a_loss_that_the_columns_do_not_fit_is_refused() {
    let (model, triples, pairs) = (model(1), columns(true, false), columns(false, false));
    let refused = |rows, loss| {
        let error = task(&model, rows, loss).loss(&[0, 1], Mode::Eval).unwrap_err();
        error.to_string()
    };
    let expected = "the examples have 3 texts each, but the loss needs 2";
    assert_eq!(refused(&triples, COSENT), expected);
    let expected = "the examples have no targets, but the task needs a number for each row";
    assert_eq!(refused(&pairs, COSENT), expected);
}
