(** The ordinary kernel over any arithmetic, in the order of operations of the shipped network.

    Sums run over 0, 1, 2, … and start from [zero]; nothing is simplified, because a printed
    symbolic step of the shipped code has to be this very expression. *)

From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Network Training.

(** [fma x y z] is x·y + z as one operation, the fused multiply-add of IEEE 754: in floating point
    it rounds once.  Every product of matrices sums with it; nothing else uses it.

    [softmax z u] is the entry of z in the softmax of u, a list in which z occurs.  It is one
    operation, because how it is computed is the number system's affair: in floating point the
    largest entry is taken out first. *)
Record ops (T : Type) := Ops {
  zero : T; one : T;
  add : T -> T -> T; sub : T -> T -> T; mul : T -> T -> T;
  fma : T -> T -> T -> T; div : T -> T -> T; neg : T -> T;
  of_nat : nat -> T;
  sigmoid : T -> T; tanh : T -> T; softplus : T -> T; relu : T -> T; heaviside : T -> T;
  softmax : T -> list T -> T }.
Arguments Ops {T}. Arguments zero {T}. Arguments one {T}. Arguments add {T}. Arguments sub {T}.
Arguments mul {T}. Arguments fma {T}. Arguments div {T}. Arguments neg {T}. Arguments of_nat {T}.
Arguments sigmoid {T}. Arguments tanh {T}. Arguments softplus {T}. Arguments relu {T}.
Arguments heaviside {T}. Arguments softmax {T}.

Inductive activation := Sigmoid | Tanh | Relu | Identity | LeakyRelu | Silu.
Inductive loss := SigmoidCrossEntropy | SigmoidSquaredError | IdentitySquaredError
  | SoftmaxCrossEntropy.

(** The activations without a derivative at 0. *)
Definition kinked (g : activation) : Prop :=
  match g with Relu | LeakyRelu => True | _ => False end.

Section Ordinary.
Context {T : Type} (o : ops T).

Definition total (u : list T) : T := fold_left (add o) u (zero o).

Definition inner (u v : list T) : T :=
  fold_left (fun acc xy => fma o (fst xy) (snd xy) acc) (combine u v) (zero o).

(** The slope of leaky ReLU: 1 above 0, and one hundredth elsewhere. Over the reals the quotient is
    1/100; in binary64 it is the nearest double. *)
Definition leaky_slope (z : T) : T :=
  add o (heaviside o z)
    (mul o (sub o (one o) (heaviside o z)) (div o (one o) (of_nat o 100))).

Definition act (g : activation) (z : T) : T :=
  match g with
  | Sigmoid => sigmoid o z | Tanh => tanh o z | Relu => relu o z | Identity => z
  | LeakyRelu => mul o z (leaky_slope z)
  | Silu => mul o z (sigmoid o z)
  end.

(** The derivative of the activation, from z and a = g(z). *)
Definition slope (g : activation) (z a : T) : T :=
  match g with
  | Sigmoid => mul o a (sub o (one o) a)
  | Tanh => sub o (one o) (mul o a a)
  | Relu => heaviside o z
  | Identity => one o
  | LeakyRelu => leaky_slope z
  | Silu => add o (sigmoid o z) (mul o a (sub o (one o) (sigmoid o z)))
  end.

(** Of one output, from its z and the z of all outputs of the example. *)
Definition prediction (c : loss) (z : T) (all : list T) : T :=
  match c with
  | SigmoidCrossEntropy | SigmoidSquaredError => sigmoid o z
  | IdentitySquaredError => z
  | SoftmaxCrossEntropy => softmax o z all
  end.

Definition residual (c : loss) (z : T) (all : list T) (y : T) : T :=
  match c with
  | SigmoidCrossEntropy => sub o (sigmoid o z) y
  | SigmoidSquaredError =>
      mul o (sub o (sigmoid o z) y) (mul o (sigmoid o z) (sub o (one o) (sigmoid o z)))
  | IdentitySquaredError => sub o z y
  | SoftmaxCrossEntropy => sub o (softmax o z all) y
  end.

Definition mean (total : T) (m : nat) : T := div o total (of_nat o m).

Definition ordinary (g : activation) (c : loss) : kernel T :=
  Kernel
    (fun _ _ _ w x b => add o (inner w x) b)
    (fun _ _ _ => act g)
    (fun _ _ => residual c)
    (fun _ _ _ => inner)
    (fun _ _ _ back z a => mul o back (slope g z a))
    (fun _ _ _ d x => mean (inner d x) (length d))
    (fun _ _ d => mean (total d) (length d)).

(** Gradient descent, with a rate for every parameter. *)
Definition descend (weight_rate : nat -> nat -> nat -> T) (bias_rate : nat -> nat -> T)
    : rule T unit :=
  Rule (fun l i k gradient v => (sub o (fst v) (mul o (weight_rate l i k) gradient), tt))
       (fun l i gradient v => (sub o (fst v) (mul o (bias_rate l i) gradient), tt)).

Definition gradient_descent (rate : T) : rule T unit :=
  descend (fun _ _ _ => rate) (fun _ _ => rate).

Lemma a_weight_after_one_descent K wr br depth width B c l i k :
  weight (values (step K (descend wr br) depth width B c)) l i k =
  sub o (weight (values c) l i k) (mul o (wr l i k) (dW K depth width B (values c) l i k)).
Proof. reflexivity. Qed.

Lemma a_bias_after_one_descent K wr br depth width B c l i :
  bias (values (step K (descend wr br) depth width B c)) l i =
  sub o (bias (values c) l i) (mul o (br l i) (db K depth width B (values c) l i)).
Proof. reflexivity. Qed.

(** Full-batch gradient descent from [p] with one rate: the lesson's training loop. *)
Definition trained (g : activation) (c : loss) (rate : T) (depth : nat) (width : nat -> nat)
    (B : batch T) (p : parameters T) (t : nat) : parameters T :=
  values (train (fun _ => ordinary g c) (fun _ => gradient_descent rate) depth width
    (fun _ => B) (plain p) t).

Definition constant (weight bias : T) : parameters T :=
  Parameters (fun _ _ _ => weight) (fun _ _ => bias).

End Ordinary.
