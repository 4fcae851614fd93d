//! Free expressions: a number that remembers how it was computed, and nothing else.
//!
//! Nothing is simplified, so two equal terms are the same operations in the same order, and have
//! the same bits in every deterministic arithmetic. Equal expressions are stored once (they are
//! *hash-consed*), so comparing them is comparing two indices.

use super::Scalar;
use ndarray::{Array1, ArrayView1, ArrayViewMut1};
use num_traits::{One, Zero};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};
use std::sync::Arc;

/// A function of one number, left uninterpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Function {
    /// [`Scalar::sigmoid`].
    Sigmoid,
    /// [`Scalar::tanh`].
    Tanh,
    /// [`Scalar::softplus`].
    Softplus,
    /// [`Scalar::relu`].
    Relu,
    /// [`Scalar::step`].
    Step,
}

/// An operation on two numbers, left uninterpreted: neither commutative nor associative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum Operation {
    /// left + right.
    #[strum(serialize = "+")]
    Add,
    /// left − right.
    #[strum(serialize = "-")]
    Subtract,
    /// left · right.
    #[strum(serialize = "*")]
    Multiply,
    /// left / right.
    #[strum(serialize = "/")]
    Divide,
}

/// A function of many numbers, left uninterpreted: also of their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum FunctionOfMany {
    /// [`Scalar::log_sum_exp`].
    LogSumExp,
    /// An entry of [`Scalar::softmax`]: the first operand's, among those after it.
    Softmax,
}

/// One expression; operands are indices of earlier nodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Node {
    /// The number 0.
    Zero,
    /// The number 1.
    One,
    /// A count, such as the number of examples; `Count(1)` is another expression than `One`.
    Count(usize),
    /// A free symbol: any number at all.
    Symbol(Arc<str>),
    /// A function of a node.
    Function(Function, usize),
    /// An operation on two nodes, left and right.
    Operation(Operation, usize, usize),
    /// `a`·`b` + `c` in one operation, of the nodes a, b and c.
    MulAdd([usize; 3]),
    /// A function of many nodes.
    FunctionOfMany(FunctionOfMany, Arc<[usize]>),
}

/// Every expression of one thread (or of one [`confined`] run), each once.
#[derive(Default)]
struct Arena {
    nodes: Vec<Node>,
    index_of: FxHashMap<Node, usize>,
    questions: usize,
}

thread_local! {
    static ARENA: RefCell<Arena> = RefCell::default();
}

/// A free expression over named symbols.
///
/// ```
/// use init_symmetry_network::scalar::Term;
/// let (a, b) = (Term::symbol("a"), Term::symbol("b"));
/// assert!((a * b).same(a * b));
/// assert!(!(a * b).same(b * a)); // nothing is simplified
/// assert_eq!((a * b + a).to_string(), "((a * b) + a)");
/// ```
///
/// A term is an index into its thread's expressions, so it cannot leave its thread:
///
/// ```compile_fail
/// use init_symmetry_network::scalar::Term;
/// let a = Term::symbol("a");
/// std::thread::spawn(move || a + a);
/// ```
#[derive(Clone, Copy)]
pub struct Term {
    index: usize,
    confined: PhantomData<*const ()>,
}

/// Runs on a fresh, empty set of expressions, which is dropped afterwards.
///
/// Neither the function nor its result can hold a term, because both have to be `Send`.
///
/// ```
/// use init_symmetry_network::scalar::{Term, confined, count};
/// assert_eq!(confined(|| { let a = Term::symbol("a"); let _ = a + a * a; count() }), 3);
/// assert_eq!(confined(count), 0);
/// ```
///
/// ```compile_fail
/// use init_symmetry_network::scalar::{Term, confined};
/// let escaped = confined(|| Term::symbol("a"));
/// ```
pub fn confined<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    // Put back on every way out, a panic included.
    struct PutBack(Arena);
    impl Drop for PutBack {
        fn drop(&mut self) {
            ARENA.replace(std::mem::take(&mut self.0));
        }
    }
    let _outer = PutBack(ARENA.take());
    run()
}

/// The number of distinct terms on this thread, or in this [`confined`] run, so far.
pub fn count() -> usize {
    ARENA.with_borrow(|arena| arena.nodes.len())
}

/// How often code has asked about the value of a term, by `==`, `is_zero` or `identical`.
///
/// Code that asks nothing computes the same expressions whatever the values are: one symbolic run
/// then speaks for all of them.
pub fn questions() -> usize {
    ARENA.with_borrow(|arena| arena.questions)
}

fn ask() {
    ARENA.with_borrow_mut(|arena| arena.questions += 1);
}

fn intern(node: Node) -> Term {
    let index = ARENA.with_borrow_mut(|arena| {
        let Arena { nodes, index_of, .. } = arena;
        *index_of.entry(node).or_insert_with_key(|node| {
            nodes.push(node.clone());
            nodes.len() - 1
        })
    });
    Term { index, confined: PhantomData }
}

impl Term {
    /// The symbol of a name; the same name is the same symbol.
    pub fn symbol(name: impl Into<Arc<str>>) -> Self {
        intern(Node::Symbol(name.into()))
    }

    /// Whether two terms are the same expression. Not counted as a question.
    pub fn same(self, other: Self) -> bool {
        self.index == other.index
    }

    /// The first place, from the left and as deep as possible, where two terms differ.
    pub fn difference(self, other: Self) -> Option<(Self, Self)> {
        let (mut left, mut right) = (self.index, other.index);
        if left == right {
            return None;
        }
        ARENA.with_borrow(|Arena { nodes, .. }| {
            // deeper as long as only operands differ
            while nodes[left].renumbered(|_| 0) == nodes[right].renumbered(|_| 0) {
                let mut pairs = nodes[left].operands().zip(nodes[right].operands());
                let Some(differing) = pairs.find(|(left, right)| left != right) else { break };
                (left, right) = differing;
            }
        });
        let term = |index| Term { index, confined: PhantomData };
        Some((term(left), term(right)))
    }

    fn function(self, function: Function) -> Self {
        intern(Node::Function(function, self.index))
    }

    fn operation(self, operation: Operation, right: Self) -> Self {
        intern(Node::Operation(operation, self.index, right.index))
    }

    fn of_many(function: FunctionOfMany, operands: impl Iterator<Item = Self>) -> Self {
        intern(Node::FunctionOfMany(function, operands.map(|term| term.index).collect()))
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        ask();
        self.same(*other)
    }
}

impl Add for Term {
    type Output = Self;
    fn add(self, right: Self) -> Self {
        self.operation(Operation::Add, right)
    }
}

impl Sub for Term {
    type Output = Self;
    fn sub(self, right: Self) -> Self {
        self.operation(Operation::Subtract, right)
    }
}

impl Mul for Term {
    type Output = Self;
    fn mul(self, right: Self) -> Self {
        self.operation(Operation::Multiply, right)
    }
}

impl Div for Term {
    type Output = Self;
    fn div(self, right: Self) -> Self {
        self.operation(Operation::Divide, right)
    }
}

impl Zero for Term {
    fn zero() -> Self {
        intern(Node::Zero)
    }

    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }
}

impl One for Term {
    fn one() -> Self {
        intern(Node::One)
    }
}

impl Scalar for Term {
    fn mul_add(self, b: Self, c: Self) -> Self {
        intern(Node::MulAdd([self.index, b.index, c.index]))
    }

    fn of(count: usize) -> Self {
        intern(Node::Count(count))
    }

    fn sigmoid(self) -> Self {
        self.function(Function::Sigmoid)
    }

    fn tanh(self) -> Self {
        self.function(Function::Tanh)
    }

    fn softplus(self) -> Self {
        self.function(Function::Softplus)
    }

    fn log_sum_exp(z: ArrayView1<'_, Self>) -> Self {
        Self::of_many(FunctionOfMany::LogSumExp, z.iter().copied())
    }

    fn softmax(z: ArrayView1<'_, Self>, mut y_hat: ArrayViewMut1<'_, Self>) {
        for (y_hat, &own) in y_hat.iter_mut().zip(z) {
            let operands = std::iter::once(own).chain(z.iter().copied());
            *y_hat = Self::of_many(FunctionOfMany::Softmax, operands);
        }
    }

    fn relu(self) -> Self {
        self.function(Function::Relu)
    }

    fn step(self) -> Self {
        self.function(Function::Step)
    }

    /// Always: a symbolic run speaks of runs that stay finite.
    fn is_finite(self) -> bool {
        true
    }

    fn identical(self, other: Self) -> bool {
        self == other
    }
}

/// Deeper than this an expression is printed as `…`: written out, it can be astronomically long.
const PRINTED_DEPTH: usize = 4;

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ARENA.with_borrow(|arena| print(f, &arena.nodes, self.index, PRINTED_DEPTH))
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn print(f: &mut fmt::Formatter<'_>, nodes: &[Node], index: usize, depth: usize) -> fmt::Result {
    match &nodes[index] {
        Node::Zero => f.write_str("0"),
        Node::One => f.write_str("1"),
        Node::Count(count) => write!(f, "of({count})"),
        Node::Symbol(name) => f.write_str(name),
        _ if depth == 0 => f.write_str("…"),
        Node::Function(function, of) => {
            write!(f, "{function}(")?;
            print(f, nodes, *of, depth - 1)?;
            f.write_str(")")
        }
        Node::Operation(operation, left, right) => {
            f.write_str("(")?;
            print(f, nodes, *left, depth - 1)?;
            write!(f, " {operation} ")?;
            print(f, nodes, *right, depth - 1)?;
            f.write_str(")")
        }
        Node::MulAdd(operands) => {
            f.write_str("mul_add")?;
            print_all(f, nodes, operands, depth)
        }
        Node::FunctionOfMany(function, operands) => {
            write!(f, "{function}")?;
            print_all(f, nodes, operands, depth)
        }
    }
}

fn print_all(
    f: &mut fmt::Formatter<'_>,
    nodes: &[Node],
    operands: &[usize],
    depth: usize,
) -> fmt::Result {
    for (place, operand) in operands.iter().enumerate() {
        f.write_str(if place == 0 { "(" } else { ", " })?;
        print(f, nodes, *operand, depth - 1)?;
    }
    f.write_str(")")
}

/// The operations behind some terms, in the order they were first performed, as plain data.
///
/// ```
/// use init_symmetry_network::scalar::{Term, Trace, confined};
/// let trace = confined(|| {
///     let (a, b) = (Term::symbol("a"), Term::symbol("b"));
///     Trace::of(&[a * a - b])
/// });
/// assert_eq!(trace.nodes.len(), 4);
/// assert_eq!(trace.evaluate(|name| if name == "a" { 3.0 } else { 2.0 }), [7.0]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Every node once; operands come before the nodes that use them.
    pub nodes: Vec<Node>,
    /// The terms themselves, as indices into `nodes`.
    pub results: Vec<usize>,
}

impl Trace {
    /// What `terms` were computed from, and nothing else.
    pub fn of(terms: &[Term]) -> Self {
        ARENA.with_borrow(|arena| {
            let mut open: BTreeSet<usize> = terms.iter().map(|term| term.index).collect();
            let mut needed = Vec::new();
            // operands have smaller indices than what uses them
            while let Some(index) = open.pop_last() {
                needed.push(index);
                open.extend(arena.nodes[index].operands());
            }
            needed.reverse();
            let place: HashMap<usize, usize> =
                needed.iter().enumerate().map(|(place, &index)| (index, place)).collect();
            let nodes = needed.iter().map(|&index| arena.nodes[index].renumbered(|i| place[&i]));
            Self {
                nodes: nodes.collect(),
                results: terms.iter().map(|term| place[&term.index]).collect(),
            }
        })
    }

    /// The values of the terms where the symbols have the values given.
    pub fn evaluate<S: Scalar>(&self, value_of: impl Fn(&str) -> S) -> Vec<S> {
        let mut values: Vec<S> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            values.push(match node {
                Node::Zero => S::zero(),
                Node::One => S::one(),
                Node::Count(count) => S::of(*count),
                Node::Symbol(name) => value_of(name),
                Node::Function(function, of) => function.value(values[*of]),
                Node::Operation(operation, left, right) => {
                    operation.value(values[*left], values[*right])
                }
                Node::MulAdd([a, b, c]) => values[*a].mul_add(values[*b], values[*c]),
                Node::FunctionOfMany(function, operands) => function.value(operands, &values),
            });
        }
        self.results.iter().map(|&result| values[result]).collect()
    }
}

impl Function {
    fn value<S: Scalar>(self, of: S) -> S {
        match self {
            Self::Sigmoid => of.sigmoid(),
            Self::Tanh => of.tanh(),
            Self::Softplus => of.softplus(),
            Self::Relu => of.relu(),
            Self::Step => of.step(),
        }
    }
}

impl FunctionOfMany {
    /// Its value where the nodes have the values given.
    fn value<S: Scalar>(self, operands: &[usize], values: &[S]) -> S {
        match (self, operands) {
            (Self::LogSumExp, _) => {
                let z: Array1<S> = operands.iter().map(|&operand| values[operand]).collect();
                S::log_sum_exp(z.view())
            }
            (Self::Softmax, [own, all @ ..]) => {
                let z: Array1<S> = all.iter().map(|&operand| values[operand]).collect();
                let mut y_hat = z.clone();
                S::softmax(z.view(), y_hat.view_mut());
                let place = all.iter().position(|operand| operand == own);
                place.map_or(S::zero(), |place| y_hat[place])
            }
            (Self::Softmax, []) => S::zero(),
        }
    }
}

impl Operation {
    fn value<S: Scalar>(self, left: S, right: S) -> S {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
        }
    }
}

impl Node {
    fn operands(&self) -> impl Iterator<Item = usize> {
        let (first, second, many) = match self {
            Self::Function(_, of) => (Some(*of), None, &[][..]),
            Self::Operation(_, left, right) => (Some(*left), Some(*right), &[][..]),
            Self::MulAdd(operands) => (None, None, &operands[..]),
            Self::FunctionOfMany(_, operands) => (None, None, &operands[..]),
            Self::Zero | Self::One | Self::Count(_) | Self::Symbol(_) => (None, None, &[][..]),
        };
        first.into_iter().chain(second).chain(many.iter().copied())
    }

    fn renumbered(&self, new_index: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::Function(function, of) => Self::Function(*function, new_index(*of)),
            Self::Operation(operation, left, right) => {
                Self::Operation(*operation, new_index(*left), new_index(*right))
            }
            Self::MulAdd(operands) => Self::MulAdd(operands.map(new_index)),
            Self::FunctionOfMany(function, operands) => {
                let operands = operands.iter().map(|&operand| new_index(operand)).collect();
                Self::FunctionOfMany(*function, operands)
            }
            Self::Zero | Self::One | Self::Count(_) | Self::Symbol(_) => self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, Term, Trace, confined, count, questions};
    use crate::Scalar;
    use num_traits::{One, Zero};

    fn symbols() -> [Term; 3] {
        ["a", "b", "c"].map(Term::symbol)
    }

    #[test]
    fn terms_are_the_same_only_as_the_same_operations_in_the_same_order() {
        let [a, b, c] = symbols();
        assert!(((a + b) * c).same((a + b) * c));
        let one = Term::one();
        let others = [
            (a + b, b + a),
            ((a + b) + c, a + (b + c)),
            (a + Term::zero(), a),
            (a * Term::zero(), Term::zero()),
            (a * one, a),
            (a - b, a / b),
            (a.mul_add(b, c), a * b + c),
            (a.mul_add(b, c), b.mul_add(a, c)),
            (a.tanh(), a.sigmoid()),
            (Term::of(1), one),
            (Term::of(0), Term::zero()),
            (Term::of(2), one + one),
        ];
        for (left, right) in others {
            assert!(!left.same(right), "{left} and {right}");
        }
    }

    #[test]
    fn two_terms_part_at_their_first_and_deepest_difference() {
        let [a, b, c] = symbols();
        let parting = |left: Term, right: Term| {
            left.difference(right).map(|(left, right)| format!("{left} | {right}"))
        };
        assert_eq!(parting(a + b * c, a + b * c), None);
        assert_eq!(parting((a + b) * c.tanh(), (a + b) * b.tanh()).as_deref(), Some("c | b"));
        assert_eq!(parting((a + b) * c, (a + c) * b).as_deref(), Some("b | c"));
        assert_eq!(parting(a.mul_add(b, c), a.mul_add(b, a)).as_deref(), Some("c | a"));
        assert_eq!(parting(a * (a + b), a * (a - b)).as_deref(), Some("(a + b) | (a - b)"));
    }

    #[test]
    fn every_question_about_a_value_is_counted_and_computing_asks_none() {
        let asked = confined(|| {
            let [a, b, _] = symbols();
            let _ = (a + b).relu().step() / Term::of(3) - a.softplus() * b.sigmoid().tanh();
            let computing = questions();
            let _ = (a == b, a.identical(b), a.is_zero());
            let _ = (a.is_finite(), a.same(b));
            (computing, questions())
        });
        assert_eq!(asked, (0, 3));
    }

    #[test]
    fn a_confined_run_starts_empty_and_gives_the_outer_terms_back_even_after_a_panic() {
        let [a, b, _] = symbols();
        let sum = a + b;
        let before = count();
        assert!(before >= 4);
        assert_eq!(confined(|| (count(), symbols().len(), count())), (0, 3, 3));
        let defect = std::panic::catch_unwind(|| confined(|| panic!("inside {}", symbols().len())));
        assert!(defect.is_err());
        assert_eq!(count(), before);
        assert_eq!(sum.to_string(), "(a + b)");
    }

    #[test]
    fn a_trace_holds_what_its_terms_need_once_and_operands_come_first() {
        let [a, b, c] = symbols();
        let shared = a * b;
        let _unused = c.tanh();
        let trace = Trace::of(&[shared + shared, a]);
        assert_eq!(trace.nodes.len(), 4);
        assert_eq!(trace.nodes.last(), Some(&Node::Operation(super::Operation::Add, 2, 2)));
        for (index, node) in trace.nodes.iter().enumerate() {
            assert!(node.operands().all(|operand| operand < index));
        }
        assert_eq!(trace.evaluate(|name| if name == "a" { 2.0 } else { 5.0 }), [20.0, 2.0]);
    }

    #[test]
    fn a_deep_term_is_printed_in_part() {
        let deep = (0..100).fold(Term::symbol("a"), |deep, _| (deep + deep).tanh());
        assert_eq!(deep.to_string(), "tanh((tanh((… + …)) + tanh((… + …))))");
    }
}
