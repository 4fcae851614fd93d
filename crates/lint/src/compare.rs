//! Reading again what hashes alike: a finding rests on bits, never on a hash.

use crate::TensorSource;
use crate::axis::Axis;
use crate::format::{Format, OnFormat, Word, decode, on_format};
use crate::layout::Layout;
use init_symmetry_network::Result;
use std::ops::ControlFlow;

/// So many bytes are held to be compared with others.
const HELD: usize = 16 << 20;

/// What a unit is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Model {
    /// Another unit, before it.
    Unit(usize),
    /// Zeros of either sign.
    Zeros,
}

/// A unit that may be equal to another one before it, or zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) unit: usize,
    pub(crate) model: Model,
}

/// Of each candidate whether its slices of a tensor are those of its model, bit by bit.
///
/// A model is never a candidate itself.
pub(crate) fn equal_slices(
    source: &mut dyn TensorSource,
    tensor: usize,
    layout: Layout,
    candidates: &[Candidate],
) -> Result<Vec<bool>> {
    equal_slices_holding(HELD, source, tensor, layout, candidates)
}

/// The same with room for so many bytes of models, in as many passes as that takes.
fn equal_slices_holding(
    most: usize,
    source: &mut dyn TensorSource,
    tensor: usize,
    layout: Layout,
    candidates: &[Candidate],
) -> Result<Vec<bool>> {
    let stored = source.tensors()[tensor].clone();
    let axis = Axis::of(&stored, layout.axis);
    let bytes_of_model = layout.slots() * axis.inner * stored.element.bytes().unwrap_or(1);
    let models_at_once = (most / bytes_of_model.max(1)).max(1);
    let mut equal = vec![true; candidates.len()];
    let mut models: Vec<Model> = candidates.iter().map(|candidate| candidate.model).collect();
    models.sort_unstable();
    models.dedup();
    for held in models.chunks(models_at_once) {
        let pass = Slices { source, tensor, axis, layout, held, candidates, equal: &mut equal };
        on_format(&stored.element, pass).transpose()?;
    }
    Ok(equal)
}

struct Slices<'a> {
    source: &'a mut dyn TensorSource,
    tensor: usize,
    axis: Axis,
    layout: Layout,
    held: &'a [Model],
    candidates: &'a [Candidate],
    equal: &'a mut [bool],
}

/// What a unit is in a pass.
#[derive(Clone, Copy)]
enum Part {
    None,
    Model(usize),
    Candidate { number: usize, model: Option<usize> },
}

impl OnFormat for Slices<'_> {
    type Result = Result<()>;

    fn run<F: Format>(self) -> Result<()> {
        let Self { source, tensor, axis, layout, held, candidates, equal } = self;
        let mut parts = vec![Part::None; layout.units];
        for (place, model) in held.iter().enumerate() {
            if let Model::Unit(unit) = *model {
                parts[unit] = Part::Model(place);
            }
        }
        for (number, candidate) in candidates.iter().enumerate() {
            let Ok(place) = held.binary_search(&candidate.model) else { continue };
            let model = (candidate.model != Model::Zeros).then_some(place);
            parts[candidate.unit] = Part::Candidate { number, model };
        }
        let (inner, slots) = (axis.inner, layout.slots());
        let mut room = vec![F::Word::default(); held.len() * slots * inner];
        let (mut at, mut words) = (0, Vec::new());
        source.read(tensor, 0, &mut |bytes| {
            decode::<F::Word>(bytes, &mut words);
            axis.runs(at, &words, |run, words| {
                let Some((unit, slot)) = layout.unit_of(run.index) else { return };
                let within = run.place % inner;
                let place = |model: usize| (model * slots + slot) * inner + within;
                match parts[unit] {
                    Part::None => {}
                    Part::Model(model) => {
                        room[place(model)..place(model) + words.len()].copy_from_slice(words);
                    }
                    Part::Candidate { number, model: Some(model) } => {
                        equal[number] &= room[place(model)..place(model) + words.len()] == *words;
                    }
                    Part::Candidate { number, model: None } => {
                        let is_zero = |&word| word & F::MAGNITUDE == F::Word::default();
                        equal[number] &= words.iter().all(is_zero);
                    }
                }
            });
            at += words.len();
            ControlFlow::Continue(())
        })
    }
}

/// Of each pair of units whether exchanging them along two axes of a tensor at once changes no bit
/// of it, where the tensor is stored line by line along the first axis.
pub(crate) fn fixed_by_exchange(
    source: &mut dyn TensorSource,
    tensor: usize,
    layouts: [Layout; 2],
    candidates: &[Candidate],
) -> Result<Vec<bool>> {
    let stored = source.tensors()[tensor].clone();
    let axes = layouts.map(|layout| Axis::of(&stored, layout.axis));
    let mut fixed = vec![false; candidates.len()];
    if axes[0].outer == 1 {
        let pass = Exchange { source, tensor, axes, layouts, candidates, fixed: &mut fixed };
        on_format(&stored.element, pass).transpose()?;
    }
    Ok(fixed)
}

struct Exchange<'a> {
    source: &'a mut dyn TensorSource,
    tensor: usize,
    axes: [Axis; 2],
    layouts: [Layout; 2],
    candidates: &'a [Candidate],
    fixed: &'a mut [bool],
}

impl OnFormat for Exchange<'_> {
    type Result = Result<()>;

    fn run<F: Format>(self) -> Result<()> {
        let Self { source, tensor, axes: [rows, columns], layouts, candidates, fixed } = self;
        let line = rows.inner;
        let columns = Axis { outer: columns.outer / rows.length, ..columns };
        let mut pairs = Vec::new();
        for (number, candidate) in candidates.iter().enumerate() {
            if let Model::Unit(model) = candidate.model {
                fixed[number] = true;
                pairs.push((number, [model, candidate.unit]));
            }
        }
        // the line of each model in the slot at hand, until its candidate's line comes
        let mut held = vec![Vec::new(); pairs.len()];
        let (mut row, mut partial, mut words) = (0, Vec::new(), Vec::new());
        source.read(tensor, 0, &mut |bytes| {
            decode::<F::Word>(bytes, &mut words);
            partial.extend_from_slice(&words);
            let whole = partial.len() - partial.len() % line;
            for words in partial[..whole].chunks_exact(line) {
                let unit = layouts[0].unit_of(row).map(|(unit, _)| unit);
                for (&(number, pair), held) in pairs.iter().zip(&mut held) {
                    fixed[number] &= match unit {
                        Some(unit) if unit == pair[0] => {
                            words.clone_into(held);
                            true
                        }
                        Some(unit) if unit == pair[1] => (0..columns.length).all(|index| {
                            let from = exchanged(layouts[1], pair, index);
                            same(columns, (words, index), (held, from))
                        }),
                        // in a line that stays where it is, only the two can differ
                        _ => (0..layouts[1].slots()).all(|slot| {
                            let [one, two] = pair.map(|unit| layouts[1].index_of(unit, slot));
                            same(columns, (words, one), (words, two))
                        }),
                    };
                }
                row += 1;
            }
            partial.drain(..whole);
            ControlFlow::Continue(())
        })
    }
}

/// The index that takes the place of another where two units are exchanged.
fn exchanged(layout: Layout, [one, two]: [usize; 2], index: usize) -> usize {
    match layout.unit_of(index) {
        Some((unit, slot)) if unit == one => layout.index_of(two, slot),
        Some((unit, slot)) if unit == two => layout.index_of(one, slot),
        _ => index,
    }
}

/// Whether the entries of an index in one line are those of an index in another.
fn same<W: Word>(axis: Axis, (one, here): (&[W], usize), (other, there): (&[W], usize)) -> bool {
    (0..axis.outer).all(|outer| {
        let part = |index: usize| {
            let start = (outer * axis.length + index) * axis.inner;
            start..start + axis.inner
        };
        one[part(here)] == other[part(there)]
    })
}

/// Whether two tensors of one shape, order and kind of float are equal bit by bit.
pub(crate) fn equal_tensors(
    source: &mut dyn TensorSource,
    one: usize,
    other: usize,
) -> Result<bool> {
    equal_tensors_holding(HELD, source, one, other)
}

/// The same with room for so many bytes of the first.
fn equal_tensors_holding(
    most: usize,
    source: &mut dyn TensorSource,
    one: usize,
    other: usize,
) -> Result<bool> {
    let tensor = &source.tensors()[one];
    let entries: usize = tensor.shape.iter().product();
    let bytes = tensor.element.bytes().unwrap_or(1);
    let at_once = (most / bytes).max(1);
    let mut done = 0;
    while done < entries {
        let wanted = at_once.min(entries - done) * bytes;
        let mut held = Vec::with_capacity(wanted);
        source.read(one, done, &mut |piece| {
            held.extend_from_slice(&piece[..piece.len().min(wanted - held.len())]);
            if held.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (mut at, mut equal) = (0, true);
        source.read(other, done, &mut |piece| {
            let length = piece.len().min(wanted - at);
            equal &= held[at..at + length] == piece[..length];
            at += length;
            if equal && at < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if !equal {
            return Ok(false);
        }
        done += wanted / bytes;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Model, equal_slices_holding, equal_tensors_holding};
    use crate::LiveTensors;
    use crate::layout::Layout;

    /// Rows of three numbers; row i is that of its half, but for the rows that are spoilt.
    fn rows(spoilt: &[usize]) -> LiveTensors {
        let row = |i: usize| (0..3).map(move |k| (3 * (i % 4) + k) as f64);
        let mut values: Vec<f64> = (0..8).flat_map(row).collect();
        spoilt.iter().for_each(|i| values[3 * i + 2] += 0.5);
        let mut tensors = LiveTensors::default();
        tensors.insert("rows", &[8, 3], values).unwrap();
        tensors
    }

    #[test]
    fn models_that_do_not_fit_together_are_compared_in_passes() {
        let layout = Layout::whole(0, 8);
        let candidates: Vec<_> =
            (4..8).map(|unit| Candidate { unit, model: Model::Unit(unit - 4) }).collect();
        for spoilt in 4..8 {
            let wanted: Vec<bool> = (4..8).map(|unit| unit != spoilt).collect();
            for most in [1, 24, 48, 1000] {
                let mut source = rows(&[spoilt]);
                let equal = equal_slices_holding(most, &mut source, 0, layout, &candidates);
                assert_eq!(equal.unwrap(), wanted, "room for {most} bytes");
            }
        }
    }

    #[test]
    fn tensors_that_do_not_fit_are_compared_in_pieces() {
        for spoilt in 0..9 {
            let mut both = LiveTensors::default();
            let values: Vec<f64> = (0..8).map(f64::from).collect();
            let mut other = values.clone();
            other.iter_mut().skip(spoilt).take(1).for_each(|value| *value += 0.5);
            both.insert("one", &[8], values).unwrap();
            both.insert("other", &[8], other).unwrap();
            for most in [1, 8, 24, 1000] {
                let equal = equal_tensors_holding(most, &mut both, 0, 1).unwrap();
                assert_eq!(equal, spoilt == 8, "entry {spoilt}, room for {most} bytes");
            }
        }
    }
}
