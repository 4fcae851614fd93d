(** Free expressions: the arithmetic that remembers what was done and simplifies nothing.  Two
    equal expressions are the same operations in the same order, hence the same bits in every
    deterministic arithmetic. *)

From Coq Require Import List Arith.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Homomorphism.

Inductive term :=
| Weight (l i k : nat) | Bias (l i : nat) | Input (i j : nat) | Label (i j : nat) | Rate
| Zero | One | OfNat (m : nat)
| Add (x y : term) | Sub (x y : term) | Mul (x y : term) | Fma (x y z : term) | Div (x y : term) | Neg (x : term)
| SigmoidOf (x : term) | TanhOf (x : term) | SoftplusOf (x : term) | ReluOf (x : term)
| HeavisideOf (x : term)
| SoftmaxOf (x : term) (all : list term).

Definition free : ops term :=
  Ops Zero One Add Sub Mul Fma Div Neg OfNat SigmoidOf TanhOf SoftplusOf ReluOf HeavisideOf
    SoftmaxOf.

Definition free_parameters : parameters term := Parameters Weight Bias.
Definition free_batch (m : nat) : batch term := Batch m Input Label.

Section Evaluation.
Context {T : Type} (o : ops T) (p : parameters T) (B : batch T) (rate : T).

Fixpoint evaluate (x : term) : T :=
  match x with
  | Weight l i k => weight p l i k
  | Bias l i => bias p l i
  | Input i j => input B i j
  | Label i j => label B i j
  | Rate => rate
  | Zero => zero o
  | One => one o
  | OfNat m => of_nat o m
  | Add x y => add o (evaluate x) (evaluate y)
  | Sub x y => sub o (evaluate x) (evaluate y)
  | Mul x y => mul o (evaluate x) (evaluate y)
  | Fma x y z => fma o (evaluate x) (evaluate y) (evaluate z)
  | Div x y => div o (evaluate x) (evaluate y)
  | Neg x => neg o (evaluate x)
  | SigmoidOf x => sigmoid o (evaluate x)
  | TanhOf x => tanh o (evaluate x)
  | SoftplusOf x => softplus o (evaluate x)
  | ReluOf x => relu o (evaluate x)
  | HeavisideOf x => heaviside o (evaluate x)
  | SoftmaxOf x u => softmax o (evaluate x) (map evaluate u)
  end.

Theorem evaluation_is_a_homomorphism : homomorphism free o evaluate.
Proof. constructor; reflexivity. Qed.

End Evaluation.

(** The next parameters, layer by layer: rows of weights, then biases. *)
Definition entries {T} (widths : list nat) (p : parameters T) : list (list (list T) * list T) :=
  map (fun l => (map (fun i => vector (nth (pred l) widths 0) (weight p l i))
                     (seq 0 (nth l widths 0)),
                 vector (nth l widths 0) (bias p l)))
      (seq 1 (pred (length widths))).

(** One step of gradient descent of the model on free symbols. *)
Definition symbolic_step (widths : list nat) (g : activation) (c : loss) (m : nat) :=
  entries widths
    (trained free g c Rate (pred (length widths)) (fun l => nth l widths 0) (free_batch m)
       free_parameters 1).

Definition evaluate_all {T} (f : term -> T) (x : list (list (list term) * list term)) :=
  map (fun layer => (map (map f) (fst layer), map f (snd layer))) x.

(** A trace that is the model's symbolic step computes the model's step in every arithmetic, for
    all parameters, inputs, labels and rates. *)
Theorem a_matching_trace_is_the_model_in_every_arithmetic widths g c m trace :
  trace = symbolic_step widths g c m ->
  forall T (o : ops T) (p : parameters T) (B : batch T) (rate : T), examples B = m ->
  evaluate_all (evaluate o p B rate) trace =
  entries widths (trained o g c rate (pred (length widths)) (fun l => nth l widths 0) B p 1).
Proof.
  intros -> T o p B rate <-. unfold symbolic_step, evaluate_all, entries.
  rewrite map_map. apply map_ext. intro l. cbn [fst snd].
  destruct (training_commutes_with_every_homomorphism free o (evaluate o p B rate) g c
    (pred (length widths)) (fun l => nth l widths 0) (evaluation_is_a_homomorphism o p B rate)
    Rate (free_batch (examples B)) free_parameters 1) as [W b].
  unfold vector. rewrite !map_map. f_equal.
  - apply map_ext. intro i. rewrite map_map. apply map_ext. intro k. apply W.
  - apply map_ext. intro i. apply b.
Qed.
