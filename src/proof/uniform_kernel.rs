//! The kernel is uniform: every entry of a product is one function of its row and its column.
//!
//! Entry (i, j) of a product of free matrices, with row i and column j renamed to the first ones,
//! has to be the very term at (0, 0), however the matrices lie in memory.
//!
//! Free expressions take the plain loop. The blocks that floats take are proved uniform too, at a
//! few sizes, because their source runs on free expressions as well. That the compiled vector
//! instructions do what the source says is not proved: tests compare their bits with those of plain
//! loops (`init_symmetry_network::kernel`).

use super::symbols::free_matrix;
use super::{Proof, counted};
use crate::scalar::{Term, Trace};
use crate::{Network, Result};
use init_symmetry_network::kernel::{
    DEPTH, LANES, Registers, WIDTH, product, product_in_blocks, sum_over_examples, sums_in_blocks,
};
use ndarray::{Array2, ArrayView2, ShapeBuilder, Slice};
use std::collections::{BTreeSet, HashMap};
use strum::{Display, VariantArray};

/// How a matrix lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, VariantArray)]
#[strum(serialize_all = "kebab-case")]
enum Layout {
    RowByRow,
    ColumnByColumn,
    EverySecondEntry,
    Reversed,
}

const EVERY_SECOND: Slice = Slice { start: 0, end: None, step: 2 };
const BACKWARDS: Slice = Slice { start: 0, end: None, step: -1 };

impl Layout {
    /// Storage that holds the entries of a matrix in this layout.
    fn store(self, matrix: &Array2<Term>) -> Array2<Term> {
        let (rows, columns) = matrix.dim();
        let mut storage = match self {
            Self::RowByRow | Self::Reversed => Array2::zeros((rows, columns)),
            Self::ColumnByColumn => Array2::zeros((rows, columns).f()),
            Self::EverySecondEntry => Array2::zeros((2 * rows, 2 * columns)),
        };
        match self {
            Self::EverySecondEntry => storage.slice_each_axis_mut(|_| EVERY_SECOND).assign(matrix),
            Self::Reversed => storage.slice_each_axis_mut(|_| BACKWARDS).assign(matrix),
            Self::RowByRow | Self::ColumnByColumn => storage.assign(matrix),
        }
        storage
    }

    /// The matrix in its storage.
    fn view(self, storage: &Array2<Term>) -> ArrayView2<'_, Term> {
        match self {
            Self::RowByRow | Self::ColumnByColumn => storage.view(),
            Self::EverySecondEntry => storage.slice_each_axis(|_| EVERY_SECOND),
            Self::Reversed => storage.slice_each_axis(|_| BACKWARDS),
        }
    }
}

/// A row or column, and the one that it is renamed to.
type Renamed<'a> = (ndarray::ArrayView1<'a, Term>, ndarray::ArrayView1<'a, Term>);

/// The term with some vectors renamed, and every other symbol made a stranger.
fn rename(term: Term, vectors: &[Renamed<'_>]) -> Option<Term> {
    let new_names: HashMap<String, Term> = vectors
        .iter()
        .flat_map(|(from, to)| from.iter().zip(to).map(|(from, to)| (from.to_string(), *to)))
        .collect();
    let stranger = Term::symbol("another row or column");
    let value_of = |name: &str| new_names.get(name).copied().unwrap_or(stranger);
    Trace::of(&[term]).evaluate(value_of).first().copied()
}

fn require_renamed(
    proof: &mut Proof,
    (at, of): (String, &str),
    (renamed, expected): (Option<Term>, Term),
) {
    let same = renamed.is_some_and(|term| term.same(expected));
    proof.require(
        same,
        || (of.into(), format!("{at}, renamed, is the first entry")),
        || format!("one is {renamed:?} and the other {expected}"),
    );
}

/// A product of matrices, as the kernel computes it.
type Product = dyn Fn(ArrayView2<Term>, ArrayView2<Term>) -> Array2<Term> + Sync;
/// The row sums of a matrix, as the kernel computes them.
type RowSums = dyn Fn(&Array2<Term>) -> Array2<Term> + Sync;

fn prove_product(compute: &Product, [n, inner, m]: Size) -> Proof {
    let (left, right) = (free_matrix("left", n, inner), free_matrix("right", inner, m));
    let mut proof = Proof::default();
    for &left_layout in Layout::VARIANTS {
        for &right_layout in Layout::VARIANTS {
            let (stored_left, stored_right) =
                (left_layout.store(&left), right_layout.store(&right));
            let result = compute(left_layout.view(&stored_left), right_layout.view(&stored_right));
            let of = format!("{n}×{inner} {left_layout} times {inner}×{m} {right_layout}");
            proof.runs += 1;
            for ((i, j), &entry) in result.indexed_iter() {
                let row = (left.row(i), left.row(0));
                let column = (right.column(j), right.column(0));
                let renamed = rename(entry, &[row, column]);
                require_renamed(
                    &mut proof,
                    (format!("entry ({i}, {j})"), &of),
                    (renamed, result[[0, 0]]),
                );
            }
        }
    }
    proof
}

fn prove_sum(compute: &RowSums, (rows, columns): (usize, usize)) -> Proof {
    let matrix = free_matrix("matrix", rows, columns);
    let mut proof = Proof::default();
    for layout in [Layout::RowByRow, Layout::ColumnByColumn] {
        let sums = compute(&layout.store(&matrix));
        let of = format!("the row sums of {rows}×{columns} {layout}");
        proof.runs += 1;
        for (i, &sum) in sums.iter().enumerate() {
            let renamed = rename(sum, &[(matrix.row(i), matrix.row(0))]);
            require_renamed(&mut proof, (format!("entry {i}"), &of), (renamed, sums[[0, 0]]));
        }
    }
    proof
}

/// Rows of the left matrix, columns of the left and rows of the right, columns of the right.
type Size = [usize; 3];

/// The products that a step computes: forward, for dW, and for da.
pub(super) fn sizes_of(network: &Network, examples: usize) -> impl Iterator<Item = Size> + '_ {
    (1..=network.depth()).flat_map(move |l| {
        let (n, n_below) = network.extent_of_w(l);
        let below = (l > 1).then_some([n_below, n, examples]);
        [[n, n_below, examples], [n, examples, n_below]].into_iter().chain(below)
    })
}

/// Proves the kernel uniform at every product and sum that a step of these networks computes; see
/// [`super::Statement::UniformKernel`].
pub(super) fn prove<'a>(
    networks: impl Iterator<Item = &'a Network>,
    examples: usize,
) -> Result<Proof> {
    let sizes: BTreeSet<Size> =
        networks.flat_map(|network| sizes_of(network, examples).collect::<Vec<_>>()).collect();
    let mut proof = prove_of(&sizes, &product, &sum_over_examples)?;
    let edges = BTreeSet::from(EDGES);
    for registers in [Registers::Few, Registers::Many] {
        let in_blocks = move |left: ArrayView2<Term>, right: ArrayView2<Term>| {
            product_in_blocks(registers, left, right)
        };
        proof.absorb(prove_products(&edges, &in_blocks)?);
        for columns in COLUMNS_BESIDE_SUMS {
            let sums = move |matrix: &Array2<Term>| sums_in_blocks(registers, matrix, columns);
            proof.absorb(prove_sums(&edges, &sums)?);
        }
    }
    Ok(proof)
}

/// Rows, terms and columns on both sides of the edges of blocks: 4 rows, 8 terms, a vector and a
/// panel of columns, as many terms as a panel has.
const EDGES: [Size; 8] = [
    [5, 2, 2 * LANES + 1],
    [6, 9, 3],
    [5, 9, WIDTH * LANES + 9],
    [5, DEPTH + 1, 4],
    [2, 9, WIDTH * LANES + 9],
    [9, 5, LANES],
    [3, DEPTH + 1, WIDTH * LANES - 1],
    [5, DEPTH + 1, LANES + 1],
];

/// The sum is the last column of a vector, the first of the next, the last of a panel.
const COLUMNS_BESIDE_SUMS: [usize; 3] = [LANES - 1, LANES, WIDTH * LANES - 1];

fn prove_of(sizes: &BTreeSet<Size>, product: &Product, sum: &RowSums) -> Result<Proof> {
    let mut whole = prove_products(sizes, product)?;
    whole.absorb(prove_sums(sizes, sum)?);
    Ok(whole)
}

fn prove_products(sizes: &BTreeSet<Size>, product: &Product) -> Result<Proof> {
    let mut whole = Proof::default();
    for &size in sizes {
        whole.absorb(counted(|| Ok(prove_product(product, size)))?);
        whole.shapes.insert(size.to_vec());
    }
    Ok(whole)
}

/// Of the left matrices of some products.
fn prove_sums(sizes: &BTreeSet<Size>, sum: &RowSums) -> Result<Proof> {
    let matrices: BTreeSet<[usize; 2]> = sizes.iter().map(|&[n, inner, _]| [n, inner]).collect();
    let mut whole = Proof::default();
    for &[rows, columns] in &matrices {
        whole.absorb(counted(|| Ok(prove_sum(sum, (rows, columns))))?);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::{Layout, Product, RowSums, Size, prove_of, sizes_of};
    use crate::proof::symbols::free_matrix;
    use crate::proof::{Proof, ProofStatus};
    use crate::scalar::Term;
    use crate::{Activation, Loss, Network, Scalar};
    use init_symmetry_network::kernel::{product, sum_over_examples};
    use ndarray::{Array2, ArrayView2, Axis};
    use num_traits::Zero;
    use std::collections::BTreeSet;
    use strum::VariantArray;

    /// At every size up to a width.
    fn prove(width: usize, product: &Product, sum: &RowSums) -> Proof {
        let all = (0..width * width * width)
            .map(|number| [number / width / width, number / width % width, number % width]);
        let sizes: BTreeSet<Size> = all.map(|size| size.map(|index| index + 1)).collect();
        prove_of(&sizes, product, sum).unwrap()
    }

    fn ordered_dot(
        left: ArrayView2<Term>,
        right: ArrayView2<Term>,
        at: (usize, usize),
        order: &[usize],
    ) -> Term {
        order.iter().fold(Term::zero(), |sum, &k| left[[at.0, k]].mul_add(right[[k, at.1]], sum))
    }

    /// The last row is summed in reverse, as the edge rows of some libraries are.
    fn reverses_its_last_row(left: ArrayView2<Term>, right: ArrayView2<Term>) -> Array2<Term> {
        Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
            let mut order: Vec<usize> = (0..left.ncols()).collect();
            if i + 1 == left.nrows() {
                order.reverse();
            }
            ordered_dot(left, right, (i, j), &order)
        })
    }

    /// Every row is summed in reverse: other bits than ours, but the same for every entry.
    fn reverses_every_row(left: ArrayView2<Term>, right: ArrayView2<Term>) -> Array2<Term> {
        Array2::from_shape_fn((left.nrows(), right.ncols()), |(i, j)| {
            let order: Vec<usize> = (0..left.ncols()).rev().collect();
            ordered_dot(left, right, (i, j), &order)
        })
    }

    /// Sums along memory, so that the order depends on the layout and the row.
    fn sums_along_memory(matrix: &Array2<Term>) -> Array2<Term> {
        let sum_of =
            |row: ndarray::ArrayView1<Term>| row.iter().fold(Term::zero(), |sum, &x| sum + x);
        let mut sums = matrix.map_axis(Axis(1), sum_of).insert_axis(Axis(1));
        if matrix.nrows() > 1 {
            let last = matrix.row(matrix.nrows() - 1);
            sums[[matrix.nrows() - 1, 0]] = last.iter().rev().fold(Term::zero(), |sum, &x| sum + x);
        }
        sums
    }

    #[test]
    fn the_shipped_kernel_is_uniform_at_every_small_size_and_layout() {
        let proof = prove(4, &product, &sum_over_examples);
        assert_eq!((proof.verdict(), &proof.failure), (ProofStatus::Proved, &None));
        // 64 sizes with 16 pairs of layouts and 16 with 2
        assert_eq!(proof.runs, 64 * 16 + 16 * 2);
        // Σ n·m over all sizes, for each pair of layouts, and Σ n for each layout
        assert_eq!(proof.obligations, 16 * (10 * 4 * 10) + 2 * (10 * 4));
    }

    #[test]
    fn a_kernel_that_reverses_one_row_is_not_uniform() {
        let proof = prove(3, &reverses_its_last_row, &sum_over_examples);
        assert_eq!(proof.verdict(), ProofStatus::Failed);
        // one term cannot be reversed: 2×2 is the first size at which it shows
        assert_eq!(
            proof.failure.map(|failure| failure.of),
            Some("2×2 row-by-row times 2×1 row-by-row".into())
        );
    }

    #[test]
    fn a_kernel_that_sums_one_row_in_another_order_is_not_uniform() {
        assert_eq!(prove(3, &product, &sums_along_memory).verdict(), ProofStatus::Failed);
    }

    #[test]
    fn a_kernel_that_reverses_every_row_is_uniform_too() {
        // Uniform is not the same as ours: this one is caught by the faithfulness test and the tie.
        assert_eq!(
            prove(3, &reverses_every_row, &sum_over_examples).verdict(),
            ProofStatus::Proved
        );
    }

    #[test]
    fn every_layout_holds_the_matrix_it_was_given() {
        let matrix = free_matrix("matrix", 3, 4);
        let mut strides = Vec::new();
        for layout in Layout::VARIANTS {
            let storage = layout.store(&matrix);
            let view = layout.view(&storage);
            assert!(view.iter().zip(&matrix).all(|(left, right)| left.same(*right)));
            strides.push(view.strides().to_vec());
        }
        assert_eq!(strides, [vec![4, 1], vec![1, 3], vec![16, 2], vec![-4, -1]]);
    }

    #[test]
    fn a_step_multiplies_forward_for_dw_and_above_the_first_layer_for_da() {
        let network = Network::new(&[2, 3, 1], Activation::Tanh, Loss::CrossEntropy).unwrap();
        let sizes: Vec<_> = sizes_of(&network, 4).collect();
        assert_eq!(sizes, [[3, 2, 4], [3, 4, 2], [1, 3, 4], [1, 4, 3], [3, 1, 4]]);
    }
}
