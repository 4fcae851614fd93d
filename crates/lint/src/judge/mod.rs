//! Everything that is wrong with a source. Start reading at [`lint`].

mod copies;
mod excuse;
mod fresh;
mod gradients;
mod tensors;
mod units;

use crate::axis::Axis;
use crate::compare::{Candidate, equal_slices};
use crate::layout::Layout;
use crate::scan::{Asked, Facts, scan};
use crate::units::{Carrier, Recognised, are_weights, resolve};
use crate::{Element, Finding, Severity, StoredTensor, TensorSource, UnitGroups};
use init_symmetry_network::symmetry::UnitAxis;
use init_symmetry_network::tolerance::CHANCE_IN_A_FILE;
use init_symmetry_network::{Error, Result, Weights, printable};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

pub use fresh::Spread;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whether the source is a start, not a result: then rules of a start are judged too.
    pub fresh: bool,
    /// How the weights are declared to be drawn.
    pub scheme: Option<Weights>,
    /// The probability of a false finding that is allowed for a source.
    pub chance: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { fresh: false, scheme: None, chance: CHANCE_IN_A_FILE }
    }
}

/// A unit group that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUnits {
    /// Its name.
    pub name: String,
    /// How many units it has.
    pub units: usize,
    /// The pattern of names that it was recognised by; none for the user's own.
    pub pattern: Option<String>,
    /// Every axis that is numbered by them.
    pub axes: Vec<UnitAxis>,
    /// Whether everything that is numbered by them is known; otherwise no two of them are called
    /// twins.
    pub complete: bool,
}

/// What a source is found to hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// What is wrong, the gravest first.
    pub findings: Vec<Finding>,
    /// The unit groups that were recognised.
    pub units: Vec<KnownUnits>,
    /// Matrices of which no axis is known to be one of units.
    pub unrecognised: Vec<String>,
    /// Tensors that are no floats, by what they are, or have no entries.
    pub skipped: Vec<(String, String)>,
    /// How the weights of a start are drawn, as far as that can be seen.
    pub spreads: Vec<Spread>,
    /// How many tensors were judged, and how many entries they have.
    pub judged: (usize, usize),
}

impl Findings {
    /// Every finding that is an error.
    ///
    /// ```
    /// use init_symmetry_lint::Findings;
    /// let found = Findings::default();
    /// assert!(found.errors().next().is_none(), "{found}");
    /// ```
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// Whether there are matrices, and no units are known by which to find twins.
    ///
    /// ```
    /// use init_symmetry_lint::{LiveTensors, Rules, UnitGroups, lint};
    /// let mut tensors = LiveTensors::default();
    /// tensors.insert("first", &[2, 2], vec![0.5, 0.25, -0.5, 0.125])?;
    /// tensors.insert("second", &[2, 2], vec![0.75, -0.25, 0.5, 0.625])?;
    /// let found = lint(&mut tensors, &UnitGroups::default(), &Rules::default())?;
    /// assert!(found.knows_no_units());
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn knows_no_units(&self) -> bool {
        self.units.is_empty() && self.unrecognised.len() > 1
    }
}

impl fmt::Display for Findings {
    /// One line for each finding, the gravest first, and one for matrices whose units are unknown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { rule, severity, place, message, .. } in &self.findings {
            writeln!(f, "{severity} {rule} {place}: {message}")?;
        }
        if self.findings.is_empty() {
            writeln!(f, "nothing found")?;
        }
        match &self.unrecognised[..] {
            [] => Ok(()),
            names => writeln!(f, "no units are known of: {}", names.join(", ")),
        }
    }
}

/// Everything that is wrong with a source.
///
/// Each tensor is read once, and again where something in it has to be compared.
///
/// # Errors
/// What cannot be read; unit groups that do not fit the source.
///
/// ```
/// use init_symmetry_lint::{LiveTensors, Rule, Rules, UnitGroups, lint};
/// let mut start = LiveTensors::default();
/// start.insert("w1", &[3, 2], vec![0.5; 6])?;
/// start.insert("b1", &[3, 1], vec![0.0; 3])?;
/// start.insert("w2", &[1, 3], vec![0.5; 3])?;
/// let found = lint(&mut start, &UnitGroups::default(), &Rules::default())?;
/// assert_eq!(found.findings[0].rule, Rule::TwinUnits);
/// assert!(found.findings[0].message.starts_with("all 3 units are twins"));
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn lint(source: &mut dyn TensorSource, units: &UnitGroups, rules: &Rules) -> Result<Findings> {
    lint_with_gradients(source, &mut [], units, rules)
}

/// The same with the gradients of the tensors at some steps, under the same names.
///
/// # Errors
/// As [`lint`]; a gradient of another shape than its tensor.
pub fn lint_with_gradients(
    source: &mut dyn TensorSource,
    gradients: &mut [&mut dyn TensorSource],
    units: &UnitGroups,
    rules: &Rules,
) -> Result<Findings> {
    let tensors = source.tensors().to_vec();
    check_names(&tensors)?;
    let groups = resolve(units, &tensors)?;
    let axes = axes_to_hash(&tensors, &groups);
    let mut facts = Vec::with_capacity(tensors.len());
    for (tensor, axes) in axes.iter().enumerate() {
        let axes: Vec<usize> = axes.iter().copied().collect();
        let asked = Asked { axes: &axes, moments: rules.fresh };
        let is_empty = tensors[tensor].shape.contains(&0);
        facts.push(if is_empty { None } else { scan(source, tensor, asked)? });
    }
    let are_weights = are_weights(&groups, &tensors);
    let periods = HashMap::new();
    let mut checked = Checked { source, tensors, facts, are_weights, rules, periods };
    let mut findings = tensors::judge(&checked, &groups);
    findings.extend(copies::judge(&mut checked)?);
    for group in &groups {
        if checked.is_finite(group) {
            findings.extend(units::judge(&mut checked, group)?);
        }
    }
    let mut spreads = Vec::new();
    if rules.fresh {
        let of_start = fresh::judge(&mut checked, &groups)?;
        findings.extend(of_start.findings);
        spreads = of_start.spreads;
    }
    if !gradients.is_empty() {
        findings.extend(gradients::judge(&mut checked, &groups, gradients)?);
    }
    findings.sort_by(|one, other| {
        (one.severity, one.rule, &one.place).cmp(&(other.severity, other.rule, &other.place))
    });
    Ok(checked.findings(findings, &groups, spreads))
}

/// A source with all that one pass over it has found.
struct Checked<'a> {
    source: &'a mut dyn TensorSource,
    tensors: Vec<StoredTensor>,
    facts: Vec<Option<Facts>>,
    /// Of each tensor whether it holds weights, not a list of biases or the like.
    are_weights: Vec<bool>,
    rules: &'a Rules,
    /// After how many indices a tensor repeats itself along an axis.
    periods: HashMap<(usize, usize), usize>,
}

impl Checked<'_> {
    /// Of a tensor that was read.
    fn facts(&self, tensor: usize) -> &Facts {
        static NOTHING: Facts = Facts::NOTHING;
        self.facts[tensor].as_ref().unwrap_or(&NOTHING)
    }

    /// Every tensor that was read, with its facts.
    fn read(&self) -> impl Iterator<Item = (usize, &StoredTensor, &Facts)> {
        let all = self.tensors.iter().zip(&self.facts).enumerate();
        all.filter_map(|(index, (tensor, facts))| Some((index, tensor, facts.as_ref()?)))
    }

    /// The hashes along the axis of a carrier.
    fn slices(&self, carrier: &Carrier) -> &[u64] {
        self.facts(carrier.tensor).slices.get(&carrier.layout.axis).map_or(&[], Vec::as_slice)
    }

    fn compare(&mut self, carrier: &Carrier, candidates: &[Candidate]) -> Result<Vec<bool>> {
        equal_slices(self.source, carrier.tensor, carrier.layout, candidates)
    }

    /// How many entries a unit has in a tensor.
    fn entries_of_unit(&self, carrier: &Carrier) -> usize {
        let axis = Axis::of(&self.tensors[carrier.tensor], carrier.layout.axis);
        axis.slice() * carrier.layout.slots()
    }

    /// The bits of all mantissas of a unit in a tensor. Only those of weights count as random:
    /// biases start at zero.
    fn bits_of_unit(&self, carrier: &Carrier) -> f64 {
        let bits = mantissa_bits(&self.tensors[carrier.tensor].element);
        bits * self.entries_of_unit(carrier) as f64
    }

    /// Whether other rules speak of equal units in this tensor.
    fn explains_rows(&self, carrier: &Carrier, classes: &[Vec<usize>]) -> bool {
        let period = self.periods.get(&(carrier.tensor, carrier.layout.axis));
        let repeats = period.is_some_and(|period| {
            classes.iter().all(|class| class.iter().all(|row| row % period == class[0] % period))
        });
        self.facts(carrier.tensor).constant.is_some() || repeats
    }

    fn findings(
        &self,
        findings: Vec<Finding>,
        groups: &[Recognised],
        spreads: Vec<Spread>,
    ) -> Findings {
        let of_group = |group: &Recognised| KnownUnits {
            name: printable(&group.name),
            units: group.units,
            pattern: group.pattern.clone(),
            axes: group.carriers.iter().map(|it| self.shown(it)).collect(),
            complete: group.is_complete(),
        };
        let known = || groups.iter().filter(|group| group.is_known());
        let units = known().map(of_group).collect();
        let known: BTreeSet<usize> =
            known().flat_map(|group| &group.carriers).map(|it| it.tensor).collect();
        let unknown =
            self.read().filter(|(index, _, _)| self.are_weights[*index] && !known.contains(index));
        let skipped = self.tensors.iter().zip(&self.facts).filter(|(_, facts)| facts.is_none());
        let kind = |tensor: &StoredTensor| match &tensor.element {
            Element::Other(name) => printable(name),
            _ => "empty".into(),
        };
        Findings {
            findings,
            units,
            unrecognised: unknown.map(|(_, tensor, _)| printable(&tensor.name)).collect(),
            skipped: skipped.map(|(tensor, _)| (printable(&tensor.name), kind(tensor))).collect(),
            spreads,
            judged: (self.read().count(), self.read().map(|(_, _, facts)| facts.entries).sum()),
        }
    }

    fn shown(&self, carrier: &Carrier) -> UnitAxis {
        let Layout { axis, first, repeats, each, .. } = carrier.layout;
        let axis = UnitAxis::new(printable(&self.tensors[carrier.tensor].name), axis)
            .repeats(repeats)
            .each(each)
            .first(first);
        if carrier.outgoing { axis.outgoing() } else { axis }
    }

    /// Whether all entries of a group's tensors are finite; of others, nothing more is said.
    fn is_finite(&self, group: &Recognised) -> bool {
        group.carriers.iter().all(|it| self.facts(it.tensor).not_finite.count == 0)
    }
}

/// Whether a name is one of weights or biases, not of a buffer or a table.
fn is_parameter(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or_default();
    let numbered = |start: &str| {
        last.strip_prefix(start).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    ["weight", "bias", "kernel", "lora"].iter().any(|part| name.contains(part))
        && !last.contains("cached")
        || ["W", "w", "b"].into_iter().any(numbered)
}

/// The bits of the mantissa that a random number fills.
fn mantissa_bits(element: &Element) -> f64 {
    match element {
        Element::F64 => 52.0,
        Element::F32 => 23.0,
        Element::F16 => 10.0,
        Element::Bf16 => 7.0,
        Element::Other(_) => 0.0,
    }
}

/// Along which axes of each tensor slices are hashed: those of units, the first, and every other
/// one that is long enough to be sharded.
fn axes_to_hash(tensors: &[StoredTensor], groups: &[Recognised]) -> Vec<BTreeSet<usize>> {
    const SHORTEST_SHARDED: usize = 16;
    let of_tensor = |tensor: &StoredTensor| {
        let all = tensor.shape.iter().enumerate();
        let long = all.filter(|(axis, length)| *axis == 0 || **length >= SHORTEST_SHARDED);
        let is_matrix = tensor.shape.len() > 1;
        long.filter(|_| is_matrix).map(|(axis, _)| axis).collect()
    };
    let mut axes: Vec<BTreeSet<usize>> = tensors.iter().map(of_tensor).collect();
    for carrier in groups.iter().flat_map(|group| &group.carriers) {
        axes[carrier.tensor].insert(carrier.layout.axis);
        // of a layer with inputs as rows, its units
        if carrier.outgoing && carrier.layout.axis == 0 && tensors[carrier.tensor].shape.len() == 2
        {
            axes[carrier.tensor].insert(1);
        }
    }
    axes
}

/// # Errors
/// Two tensors of one name.
fn check_names(tensors: &[StoredTensor]) -> Result<()> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    tensors.iter().for_each(|tensor| *count.entry(&tensor.name).or_default() += 1);
    match count.into_iter().find(|(_, count)| *count > 1) {
        None => Ok(()),
        Some((name, count)) => Err(Error::OutOfRange {
            what: format!("the number of tensors named {}", printable(name)),
            value: count.to_string(),
            range: "1".into(),
        }),
    }
}

/// A number in a message: six significant digits, for a float of 32 bits has no more.
fn brief(value: f64) -> String {
    let rounded = format!("{value:.5e}").parse().unwrap_or(value);
    // beyond, zeros would fill the line
    if rounded == 0.0 || (-4.0..7.0).contains(&libm::log10(f64::abs(rounded))) {
        rounded.to_string()
    } else {
        format!("{rounded:e}")
    }
}

/// A count as a number of a finding.
fn number(count: usize) -> f64 {
    count as f64
}
