//! The network computes the specification, and backpropagation its derivative, in exact arithmetic.

use init_symmetry_network::{
    Activation, Batch, Dual, Fp, Loss, Network, parameters_from, specification_of,
};
use ndarray::Array2;
use strum::VariantArray;

struct Case {
    network: Network,
    parameters: Vec<Fp>,
    batch: Batch<Fp>,
}

fn free_numbers(key: u64) -> impl FnMut() -> Fp {
    let mut next = key;
    move || {
        next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Fp::new(next >> 3, key)
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &hidden in Activation::VARIANTS {
        for widths in [&[2, 1][..], &[2, 3, 1], &[3, 2, 2, 2], &[2, 3]] {
            for loss in Loss::of_outputs(widths[widths.len() - 1]) {
                let mut free = free_numbers(cases.len() as u64 + 1);
                let network = Network::new(widths, hidden, loss).unwrap();
                let count = widths.windows(2).map(|pair| pair[1] * (pair[0] + 1)).sum();
                let parameters = (0..count).map(|_| free()).collect();
                let x = Array2::from_shape_simple_fn((widths[0], 3), &mut free);
                let y = Array2::from_shape_simple_fn((widths[widths.len() - 1], 3), &mut free);
                cases.push(Case { network, parameters, batch: Batch::new(x, y).unwrap() });
            }
        }
    }
    cases
}

#[test]
fn the_forward_pass_is_the_specification_over_the_field() {
    for Case { network, parameters, batch } in cases() {
        let of_network = parameters_from(&network, &parameters).unwrap();
        let evaluation = network.evaluate(&of_network, &batch).unwrap();
        let specified = specification_of(&network).mean_loss(&parameters, &batch).unwrap();
        assert_eq!(evaluation.loss, specified, "{network:?}");
    }
}

#[test]
fn the_output_of_one_example_is_that_of_the_network_over_the_field() {
    for Case { network, parameters, batch } in cases() {
        let of_network = parameters_from(&network, &parameters).unwrap();
        let forward = network.forward(&of_network, batch.x()).unwrap();
        for (x, z) in batch.x().columns().into_iter().zip(forward.z(network.depth()).columns()) {
            let output = specification_of(&network).output(&parameters, &x.to_vec()).unwrap();
            assert_eq!(output, z.to_vec(), "{network:?}");
        }
    }
}

#[test]
fn backpropagation_is_the_derivative_of_the_specification_over_the_field() {
    let mut entries_that_differ_from_zero = 0;
    for Case { network, parameters, batch } in cases() {
        let of_network = parameters_from(&network, &parameters).unwrap();
        let gradient = network.evaluate(&of_network, &batch).unwrap().gradient;
        let lifted = batch.map(Dual::constant);
        for (entry, derivative) in gradient.entries().enumerate() {
            let mut duals: Vec<_> = parameters.iter().copied().map(Dual::constant).collect();
            duals[entry] = Dual::variable(parameters[entry]);
            let specified = specification_of(&network).mean_loss(&duals, &lifted).unwrap();
            assert_eq!(derivative, specified.derivative, "{network:?}, entry {entry}");
            entries_that_differ_from_zero += usize::from(derivative != Fp::new(0, 1));
        }
    }
    assert!(entries_that_differ_from_zero > 200, "{entries_that_differ_from_zero}");
}

#[test]
fn a_list_of_another_length_is_refused_naming_both_numbers() {
    let network = Network::new(&[2, 1], Activation::Tanh, Loss::SquaredError).unwrap();
    let batch = Batch::new(Array2::ones((2, 1)), Array2::ones((1, 1))).unwrap();
    let error = specification_of(&network).mean_loss(&[1.0; 4], &batch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the list of parameters has 4 but the specification of widths [2, 1] needs 3"
    );
    assert!(parameters_from(&network, &[1.0; 2]).is_err());
}
