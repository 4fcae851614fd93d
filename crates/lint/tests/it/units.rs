//! Unit groups: by names, by a file, and what the rules say of their units.

use crate::drawn::drawn;
use crate::draws::{found, he, named, tensors};
use init_symmetry_lint::{Findings, LiveTensors, Rule, Rules, TensorSource, UnitGroups, lint};
use init_symmetry_network::symmetry::UnitAxis;
use init_symmetry_network::{Activation, Loss, Network, Parameters, Weights, symmetry, toy};
use proptest::prelude::*;

fn by_file(tensors: &LiveTensors, units: &str) -> init_symmetry_network::Result<Findings> {
    let units = UnitGroups::of_toml("units.toml".as_ref(), units)?;
    lint(&mut tensors.clone(), &units, &Rules::default())
}

fn rows_of(w1: Vec<f64>) -> LiveTensors {
    tensors(&[
        ("W1", &[12, 8], w1),
        ("b1", &[12, 1], vec![0.0; 12]),
        ("W2", &[4, 12], he(&[4, 12], 2)),
    ])
}

#[test]
fn equal_rows_with_different_outgoing_weights_are_a_warning() {
    let mut w1 = he(&[12, 8], 1);
    w1.copy_within(0..8, 40);
    let found = found(&rows_of(w1));
    assert_eq!(named(&found.findings), ["equal-rows W1"], "{found:#?}");
    assert!(found.findings[0].message.contains(": units 0, 5;"), "{:?}", found.findings[0]);
}

#[test]
fn twins_of_a_single_input_and_a_single_output_are_found() {
    let start = tensors(&[
        ("w1", &[64, 1], vec![0.5; 64]),
        ("b1", &[64, 1], vec![0.0; 64]),
        ("w2", &[1, 64], vec![0.25; 64]),
    ]);
    let all = ["twin-units w1", "constant-tensor w1", "constant-tensor w2"];
    assert_eq!(named(&found(&start).findings), all);
}

#[test]
fn equal_biases_alone_are_no_finding() {
    assert_eq!(found(&rows_of(he(&[12, 8], 1))).findings, []);
}

#[test]
fn a_sign_of_zero_keeps_units_apart() {
    let start = |zero: f64| {
        tensors(&[
            ("W1", &[2, 3], vec![0.5, 0.25, 0.0, 0.5, 0.25, zero]),
            ("b1", &[2, 1], vec![0.0; 2]),
            ("W2", &[1, 2], vec![0.5, 0.5]),
        ])
    };
    let are_twins = |zero| named(&found(&start(zero)).findings).contains(&"twin-units W1".into());
    assert!(are_twins(0.0) && !are_twins(-0.0));
}

#[test]
fn rows_of_one_number_are_equal_by_chance_and_no_finding() {
    let mut table = LiveTensors::default();
    let few: Vec<f64> = (0..100_000).map(|k| f64::from(1 + k * 7919 % 5003) / 64.0).collect();
    table.insert("table.weight", &[100_000, 1], few).unwrap();
    assert_eq!(found(&table).findings, []);
}

#[test]
fn twins_of_a_convolution_are_found_through_the_flattened_columns() {
    let mut w = he(&[4, 3, 3, 3], 1);
    w.copy_within(0..27, 54);
    let mut out = he(&[10, 16], 2);
    for row in out.chunks_mut(16) {
        row.copy_within(0..4, 8);
    }
    let start =
        |out| tensors(&[("0.weight", &[4, 3, 3, 3], w.clone()), ("3.weight", &[10, 16], out)]);
    let twins = found(&start(out.clone()));
    assert_eq!(named(&twins.findings), ["twin-units 0.weight"]);
    assert!(
        twins.findings[0].message.starts_with("units 0, 2 are twins"),
        "{:?}",
        twins.findings[0]
    );
    out[9] += 1.0;
    assert_eq!(named(&found(&start(out)).findings), ["equal-rows 0.weight"]);
}

/// An LSTM of 3 units with 2 inputs and an output, in which units 0 and 2 change places without
/// changing anything; equal slices are not what makes them so.
fn recurrent(spoilt: bool) -> LiveTensors {
    let swap = |unit: usize| [2, 1, 0][unit];
    let seen = |gate: usize, i: usize, j: usize| ((gate * 9 + i * 3 + j) as f64).sqrt() + 0.1;
    let both = |gate, i, j| seen(gate, i, j) + seen(gate, swap(i), swap(j));
    let mut hh = Vec::new();
    let mut ih = Vec::new();
    for gate in 0..4 {
        for i in 0..3 {
            hh.extend((0..3).map(|j| both(gate, i, j)));
            ih.extend([gate as f64 + [1.5, 2.5, 1.5][i], 0.3 * [1.5, 2.5, 1.5][i]]);
        }
    }
    hh[3 * 4] += f64::from(u8::from(spoilt));
    tensors(&[
        ("weight_ih_l0", &[12, 2], ih),
        ("weight_hh_l0", &[12, 3], hh),
        ("fc.weight", &[1, 3], vec![0.7, 0.2, 0.7]),
    ])
}

const LSTM: &str = r#"
    [[group]]
    name = "units"
    axes = [
      { tensor = "weight_hh_l0", axis = 1, outgoing = true },
      { tensor = "weight_hh_l0", axis = 0, repeats = 4 },
      { tensor = "weight_ih_l0", axis = 0, repeats = "fit" },
      { tensor = "fc.weight", axis = 1, outgoing = true },
    ]
"#;

#[test]
fn twins_of_a_recurrent_layer_are_those_whose_exchange_changes_nothing() {
    let found = by_file(&recurrent(false), LSTM).unwrap();
    assert_eq!(named(&found.findings), ["twin-units units"], "{found:#?}");
    assert!(found.findings[0].message.starts_with("units 0, 2 are twins"));
    assert_eq!(by_file(&recurrent(true), LSTM).unwrap().findings, []);
}

#[test]
fn a_file_of_units_that_does_not_fit_is_refused_with_both_sides() {
    let start = rows_of(he(&[12, 8], 1));
    let group = |axes: &str| format!("[[group]]\nname = \"hidden\"\naxes = [{axes}]");
    let w1 = "{ tensor = \"W1\", axis = 0 }";
    let cases = [
        (group("{ tensor = \"W3\", axis = 0 }"), "unknown tensor in group 'hidden' 'W3'"),
        (group("{ tensor = \"W1\", axis = 2 }"), "numbered from 0: W1 axis 2 does not exist"),
        (group(&format!("{w1}, {{ tensor = \"W2\", axis = 0 }}")), "has 4 but group 'hidden'"),
        (group(&format!("{w1}, {w1}")), "has to be numbered once"),
        (group(""), "the list of axes of group 'hidden' is empty"),
        (group("{ tensor = \"W1\" }"), "units.toml, line 3: missing field `axis`"),
        ("[[group]]\nnam = 3".into(), "units.toml, line 2: unknown field `nam`"),
        (group("{ tensor = \"{x}1\", axis = 0 }"), "unknown placeholder '{x}'"),
        (group("{ tensor = \"W1\", axis = 0, repeats = \"fit\" }"), "the number of units"),
        (group("{ tensor = \"W1\", axis = 0, each = 0 }"), "the number of units"),
    ];
    for (units, says) in cases {
        let message = by_file(&start, &units).unwrap_err().to_string();
        assert!(message.contains(says), "{units}\n{message}");
    }
}

#[test]
fn a_group_of_a_file_takes_the_place_of_a_known_pattern() {
    let units = "[[group]]\nname = \"mine {n}\"\naxes = [{ tensor = \"W{n}\", axis = 0 }]";
    let found = by_file(&rows_of(he(&[12, 8], 1)), units).unwrap();
    let names: Vec<&str> = found.units.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["mine 1", "mine 2"]);
}

/// A network whose units are copies of a few, with a permutation and some outgoing weights changed.
#[derive(Debug)]
struct Copies {
    network: Network,
    start: Parameters<f64>,
}

fn copies() -> impl Strategy<Value = Copies> {
    let widths = (1..=3_usize, 2..=6_usize, 2..=5_usize, 1..=2_usize);
    (widths, prop::collection::vec(0..3_usize, 11), any::<bool>(), 1..1000_u64).prop_map(
        |((n_x, n_1, n_2, n_y), original, parts, seed)| {
            let widths = [n_x, n_1, n_2, n_y];
            let network = Network::new(&widths, Activation::Tanh, Loss::SquaredError).unwrap();
            let mut start = network.initialise(Weights::Normal(0.5), seed).unwrap();
            for (l, units) in [(1, n_1), (2, n_2)] {
                for unit in 0..units {
                    let from = original[unit + 5 * (l - 1)].min(unit);
                    let row = start.layers[l - 1].w.row(from).to_owned();
                    start.layers[l - 1].w.row_mut(unit).assign(&row);
                    let column = start.layers[l].w.column(from).to_owned();
                    if !(parts && unit == units - 1) {
                        start.layers[l].w.column_mut(unit).assign(&column);
                    }
                }
            }
            Copies { network, start }
        },
    )
}

proptest! {
    #![proptest_config(drawn(300))]
    #[test]
    fn twin_units_are_the_twins_of_the_network(Copies { network, start } in copies()) {
        let mut live = LiveTensors::of_network(&network, &start).unwrap();
        let found = lint(&mut live, &UnitGroups::default(), &Rules::default()).unwrap();
        for l in 1..network.depth() {
            let classes = symmetry::twin_classes(&start, l).unwrap().len();
            let place = format!("w{l}");
            let said = found.findings.iter().find(|finding| {
                finding.rule == Rule::TwinUnits && finding.place == place
            });
            let different = said.map_or(network.widths()[l] as f64, |it| it.numbers["different"]);
            prop_assert_eq!(different, classes as f64, "{:?}", found.findings);
        }
    }

    #[test]
    fn reported_twins_train_alike_and_reported_rows_part(
        seed in 1..1000_u64,
        parts in any::<bool>(),
    ) {
        let network = Network::new(&[2, 4, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let mut start = network.initialise(Weights::Normal(1.0), seed).unwrap();
        let row = start.w(1).row(0).to_owned();
        start.layers[0].w.row_mut(2).assign(&row);
        if !parts {
            let outgoing = start.w(2)[[0, 0]];
            start.layers[1].w[[0, 2]] = outgoing;
        }
        let mut live = LiveTensors::of_network(&network, &start).unwrap();
        let found = lint(&mut live, &UnitGroups::default(), &Rules::default()).unwrap();
        let rule = if parts { "equal-rows w1" } else { "twin-units w1" };
        prop_assert_eq!(named(&found.findings), [rule]);
        let end = network.train(&start, &toy::xor().unwrap(), 0.5, 200, |_, _| ()).unwrap();
        prop_assert_eq!(symmetry::are_twins(&end, 1, 0, 2).unwrap(), !parts);
        prop_assert_eq!(end.w(1).row(0) == end.w(1).row(2), !parts);
    }
}

#[test]
fn what_is_recognised_is_said_and_what_is_not_too() {
    let start = tensors(&[
        ("net.fc1.weight", &[6, 4], he(&[6, 4], 1)),
        ("net.fc2.weight", &[3, 6], he(&[3, 6], 2)),
        ("table", &[5, 3], he(&[5, 3], 3)),
        ("norm.weight", &[6], vec![1.0; 6]),
    ]);
    assert_eq!(start.tensors().len(), 4);
    let found = found(&start);
    let group = &found.units[0];
    assert_eq!((group.name.as_str(), group.units), ("net.fc1.weight", 6));
    assert!(group.complete);
    let last = UnitAxis::new("net.fc2.weight", 1).outgoing().first(0);
    assert_eq!(group.axes[1], last);
    assert_eq!(found.unrecognised, ["table"]);
}
