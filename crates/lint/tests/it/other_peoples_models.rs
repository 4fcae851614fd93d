//! Names and shapes of models that people use: what is right is not accused, and units are
//! recognised only where they are units.

use crate::draws::{drawn, found, found_in_start, he, tensors};
use init_symmetry_lint::{Finding, Findings, LiveTensors, Severity, UnitGroups, lint};
use init_symmetry_network::Weights;

/// What is graver than a note, as rule and place.
fn grave(found: &Findings) -> Vec<String> {
    let is_grave = |finding: &&Finding| finding.severity != Severity::Note;
    let named = |finding: &Finding| format!("{} {}", finding.rule, finding.place);
    found.findings.iter().filter(is_grave).map(named).collect()
}

/// The outgoing weights of each group that is recognised.
fn read_by(tensors: &LiveTensors) -> Vec<String> {
    let groups = found(tensors).units;
    let outgoing = groups.iter().flat_map(|group| {
        let outgoing = group.axes.iter().filter(|axis| axis.outgoing);
        outgoing.map(|axis| format!("{} -> {} {}", group.name, axis.tensor, axis.axis))
    });
    outgoing.collect()
}

fn zeros(n: usize) -> Vec<f64> {
    vec![0.0; n]
}

fn turned(rows: usize, columns: usize, seed: u64) -> Vec<f64> {
    // drawn for `columns` units of `rows` inputs, stored with the inputs as rows
    let w = he(&[columns, rows], seed);
    (0..rows * columns).map(|k| w[k % columns * rows + k / columns]).collect()
}

#[test]
fn inputs_as_rows_are_seen_by_the_biases_and_judged_by_the_right_fan() {
    for bias in [vec![100], vec![1, 100]] {
        let start = tensors(&[
            ("W1", &[784, 100], turned(784, 100, 1)),
            ("b1", &bias, zeros(100)),
            ("W2", &[100, 10], turned(100, 10, 2)),
            ("b2", &[10], zeros(10)),
        ]);
        assert_eq!(grave(&found_in_start(&start, Some(Weights::He))), [""; 0], "{bias:?}");
        assert_eq!(read_by(&start), ["W1 -> W2 0"]);
    }
    let gpt = tensors(&[
        ("mlp.c_fc.weight", &[64, 256], turned(64, 256, 1)),
        ("mlp.c_fc.bias", &[256], zeros(256)),
        ("mlp.c_proj.weight", &[256, 64], turned(256, 64, 2)),
        ("attn.c_attn.weight", &[64, 192], turned(64, 192, 3)),
    ]);
    assert_eq!(grave(&found_in_start(&gpt, Some(Weights::He))), [""; 0]);
}

#[test]
fn a_table_that_is_no_layer_is_not_judged_by_the_scheme_of_layers() {
    let start = tensors(&[
        ("embed.weight", &[50, 16], drawn(50, 16, Weights::Normal(1.0), 1)),
        ("fc.weight", &[16, 16], he(&[16, 16], 2)),
        ("fc.bias", &[16], zeros(16)),
    ]);
    assert_eq!(grave(&found_in_start(&start, Some(Weights::He))), [""; 0]);
}

#[test]
fn modules_of_a_list_that_run_side_by_side_are_no_layers_of_each_other() {
    let mut control = LiveTensors::default();
    for block in 0..4 {
        let name = |what: &str| format!("controlnet_down_blocks.{block}.{what}");
        control.insert(name("weight"), &[32, 32, 1, 1], zeros(1024)).unwrap();
        control.insert(name("bias"), &[32], zeros(32)).unwrap();
    }
    let heads = tensors(&[
        ("heads.0.weight", &[8, 8], he(&[8, 8], 1)),
        ("heads.1.weight", &[8, 8], he(&[8, 8], 2)),
        ("fpn_output2.weight", &[8, 8, 3, 3], he(&[8, 8, 3, 3], 3)),
        ("fpn_output3.weight", &[8, 8, 3, 3], he(&[8, 8, 3, 3], 4)),
        ("conv1.weight", &[8, 8, 1, 1], he(&[8, 8, 1, 1], 5)),
        ("conv3.weight", &[8, 8, 3, 3], he(&[8, 8, 3, 3], 6)),
        ("rdb.conv1.weight", &[32, 64, 3, 3], he(&[32, 64, 3, 3], 7)),
        ("rdb.conv2.weight", &[32, 96, 3, 3], he(&[32, 96, 3, 3], 8)),
        // without biases, as an attention's two maps
        ("attention.W1", &[8, 8], he(&[8, 8], 9)),
        ("attention.W2", &[8, 8], he(&[8, 8], 10)),
    ]);
    for tensors in [control, heads] {
        assert_eq!(read_by(&tensors), [""; 0]);
        assert_eq!(grave(&found(&tensors)), [""; 0]);
    }
}

#[test]
fn layers_of_a_sequential_follow_each_other_whatever_their_widths() {
    let square = tensors(&[
        ("0.weight", &[8, 8], he(&[8, 8], 1)),
        ("2.weight", &[8, 8], he(&[8, 8], 2)),
        ("fc1.weight", &[8, 8], he(&[8, 8], 3)),
        ("fc2.weight", &[8, 8], he(&[8, 8], 4)),
    ]);
    assert_eq!(read_by(&square), ["0.weight -> 2.weight 1", "fc1.weight -> fc2.weight 1"]);
}

#[test]
fn channels_of_a_grouped_convolution_are_not_called_twins() {
    let depthwise = tensors(&[
        ("0.weight", &[8, 1, 3, 3], vec![1.0 / 9.0; 72]),
        ("0.bias", &[8], zeros(8)),
        ("2.weight", &[4, 8, 1, 1], vec![0.125; 32]),
        ("2.bias", &[4], zeros(4)),
    ]);
    let constants = ["constant-tensor 0.weight", "constant-tensor 2.weight"];
    assert_eq!(grave(&found(&depthwise)), constants);
}

/// Two layers with equal rows and columns, and something between them.
fn with_twins(between: &[(&str, Vec<f64>)]) -> LiveTensors {
    let (mut w1, mut w2) = (he(&[16, 8], 1), he(&[4, 16], 2));
    w1.copy_within(24..32, 72);
    w2.chunks_mut(16).for_each(|row| row[9] = row[3]);
    let mut all = tensors(&[("a.fc1.weight", &[16, 8], w1), ("a.fc2.weight", &[4, 16], w2)]);
    for (name, values) in between {
        all.insert(*name, &[values.len()], values.clone()).unwrap();
    }
    all
}

#[test]
fn units_that_a_norm_may_tell_apart_are_not_called_twins() {
    assert_eq!(grave(&found(&with_twins(&[]))), ["twin-units a.fc1.weight"]);
    // another length, another module, another block: no doubt
    let harmless = [("a.norm.weight", vec![1.0; 8]), ("b.norm.weight", vec![1.0; 16])];
    assert_eq!(grave(&found(&with_twins(&harmless))), ["twin-units a.fc1.weight"]);
    let norm = he(&[16, 1], 3);
    let between = [("a.bn4.weight", norm.clone()), ("a.bn4.bias", norm)];
    assert_eq!(grave(&found(&with_twins(&between))), ["equal-rows a.fc1.weight"]);
}

#[test]
fn what_reads_a_gated_layer_is_no_layer_before_its_neighbour() {
    let mut pruned = he(&[16, 32], 3);
    pruned[5 * 32..6 * 32].fill(0.0);
    let expert = tensors(&[
        ("experts.0.w1.weight", &[32, 16], he(&[32, 16], 1)),
        ("experts.0.w2.weight", &[16, 32], pruned),
        ("experts.0.w3.weight", &[32, 16], he(&[32, 16], 2)),
    ]);
    assert_eq!(read_by(&expert), ["experts.0.w1 -> experts.0.w2.weight 1"]);
    assert_eq!(grave(&found(&expert)), [""; 0]);
}

#[test]
fn recurrent_layers_with_projections_are_not_taken_for_plain_ones() {
    let projected = tensors(&[
        ("rnn.weight_ih_l0", &[32, 8], he(&[32, 8], 1)),
        ("rnn.weight_hh_l0", &[32, 4], he(&[32, 4], 2)),
        ("rnn.weight_hr_l0", &[4, 8], he(&[4, 8], 3)),
    ]);
    assert_eq!(read_by(&projected), [""; 0]);
}

#[test]
fn numbers_at_the_end_of_their_range_empty_tensors_and_single_entries_are_judged() {
    let last = u64::MAX;
    let name = |what: &str| format!("{what}{last}");
    let mut all = LiveTensors::default();
    for what in ["fc", "W", "weight_hh_l", ""] {
        all.insert(name(what), &[4, 4], he(&[4, 4], 1)).unwrap();
        all.insert(name(what) + ".weight", &[4, 4], he(&[4, 4], 2)).unwrap();
    }
    all.insert("0.weight", &[5, 3], he(&[5, 3], 3)).unwrap();
    all.insert("2.weight", &[0, 5], Vec::new()).unwrap();
    all.insert("3.weight", &[5, 0], Vec::new()).unwrap();
    all.insert("scalar", &[], vec![0.5]).unwrap();
    all.insert("one.weight", &[1, 1, 1, 1, 1, 1], vec![0.5]).unwrap();
    let found = found_in_start(&all, Some(Weights::He));
    let skipped: Vec<&str> = found.skipped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(skipped, ["2.weight", "3.weight"]);
}

#[test]
fn of_what_is_not_finite_nothing_else_is_said() {
    let broken = tensors(&[
        ("fc1.weight", &[8, 4], vec![f64::NAN; 32]),
        ("fc2.weight", &[2, 8], vec![f64::NAN; 16]),
        ("norm.weight", &[8], vec![f64::NAN; 8]),
    ]);
    let found = found_in_start(&broken, Some(Weights::He));
    assert_eq!(found.findings.len(), 3, "{:?}", found.findings);
    assert!(grave(&found).iter().all(|finding| finding.starts_with("not-finite")));
    let extreme = |scale: f64| {
        let w = he(&[8, 4], 1).into_iter().map(|value| value * scale).collect();
        let start = tensors(&[("fc1.weight", &[8, 4], w), ("fc1.bias", &[8], zeros(8))]);
        let found = found_in_start(&start, Some(Weights::He));
        found.findings.iter().all(|finding| !finding.message.contains("NaN"))
    };
    assert!(extreme(1e300) && extreme(1e-300) && extreme(1e30));
}

#[test]
fn tables_and_usual_zeros_are_notes() {
    let mask: Vec<f64> = (0..256).map(|k| f64::from(u8::from(k % 16 <= k / 16))).collect();
    let padded = [vec![0.0; 8], he(&[31, 8], 1)].concat();
    let odd = tensors(&[
        ("h.0.attn.bias", &[1, 1, 16, 16], mask.clone()),
        ("h.1.attn.bias", &[1, 1, 16, 16], mask),
        ("0.A_log", &[8, 16], (0..128).map(|k| f64::from(k % 16 + 1).sqrt()).collect()),
        ("bn3.weight", &[8], zeros(8)),
        ("input_layernorm.weight", &[8], zeros(8)),
        ("logit_scale", &[4, 1, 1], vec![2.3; 4]),
        ("embed.weight", &[32, 8], padded),
    ]);
    let found = found_in_start(&odd, None);
    let allowed = ["copied-tensor h.0", "scale h.0.attn.bias"];
    let rest: Vec<_> =
        grave(&found).into_iter().filter(|it| !allowed.contains(&it.as_str())).collect();
    assert_eq!(rest, [""; 0], "{:#?}", found.findings);
}

#[test]
fn biases_of_a_layer_are_judged_by_the_inputs_of_that_layer() {
    let start = |deviation: f64| {
        tensors(&[
            ("fc.weight", &[64, 256], he(&[64, 256], 1)),
            ("fc.bias", &[64], drawn(64, 1, Weights::Uniform(deviation), 2)),
        ])
    };
    assert_eq!(grave(&found_in_start(&start(1.0 / 16.0), None)), [""; 0]);
    assert_eq!(grave(&found_in_start(&start(0.5), None)), ["bias-not-zero fc.bias"]);
}

#[test]
fn a_group_of_the_users_needs_something_to_receive_by() {
    let units = "[[group]]\nname = 'g'\naxes = [{ tensor = 'w', axis = 1, outgoing = true }]";
    let units = UnitGroups::of_toml("units.toml".as_ref(), units).unwrap();
    let mut source = tensors(&[("w", &[2, 3], he(&[2, 3], 1))]);
    let message = lint(&mut source, &units, &Default::default()).unwrap_err().to_string();
    assert!(message.contains("all its axes are outgoing"), "{message}");
}
