//! One step of the shipped network as a Rocq file, which compares it with the model by reflexivity.
//!
//! One definition per node: a nested expression would grow exponentially.

use super::symbols::{entry_name, free_batch, free_parameters, free_rate};
use super::within_memory;
use crate::scalar::{Function, FunctionOfMany, Node, Operation, Term, Trace, confined};
use crate::{Error, Network, Result};
use std::collections::HashMap;
use std::fmt::Write;

/// One step of gradient descent from free parameters, as a Rocq file for the project in `proofs/`.
///
/// The file defines every operation of the shipped code as a free expression and states that the
/// new parameters are those of the model; the prover accepts it by computation alone.
///
/// # Errors
/// No examples, a step too large for memory, or activations that differ by layer.
///
/// ```
/// use init_symmetry::{Activation, Loss, Network, proof::rocq_trace};
/// let network = Network::new(&[1, 1], Activation::Tanh, Loss::SquaredError)?;
/// let file = rocq_trace(&network, 1)?;
/// assert!(file.contains(" := Weight 1 0 0.\n"));
/// assert!(file.contains("trace = symbolic_step [1; 1] Tanh IdentitySquaredError 1."));
/// # Ok::<(), init_symmetry::Error>(())
/// ```
pub fn rocq_trace(network: &Network, examples: usize) -> Result<String> {
    activation_of_model(network)?;
    within_memory(network, examples)?;
    let trace = confined(|| -> Result<Trace> {
        let batch = free_batch(network, examples)?;
        let after = network.step(&free_parameters(network), &batch, free_rate())?;
        Ok(Trace::of(&after.entries().collect::<Vec<Term>>()))
    })?;
    print(network, examples, &trace)
}

/// What the model calls the one activation of a network.
fn activation_of_model(network: &Network) -> Result<&'static str> {
    let shared = network.shared_activation().map(|g| g.facts().rocq_name);
    shared.ok_or_else(|| Error::Unsupported {
        subject: "the Rocq model in proofs/".into(),
        what: format!(
            "activations that differ by layer ({}); choose one for all hidden layers",
            network.activation_names()
        ),
    })
}

fn print(network: &Network, examples: usize, trace: &Trace) -> Result<String> {
    let widths = network.widths().iter().map(ToString::to_string).collect::<Vec<_>>();
    let (g, loss) = (activation_of_model(network)?, network.loss.rocq_name());
    let symbols = symbols(network, examples);
    let mut text = format!(
        "(* init-symmetry prove --rocq: one step, shape {}, {examples} examples, {g}, {loss}, \
         {} nodes *)\n\
         From Coq Require Import List.\nImport ListNotations.\n\
         From InitSymmetry Require Import Arithmetic FreeTerms Tie.\n\n",
        widths.join("-"),
        trace.nodes.len(),
    );
    for (index, node) in trace.nodes.iter().enumerate() {
        // writing to a string cannot fail
        let _ = writeln!(text, "Definition n{index} := {}.", print_node(node, &symbols));
    }
    let _ = write!(
        text,
        "\nDefinition trace :=\n  [{}].\n\n\
         Theorem trace_is_model_step : trace = symbolic_step [{}] {g} {loss} {examples}.\n\
         Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.\n",
        print_results(network, &trace.results),
        widths.join("; "),
    );
    Ok(text)
}

fn print_list(nodes: &[usize]) -> String {
    let nodes: Vec<String> = nodes.iter().map(|node| format!("n{node}")).collect();
    format!("[{}]", nodes.join("; "))
}

/// Layer by layer a pair: the rows of W, then b.
fn print_results(network: &Network, results: &[usize]) -> String {
    let mut rest = results;
    let layers = (1..=network.depth()).map(|l| {
        let (rows, columns) = network.extent_of_w(l);
        let (w, after_w) = rest.split_at(rows * columns);
        let (b, after_b) = after_w.split_at(rows);
        rest = after_b;
        let rows: Vec<String> = w.chunks(columns).map(print_list).collect();
        format!("([{}], {})", rows.join("; "), print_list(b))
    });
    layers.collect::<Vec<_>>().join(";\n   ")
}

fn print_node(node: &Node, symbols: &HashMap<String, String>) -> String {
    match node {
        Node::Zero => "Zero".into(),
        Node::One => "One".into(),
        Node::Count(count) => format!("OfNat {count}"),
        // an unknown symbol is no constructor, so the prover would reject the file
        Node::Symbol(name) => symbols.get(&**name).cloned().unwrap_or_else(|| name.to_string()),
        Node::Function(function, of) => {
            let constructor = match function {
                Function::Sigmoid => "SigmoidOf",
                Function::Tanh => "TanhOf",
                Function::Softplus => "SoftplusOf",
                Function::Relu => "ReluOf",
                Function::Step => "HeavisideOf",
            };
            format!("{constructor} n{of}")
        }
        Node::Operation(operation, left, right) => {
            let constructor = match operation {
                Operation::Add => "Add",
                Operation::Subtract => "Sub",
                Operation::Multiply => "Mul",
                Operation::Divide => "Div",
            };
            format!("{constructor} n{left} n{right}")
        }
        Node::MulAdd([a, b, c]) => format!("Fma n{a} n{b} n{c}"),
        Node::FunctionOfMany(FunctionOfMany::Softmax, operands) if !operands.is_empty() => {
            format!("SoftmaxOf n{} {}", operands[0], print_list(&operands[1..]))
        }
        // no constructor either: a step computes no loss
        Node::FunctionOfMany(function, _) => function.to_string(),
    }
}

/// The constructor of every symbol that a step starts from.
fn symbols(network: &Network, examples: usize) -> HashMap<String, String> {
    let mut symbols = HashMap::from([("rate".to_string(), "Rate".to_string())]);
    let mut name = |matrix: &str, constructor: &str, (rows, columns): (usize, usize)| {
        for i in 0..rows {
            for k in 0..columns {
                symbols.insert(entry_name(matrix, i, k), format!("{constructor} {i} {k}"));
            }
        }
    };
    for l in 1..=network.depth() {
        name(&format!("w{l}"), &format!("Weight {l}"), network.extent_of_w(l));
    }
    name("x", "Input", (network.widths()[0], examples));
    name("y", "Label", (network.widths()[network.depth()], examples));
    for l in 1..=network.depth() {
        for i in 0..network.widths()[l] {
            symbols.insert(entry_name(&format!("b{l}"), i, 0), format!("Bias {l} {i}"));
        }
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::{print, rocq_trace};
    use crate::proof::faulty_step::{Fault, faulty_step};
    use crate::proof::symbols::{free_batch, free_parameters};
    use crate::scalar::{Term, Trace};
    use crate::{Activation, Loss, Network};
    use std::path::{Path, PathBuf};
    use std::process::Command;

    const EXAMPLES: usize = 2;

    fn network() -> Network {
        Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy).unwrap()
    }

    /// The file that would be printed if the network had this fault.
    fn faulty_trace(fault: Option<Fault>) -> String {
        let batch = free_batch(&network(), EXAMPLES).unwrap();
        let step = faulty_step(fault, &network(), &free_parameters(&network()), &batch);
        let trace = Trace::of(&step.after.entries().collect::<Vec<Term>>());
        print(&network(), EXAMPLES, &trace).unwrap()
    }

    /// The lines that say which node is which, in the words of the symbols.
    fn written_out(file: &str) -> Vec<String> {
        let mut nodes: Vec<String> = Vec::new();
        for line in file.lines().filter_map(|line| line.strip_prefix("Definition n")) {
            let body = line.split_once(" := ").unwrap().1.trim_end_matches('.');
            let words = body.split(' ').map(|word| {
                let index: String = word.chars().filter(char::is_ascii_digit).collect();
                if word.trim_start_matches('[').starts_with('n') {
                    let node = &nodes[index.parse::<usize>().unwrap()];
                    word.replace(&format!("n{index}"), &format!("({node})"))
                } else {
                    word.to_string()
                }
            });
            let words: Vec<String> = words.collect();
            nodes.push(words.join(" "));
        }
        nodes
    }

    #[test]
    fn the_file_has_one_definition_per_node_and_every_operand_comes_first() {
        let file = rocq_trace(&network(), EXAMPLES).unwrap();
        assert!(
            file.starts_with("(* init-symmetry prove --rocq: one step, shape 2-2-1, 2 examples")
        );
        let nodes = written_out(&file); // an operand that comes later would be out of bounds
        assert!(file.contains(&format!(" {} nodes *)", nodes.len())));
        let z = "Add (Fma (Weight 1 0 1) (Input 1 1) \
                 (Fma (Weight 1 0 0) (Input 0 1) (Zero))) (Bias 1 0)";
        assert!(nodes.iter().any(|node| node == z), "z1 of unit 0 and example 1");
        let mut distinct = nodes.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), nodes.len());
    }

    #[test]
    fn a_softmax_names_its_own_output_and_then_all_of_its_example() {
        let softmax = Loss::SoftmaxCrossEntropy;
        let network = Network::new(&[1, 2], Activation::Tanh, softmax).unwrap();
        let nodes = written_out(&rocq_trace(&network, EXAMPLES).unwrap());
        let z = |i, j| format!("(Add (Fma (Weight 1 {i} 0) (Input 0 {j}) (Zero)) (Bias 1 {i}))");
        for (i, j) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let expected = format!("SoftmaxOf {} [{}; {}]", z(i, j), z(0, j), z(1, j));
            assert_eq!(nodes.iter().filter(|&node| *node == expected).count(), 1, "{expected}");
        }
    }

    #[test]
    fn the_theorem_names_the_network_and_its_results_layer_by_layer() {
        for (hidden, loss, names) in [
            (Activation::Sigmoid, Loss::CrossEntropy, "Sigmoid SigmoidCrossEntropy"),
            (Activation::Relu, Loss::SigmoidSquaredError, "Relu SigmoidSquaredError"),
            (Activation::Identity, Loss::SquaredError, "Identity IdentitySquaredError"),
            (Activation::Tanh, Loss::SquaredError, "Tanh IdentitySquaredError"),
            (Activation::LeakyRelu, Loss::CrossEntropy, "LeakyRelu SigmoidCrossEntropy"),
            (Activation::Silu, Loss::CrossEntropy, "Silu SigmoidCrossEntropy"),
        ] {
            let file = rocq_trace(&Network::new(&[1, 2, 1], hidden, loss).unwrap(), 3).unwrap();
            assert!(file.contains(&format!("symbolic_step [1; 2; 1] {names} 3.")), "{names}");
            let (_, results) = file.split_once("Definition trace :=").unwrap();
            let results = results.split_once('.').unwrap().0.trim();
            // w1 in two rows of one, b1; w2 in one row of two, b2
            let shape: String = results.chars().filter(|c| "[](),;".contains(*c)).collect();
            assert_eq!(shape, "[([[];[]],[;]);([[;]],[])]", "{results}");
        }
    }

    #[test]
    fn a_network_of_several_activations_has_no_file_and_they_are_named() {
        let own = [Activation::Tanh, Activation::Relu];
        let mixed = Network::with_activations(&[1, 2, 2, 1], &own, Loss::CrossEntropy).unwrap();
        assert_eq!(
            rocq_trace(&mixed, 1).unwrap_err().to_string(),
            "the Rocq model in proofs/ has no activations that differ by layer (tanh, relu); \
             choose one for all hidden layers"
        );
    }

    #[test]
    fn a_faulty_step_prints_another_file() {
        // The nodes of the copy come in another order, so what they stand for is compared.
        let results = |file: &str| {
            let nodes = written_out(file);
            let (_, results) = file.split_once("Definition trace :=").unwrap();
            let indices = results.split(|c: char| !c.is_ascii_alphanumeric());
            let indices = indices.filter_map(|word| word.strip_prefix('n')?.parse::<usize>().ok());
            indices.map(|index| nodes[index].clone()).collect::<Vec<_>>()
        };
        let shipped = results(&rocq_trace(&network(), EXAMPLES).unwrap());
        assert_eq!(shipped.len(), 9);
        assert_eq!(results(&faulty_trace(None)), shipped);
        for fault in Fault::ALL {
            assert_ne!(results(&faulty_trace(Some(fault))), shipped, "{fault:?}");
        }
    }

    fn proofs() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs")
    }

    /// What the prover says to a file, and whether it accepts it.
    fn rocq(file: &str) -> (bool, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.v");
        std::fs::write(&path, file).unwrap();
        let mut command = Command::new("coqc");
        command.args(["-q", "-w", "-ambiguous-paths", "-Q", "theories", "InitSymmetry"]);
        let output = command.arg(&path).current_dir(proofs()).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
        (output.status.success(), message.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    #[test]
    #[ignore = "needs coqc and the compiled theories of proofs/ (make -C proofs theories)"]
    fn the_prover_accepts_the_shipped_step_and_rejects_every_faulty_one() {
        let shipped = rocq(&rocq_trace(&network(), EXAMPLES).unwrap());
        assert_eq!(shipped, (true, String::new()));
        assert_eq!(rocq(&faulty_trace(None)), (true, String::new()));
        for fault in Fault::ALL {
            let (accepted, message) = rocq(&faulty_trace(Some(fault)));
            assert!(!accepted, "{fault:?}");
            // rejected because an entry differs, and not because the file is no Rocq
            assert!(message.contains("Unable to unify \"[]\" with \"[WeightDiffers"), "{message}");
        }
    }
}
