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
    let stored = source.tensors()[tensor].clone();
    let axis = Axis::of(&stored, layout.axis);
    let bytes_of_model = layout.slots() * axis.inner * stored.element.bytes().unwrap_or(1);
    let models_at_once = (HELD / bytes_of_model.max(1)).max(1);
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

/// Whether two stretches of entries are equal bit by bit; each is a tensor and its first entry.
pub(crate) fn equal_stretches(
    source: &mut dyn TensorSource,
    one: (usize, usize),
    other: (usize, usize),
    entries: usize,
) -> Result<bool> {
    let bytes = source.tensors()[one.0].element.bytes().unwrap_or(1);
    let at_once = HELD / bytes;
    let mut done = 0;
    while done < entries {
        let wanted = at_once.min(entries - done) * bytes;
        let mut held = Vec::with_capacity(wanted);
        source.read(one.0, one.1 + done, &mut |piece| {
            held.extend_from_slice(&piece[..piece.len().min(wanted - held.len())]);
            if held.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (mut at, mut equal) = (0, true);
        source.read(other.0, other.1 + done, &mut |piece| {
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
