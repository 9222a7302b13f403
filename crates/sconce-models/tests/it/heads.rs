//! Heads on every family: logits, losses, and the gradient of every parameter.

use candle_core::Tensor;
use sconce_models::{AnyModel, CausalLm, ProblemType, Tokens};
use sconce_ops::{
    CrossEntropy, IGNORE_INDEX, Mode, Reduction, bce_with_logits, mean_squared_error,
};

use crate::golden::{Case, case, distance, largest, names};

/// The loss that transformers computes, after a look at the logits.
fn loss(case: &Case) -> Tensor {
    let tokens = Tokens { ids: &case.ids, type_ids: &case.type_ids, offsets: &case.offsets };
    let targets = |key: &str| case.expected.u32s(key).unwrap();
    let cross_entropy = CrossEntropy::default();
    let check = |logits: &Tensor, key: &str| {
        let distance = distance(logits, &case.expected.tensor(key).unwrap());
        assert!(distance < 1e-4, "{}: {key} is off by {distance}", case.name);
    };
    match &case.model {
        AnyModel::SequenceClassifier(model) => {
            let logits = model.forward(&tokens, Mode::Eval).unwrap();
            check(&logits, "logits");
            match model.problem_type() {
                ProblemType::SingleLabelClassification => {
                    cross_entropy.loss(&logits, &targets("targets")).unwrap()
                }
                ProblemType::MultiLabelClassification => {
                    let targets = case.expected.tensor("targets").unwrap();
                    bce_with_logits(&logits, &targets, None, None, Reduction::Mean).unwrap()
                }
                ProblemType::Regression => {
                    mean_squared_error(&logits, &case.expected.tensor("targets").unwrap()).unwrap()
                }
            }
        }
        AnyModel::TokenClassifier(model) => {
            let logits = model.forward(&tokens, Mode::Eval).unwrap();
            check(&logits, "logits");
            cross_entropy.loss(&logits, &targets("targets")).unwrap()
        }
        AnyModel::QuestionAnswerer(model) => {
            let logits = model.forward(&tokens, Mode::Eval).unwrap();
            let column = |i: usize| logits.narrow(1, i, 1).unwrap().squeeze(1).unwrap();
            check(&column(0), "start_logits");
            check(&column(1), "end_logits");
            let rows = |i: usize, key: &str| {
                // Each sentence is a row of classes of its own.
                let losses = case.offsets.iter().zip(targets(key)).map(|(row, target)| {
                    let logits = column(i).narrow(0, row.start, row.len()).unwrap();
                    cross_entropy.loss(&logits.unsqueeze(0).unwrap(), &[target]).unwrap()
                });
                let losses: Vec<Tensor> = losses.collect();
                Tensor::stack(&losses, 0).unwrap().mean_all().unwrap()
            };
            ((rows(0, "targets.start") + rows(1, "targets.end")).unwrap() * 0.5).unwrap()
        }
        AnyModel::MaskedLm(model) => {
            let logits = model.forward(&tokens, Mode::Eval).unwrap();
            check(&logits, "logits");
            // The loss in the form in which it is trained: of the masked places alone.
            let targets = targets("targets");
            let places = (0u32..).zip(&targets).filter(|(_, target)| **target != IGNORE_INDEX);
            let (places, targets): (Vec<u32>, Vec<u32>) = places.unzip();
            let features = model.features(&tokens, &places, Mode::Eval).unwrap();
            let (w, b) = model.output();
            cross_entropy.linear_loss(&features, w, Some(b), &targets, Reduction::Mean).unwrap()
        }
        AnyModel::CausalLm(model) => {
            check(&model.logits(&tokens, Mode::Eval).unwrap(), "logits");
            let mut next = case.ids[1..].to_vec();
            next.push(IGNORE_INDEX);
            case.offsets.iter().for_each(|row| next[row.end - 1] = IGNORE_INDEX);
            let features = model.features(&tokens, Mode::Eval).unwrap();
            let output = model.output();
            cross_entropy.linear_loss(&features, output, None, &next, Reduction::Mean).unwrap()
        }
        AnyModel::SentenceEncoder(_) => panic!("{}: a head was expected", case.name),
    }
}

#[test]
fn logits_losses_and_gradients_of_every_head_are_those_of_transformers() {
    for name in names("heads") {
        let case = case(&name);
        let loss = loss(&case);
        let (found, expected) =
            (f64::from(loss.to_scalar::<f32>().unwrap()), case.expected.f64("loss").unwrap());
        assert!((found - expected).abs() < 1e-4 * expected.max(1.), "{name}: {found}, {expected}");
        check_gradients(&case, &loss);
    }
}

/// A tensor's gradient may differ by a thousandth of its largest element and a millionth of the
/// model's largest: single precision through a backward pass.
fn check_gradients(case: &Case, loss: &Tensor) {
    let gradients = case.store.backward(loss).unwrap();
    let expected: Vec<(usize, String, Tensor)> = case
        .store
        .params()
        .iter()
        .enumerate()
        .filter(|(_, param)| case.expected.contains(&format!("gradients.{}", param.name())))
        .map(|(index, param)| {
            let expected = case.expected.tensor(&format!("gradients.{}", param.name())).unwrap();
            // GPT-2's files hold some weights transposed, and so do their gradients.
            let is_transposed = expected.dims() != param.var().dims()
                || (case.name.starts_with("gpt2") && param.name().contains(".c_"))
                    && expected.rank() == 2;
            let expected = if is_transposed { expected.t().unwrap() } else { expected };
            (index, param.name().to_owned(), expected.contiguous().unwrap())
        })
        .collect();
    let without = case.expected.strings("no_gradient").unwrap();
    assert_eq!(expected.len() + without.len(), case.store.params().len(), "{}", case.name);
    let of_model = expected.iter().map(|(.., gradient)| largest(gradient)).fold(0., f64::max);
    for (index, name, expected) in expected {
        let found = gradients.get(index).unwrap_or_else(|| panic!("{}: {name}", case.name));
        let shape = case.store.params()[index].var().dims().to_vec();
        let found = found.to_dense(&shape).unwrap();
        let allowed = 1e-3 * largest(&expected) + 1e-6 * of_model;
        let distance = distance(&found, &expected);
        assert!(distance <= allowed, "{}: gradient of {name} is off by {distance}", case.name);
    }
}
