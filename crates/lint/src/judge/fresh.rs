//! Rules of a start: how weights are drawn, zero biases, norms of one, independent rows.

use super::excuse::{Excuse, excuse};
use super::{Checked, Rules, brief, is_parameter, mantissa_bits, number};
use crate::format::{Format, OnFormat, decode, on_format};
use crate::scan::{Facts, Moments};
use crate::units::{Carrier, Recognised, is_list};
use crate::{Element, Finding, Order, Rule, Severity, StoredTensor, TensorSource};
use init_symmetry_network::start_rules::{LayerSpread, LayerStarts, StartFinding, StartRules};
use init_symmetry_network::statistics::count_p_value;
use init_symmetry_network::symmetry::rank;
use init_symmetry_network::tolerance::{ROUNDING_OF_A_DRAW, STANDARD_ERRORS_OF_A_MISTAKE};
use init_symmetry_network::{Result, Scheme, Weights, printable};
use ndarray::Array2;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// How the weights of a tensor are drawn, as far as that can be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The tensor.
    pub tensor: String,
    /// How many units it has, and how many inputs a unit.
    pub fans: (usize, usize),
    /// Whether a bias or another layer says which axis is the units'; otherwise it is the first.
    pub axis_is_known: bool,
    /// The standard deviation about 0.
    pub deviation: f64,
    /// The shape of the distribution, in words.
    pub drawn: &'static str,
    /// The known schemes whose scale this is.
    pub schemes: Vec<String>,
}

/// What the rules of a start find, and how the weights are drawn.
pub(super) struct OfStart {
    pub(super) findings: Vec<Finding>,
    pub(super) spreads: Vec<Spread>,
}

/// A matrix of weights of a start.
struct Matrix<'a> {
    index: usize,
    tensor: &'a StoredTensor,
    facts: &'a Facts,
    moments: Moments,
    n_in: usize,
    n_out: usize,
    /// Whether units are rows as the tensor is stored.
    units_are_rows: bool,
    /// Whether a bias or another layer says so.
    orientation_is_known: bool,
    /// Of a recurrent layer, how many units it has.
    recurrent: Option<usize>,
}

/// More entries than this are not read as a whole.
const MOST_ENTRIES: usize = 1 << 18;

/// Everything that is wrong with a start.
pub(super) fn judge(checked: &mut Checked<'_>, groups: &[Recognised]) -> Result<OfStart> {
    let orientations = orientations(groups, &checked.tensors);
    let mut findings = biases(checked, &orientations);
    findings.extend(norms(checked));
    if let Some(declared) = checked.rules.scheme {
        findings.extend(constants(checked, groups, &orientations, declared));
    }
    let Checked { source, tensors, facts, are_weights, rules, .. } = checked;
    let Rules { scheme, chance, .. } = rules;
    let read = (&tensors[..], &facts[..], &are_weights[..]);
    let matrices = matrices(read, groups, &orientations);
    let tests = 1 + 3 * matrices.len();
    let rules = StartRules { level: chance / number(tests) };
    findings.extend(matrices.iter().filter_map(|matrix| positive(matrix, rules)));
    if let Some(declared) = *scheme {
        findings.extend(scale(&matrices, rules, declared));
    }
    for matrix in matrices.iter().filter(|matrix| matrix.facts.entries <= MOST_ENTRIES) {
        findings.extend(rows(*source, matrix, rules)?);
    }
    findings.extend(same_draws(*source, &matrices)?);
    let spreads = matrices.iter().map(spread).collect();
    Ok(OfStart { findings, spreads })
}

/// The matrices that are drawn: not constant, all entries finite.
fn matrices<'a>(
    (tensors, facts, are_weights): (&'a [StoredTensor], &'a [Option<Facts>], &[bool]),
    groups: &[Recognised],
    orientations: &HashMap<usize, bool>,
) -> Vec<Matrix<'a>> {
    let mut recurrent: HashMap<usize, usize> = HashMap::new();
    for group in
        groups.iter().filter(|group| group.carriers.iter().any(|it| group.is_recurrent(it.tensor)))
    {
        recurrent.extend(group.carriers.iter().map(|it| (it.tensor, group.units)));
    }
    let matrix = |(index, (tensor, facts)): (usize, (&'a StoredTensor, &'a Option<Facts>))| {
        let facts = facts.as_ref()?;
        let moments = facts.moments?;
        // of what is too small or too large for its squares nothing is said
        let is_sound = moments.fourths.is_normal() && facts.not_finite.count == 0;
        if !are_weights[index] || facts.constant.is_some() || !is_sound {
            return None;
        }
        let known = orientations.get(&index).copied();
        let units_are_rows = known.unwrap_or(true);
        let n_out = tensor.shape[usize::from(!units_are_rows)];
        let n_in = facts.entries / n_out;
        let recurrent = recurrent.get(&index).copied();
        let orientation_is_known = known.is_some();
        Some(Matrix {
            index,
            tensor,
            facts,
            moments,
            n_in,
            n_out,
            units_are_rows,
            orientation_is_known,
            recurrent,
        })
    };
    tensors.iter().zip(facts).enumerate().filter_map(matrix).collect()
}

/// Of each matrix of which it is known whether its units are rows: by a bias, or by the layer that
/// it reads.
fn orientations(groups: &[Recognised], tensors: &[StoredTensor]) -> HashMap<usize, bool> {
    let mut orientations = HashMap::new();
    for group in groups.iter().filter(|group| group.is_known()) {
        let is_weight = |it: &&Carrier| group.is_weight(it, tensors);
        let has_bias = group.incoming().any(|it| !is_weight(&it));
        let is_linked = has_bias || group.is_complete();
        for carrier in group.carriers.iter().filter(is_weight) {
            let units_are_rows = (carrier.layout.axis == 0) != carrier.outgoing;
            if carrier.outgoing || is_linked {
                orientations.entry(carrier.tensor).or_insert(units_are_rows);
            }
        }
    }
    orientations
}

impl Matrix<'_> {
    fn name(&self) -> String {
        printable(&self.tensor.name)
    }

    fn finding(&self, rule: Rule, severity: Severity, message: String) -> Finding {
        let numbers = BTreeMap::from([("entries", number(self.facts.entries))]);
        Finding { rule, severity, place: self.name(), message, numbers }
    }

    fn mean_square(&self) -> f64 {
        self.moments.squares / number(self.facts.entries)
    }

    /// The fourth moment relative to the square of the second.
    fn kurtosis(&self) -> f64 {
        self.moments.fourths
            / number(self.facts.entries)
            / (self.mean_square() * self.mean_square())
    }
}

/// Weights of one sign, which no symmetric distribution gives.
fn positive(matrix: &Matrix<'_>, rules: StartRules) -> Option<Finding> {
    let Moments { positive, negative, most, .. } = matrix.moments;
    // what is zero in large part is a mask, an identity or a table
    let is_drawn =
        8 * matrix.facts.zeros < matrix.facts.entries && is_parameter(&matrix.tensor.name);
    let p_value = count_p_value((positive + negative) as u64, 0.5, negative as u64);
    if negative > 0 || p_value > rules.level || !is_drawn {
        return None;
    }
    let drawn = if most < 1.0 { ", as if drawn from [0, 1) instead of [−s, s)" } else { "" };
    let message = format!(
        "all {positive} weights are positive{drawn}; the probability of this by chance is {:.0e}",
        p_value.max(f64::MIN_POSITIVE)
    );
    Some(matrix.finding(Rule::Scale, Severity::Warning, message))
}

/// Weights that are not drawn as declared. Where nothing says which axis is the units', a matrix
/// is wrong only if it is so both ways, and that is a note: it may be no layer at all.
fn scale(matrices: &[Matrix<'_>], rules: StartRules, declared: Weights) -> Vec<Finding> {
    let spread_of = |matrix: &&Matrix<'_>| LayerSpread {
        name: matrix.name(),
        n_in: matrix.n_in,
        n_out: matrix.n_out,
        draws: matrix.facts.entries,
        mean_square: matrix.mean_square(),
    };
    let is_known = |matrix: &&Matrix<'_>| matrix.orientation_is_known;
    let layers: Vec<&Matrix<'_>> = matrices.iter().filter(is_known).collect();
    let mut found = Vec::new();
    let spreads: Vec<LayerSpread> = layers.iter().map(spread_of).collect();
    let wrong = rules.measured_spread(&spreads, declared);
    let by_name: HashMap<String, &Matrix<'_>> =
        layers.iter().map(|matrix| (matrix.name(), *matrix)).collect();
    for finding in &wrong {
        let (StartFinding::WrongSpread { block, .. } | StartFinding::AllZero { block, .. }) =
            finding
        else {
            continue;
        };
        if let Some(matrix) = by_name.get(block) {
            let message = finding.to_string();
            found.push(matrix.finding(Rule::Scale, Severity::Error, message));
        }
    }
    for matrix in matrices.iter().filter(|matrix| !matrix.orientation_is_known) {
        let here = spread_of(&matrix);
        let turned = LayerSpread { n_in: here.n_out, n_out: here.n_in, ..here.clone() };
        let both = [here, turned].map(|spread| rules.measured_spread(&[spread], declared));
        if let [[wrong, ..], [_, ..]] = [&both[0][..], &both[1][..]] {
            let message =
                format!("{wrong}; this matrix may not be a layer, and its unit axis is unknown");
            found.push(matrix.finding(Rule::Scale, Severity::Note, message));
        }
    }
    found
}

/// Matrices of one number, whatever it is, that are declared to be drawn. Only of layers: a table
/// has its own rules.
fn constants(
    checked: &Checked<'_>,
    groups: &[Recognised],
    orientations: &HashMap<usize, bool>,
    declared: Weights,
) -> Vec<Finding> {
    let wrong = |(index, tensor, facts): (usize, &StoredTensor, &Facts)| {
        let value = facts.only_value().filter(|value| value.is_finite())?;
        let n_out = tensor.shape[usize::from(!orientations.get(&index).copied()?)];
        let distribution = declared.distribution(facts.entries / n_out, n_out);
        distribution.kurtosis()?;
        // equal by chance; no draw is 0
        let others = number(facts.entries - 1);
        let chance = libm::exp2(-mantissa_bits(&tensor.element) * others);
        let is_drawn = value != 0.0 && chance > checked.rules.chance;
        let is_meant = value == 0.0
            && matches!(excuse(groups, &checked.tensors, index), Excuse::Factor | Excuse::Branch);
        if !checked.are_weights[index] || facts.entries < 2 || is_drawn || is_meant {
            return None;
        }
        let is_hidden = groups.iter().any(|group| group.is_hidden_in_chain(index));
        let end = match value {
            0.0 if is_hidden => ": is it an integer division, as in 2 / n_in?",
            0.0 => "; if the layer is to start at zero, --ignore scale for it",
            _ => "",
        };
        let name = printable(&tensor.name);
        let message = format!(
            "all {} weights of {name} are {}: the standard deviation is 0, but {} declares {}{end}",
            facts.entries,
            brief(value),
            declared.scheme().in_words(),
            three_digits(distribution.standard_deviation()),
        );
        let finding = of_tensor(Rule::Scale, tensor, message, facts);
        Some(Finding { severity: Severity::Error, ..finding })
    };
    checked.read().filter_map(wrong).collect()
}

fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// Rows that depend on each other or go together.
fn rows(
    source: &mut dyn TensorSource,
    matrix: &Matrix<'_>,
    rules: StartRules,
) -> Result<Vec<Finding>> {
    let hashes = matrix.facts.slices.get(&usize::from(!matrix.units_are_rows));
    let mut different: Vec<u64> = hashes.into_iter().flatten().copied().collect();
    different.sort_unstable();
    different.dedup();
    // equal rows are other rules' business
    let mut found = Vec::new();
    if different.len() < matrix.n_out || matrix.n_out.min(matrix.n_in) < 2 {
        return Ok(found);
    }
    let w = whole(source, matrix)?;
    let most = matrix.n_out.min(matrix.n_in);
    let rank = if most <= MOST_RANK { rank(&w)? } else { most };
    if rank < most {
        let message =
            format!("only {rank} rows are linearly independent, although {most} could be");
        found.push(matrix.finding(Rule::Rank, Severity::Warning, message));
    }
    let layer = LayerStarts::new(matrix.name(), vec![w.view()])?;
    // sums of symmetric draws, which every scheme gives
    let symmetric = Weights::Uniform(1.0);
    if let Some(finding) = rules.rows_are_uncorrelated(&layer, symmetric) {
        let rule = Rule::CorrelatedRows;
        found.push(matrix.finding(rule, Severity::Warning, finding.to_string()));
    }
    Ok(found)
}

/// The rank of matrices with more rows and columns than this is not computed.
const MOST_RANK: usize = 128;

/// The weights of a matrix, a unit in a row.
fn whole(source: &mut dyn TensorSource, matrix: &Matrix<'_>) -> Result<Array2<f64>> {
    let values = first_values(source, matrix, matrix.facts.entries)?;
    let tensor = matrix.tensor;
    let first_is_slow = tensor.order == Order::RowMajor;
    let [rows, columns] = match (matrix.units_are_rows, first_is_slow) {
        (true, true) | (false, false) => [matrix.n_out, matrix.n_in],
        _ => [matrix.n_in, matrix.n_out],
    };
    let stored = Array2::from_shape_vec((rows, columns), values).unwrap_or_default();
    Ok(if matrix.units_are_rows == first_is_slow { stored } else { stored.reversed_axes() })
}

/// Tensors that begin with the same draws up to a factor.
fn same_draws(source: &mut dyn TensorSource, matrices: &[Matrix<'_>]) -> Result<Vec<Finding>> {
    let mut drawn = Vec::new();
    for (place, matrix) in matrices.iter().enumerate() {
        let mut leading = first_values(source, matrix, LEADING)?;
        let is_random = |place: usize| !leading[..place].contains(&leading[place]);
        if leading.len() == LEADING && (0..LEADING).all(is_random) {
            let first = leading[0];
            leading.iter_mut().for_each(|value| *value /= first);
            drawn.push((place, leading));
        }
    }
    drawn.sort_by(|(_, one), (_, other)| one[1].total_cmp(&other[1]));
    let mut found = Vec::new();
    for (at, (place, one)) in drawn.iter().enumerate() {
        // they are sorted, so those that can be near follow at once
        let window = rounding_of(&Element::Bf16) * one[1].abs();
        let mut following = drawn[at + 1..].iter().take_while(|(_, it)| it[1] - one[1] <= window);
        let alike = following.find(|(second, other)| {
            let coarse = |place: usize| rounding_of(&matrices[place].tensor.element);
            let rounding = coarse(*place).max(coarse(*second));
            let near = |(a, b): (&f64, &f64)| (a - b).abs() <= rounding * a.abs();
            one.iter().zip(other).all(near)
        });
        let Some((second, _)) = alike else { continue };
        let [first, second] = [place.min(second), place.max(second)].map(|&it| &matrices[it]);
        let is_copy =
            first.tensor.shape == second.tensor.shape && first.facts.hash == second.facts.hash;
        if !is_copy {
            let message =
                format!("it begins with the same draws as {}, up to a factor", first.name());
            found.push(second.finding(Rule::SameDraws, Severity::Warning, message));
        }
    }
    Ok(found)
}

/// So many numbers in one ratio are no accident.
const LEADING: usize = 16;

/// What rounding may do to the ratio of two draws.
fn rounding_of(element: &Element) -> f64 {
    match element {
        Element::Bf16 => 1.0 / 64.0,
        Element::F16 => 1.0 / 512.0,
        _ => ROUNDING_OF_A_DRAW,
    }
}

/// The first entries of a matrix, as they are stored.
fn first_values(
    source: &mut dyn TensorSource,
    matrix: &Matrix<'_>,
    most: usize,
) -> Result<Vec<f64>> {
    let read = Read { source, index: matrix.index, most };
    Ok(on_format(&matrix.tensor.element, read).transpose()?.unwrap_or_default())
}

struct Read<'a> {
    source: &'a mut dyn TensorSource,
    index: usize,
    most: usize,
}

impl OnFormat for Read<'_> {
    type Result = Result<Vec<f64>>;

    fn run<F: Format>(self) -> Self::Result {
        let Self { source, index, most } = self;
        let (mut values, mut words) = (Vec::with_capacity(most), Vec::new());
        source.read(index, 0, &mut |bytes| {
            decode::<F::Word>(bytes, &mut words);
            let left = most - values.len();
            values.extend(words.iter().take(left).map(|&word| F::value(word)));
            if values.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(values)
    }
}

/// How a matrix is drawn, as far as that can be seen.
fn spread(matrix: &Matrix<'_>) -> Spread {
    let deviation = matrix.mean_square().sqrt();
    let n = number(matrix.facts.entries);
    let standard_error = ((matrix.kurtosis() - 1.0).max(0.0) / (4.0 * n)).sqrt();
    let near = |scale: f64| {
        libm::log(deviation / scale).abs() <= STANDARD_ERRORS_OF_A_MISTAKE * standard_error
    };
    let mut known = known_scales(matrix.n_in, matrix.n_out);
    if let Some(units) = matrix.recurrent {
        known.retain(|(name, _)| *name != PYTORCH);
        known.push((PYTORCH.into(), (1.0 / (3.0 * number(units))).sqrt()));
    }
    let schemes = known.into_iter().filter(|(_, scale)| near(*scale)).map(|(name, _)| name);
    Spread {
        tensor: matrix.name(),
        fans: (matrix.n_out, matrix.n_in),
        axis_is_known: matrix.orientation_is_known,
        deviation,
        drawn: drawn(matrix),
        schemes: schemes.collect(),
    }
}

/// The shape of a distribution by its kurtosis, where there are enough draws to tell.
fn drawn(matrix: &Matrix<'_>) -> &'static str {
    const ENOUGH: usize = 400;
    /// Of uniform, of normal draws cut at two standard deviations, of normal draws.
    const KURTOSES: [(f64, &str); 3] =
        [(1.8, "uniform"), (2.366, "truncated normal"), (3.0, "normal")];
    if matrix.facts.entries < ENOUGH {
        return "too few to tell";
    }
    let kurtosis = matrix.kurtosis();
    let distance = |(known, _): &(f64, &str)| (kurtosis - known).abs();
    let nearest =
        KURTOSES.into_iter().min_by(|one, other| distance(one).total_cmp(&distance(other)));
    match nearest {
        // far from every one of them: mixtures, orthogonal matrices, results of training
        Some((known, name)) if (kurtosis - known).abs() < 0.35 => name,
        _ => "neither uniform nor normal",
    }
}

/// U(−s, s) with s = 1/√n_in; of recurrent layers s = 1/√units.
const PYTORCH: &str = "PyTorch's default";

/// The standard deviations of known schemes.
fn known_scales(n_in: usize, n_out: usize) -> Vec<(String, f64)> {
    let of = |scheme: Scheme| {
        let distribution = scheme.weights(1.0).distribution(n_in, n_out);
        (scheme.in_words().to_string(), distribution.standard_deviation())
    };
    let (n_in, n_out) = (number(n_in), number(n_out));
    let mut known: Vec<_> =
        [Scheme::Xavier, Scheme::Glorot, Scheme::He].into_iter().map(of).collect();
    known.push(("He by fan-out".into(), (2.0 / n_out).sqrt()));
    known.push((PYTORCH.into(), (1.0 / (3.0 * n_in)).sqrt()));
    known.push(("0.01".into(), 0.01));
    known.push(("0.02".into(), 0.02));
    known.push(("1".into(), 1.0));
    known
}

/// Biases that do not start at zero.
fn biases(checked: &Checked<'_>, orientations: &HashMap<usize, bool>) -> Vec<Finding> {
    let by_name: HashMap<&str, usize> =
        checked.read().map(|(index, tensor, _)| (tensor.name.as_str(), index)).collect();
    let wrong = |(index, tensor, facts): (usize, &StoredTensor, &Facts)| {
        let moments = facts.moments?;
        let is_zero = facts.zeros == facts.entries;
        let is_list = !checked.are_weights[index];
        if is_zero || !is_list || !is_bias(&tensor.name) || facts.not_finite.count > 0 {
            return None;
        }
        let fan_in = weight_of(&tensor.name).into_iter().filter_map(|name| {
            let weight = *by_name.get(name.as_str())?;
            let known = orientations.get(&weight).copied();
            let shape = &checked.tensors[weight].shape;
            // Keras and Flax store kernels with the units last
            let n_out = match known.unwrap_or(!name.ends_with("kernel")) {
                true => *shape.first()?,
                false => *shape.last()?,
            };
            checked.facts(weight).entries.checked_div(n_out)
        });
        let fan_in: Vec<usize> = fan_in.collect();
        let is_default = fan_in.iter().any(|&n_in| {
            let bound = 1.0 / number(n_in).sqrt();
            // the type may round the bound up
            moments.largest() <= bound * (1.0 + rounding_of_type(&tensor.element))
                && (facts.constant.is_none() || facts.entries == 1)
        });
        // a quarter of an LSTM's biases, those of the forget gate, may start at 1
        let opens_gates = 4 * (facts.entries - facts.zeros) == facts.entries
            && moments.sum == number(facts.entries) / 4.0
            && moments.squares == moments.sum;
        // what has no weights beside it is no bias, whatever its name
        if is_default || opens_gates || fan_in.is_empty() {
            return None;
        }
        let message = of_biases(facts, moments);
        Some(of_tensor(Rule::BiasNotZero, tensor, message, facts))
    };
    checked.read().filter_map(wrong).collect()
}

fn of_biases(facts: &Facts, moments: Moments) -> String {
    match facts.constant.map(brief) {
        Some(value) if facts.entries == 1 => format!("the bias starts at {value}, not at 0"),
        Some(value) => format!("all {} biases start at {value}, not at 0", facts.entries),
        None => format!(
            "{} of {} biases do not start at 0; the largest absolute value is {:.3e}",
            facts.entries - facts.zeros,
            facts.entries,
            moments.largest()
        ),
    }
}

/// What one rounding to a type does at most, relative to the number.
fn rounding_of_type(element: &Element) -> f64 {
    match element {
        Element::Bf16 => 1.0 / 128.0,
        Element::F16 => 1.0 / 1024.0,
        _ => f64::from(f32::EPSILON),
    }
}

fn of_tensor(rule: Rule, tensor: &StoredTensor, message: String, facts: &Facts) -> Finding {
    let numbers = BTreeMap::from([("entries", number(facts.entries))]);
    let place = printable(&tensor.name);
    Finding { rule, severity: Severity::Warning, place, message, numbers }
}

/// Whether a name is that of biases: `…bias`, `b`, `b1`, `bias_ih_l0`.
fn is_bias(name: &str) -> bool {
    let name = name.rsplit(['.', '/']).next().unwrap_or_default();
    number_of_b(name).is_some() || name.ends_with("bias") || name.starts_with("bias_")
}

/// Of `b` and `b1`, what follows the letter.
fn number_of_b(name: &str) -> Option<&str> {
    name.strip_prefix('b').filter(|rest| rest.is_empty() || rest.parse::<u64>().is_ok())
}

/// The names that the weights of a list of biases may have.
fn weight_of(bias: &str) -> Vec<String> {
    let (before, last) = match bias.rfind(['.', '/']) {
        Some(at) => bias.split_at(at + 1),
        None => ("", bias),
    };
    if let Some(number) = number_of_b(last) {
        return vec![format!("{before}W{number}"), format!("{before}w{number}")];
    }
    let mut names = vec![format!("{before}{}", last.replace("bias", "weight"))];
    if last == "bias" {
        names.extend(["kernel", "w", "W"].map(|weight| format!("{before}{weight}")));
    }
    for gate in ["bias_ih", "bias_hh"].into_iter().filter(|gate| last.contains(gate)) {
        names.push(format!("{before}{}", last.replace(gate, "weight_hh")));
    }
    names
}

/// Norms whose weights do not start at one.
fn norms(checked: &Checked<'_>) -> Vec<Finding> {
    let wrong = |(_, tensor, facts): (usize, &StoredTensor, &Facts)| {
        let is_one = facts.constant == Some(1.0);
        if !is_norm(&tensor.name) || !is_list(&tensor.shape) || is_one || facts.not_finite.count > 0
        {
            return None;
        }
        let message = match facts.constant {
            Some(0.0) => "the weight of a norm starts at 0: usual in the last norm of a residual \
                          branch, and where the norm adds 1 to it"
                .into(),
            Some(value) => {
                format!("the weight of a norm starts at {}, not at 1", brief(value))
            }
            None => "the weight of a norm does not start at 1: it was drawn at random, or never \
                     written"
                .into(),
        };
        let is_usual = facts.constant == Some(0.0);
        let severity = if is_usual { Severity::Note } else { Severity::Warning };
        Some(Finding { severity, ..of_tensor(Rule::NormNotOne, tensor, message, facts) })
    };
    checked.read().filter_map(wrong).collect()
}

/// Whether a name is that of a norm's weight: `…norm….weight`, `ln_1.weight`, `bn1.weight`.
fn is_norm(name: &str) -> bool {
    let lower = name.to_lowercase();
    let mut parts = lower.rsplit(['.', '/']);
    let is_weight = parts.next().is_some_and(|last| ["weight", "gamma", "scale"].contains(&last));
    let is_called_norm = parts.next().is_some_and(|owner| {
        let plain = owner.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        owner.contains("norm") || ["ln", "bn", "ln_f"].contains(&plain)
    });
    is_weight && is_called_norm
}
