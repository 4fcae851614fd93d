//! What the symmetries of hidden units imply: renumbering, balance, splitting, parting, decay, and
//! what a softmax conserves.
//!
//! The theorems are in `proofs/`, the properties in the crate `check`; here they are tied together.
//! Start at [`CLAIMS`].

use super::SECTION;
use crate::claim::Evidence::{Generated, Sampled, Theorem};
use crate::claim::{Assumption, Claim, Dropped, Evidence, Finding, Killer, Part, Verdict};
use crate::fault::Fault;
use crate::lint::{LiveTensors, Rule, Rules, UnitGroups, lint};
use crate::network::LayerGradient;
use crate::property::{self, Cases, Config, Witness, run};
use crate::subject::{Descent, Subject};
use crate::symmetry::{are_twins, twin_classes};
use crate::toy::xor;
use crate::{Activation, Batch, Error, Layer, Loss, Network, Parameters, Result, Weights};
use ndarray::{Array2, Zip};

// theorems whose names would not fit below
const ONE_STEP_WITH_DECAY: Evidence =
    Theorem("one_step_with_decay_changes_the_distance_by_a_factor_between_two_bounds");
const SOFTMAX_SUMS_ARE_CONSERVED: Evidence =
    Theorem("gradient_descent_conserves_the_sums_over_the_outputs_of_a_softmax");
const SOFTMAX_SUMS_UNDER_MOMENTUM: Evidence =
    Theorem("momentum_and_decay_treat_the_sums_over_the_outputs_of_a_softmax_without_the_data");
const CLIPPING_COMMUTES: Evidence =
    Theorem("training_with_a_clipped_gradient_commutes_with_renumbering_hidden_units");
const OUTGOING_WEIGHTS_KEEP: Evidence =
    Theorem("outgoing_weights_of_units_with_equal_rows_keep_their_difference");
const TWINS_IN_LAYERS_ARE_FOUND: Evidence =
    Theorem("in_layers_twins_are_found_exactly_if_row_bias_and_outgoing_column_agree");

pub(in crate::claim) const CLAIMS: &[Claim] = &[
    Claim {
        id: "renumbering-commutes-with-training",
        section: SECTION,
        headline: "In exact arithmetic, gradient descent from renumbered units gives the \
                   renumbered result.",
        lesson: "The order in which hidden units are numbered does not matter.",
        source: "Why Not Initialize to Zero: Proof by Induction, in its general form",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, training from renumbered hidden units and optimiser \
                       states gives the renumbered result at every step, under every update rule \
                       that computes each parameter from its own value, gradient and optimiser \
                       state and treats all weights of a layer alike and all its biases alike, \
                       also if the gradient is clipped by its norm",
                evidence: &[
                    Sampled(
                        "three steps from renumbered units, within the rounding of each step",
                        property::renumbering_units_commutes_with_training,
                    ),
                    Theorem("training_commutes_with_renumbering_hidden_units"),
                    CLIPPING_COMMUTES,
                ],
            },
            Part {
                says: "in exact arithmetic and under such rules, a renumbering that leaves the \
                       start and the optimiser states unchanged leaves them unchanged at every \
                       step; two units are twins exactly if exchanging them changes no parameter",
                evidence: &[
                    Theorem("what_a_renumbering_leaves_alone_it_leaves_alone_forever"),
                    Theorem("twins_are_what_exchanging_two_units_leaves_alone"),
                ],
            },
            Part {
                says: "in exact arithmetic, for any parameters, those of convolutions and \
                       attention included: if a one-to-one renumbering of them leaves the loss \
                       unchanged at every point, it commutes with training by any rule that treats \
                       each parameter and its image alike, provided the loss is differentiable at \
                       the points of both runs",
                evidence: &[Theorem("training_on_an_invariant_loss_commutes_with_renumbering")],
            },
        ],
        assumptions: &[Assumption {
            words: "exact arithmetic",
            dropped: Dropped::CannotBe(
                "renumbered sums are rounded in another order, and the property allows for that",
            ),
        }],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "relu-units-are-balanced",
        section: SECTION,
        headline: "In a ReLU network without penalty, Σ w·dw + b·db = Σ v·dv (v: outgoing weights \
                   of a unit).",
        lesson: "ReLU is less sensitive to the scale of the weights.",
        source: "When Is This Less Critical?, as a law of the gradient",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic and for a loss without a penalty, every hidden unit at \
                       any depth of a network whose hidden units are all ReLU, all leaky ReLU or \
                       all identity satisfies Σ w·dw + b·db = Σ v·dv, where w is its row, b its \
                       bias and v its outgoing weights",
                evidence: &[
                    Sampled(
                        "both sums at sampled networks, within rounding",
                        property::homogeneous_units_are_balanced,
                    ),
                    Theorem("units_with_a_homogeneous_activation_are_balanced"),
                ],
            },
            Part {
                says: "of the six activations only these three satisfy z·g'(z) = g(z) over the \
                       reals, and only for such g can the balance hold in every network",
                evidence: &[
                    Theorem("the_homogeneous_activations_are_relu_leaky_relu_and_identity"),
                    Theorem("only_homogeneous_activations_are_balanced"),
                ],
            },
            Part {
                says: "in exact arithmetic, a step of gradient descent with one rate α for all \
                       parameters changes |w|² + b² − |v|² of such a unit by exactly α²·(|dw|² + \
                       db² − |dv|²)",
                evidence: &[Theorem(
                    "a_step_adds_the_squared_rate_times_the_imbalance_of_the_gradient",
                )],
            },
        ],
        assumptions: &[Assumption {
            words: "z·g'(z) = g(z)",
            dropped: Dropped::Fails("for a tanh unit on XOR the two sums differ", out_of_balance),
        }],
        killed_by: Killer::Fault(Fault::DaAveragedOverUnits),
    },
    Claim {
        id: "a-split-unit-computes-the-same",
        section: SECTION,
        headline: "In exact arithmetic, copies of a unit that share out its outgoing weights can \
                   replace it.",
        lesson: "Identical units are redundant: one of them would do.",
        source: "Why Not Initialize to Zero: Why This Is Bad; Fukumizu and Amari 2000",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, a network still computes the same if a hidden unit is \
                       split into copies that each have its row, its bias and a share of its \
                       outgoing weights, where the shares sum to 1",
                evidence: &[
                    Sampled(
                        "one unit of sampled networks split in two: loss, predictions and \
                         gradient, within rounding",
                        property::a_split_unit_computes_the_same,
                    ),
                    Theorem("a_split_network_computes_the_same"),
                ],
            },
            Part {
                says: "in exact arithmetic, the row and bias of a copy have its share of the \
                       unit's gradient; its outgoing weights to units that are not split have the \
                       unit's gradient in full",
                evidence: &[
                    Theorem("a_copy_has_its_share_of_the_gradient_of_row_and_bias"),
                    Theorem("the_outgoing_weights_of_a_copy_have_the_gradient_in_full"),
                ],
            },
            Part {
                says: "in exact arithmetic, where every gradient of the network is 0, every \
                       gradient of the split network is 0 too",
                evidence: &[Theorem("splitting_keeps_stationary_points_stationary")],
            },
        ],
        assumptions: &[Assumption {
            words: "the shares sum to 1",
            dropped: Dropped::Fails(
                "two copies that each have the whole outgoing weight have another loss on XOR",
                copied_without_sharing,
            ),
        }],
        killed_by: Killer::Fault(Fault::DaAveragedOverUnits),
    },
    Claim {
        id: "equal-rows-part-by-an-exact-amount",
        section: SECTION,
        headline: "An exact formula says how far one step parts two units that have equal rows and \
                   biases.",
        lesson: "If the rows of W1 are equal, they stay equal; the outgoing weights are hardly \
                 mentioned.",
        source: "Why Not Initialize to Zero: Proof by Induction, as usually quoted",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "let two units of a hidden layer, at any depth, have equal rows, equal \
                       biases and outgoing weights v and u; let c be Σ (v − u)·dz over the layer \
                       above, and x the inputs of their layer; then, in exact arithmetic, after \
                       one step of gradient descent their rows differ by −α·mean(c·g'(z)·x) and \
                       their biases by −α·mean(c·g'(z))",
                evidence: &[
                    Sampled(
                        "sampled networks, against the gradient of a unit with outgoing weights \
                         v − u",
                        property::equal_rows_part_by_an_exact_amount,
                    ),
                    Theorem("equal_rows_part_by_an_exact_amount"),
                    Theorem("equal_biases_part_by_an_exact_amount"),
                ],
            },
            Part {
                says: "that step does not change the difference of their outgoing weights",
                evidence: &[OUTGOING_WEIGHTS_KEEP],
            },
            Part {
                says: "that step keeps their rows equal if, on every example, g' is 0, or dz of \
                       the layer above is 0, or v − u is orthogonal to it",
                evidence: &[Theorem("equal_rows_stay_equal_where_no_difference_comes_back")],
            },
        ],
        assumptions: &[],
        killed_by: Killer::Fault(Fault::UpdateAscends),
    },
    Claim {
        id: "what-lint-calls-twins-stays-twins",
        section: SECTION,
        headline: "Twins by lint's definition stay twins (equal optimiser states, units treated \
                   alike).",
        lesson: "From an equal start the hidden units stay equal, however long you train.",
        source: "Why Not Initialize to Zero: Proof by Induction, as a check of files",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "the function twins_in of proofs/, a model of the lint rule twin-units, says \
                       yes exactly if exchanging two units, along all axes of their group at once, \
                       changes no bit of a parameter; the rule itself is compared with this \
                       function on one file and tested on sampled networks",
                evidence: &[
                    Generated(
                        "twins in sampled networks at ten steps, and a pair that was separated",
                        lint_names_twins,
                    ),
                    Theorem("twins_are_found_exactly_if_their_exchange_changes_nothing"),
                    TWINS_IN_LAYERS_ARE_FOUND,
                ],
            },
            Part {
                says: "in the hidden layers of a network, such units with equal optimiser states \
                       are twins at every later step, in any arithmetic whose kernel treats them \
                       alike and under every update rule that treats them alike",
                evidence: &[Theorem("what_lint_calls_twins_in_a_layer_stays_twins_forever")],
            },
            Part {
                says: "in any other group, exchanging such units with equal optimiser states \
                       changes nothing at any later step, if the gradient as computed commutes \
                       with the exchange and the update rule treats each parameter and its image \
                       alike",
                evidence: &[Theorem("what_lint_calls_twins_stays_equal_forever")],
            },
        ],
        assumptions: &[Assumption {
            words: "the outgoing weights are equal too",
            dropped: Dropped::Fails(
                "equal rows with outgoing weights 1 and −2 are not called twins, and differ after \
                 a step",
                lint_spares_equal_rows,
            ),
        }],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "strong-decay-merges-units-in-the-limit",
        section: SECTION,
        headline: "Under strong weight decay two units can merge in the limit without merging at \
                   any step.",
        lesson: "Units that start out different stay different.",
        source: "The Solution: Why This Works, under weight decay",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, with one hidden layer, one output, sigmoid, tanh or \
                       identity units, a rate α > 0, decay δ on all parameters and αδ ≤ 1, a step \
                       changes the distance S of two units to a value between (1 − αδ − αC)·S and \
                       (1 − αδ + αC)·S, where C is the constant of proofs/README.md for bounds \
                       that hold at every step; so S tends to 0 if δ > C, and units that differ at \
                       the start are twins at no step if α(δ + C) < 1",
                evidence: &[
                    Theorem("with_enough_decay_the_distance_of_two_units_tends_to_zero"),
                    Theorem("with_decay_two_units_never_merge_at_a_step"),
                    ONE_STEP_WITH_DECAY,
                ],
            },
            Part {
                says: "in exact arithmetic, on XOR with one hidden layer of tanh units, \
                       cross-entropy, α = 1/16, δ = 8 and outgoing weights that start at most ½ in \
                       size, S is between S₀/16^t and S₀·(15/16)^t after t steps",
                evidence: &[
                    Generated("two units from random starts, 500 steps", decay_merges),
                    Theorem("on_xor_decay_merges_two_tanh_units_in_the_limit"),
                ],
            },
        ],
        assumptions: &[Assumption {
            words: "decay on all parameters, biases too",
            dropped: Dropped::Fails(
                "XOR from zero weights and biases ½ and −½, with decay on the weights only: the \
                 biases keep their distance",
                decay_of_weights_alone,
            ),
        }],
        killed_by: Killer::Fault(Fault::IndexDependentNoiseInDw1),
    },
    Claim {
        id: "softmax-conserves-sums-over-the-outputs",
        section: SECTION,
        headline: "If labels sum to 1, gradient descent with a softmax keeps the sum of the output \
                   biases.",
        lesson: "Derivatives are computed by backpropagation; several classes use a softmax.",
        source: "What's Next, for more than two classes",
        expected: Verdict::Proved,
        min_cases: 16,
        parts: &[
            Part {
                says: "in exact arithmetic, with softmax cross-entropy and labels that sum to 1 \
                       for each example, dz of the output sums to 0 over the outputs, and so do db \
                       and each column of dW of the output layer",
                evidence: &[
                    Sampled(
                        "sampled networks, and one step of each, within rounding",
                        property::softmax_gradients_sum_to_zero,
                    ),
                    Theorem("the_deltas_of_a_softmax_sum_to_zero"),
                    Theorem("the_columns_of_the_last_gradient_sum_to_zero"),
                    Theorem("the_last_bias_gradient_sums_to_zero"),
                ],
            },
            Part {
                says: "so, in exact arithmetic, gradient descent with rates that are the same for \
                       all outputs preserves the sum of each column of the last W and the sum of \
                       the last b at every step",
                evidence: &[SOFTMAX_SUMS_ARE_CONSERVED],
            },
            Part {
                says: "in exact arithmetic, momentum whose state starts at zero preserves these \
                       sums too; weight decay of strength δ at rate α multiplies the sums of W by \
                       1 − αδ at every step",
                evidence: &[SOFTMAX_SUMS_UNDER_MOMENTUM],
            },
            Part {
                says: "a step by the sign of the gradient need not preserve them (Adam's first \
                       step is such a step, except for its ε)",
                evidence: &[Theorem(
                    "sign_descent_does_not_conserve_the_sum_of_the_biases_of_a_softmax",
                )],
            },
        ],
        assumptions: &[Assumption {
            words: "the labels of an example sum to 1",
            dropped: Dropped::Fails(
                "three classes with labels 1, 1, 0: db of the output does not sum to 0",
                labels_of_two_classes,
            ),
        }],
        killed_by: Killer::Fault(Fault::SoftmaxOverExamples),
    },
];

/// Σ w·dw + b·db and Σ v·dv of a tanh unit.
fn out_of_balance(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let start = network.initialise(Weights::Normal(1.0), 1)?;
    let gradient = subject.evaluate(network.at(&start, &xor()?))?.gradient;
    let row = start.w(1).row(0).dot(&gradient.dw(1).row(0));
    let incoming = row + start.b(1)[[0, 0]] * gradient.db(1)[[0, 0]];
    let outgoing = start.w(2).column(0).dot(&gradient.dw(2).column(0));
    let numbers = format!("Σ w·dw + b·db = {incoming:.4}, Σ v·dv = {outgoing:.4}");
    // of another order than rounding
    Ok(Finding::new((incoming - outgoing).abs() > f64::EPSILON.sqrt(), 1, numbers))
}

fn copied_without_sharing(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let loss_of = |copies| -> Result<f64> {
        let network = Network::new(&[2, copies, 1], Activation::Tanh, Loss::CrossEntropy)?;
        let mut parameters = network.initialise(Weights::Constant(0.5), 1)?;
        parameters.layers[0].w.column_mut(1).fill(-0.25);
        Ok(subject.evaluate(network.at(&parameters, &xor()?))?.loss)
    };
    let (one, two) = (loss_of(1)?, loss_of(2)?);
    let differ = (one - two).abs() > f64::EPSILON.sqrt();
    Ok(Finding::new(differ, 1, format!("loss {one:.4} of the unit, {two:.4} of two copies")))
}

/// Whether lint finds twin units in the layers of a network.
fn has_twins(network: &Network, parameters: &Parameters<f64>) -> Result<bool> {
    let mut tensors = LiveTensors::of_network(network, parameters)?;
    let found = lint(&mut tensors, &UnitGroups::default(), &Rules::default())?;
    Ok(found.findings.iter().any(|finding| finding.rule == Rule::TwinUnits))
}

/// Whether two units of a hidden layer are twins, as the network's crate tells it.
fn are_some_twins(network: &Network, parameters: &Parameters<f64>) -> Result<bool> {
    for l in 1..network.depth() {
        if twin_classes(parameters, l)?.len() < network.widths()[l] {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lint_names_twins(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    let strategy = Cases::default().generate_twins();
    let name = "what-lint-calls-twins-stays-twins";
    let outcome = run(name, "the twins move", config, strategy, |twins| {
        let (case, l) = (&twins.case, twins.layer);
        if !has_twins(&case.network, &case.parameters)? {
            return Err("lint does not find the twins".into());
        }
        let mut parted = case.parameters.clone();
        parted.layers[l].w[[0, twins.first]] += 1.0;
        if has_twins(&case.network, &parted)? && !are_some_twins(&case.network, &parted)? {
            return Err("lint calls units twins whose outgoing weights differ".into());
        }
        let mut apart = None;
        let mut unnamed = None;
        let descent = Descent { rate: case.rate, steps: 10 };
        let training = subject.train(
            case.network.at(&case.parameters, &case.batch),
            descent,
            &mut |t, now| {
                let together = are_twins(now, l, twins.first, twins.second);
                if now.is_finite() && together != Ok(true) {
                    apart.get_or_insert(t);
                } else if now.is_finite() && has_twins(&case.network, now) != Ok(true) {
                    unnamed.get_or_insert(t);
                }
            },
        );
        let end = match training {
            Ok(end) => end,
            Err(Error::Diverged { .. }) => case.parameters.clone(),
            Err(error) => return Err(error.into()),
        };
        match (apart, unnamed) {
            (Some(t), _) => Err(format!("what lint called twins is apart at step {t}").into()),
            (_, Some(t)) => Err(format!("lint does not find the twins at step {t}").into()),
            (None, None) => Ok(Witness::from(end.w(l) != case.parameters.w(l))),
        }
    });
    Ok(outcome.into())
}

fn lint_spares_equal_rows(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut start = network.initialise(Weights::Constant(0.5), 1)?;
    start.layers[1].w = ndarray::array![[1.0, -2.0]];
    let after = subject.step(network.at(&start, &xor()?), 0.5)?;
    let called = has_twins(&network, &start)?;
    let parted = after.w(1).row(0) != after.w(1).row(1);
    let numbers = format!("called twins: {called}; apart after a step: {parted}");
    Ok(Finding::new(!called && parted, 1, numbers))
}

/// Σ |w_ih − w_kh| + |b_i − b_k| + |v_i − v_k| of the first two units.
fn distance(parameters: &Parameters<f64>) -> f64 {
    let (w, b, v) = (parameters.w(1), parameters.b(1), parameters.w(2));
    let rows = w.row(0).iter().zip(w.row(1)).map(|(one, other)| (one - other).abs()).sum::<f64>();
    rows + (b[[0, 0]] - b[[1, 0]]).abs() + (v[[0, 0]] - v[[0, 1]]).abs()
}

/// One step of gradient descent in which weights and biases also decay.
fn step_with_decay(
    subject: &dyn Subject,
    network: &Network,
    parameters: &Parameters<f64>,
    rate: f64,
    [of_weights, of_biases]: [f64; 2],
) -> Result<Parameters<f64>> {
    let gradient = subject.evaluate(network.at(parameters, &xor()?))?.gradient;
    let moved = |theta: &Array2<f64>, slopes: &Array2<f64>, decay: f64| {
        let mut theta = theta.clone();
        Zip::from(&mut theta).and(slopes).for_each(|theta, slope| {
            *theta -= rate * (slope + decay * *theta);
        });
        theta
    };
    let layers = parameters.layers.iter().zip(&gradient.layers);
    let layers = layers.map(|(Layer { w, b }, LayerGradient { dw, db })| Layer {
        w: moved(w, dw, of_weights),
        b: moved(b, db, of_biases),
    });
    Ok(Parameters { layers: layers.collect() })
}

/// The bounds leave room for 7/16 of S in each step. Rounding leaves S at about 1e−17 in the end:
/// the lower bound is asked for as long as it is far above that, and the upper one, 1e−14·S₀ after
/// 500 steps, always is.
fn decay_merges(subject: &dyn Subject, config: &Config) -> Result<Finding> {
    const STEPS: usize = 500;
    const FAR_ABOVE_ROUNDING: usize = 20;
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut smallest = f64::INFINITY;
    let (mut within, mut pulled) = (true, false);
    let cases = config.cases.max(16);
    for seed in (config.seed..).take(cases as usize) {
        let mut now = network.initialise(Weights::Normal(1.0), seed)?;
        now.layers[1].w.mapv_inplace(|v| v.clamp(-0.5, 0.5));
        let start = distance(&now);
        let mut apart = start;
        let (mut least, mut most, mut decayed) = (start, start, start);
        for t in 1..=STEPS {
            now = step_with_decay(subject, &network, &now, 1.0 / 16.0, [8.0; 2])?;
            apart = distance(&now);
            most = most * 15.0 / 16.0;
            within &= apart <= most;
            if t <= FAR_ABOVE_ROUNDING {
                least /= 16.0;
                within &= apart >= least;
                decayed /= 2.0; // 1 − αδ: what decay alone would leave
                pulled |= apart != decayed;
            }
        }
        smallest = smallest.min(apart / start);
    }
    let numbers = format!("S/S₀ down to {smallest:.1e} after {STEPS} steps");
    Ok(Finding::new(within, cases as usize, numbers)
        .witnessed(pulled, "the gradient moves the units"))
}

fn decay_of_weights_alone(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 2, 1], Activation::Tanh, Loss::CrossEntropy)?;
    let mut now = network.initialise(Weights::Zeros, 1)?;
    now.layers[0].b = ndarray::array![[0.5], [-0.5]];
    for _ in 0..100 {
        now = step_with_decay(subject, &network, &now, 1.0 / 16.0, [8.0, 0.0])?;
    }
    let numbers = format!("the units are {} apart after 100 steps", distance(&now));
    Ok(Finding::new(distance(&now) == 1.0, 1, numbers))
}

fn labels_of_two_classes(subject: &dyn Subject, _: &Config) -> Result<Finding> {
    let network = Network::new(&[2, 3], Activation::Tanh, Loss::SoftmaxCrossEntropy)?;
    let batch = Batch::new(ndarray::array![[1.0], [-0.5]], ndarray::array![[1.0], [1.0], [0.0]])?;
    let start = network.initialise(Weights::Normal(0.5), 1)?;
    let sum = subject.evaluate(network.at(&start, &batch))?.gradient.db(1).sum();
    // 1 − Σ y
    Ok(Finding::new(sum.round() == -1.0, 1, format!("Σ db = {sum:.4}")))
}
