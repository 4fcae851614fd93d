//! Unit groups: which axes of which tensors are numbered by the same units.
//!
//! Renumbering the units of a group along all its axes at once leaves the loss as it is. That is
//! what a group claims of a model; here it is only declared, and checked to fit the tensors. What
//! follows for twins is in `twins.rs`. Start reading at [`UnitGroup`].

use super::along::{Along, Carrier};
use super::overlap::check_overlaps;
use crate::{Error, Result, printable};
use ndarray::ArrayViewD;
use std::ops::Range;

/// The name and the shape of a tensor of parameters; in a list of parameters it lies in row-major
/// order, the last axis running fastest.
///
/// ```
/// use init_symmetry_network::symmetry::TensorShape;
/// let kernel = TensorShape::new("conv.weight", &[4, 1, 3, 3]);
/// assert_eq!(kernel.len(), 36);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorShape {
    /// Its name, such as conv.weight.
    pub name: String,
    /// The length of each axis.
    pub shape: Vec<usize>,
}

impl TensorShape {
    /// A tensor of that name and shape.
    pub fn new(name: impl Into<String>, shape: &[usize]) -> Self {
        Self { name: name.into(), shape: shape.to_vec() }
    }

    /// How many numbers it holds, at most `usize::MAX`.
    pub fn len(&self) -> usize {
        self.shape.iter().fold(1, |product, &length| product.saturating_mul(length))
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An axis that is numbered by the units of a group.
///
/// From the entry `first` on lie `repeats` blocks; each holds all units one after the other, and
/// each unit has `each` neighbouring entries in it:
///
/// | axis | `repeats` | `each` |
/// | --- | --- | --- |
/// | rows of a weight matrix, entries of a bias | 1 | 1 |
/// | columns after a flatten of k pixels a channel | 1 | k |
/// | rows of an LSTM, whose four gates follow one another | 4 | 1 |
/// | rows of query, key and value for heads of width d | 3 | d |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitAxis {
    /// The name of the tensor.
    pub tensor: String,
    /// The axis, counted from 0.
    pub axis: usize,
    /// How many blocks of all units there are.
    pub repeats: usize,
    /// How many neighbouring entries a unit has in a block.
    pub each: usize,
    /// The first entry, if the units take only a part of the axis; otherwise they fill it.
    pub first: Option<usize>,
    /// Whether it holds outgoing weights, with which a unit acts on others.
    pub outgoing: bool,
}

impl UnitAxis {
    /// An axis with one entry a unit, which it receives by.
    pub fn new(tensor: impl Into<String>, axis: usize) -> Self {
        Self { tensor: tensor.into(), axis, repeats: 1, each: 1, first: None, outgoing: false }
    }

    /// The same with outgoing weights.
    pub fn outgoing(self) -> Self {
        Self { outgoing: true, ..self }
    }

    /// The same with so many neighbouring entries a unit.
    pub fn each(self, each: usize) -> Self {
        Self { each, ..self }
    }

    /// The same with so many blocks of all units.
    pub fn repeats(self, repeats: usize) -> Self {
        Self { repeats, ..self }
    }

    /// The same on a part of the axis that begins there.
    pub fn first(self, first: usize) -> Self {
        Self { first: Some(first), ..self }
    }

    /// Where the units lie on the axis.
    fn along(&self) -> Along {
        let Self { axis, repeats, each, outgoing, .. } = *self;
        Along { axis, first: self.first.unwrap_or(0), repeats, each, outgoing }
    }

    /// The entries that the units take.
    pub(super) fn part(&self, units: usize) -> Range<usize> {
        let first = self.first.unwrap_or(0);
        let length = units.saturating_mul(self.repeats).saturating_mul(self.each);
        first..first.saturating_add(length)
    }
}

/// Units that can be renumbered without changing the loss, along all of these axes at once.
///
/// ```
/// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
/// let tensors = [
///     TensorShape::new("conv.weight", &[4, 1, 3, 3]),
///     TensorShape::new("conv.bias", &[4]),
///     TensorShape::new("fc.weight", &[10, 36]),
/// ];
/// let channels = UnitGroup::new("channels", 4)
///     .along(UnitAxis::new("conv.weight", 0))
///     .along(UnitAxis::new("conv.bias", 0))
///     .along(UnitAxis::new("fc.weight", 1).each(9).outgoing());
/// channels.check(&tensors)?;
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitGroup {
    /// What to call it.
    pub name: String,
    /// How many units it has.
    pub units: usize,
    /// Everything that is numbered by them.
    pub axes: Vec<UnitAxis>,
    /// Whether a unit is positively homogeneous, as of ReLU: what it receives by times c > 0 and
    /// its outgoing weights divided by c leave the loss as it is.
    pub homogeneous: bool,
}

impl UnitGroup {
    /// A group of so many units, on no axis yet.
    pub fn new(name: impl Into<String>, units: usize) -> Self {
        Self { name: name.into(), units, axes: Vec::new(), homogeneous: false }
    }

    /// The same with one more axis.
    pub fn along(mut self, axis: UnitAxis) -> Self {
        self.axes.push(axis);
        self
    }

    /// The same, declared positively homogeneous.
    pub fn homogeneous(self) -> Self {
        Self { homogeneous: true, ..self }
    }

    /// Whether the group fits these tensors.
    ///
    /// # Errors
    /// No units, no axis, a tensor or axis that does not exist, an axis of another length than the
    /// units need, the same entries of an axis twice.
    pub fn check(&self, tensors: &[TensorShape]) -> Result<()> {
        let named = |what: &str| format!("{what} of group {}", printable(&self.name));
        for (what, count) in
            [("the list of units", self.units), ("the list of axes", self.axes.len())]
        {
            if count == 0 {
                let (value, range) = ("empty".into(), "at least one".into());
                return Err(Error::OutOfRange { what: named(what), value, range });
            }
        }
        for axis in &self.axes {
            self.check_axis(axis, tensors)?;
        }
        let all: Vec<_> = self.axes.iter().map(|axis| (self, axis)).collect();
        check_overlaps(&all)
    }

    fn check_axis(&self, axis: &UnitAxis, tensors: &[TensorShape]) -> Result<()> {
        let Some(tensor) = tensors.iter().find(|tensor| tensor.name == axis.tensor) else {
            let known: Vec<_> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
            let kind = format!("tensor in group {}", printable(&self.name));
            return Err(Error::unknown(&kind, &axis.tensor, &known));
        };
        let name = printable(&axis.tensor);
        let Some(&length) = tensor.shape.get(axis.axis) else {
            let what = format!("axes are numbered from 0: {name} axis");
            return Err(Error::NoSuch { what, index: axis.axis, count: tensor.shape.len() });
        };
        for (what, number) in [("repeats", axis.repeats), ("each", axis.each)] {
            if number == 0 {
                let what = format!("'{what}' of {name} in group {}", printable(&self.name));
                let range = "1 or more".into();
                return Err(Error::OutOfRange { what, value: "0".into(), range });
            }
        }
        let end = axis.part(self.units).end;
        let fits = if axis.first.is_some() { end <= length } else { end == length };
        if fits {
            return Ok(());
        }
        Err(Error::Count {
            what: format!("axis {} of {name}", axis.axis),
            given: length,
            needed_by: self.needs(axis),
            needed: end,
        })
    }

    /// What an axis has to hold, in words.
    fn needs(&self, UnitAxis { repeats, each, first, .. }: &UnitAxis) -> String {
        let of = |what: &str, number: usize| match number {
            1 => String::new(),
            _ => format!(", {what} {number}"),
        };
        let from = first.map(|first| format!(", first {first}")).unwrap_or_default();
        let (units, name) = (self.units, printable(&self.name));
        let layout = of("repeats", *repeats) + &of("each", *each) + &from;
        format!("group {name} ({units} units{layout})")
    }

    /// The tensors that carry the group, each with all its axes that do.
    pub(super) fn carriers<'a, S>(
        &self,
        tensors: &[TensorShape],
        values: &[ArrayViewD<'a, S>],
    ) -> Result<Vec<Carrier<'a, S>>> {
        self.check(tensors)?;
        check_values(tensors, values)?;
        let carrier = |(tensor, view): (&TensorShape, &ArrayViewD<'a, S>)| {
            let axes = self.axes.iter().filter(|axis| axis.tensor == tensor.name);
            let axes: Vec<_> = axes.map(UnitAxis::along).collect();
            (!axes.is_empty()).then(|| Carrier { view: view.clone(), axes })
        };
        Ok(tensors.iter().zip(values).filter_map(carrier).collect())
    }

    /// Where each entry of a list of all parameters comes from when the units are renumbered: the
    /// new unit u is the old unit `order[u]`.
    ///
    /// # Errors
    /// As [`UnitGroup::check`]; an order that is none of these units.
    ///
    /// ```
    /// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
    /// let tensors = [TensorShape::new("w1", &[2, 3]), TensorShape::new("w2", &[1, 2])];
    /// let hidden = UnitGroup::new("hidden", 2)
    ///     .along(UnitAxis::new("w1", 0))
    ///     .along(UnitAxis::new("w2", 1).outgoing());
    /// assert_eq!(hidden.renumbering(&tensors, &[1, 0])?, [3, 4, 5, 0, 1, 2, 7, 6]);
    /// # Ok::<(), init_symmetry_network::Error>(())
    /// ```
    pub fn renumbering(&self, tensors: &[TensorShape], order: &[usize]) -> Result<Vec<usize>> {
        self.check(tensors)?;
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.units) {
            let what = format!("the order of group {}", printable(&self.name));
            let range = format!("each of the units 0 to {} once", self.units - 1);
            return Err(Error::OutOfRange { what, value: format!("{order:?}"), range });
        }
        let all = tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add);
        Error::within_memory("the parameters", all)?;
        let mut places = Vec::with_capacity(all);
        for tensor in tensors {
            let axes = self.axes.iter().filter(|axis| axis.tensor == tensor.name);
            let axes: Vec<_> = axes.map(UnitAxis::along).collect();
            let start = places.len();
            places.extend(
                (0..tensor.len())
                    .map(|flat| start + renumbered_place(flat, &tensor.shape, &axes, order)),
            );
        }
        Ok(places)
    }
}

impl UnitGroup {
    /// The places of a unit's entries in a list of all parameters, along its outgoing axes or
    /// along all others; none for a unit that does not exist.
    ///
    /// ```
    /// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup};
    /// let tensors = [TensorShape::new("w1", &[2, 3]), TensorShape::new("w2", &[1, 2])];
    /// let hidden = UnitGroup::new("hidden", 2)
    ///     .along(UnitAxis::new("w1", 0))
    ///     .along(UnitAxis::new("w2", 1).outgoing());
    /// assert_eq!(hidden.entries(&tensors, 1, false), [3, 4, 5]);
    /// assert_eq!(hidden.entries(&tensors, 1, true), [7]);
    /// ```
    pub fn entries(&self, tensors: &[TensorShape], unit: usize, outgoing: bool) -> Vec<usize> {
        let mut places = Vec::new();
        let mut start = 0;
        for TensorShape { name, shape } in tensors {
            let length: usize = shape.iter().product();
            for axis in self.axes.iter().filter(|it| it.tensor == *name) {
                let is_asked = axis.outgoing == outgoing && unit < self.units;
                let Some(&along) = shape.get(axis.axis).filter(|_| is_asked) else { continue };
                let stride: usize = shape[axis.axis + 1..].iter().product();
                let of_unit: Vec<_> = axis.along().entries(unit, self.units).collect();
                let is_of_unit = |flat: &usize| of_unit.contains(&(flat / stride % along));
                places.extend((0..length).filter(is_of_unit).map(|flat| start + flat));
            }
            start += length;
        }
        places
    }
}

/// The place in a tensor that an entry comes from.
fn renumbered_place(flat: usize, shape: &[usize], axes: &[Along], order: &[usize]) -> usize {
    let (mut place, mut stride, mut rest) = (0, 1, flat);
    for (number, &length) in shape.iter().enumerate().rev() {
        let index = rest % length;
        let here = axes.iter().filter(|along| along.axis == number);
        let from = here.fold(index, |index, along| along.renumbered(index, order));
        place += from * stride;
        stride *= length;
        rest /= length;
    }
    place
}

/// Whether tensors and unit groups fit together: names are unique, every group fits the tensors,
/// and no two groups number the same entries of an axis, except where one numbers entries inside
/// each unit of the other (heads, and the coordinates of a head).
///
/// # Errors
/// What does not fit, with both sides.
///
/// ```
/// use init_symmetry_network::symmetry::{TensorShape, UnitAxis, UnitGroup, check_groups};
/// let tensors = [TensorShape::new("w1", &[2, 3])];
/// let rows = UnitGroup::new("rows", 3).along(UnitAxis::new("w1", 0));
/// let error = check_groups(&tensors, &[rows]).unwrap_err().to_string();
/// assert_eq!(error, "axis 0 of w1 has 2 but group rows (3 units) needs 3");
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn check_groups(tensors: &[TensorShape], groups: &[UnitGroup]) -> Result<()> {
    check_names("tensor", tensors.iter().map(|tensor| tensor.name.as_str()))?;
    check_names("unit group", groups.iter().map(|group| group.name.as_str()))?;
    groups.iter().try_for_each(|group| group.check(tensors))?;
    let all: Vec<_> =
        groups.iter().flat_map(|group| group.axes.iter().map(move |axis| (group, axis))).collect();
    check_overlaps(&all)
}

fn check_names<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::OutOfRange {
            what: format!("the name of a {kind}"),
            value: format!("'{}' twice", pair[0]),
            range: "unique".into(),
        }),
    }
}

/// Whether values have the shapes of their tensors.
fn check_values<S>(tensors: &[TensorShape], values: &[ArrayViewD<'_, S>]) -> Result<()> {
    if tensors.len() != values.len() {
        return Err(Error::Count {
            what: "the list of values".into(),
            given: values.len(),
            needed_by: "the list of tensors".into(),
            needed: tensors.len(),
        });
    }
    for (TensorShape { name, shape }, value) in tensors.iter().zip(values) {
        if value.shape() != shape {
            return Err(Error::OutOfRange {
                what: format!("the shape of the values of {name}"),
                value: format!("{:?}", value.shape()),
                range: format!("{shape:?}"),
            });
        }
    }
    Ok(())
}

/// A list of all parameters as one array for each tensor.
///
/// # Errors
/// A list of another length than the tensors need.
///
/// ```
/// use init_symmetry_network::symmetry::{TensorShape, tensors_of};
/// let tensors = [TensorShape::new("w", &[2, 2]), TensorShape::new("b", &[2])];
/// let values = tensors_of(&tensors, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(values[0][[1, 0]], 3.0);
/// # Ok::<(), init_symmetry_network::Error>(())
/// ```
pub fn tensors_of<'a, S>(tensors: &[TensorShape], all: &'a [S]) -> Result<Vec<ArrayViewD<'a, S>>> {
    let needed = tensors.iter().map(TensorShape::len).fold(0, usize::saturating_add);
    let wrong_length = || Error::Count {
        what: "the list of parameters".into(),
        given: all.len(),
        needed_by: "the list of tensors".into(),
        needed,
    };
    if all.len() != needed {
        return Err(wrong_length());
    }
    let mut rest = all;
    let views = tensors.iter().map(|tensor| {
        let (values, after) = rest.split_at(tensor.len());
        rest = after;
        ArrayViewD::from_shape(&tensor.shape[..], values).map_err(|_| wrong_length())
    });
    views.collect()
}
