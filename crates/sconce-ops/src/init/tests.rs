//! Bounds, moments and what is refused.

use super::*;

fn draw(init: &Init, dims: &[usize]) -> Vec<f32> {
    let shape = Shape::from(dims.to_vec());
    let tensor = init.tensor(&shape, DType::F32, &Device::Cpu, Random::new(1)).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn uniform_inits_fill_their_bounds_and_no_more() {
    for (init, dims, bound) in [
        (Init::TorchLinear, vec![50, 4, 25], 0.1),
        (Init::FanIn(16), vec![5000], 0.25),
        (Init::XavierUniform, vec![100, 50], 0.2),
        (Init::Uniform { low: -0.5, high: 0.5 }, vec![5000], 0.5),
    ] {
        let values = draw(&init, &dims);
        let largest = values.iter().fold(0f32, |a, &b| a.max(b.abs()));
        assert!(largest <= bound && largest > 0.99 * bound, "{init:?}: {largest}");
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.05 * bound, "{init:?}: mean {mean}");
    }
}

#[test]
fn stacked_blocks_have_their_own_bounds() {
    let blocks = vec![(10, Init::FanIn(100)), (20, Init::FanIn(4))];
    let values = draw(&Init::Stacked(blocks), &[30, 10]);
    assert!(values[..100].iter().all(|x| x.abs() <= 0.1));
    assert!(values[100..].iter().all(|x| x.abs() <= 0.5));
    assert!(values[100..].iter().any(|x| x.abs() > 0.1));
}

#[test]
fn sizes_that_no_memory_holds_are_an_error() {
    for dims in [vec![usize::MAX, 2], vec![1 << 40, 1 << 20], vec![usize::MAX / 4]] {
        let shape = Shape::from(dims);
        let error = Init::TorchLinear.tensor(&shape, DType::F32, &Device::Cpu, Random::new(1));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("does not fit into memory"), "{error}");
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let fails = |init: Init, dims: &[usize]| {
        init.tensor(&Shape::from(dims.to_vec()), DType::F32, &Device::Cpu, Random::new(1))
            .unwrap_err()
            .to_string()
    };
    assert!(fails(Init::Values(vec![1.; 3]), &[2, 2]).contains("takes 4, got 3"));
    assert!(fails(Init::Stacked(vec![(2, Init::Constant(0.))]), &[3, 1]).contains("blocks of 2"));
}
