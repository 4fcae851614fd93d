//! `train` on real data: what the start did, as the command shows it.

use init_symmetry::{Activation, Loss};
use serde_json::Value;
use std::process::Command;
use strum::VariantNames;

fn train(further: &str) -> String {
    train_on("data/breast_cancer.csv --label diagnosis", further)
}

fn train_on(data: &str, further: &str) -> String {
    let arguments = format!("train --data {data}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_init-symmetry"));
    command.args(arguments.split_whitespace()).args(further.split_whitespace());
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn document(further: &str) -> Value {
    serde_json::from_str(&train(&format!("--json {further}"))).unwrap()
}

fn observations(run: &Value) -> &Vec<Value> {
    run["observations"].as_array().unwrap()
}

#[test]
fn a_random_start_learns_and_a_zero_start_ends_with_one_class_of_twins() {
    let document = document("");
    let runs = document["runs"].as_array().unwrap();
    let inits: Vec<_> = runs.iter().map(|run| run["init"].as_str().unwrap()).collect();
    assert_eq!(inits, ["zeros", "constant:0.1", "normal:0.01"]);
    assert_eq!(document["layers"], serde_json::json!([30, 8, 1]));

    let random = observations(&runs[2]).last().unwrap();
    assert_eq!(random["step"], document["steps"]);
    assert!(random["accuracy"].as_f64().unwrap() >= 0.95, "{random}");
    for seen in observations(&runs[2]) {
        let layer = &seen["hidden_layers"][0];
        assert_eq!((&layer["twin_classes"], &layer["units"]), (&8.into(), &8.into()));
        assert!(layer["row_distance_min"].as_f64().unwrap() > 0.0);
    }
    // From zeros and from a constant: one class and no distance, bit for bit, at every iteration.
    for run in &runs[..2] {
        for seen in observations(run) {
            let layer = &seen["hidden_layers"][0];
            assert_eq!(layer["twin_classes"], 1);
            assert_eq!(layer["row_distance_min"].as_f64(), Some(0.0));
            assert_eq!(layer["row_distance_median"].as_f64(), Some(0.0));
        }
    }
    // Zeros never does better than always saying benign; the constant start moves and learns.
    let accuracy = |run| observations(run).last().unwrap()["accuracy"].as_f64().unwrap();
    assert_eq!(accuracy(&runs[0]), 357.0 / 569.0);
    assert!(accuracy(&runs[1]) > 0.95, "not vacuous: equal units are not frozen units");
}

#[test]
fn the_tables_say_what_was_done_to_the_data_and_what_came_out() {
    let tables = train("--steps 200");
    for expected in [
        "569 examples, 30 features",
        "0 = benign (357), 1 = malignant (212)",
        "standardised to mean 0 and standard deviation 1",
        "30-8-1, tanh, cross-entropy",
        "200 steps of gradient descent, rate 0.5, seed 1",
        "from zeros",
        "from constant:0.1",
        "from normal:0.01",
        "1 twin class of 8 units",
        "8 twin classes of 8 units",
    ] {
        assert!(tables.contains(expected), "{expected:?} is not in\n{tables}");
    }
    assert!(!tables.contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn the_loss_of_json_and_table_is_that_of_the_library() {
    use init_symmetry::dataset::{Dataset, Header};
    use init_symmetry::{Activation, Loss, Network, Weights};
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/breast_cancer.csv");
    let data = Dataset::read(path.as_ref(), "diagnosis", Header::Auto).unwrap();
    let batch = data.standardise().unwrap().batch;
    let network =
        Network::new(&[30, 3, 1], Activation::Sigmoid, Loss::SigmoidSquaredError).unwrap();
    let start = network.initialise(Weights::He, 7).unwrap();
    let end = network.train(&start, &batch, 0.25, 37, |_, _| ()).unwrap();
    let loss = network.evaluate(&end, &batch).unwrap().loss;

    // 37 steps in stretches are the same bits as 37 steps at once.
    let document = document(
        "--layers 30-3-1 --activation sigmoid --loss sigmoid-squared-error --init he --seed 7 \
         --rate 0.25 --steps 37",
    );
    let seen = observations(&document["runs"][0]);
    let steps: Vec<_> = seen.iter().map(|seen| seen["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [0, 1, 3, 9, 18, 37]);
    let shown = seen.last().unwrap()["loss"].as_f64().unwrap();
    assert_eq!(shown.to_bits(), loss.to_bits());
}

#[test]
fn every_hidden_layer_is_shown_and_none_where_there_is_none() {
    let deep = train("--layers 30-4-3-1 --init he --steps 10");
    assert!(deep.contains("layer 1: 4 twin classes of 4 units, layer 2: 3 twin classes of 3"));
    let logistic = train("--layers 30-1 --init zeros --steps 100");
    assert!(logistic.contains("(no hidden layer)"), "{logistic}");
    assert!(!logistic.contains("twin class of"), "{logistic}");
}

const IRIS: &str = "data/iris.csv --label species";

#[test]
fn three_classes_are_learnt_with_a_softmax_from_a_random_start_alone() {
    let document: Value = serde_json::from_str(&train_on(IRIS, "--json")).unwrap();
    assert_eq!(document["layers"], serde_json::json!([4, 8, 3]));
    assert_eq!(document["loss"], "softmax-cross-entropy");
    assert_eq!(document["classes"], serde_json::json!(["setosa", "versicolor", "virginica"]));
    assert_eq!(document["examples_of_classes"], serde_json::json!([50, 50, 50]));
    let runs = document["runs"].as_array().unwrap();
    let accuracy = |run| observations(run).last().unwrap()["accuracy"].as_f64().unwrap();
    assert!(accuracy(&runs[2]) >= 0.95, "{}", accuracy(&runs[2]));
    // from zeros nothing but the output bias could move, and the classes are of one size
    assert_eq!(accuracy(&runs[0]), 1.0 / 3.0);
    for run in &runs[..2] {
        assert!(observations(run).iter().all(|it| it["hidden_layers"][0]["twin_classes"] == 1));
    }
    for run in runs {
        let rows: Vec<Vec<f64>> = serde_json::from_value(run["confusion"].clone()).unwrap();
        assert!(rows.iter().all(|row| row.iter().sum::<f64>() == 50.0), "{rows:?}");
        let right: f64 = (0..3).map(|class| rows[class][class]).sum();
        assert_eq!(right / 150.0, accuracy(run));
    }
}

#[test]
fn the_tables_of_three_classes_name_them_and_say_which_is_taken_for_which() {
    let call = "--init normal:0.5 --steps 500";
    let tables = train_on(IRIS, call);
    for expected in [
        "species: setosa (50), versicolor (50), virginica (50)",
        "4-8-3, tanh, softmax-cross-entropy",
        "classes from normal:0.5",
        "class \\ predicted  setosa  versicolor  virginica",
        "setosa                 50           0          0",
    ] {
        assert!(tables.contains(expected), "{expected:?} is not in\n{tables}");
    }
    assert_eq!(tables, train_on(IRIS, call));
    // an output for each class may have a loss of its own
    let each = train_on(IRIS, "--loss squared-error --init normal:0.5 --rate 0.1 --steps 100");
    assert!(each.contains("4-8-3, tanh, squared-error") && each.contains("class \\ predicted"));
}

#[test]
fn the_same_call_gives_the_same_bytes_and_another_seed_another_run() {
    let call = "--init normal:0.5 --steps 20 --seed ";
    let of_seed = |seed: u64| train(&format!("{call}{seed}"));
    assert_eq!(of_seed(3), of_seed(3));
    let without_seed = |text: String| text.replace("seed 3", "").replace("seed 4", "");
    assert_ne!(without_seed(of_seed(3)), without_seed(of_seed(4)));
}

#[test]
fn the_help_lists_every_activation_and_every_loss() {
    let help = train("--help");
    let names = <Activation as VariantNames>::VARIANTS.iter();
    for name in names.chain(<Loss as VariantNames>::VARIANTS) {
        assert!(help.contains(name), "{name} is not in:\n{help}");
    }
}

#[test]
fn one_class_against_the_rest_makes_two_classes_of_three() {
    let tables = train_on(IRIS, "--positive virginica --init normal:0.5 --steps 300");
    for expected in ["0 = not virginica (100), 1 = virginica (50)", "4-8-1, tanh, cross-entropy"] {
        assert!(tables.contains(expected), "{expected:?} is not in\n{tables}");
    }
    let swapped = document("--positive benign --steps 1 --init zeros");
    assert_eq!(swapped["classes"], serde_json::json!(["malignant", "benign"]));
    assert_eq!(swapped["examples_of_classes"], serde_json::json!([212, 357]));
}

/// Trains on a table with these lines.
fn train_on_text(text: &str, further: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    train_on(&format!("{} --label y", file.path().display()), further)
}

#[test]
fn examples_with_missing_cells_are_left_out_if_asked_and_counted() {
    let text = "a,b,y\n1,2,no\n3,,yes\n4,1,yes\n?,1,no\n2,NaN,no\n0,3,\n5,5,yes\n";
    let tables = train_on_text(text, "--drop-missing --steps 10");
    assert!(tables.contains("3 examples, 2 features; left out: 4 with cells missing"), "{tables}");
    let json = train_on_text(text, "--drop-missing --steps 10 --json");
    let document: Value = serde_json::from_str(&json).unwrap();
    let counts = (&document["examples"], &document["dropped_examples"]);
    assert_eq!(counts, (&3.into(), &4.into()));
}

#[test]
fn a_label_of_numbers_is_predicted_with_squared_error() {
    // y = 2a − b + 7, which a network without hidden layer fits
    let rows = (0..40).map(|k| {
        let (a, b) = (f64::from(k % 5), f64::from(k % 8));
        format!("{a},{b},{}\n", 2.0 * a - b + 7.0)
    });
    let text = format!("a,b,y\n{}", rows.collect::<String>());
    let options = "--loss squared-error --layers 2-1 --init zeros --steps 200";
    let tables = train_on_text(&text, options);
    for expected in [
        "numbers with mean 7.500000 and standard deviation",
        "R²",
        "2-1, tanh, squared-error",
        "100.0 % explained",
    ] {
        assert!(tables.contains(expected), "{expected:?} is not in\n{tables}");
    }
    assert!(tables.contains("  0.0 %  (no hidden layer)") && !tables.contains("-0.0"), "{tables}");
    let document: Value =
        serde_json::from_str(&train_on_text(&text, &format!("{options} --json"))).unwrap();
    assert_eq!(document["label_scale"]["mean"], 7.5);
    assert_eq!(document["classes"], serde_json::json!([]));
    let run = observations(&document["runs"][0]);
    let (start, end) = (&run[0], run.last().unwrap());
    // from zeros the prediction is the mean
    assert!(start["r_squared"].as_f64().unwrap().abs() < 0.01, "{start}");
    assert!(end["r_squared"].as_f64().unwrap() > 0.999 && end["accuracy"].is_null(), "{end}");
    // 0 and 1 are classes whatever the loss
    let bits = "a,y\n1,0\n2,1\n3,1\n";
    let tables = train_on_text(bits, "--loss squared-error --rate 0.1 --steps 5");
    assert!(tables.contains("y: 0 = 0 (1), 1 = 1 (2)"), "{tables}");
}
