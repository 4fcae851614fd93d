//! Plain networks under other names and in either orientation, units as rows or inputs as rows: the
//! same verdict of each.

use crate::drawn::drawn;
use crate::draws::{found, found_in_start, he, named, tensors};
use init_symmetry_lint::{Findings, LiveTensors, Severity};
use init_symmetry_network::Weights;
use proptest::prelude::*;

/// Names of the weights and biases of layer `#`; the first number is the last field.
const NAMES: [(&str, &str, usize); 8] = [
    ("W#", "b#", 1),
    ("w#", "b#", 1),
    ("net.w#", "net.b#", 0),
    ("layers.#.weight", "layers.#.bias", 0),
    ("layers.#.w", "layers.#.b", 0),
    ("mlp/linear_#/W", "mlp/linear_#/bias", 1),
    ("dense_#.kernel", "dense_#.bias", 1),
    ("params/Dense_#/kernel", "params/Dense_#/bias", 0),
];

/// How a network is stored.
#[derive(Debug, Clone, Copy)]
struct Style {
    names: (&'static str, &'static str, usize),
    inputs_as_rows: bool,
    /// Without biases (0), or with lists (1), rows (2) or columns (3).
    bias: usize,
}

/// A layer with its units as rows.
#[derive(Debug, Clone)]
struct Dense {
    n_out: usize,
    n_in: usize,
    w: Vec<f64>,
}

fn layers(widths: &[usize], seed: u64) -> Vec<Dense> {
    let layer = |(l, pair): (u64, &[usize])| {
        let (n_in, n_out) = (pair[0], pair[1]);
        Dense { n_out, n_in, w: he(&[n_out, n_in], 100 * seed + l) }
    };
    (1..).zip(widths.windows(2)).map(layer).collect()
}

fn stored(layers: &[Dense], style: Style) -> LiveTensors {
    let Style { names: (weight, bias, first), inputs_as_rows, .. } = style;
    let mut all = LiveTensors::default();
    for (l, Dense { n_out, n_in, w }) in layers.iter().enumerate() {
        let name = |template: &str| template.replace('#', &(l + first).to_string());
        if inputs_as_rows {
            let turned = (0..w.len()).map(|k| w[k % n_out * n_in + k / n_out]).collect();
            all.insert(name(weight), &[*n_in, *n_out], turned).unwrap();
        } else {
            all.insert(name(weight), &[*n_out, *n_in], w.clone()).unwrap();
        }
        let shape = match style.bias {
            0 => continue,
            1 => vec![*n_out],
            2 => vec![1, *n_out],
            _ => vec![*n_out, 1],
        };
        all.insert(name(bias), &shape, vec![0.0; *n_out]).unwrap();
    }
    all
}

/// Every style in which a network can be read, as the trial's 20-64-32-1.
fn styles() -> Vec<Style> {
    let mut styles = Vec::new();
    for names in NAMES {
        for inputs_as_rows in [false, true] {
            for bias in 0..4 {
                styles.push(Style { names, inputs_as_rows, bias });
            }
        }
    }
    // members of a list without biases that run side by side would look the same
    styles.retain(|it| !(it.names.0.ends_with(".weight") && it.inputs_as_rows && it.bias == 0));
    styles
}

fn grave(found: &Findings) -> Vec<String> {
    let is_grave = |severity| severity != Severity::Note;
    let grave = found.findings.iter().filter(|it| is_grave(it.severity)).cloned();
    named(&grave.collect::<Vec<_>>())
}

fn place(style: Style, layer: usize) -> String {
    style.names.0.replace('#', &(layer - 1 + style.names.2).to_string())
}

fn judged(layers: &[Dense], style: Style) -> Findings {
    found_in_start(&stored(layers, style), Some(Weights::He))
}

#[test]
fn twins_are_found_under_every_name_and_in_both_orientations() {
    let right = layers(&[20, 64, 32, 1], 1);
    let mut twins = right.clone();
    twins[0].w.copy_within(3 * 20..4 * 20, 7 * 20);
    twins[1].w.chunks_mut(64).for_each(|row| row[7] = row[3]);
    for style in styles() {
        let found = judged(&right, style);
        assert_eq!(grave(&found), [""; 0], "{style:?}: {found}");
        assert_eq!(found.unrecognised, [""; 0], "{style:?}");
        assert!(found.spreads.iter().all(|spread| spread.axis_is_known), "{style:?}");
        let fans: Vec<(usize, usize)> = found.spreads.iter().map(|it| it.fans).collect();
        assert_eq!(fans, [(64, 20), (32, 64), (1, 32)], "{style:?}");
        let found = judged(&twins, style);
        let wanted = format!("twin-units {}", place(style, 1));
        assert_eq!(grave(&found), [wanted], "{style:?}: {found}");
    }
}

#[test]
fn a_wrong_scale_of_the_output_layer_is_an_error_in_both_orientations() {
    let mut large = layers(&[20, 64, 32, 1], 1);
    large[2].w.iter_mut().for_each(|w| *w *= 100.0);
    for style in styles() {
        let found = judged(&large, style);
        assert_eq!(grave(&found), [format!("scale {}", place(style, 3))], "{style:?}: {found}");
        let message = &found.findings[0].message;
        assert!(message.contains("times too large"));
        let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
        assert!(message.split(' ').all(|word| digits(word) < 7), "{message}");
    }
}

#[test]
fn a_layer_of_one_number_contradicts_a_declared_scheme_in_every_place() {
    for style in styles() {
        for (layer, value, says) in [
            (1, 0.0, "are 0: the standard deviation is 0, but He declares 0.316: is it an integer"),
            (2, 0.0, "are 0: the standard deviation is 0, but He declares 0.177: is it an integer"),
            (2, 0.1, "are 0.1: the standard deviation is 0, but He declares 0.177"),
            (3, 0.0, "are 0: the standard deviation is 0, but He declares 0.25; if the layer is"),
            (3, -0.5, "are -0.5: the standard deviation is 0, but He declares 0.25"),
        ] {
            let mut start = layers(&[20, 64, 32, 1], 1);
            start[layer - 1].w.fill(value);
            let found = judged(&start, style);
            let wanted = format!("scale {}", place(style, layer));
            let error = found.errors().find(|it| format!("{} {}", it.rule, it.place) == wanted);
            let message = error.map(|it| it.message.as_str()).unwrap_or_default();
            assert!(message.contains(says), "{style:?} {layer} {value}: {found}");
        }
    }
}

#[test]
fn zeros_of_both_signs_are_zeros() {
    let style = Style { names: NAMES[0], inputs_as_rows: true, bias: 1 };
    let mut start = layers(&[20, 64, 32, 1], 1);
    start[1].w.iter_mut().for_each(|w| *w *= 0.0);
    let found = judged(&start, style);
    assert_eq!(named(&found.errors().cloned().collect::<Vec<_>>()), ["scale W2"], "{found}");
    assert!(named(&found.findings).contains(&"constant-tensor W2".into()), "{found}");
}

#[test]
fn zeros_that_are_meant_contradict_no_scheme() {
    let silent = |name: &str, n_out: usize, n_in: usize| {
        let bias = name.replace("weight", "bias");
        let mut all = LiveTensors::default();
        all.insert(name, &[n_out, n_in], vec![0.0; n_out * n_in]).unwrap();
        all.insert(bias, &[n_out], vec![0.0; n_out]).unwrap();
        all
    };
    let mut cases = vec![
        silent("q_proj.lora_B.weight", 32, 4),
        silent("blocks.0.adaLN_modulation.1.weight", 48, 8),
        silent("controlnet_down_blocks.3.weight", 8, 8),
    ];
    cases.push(tensors(&[
        ("blocks.0.mlp.0.weight", &[32, 8], he(&[32, 8], 1)),
        ("blocks.0.mlp.2.weight", &[8, 32], vec![0.0; 256]),
    ]));
    cases.push(tensors(&[
        ("layer1.0.conv1.weight", &[8, 8, 3, 3], he(&[8, 8, 3, 3], 1)),
        ("layer1.0.conv2.weight", &[8, 8, 3, 3], vec![0.0; 576]),
    ]));
    cases.push(tensors(&[
        ("mlp.up_proj.weight", &[32, 8], he(&[32, 8], 1)),
        ("mlp.down_proj.weight", &[8, 32], vec![0.0; 256]),
    ]));
    for start in cases {
        let found = found_in_start(&start, Some(Weights::He));
        assert!(found.errors().next().is_none(), "{found}");
        assert!(found.findings.iter().any(|it| it.message.contains("usual in")), "{found}");
    }
}

#[test]
fn a_hidden_layer_of_zeros_is_a_warning_and_an_output_layer_of_zeros_a_note() {
    for style in styles() {
        let of_zeros = |layer: usize| {
            let mut start = layers(&[20, 64, 32, 2], 1);
            start[layer - 1].w.fill(0.0);
            let found = found(&stored(&start, style)).findings;
            let wanted = format!("constant-tensor {}", place(style, layer));
            found.into_iter().find(|it| format!("{} {}", it.rule, it.place) == wanted).unwrap()
        };
        let hidden = of_zeros(2);
        assert_eq!(hidden.severity, Severity::Warning, "{style:?}");
        assert!(hidden.message.contains("with ReLU and zero biases they never learn"));
        assert_eq!(of_zeros(3).severity, Severity::Note, "{style:?}");
    }
}

#[test]
fn equal_weights_are_twins_in_both_orientations_with_and_without_biases() {
    for style in styles() {
        let mut start = layers(&[4, 3, 2], 1);
        start.iter_mut().for_each(|layer| layer.w.fill(0.1));
        let found = found(&stored(&start, style));
        let errors: Vec<_> = found.errors().cloned().collect();
        assert_eq!(named(&errors), [format!("twin-units {}", place(style, 1))], "{style:?}");
    }
}

#[test]
fn square_layers_of_a_chain_are_read_like_their_neighbours() {
    let style = Style { names: NAMES[0], inputs_as_rows: true, bias: 1 };
    let mut start = layers(&[20, 32, 32, 32, 1], 1);
    start[2].w.copy_within(3 * 32..4 * 32, 7 * 32);
    start[3].w[7] = start[3].w[3];
    for names in NAMES {
        let style = Style { names, ..style };
        let wanted = format!("twin-units {}", place(style, 3));
        assert_eq!(grave(&judged(&start, style)), [wanted], "{style:?}");
    }
}

#[test]
fn square_matrices_without_biases_are_read_in_neither_way() {
    let style = Style { names: NAMES[0], inputs_as_rows: false, bias: 0 };
    let start = layers(&[8, 8, 8, 8], 1);
    for names in [NAMES[0], NAMES[1], NAMES[4]] {
        let found = judged(&start, Style { names, ..style });
        assert!(found.knows_no_units(), "{names:?}: {found}");
        assert_eq!(grave(&found), [""; 0], "{found}");
        assert!(found.to_string().contains("no units are known of: "), "{found}");
    }
}

#[test]
fn a_table_before_a_layer_is_no_layer_with_inputs_as_rows() {
    let table = crate::draws::drawn(100, 32, Weights::Normal(1.0), 1);
    let start = tensors(&[
        ("0.weight", &[100, 32], table),
        ("1.weight", &[32, 32], he(&[32, 32], 2)),
        ("1.bias", &[32], vec![0.0; 32]),
    ]);
    assert_eq!(grave(&found_in_start(&start, Some(Weights::He))), [""; 0]);
    // each level of a pyramid halves its channels, and none reads another
    let side_by_side = tensors(&[
        ("lateral.0.weight", &[64, 128], he(&[64, 128], 1)),
        ("lateral.1.weight", &[128, 256], he(&[128, 256], 2)),
        ("lateral.2.weight", &[256, 512], he(&[256, 512], 3)),
    ]);
    assert_eq!(grave(&found_in_start(&side_by_side, Some(Weights::He))), [""; 0]);
}

#[test]
fn biases_within_the_default_of_pytorch_are_right_in_both_orientations() {
    for inputs_as_rows in [false, true] {
        let style = Style { names: NAMES[4], inputs_as_rows, bias: 0 };
        let mut start = stored(&layers(&[20, 64, 32, 1], 1), style);
        let bound = 1.0 / 20.0_f64.sqrt();
        let biases = crate::draws::drawn(64, 1, Weights::Uniform(bound), 5);
        start.insert("layers.0.b", &[64], biases.clone()).unwrap();
        assert_eq!(grave(&found_in_start(&start, None)), [""; 0], "{inputs_as_rows}");
        let mut wrong = stored(&layers(&[20, 64, 32, 1], 1), style);
        let biases = biases.into_iter().map(|b| 9.0 * b).collect();
        wrong.insert("layers.0.b", &[64], biases).unwrap();
        let found = found_in_start(&wrong, None);
        assert_eq!(grave(&found), ["bias-not-zero layers.0.b"], "{inputs_as_rows}: {found}");
    }
}

#[test]
fn findings_are_shown_one_in_a_line() {
    let mut start = LiveTensors::default();
    start.insert("W1", &[4, 3], vec![0.1; 12]).unwrap();
    start.insert("W2", &[3, 2], vec![0.1; 6]).unwrap();
    let shown = found(&start).to_string();
    assert!(shown.starts_with("error twin-units W1: all 3 units are twins"), "{shown}");
    assert_eq!(shown.lines().count(), 3, "{shown}");
    assert_eq!(Findings::default().to_string(), "nothing found\n");
}

proptest! {
    #![proptest_config(drawn(600))]
    #[test]
    fn right_networks_of_every_layout_are_not_accused(
        style in 0..1000_usize,
        widths in prop::collection::vec(1..40_usize, 3..6),
        seed in 0..1_000_000_u64,
    ) {
        let styles = styles();
        let style = styles[style % styles.len()];
        // PyTorch's and Keras's names say an orientation where the shapes leave two
        let named = style.names.0.ends_with(".weight") || style.names.0.ends_with("kernel");
        prop_assume!(style.bias > 0 || !named);
        let found = judged(&layers(&widths, seed), style);
        prop_assert!(grave(&found).is_empty(), "{:?} {:?}: {}", style, widths, found);
        let without = found_in_start(&stored(&layers(&widths, seed), style), None);
        prop_assert!(grave(&without).is_empty(), "{:?} {:?}: {}", style, widths, without);
    }
}
