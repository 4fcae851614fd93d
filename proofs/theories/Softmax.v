(** Softmax with cross-entropy: what becomes of sums over the outputs.

    Where the labels of each example sum to 1, dz sums to 0 over its outputs.  So the columns of
    dW[L] sum to 0, and so does db[L].  A rule that is linear in the gradient, and the same for all
    outputs, therefore treats the sums of W[L] and b[L] as if there were no data: gradient descent
    and momentum conserve them, weight decay shrinks them.  Sign descent does not conserve them. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Integers RealArithmetic.
From InitSymmetry Require Import Backpropagation.
Local Open Scope R_scope.

Theorem a_softmax_sums_to_one n z :
  (0 < n)%nat -> sum n (fun i => softmax_of (z i) (vector n z)) = 1.
Proof.
  intro some. pose proof (sum_of_exponentials_is_positive n z some) as positive.
  rewrite (sum_ext _ _ (fun i => exp (z i) * / sum n (fun k => exp (z k)))).
  - rewrite sum_scaled_right. field. lra.
  - intros i _. now rewrite softmax_is_a_quotient.
Qed.

(** The usual formula.  Where the labels do not sum to 1 the two differ, and the code has the one
    on the left. *)
Theorem log_sum_exp_form_is_cross_entropy n z y :
  sum n y = 1 ->
  cost SoftmaxCrossEntropy n z y =
  - sum n (fun i => y i * ln (softmax_of (z i) (vector n z))).
Proof.
  intro one. destruct n as [|n]; [cbn in one; lra|].
  pose proof (sum_of_exponentials_is_positive (S n) z (Nat.lt_0_succ n)) as positive.
  cbn [cost]. rewrite (sum_ext _ (fun i => y i * ln _)
    (fun i => y i * z i - y i * ln (sum (S n) (fun k => exp (z k))))).
  - rewrite sum_minus, sum_scaled_right, one. ring.
  - intros i _. rewrite softmax_is_a_quotient. unfold Rdiv.
    rewrite ln_mult, ln_Rinv, ln_exp by
      (apply exp_pos || now apply Rinv_0_lt_compat || exact positive).
    ring.
Qed.

(** Every example has one label of 1, say, and the others 0; or any labels that sum to 1. *)
Definition labels_sum_to_one (outputs : nat) (B : batch R) : Prop :=
  forall j, (j < examples B)%nat -> sum outputs (fun i => label B i j) = 1.

Section Sums.
Variables (g : activation) (depth : nat) (width : nat -> nat).
Let K := ordinary reals g SoftmaxCrossEntropy.
Let outputs := width depth.

Section OnePass.
Variables (B : batch R) (p : parameters R).

Lemma the_deltas_of_a_softmax_sum_to_what_the_labels_lack j :
  (0 < outputs)%nat ->
  sum outputs (fun i => dz K depth width B p depth i j) =
  1 - sum outputs (fun i => label B i j).
Proof.
  intro some. rewrite <- (a_softmax_sums_to_one outputs (fun i => z K width B p depth i j) some).
  rewrite <- sum_minus. apply sum_ext. intros i _.
  now rewrite (dz_of_the_output K depth width B p).
Qed.

Hypothesis labels : labels_sum_to_one outputs B.

Theorem the_deltas_of_a_softmax_sum_to_zero j :
  (j < examples B)%nat -> sum outputs (fun i => dz K depth width B p depth i j) = 0.
Proof.
  intro Hj. pose proof (labels j Hj) as one.
  rewrite the_deltas_of_a_softmax_sum_to_what_the_labels_lack, one; [ring|].
  destruct outputs; [cbn in one; lra | lia].
Qed.

Theorem the_columns_of_the_last_gradient_sum_to_zero k :
  sum outputs (fun i => dW K depth width B p depth i k) = 0.
Proof.
  rewrite (sum_ext _ _ (fun i => sum (examples B) (fun j =>
    dz K depth width B p depth i j * a K width B p (pred depth) k j) * / INR (examples B))).
  2: { intros i _. apply (dW_is_a_mean g SoftmaxCrossEntropy). }
  rewrite sum_scaled_right, sum_swap, sum_of_zeros; [ring|]. intros j Hj.
  rewrite sum_scaled_right, the_deltas_of_a_softmax_sum_to_zero by exact Hj. ring.
Qed.

Theorem the_last_bias_gradient_sums_to_zero :
  sum outputs (fun i => db K depth width B p depth i) = 0.
Proof.
  rewrite (sum_ext _ _ (fun i => sum (examples B) (fun j =>
    dz K depth width B p depth i j) * / INR (examples B))).
  2: { intros i _. apply (db_is_a_mean g SoftmaxCrossEntropy). }
  rewrite sum_scaled_right, sum_swap, sum_of_zeros; [ring|].
  intros j Hj. now apply the_deltas_of_a_softmax_sum_to_zero.
Qed.

End OnePass.

(** Cells that move by a rule linear in value, memory and gradient, the same for all of them, while
    the gradients sum to 0: the sums move by the same rule without a gradient. *)
Lemma sums_follow_a_linear_rule {M} n (cell : nat -> nat -> R * M) (d : nat -> nat -> R)
    (memory : R * M -> R) keep (from_memory from_gradient fading filling : nat -> R) :
  (forall t, sum n (d t) = 0) ->
  (forall t i, (i < n)%nat -> fst (cell (S t) i) =
     keep * fst (cell t i) + from_memory t * memory (cell t i) + from_gradient t * d t i) ->
  (forall t i, (i < n)%nat -> memory (cell (S t) i) =
     fading t * memory (cell t i) + filling t * d t i) ->
  sum n (fun i => memory (cell 0%nat i)) = 0 ->
  forall t, sum n (fun i => fst (cell t i)) = keep ^ t * sum n (fun i => fst (cell 0%nat i)) /\
    sum n (fun i => memory (cell t i)) = 0.
Proof.
  intros vanish moves remembers start t.
  induction t as [|t [V E]]; [split; [cbn; ring | exact start]|].
  split.
  - rewrite (sum_ext _ _ _ (moves t)), !sum_plus, !sum_scaled, V, E, vanish. cbn [pow]. ring.
  - rewrite (sum_ext _ _ _ (remembers t)), sum_plus, !sum_scaled, E, vanish. ring.
Qed.

(** The rates may differ by step, layer and input, but not by output. *)
Theorem gradient_descent_conserves_the_sums_over_the_outputs_of_a_softmax
    (weight_rate : nat -> nat -> nat -> nat -> R) (bias_rate : nat -> nat -> nat -> R)
    (B : nat -> batch R) (p : parameters R) :
  let run t := values (train (fun _ => K)
    (fun t => descend reals (weight_rate t) (bias_rate t)) depth width B (plain p) t) in
  (forall t, labels_sum_to_one outputs (B t)) ->
  (forall t i k, (i < outputs)%nat -> weight_rate t depth i k = weight_rate t depth 0%nat k) ->
  (forall t i, (i < outputs)%nat -> bias_rate t depth i = bias_rate t depth 0%nat) ->
  forall t,
    (forall k, sum outputs (fun i => weight (run t) depth i k) =
               sum outputs (fun i => weight p depth i k)) /\
    sum outputs (fun i => bias (run t) depth i) = sum outputs (fun i => bias p depth i).
Proof.
  intros run labels same same_bias t.
  set (c := train (fun _ => K) (fun t => descend reals (weight_rate t) (bias_rate t)) depth width B
    (plain p)).
  split; [intro k|].
  - destruct (sums_follow_a_linear_rule outputs (fun t i => weight (c t) depth i k)
      (fun t i => dW K depth width (B t) (values (c t)) depth i k) (fun _ => 0) 1 (fun _ => 0)
      (fun t => - weight_rate t depth 0%nat k) (fun _ => 0) (fun _ => 0)) with (t := t) as [E _].
    + intro s. now apply the_columns_of_the_last_gradient_sum_to_zero.
    + intros s i Hi. cbn. rewrite (same s i k Hi). fold (c s). ring.
    + intros. ring.
    + now apply sum_of_zeros.
    + rewrite pow1, Rmult_1_l in E. exact E.
  - destruct (sums_follow_a_linear_rule outputs (fun t i => bias (c t) depth i)
      (fun t i => db K depth width (B t) (values (c t)) depth i) (fun _ => 0) 1 (fun _ => 0)
      (fun t => - bias_rate t depth 0%nat) (fun _ => 0) (fun _ => 0)) with (t := t) as [E _].
    + intro s. now apply the_last_bias_gradient_sums_to_zero.
    + intros s i Hi. cbn. rewrite (same_bias s i Hi). fold (c s). ring.
    + intros. ring.
    + now apply sum_of_zeros.
    + rewrite pow1, Rmult_1_l in E. exact E.
Qed.

(** Momentum as shipped: u := beta·u + gradient, and the parameter moves by the rate times u or,
    looking ahead (Nesterov), times gradient + beta·u.  Weights decay, biases do not. *)
Definition momentum (look_ahead : bool) (beta rate decay : R) : rule R R :=
  let remembered d u := beta * u + d in
  let direction d u := if look_ahead then d + beta * u else u in
  Rule (fun _ _ _ d x => let u := remembered d (snd x) in
          ((1 - rate * decay) * fst x - rate * direction d u, u))
       (fun _ _ d x => let u := remembered d (snd x) in
          (fst x - rate * direction d u, u)).

(** Without decay the power is 1; without memory (beta = 0) this is gradient descent with decay. *)
Theorem momentum_and_decay_treat_the_sums_over_the_outputs_of_a_softmax_without_the_data
    look_ahead beta rate decay (B : nat -> batch R) (start : parameters (R * R)) :
  let rule := momentum look_ahead beta rate decay in
  let run := train (fun _ => K) (fun _ => rule) depth width B start in
  (forall t, labels_sum_to_one outputs (B t)) ->
  (forall k, sum outputs (fun i => snd (weight start depth i k)) = 0) ->
  sum outputs (fun i => snd (bias start depth i)) = 0 ->
  forall t,
    (forall k, sum outputs (fun i => weight (values (run t)) depth i k) =
               (1 - rate * decay) ^ t * sum outputs (fun i => weight (values start) depth i k)) /\
    sum outputs (fun i => bias (values (run t)) depth i) =
    sum outputs (fun i => bias (values start) depth i).
Proof.
  intros rule run labels memories bias_memories t.
  set (by_memory := if look_ahead then - rate * (beta * beta) else - rate * beta).
  set (by_gradient := if look_ahead then - rate * (1 + beta) else - rate).
  split; [intro k|].
  - destruct (sums_follow_a_linear_rule outputs (fun t i => weight (run t) depth i k)
      (fun t i => dW K depth width (B t) (values (run t)) depth i k) snd (1 - rate * decay)
      (fun _ => by_memory) (fun _ => by_gradient) (fun _ => beta) (fun _ => 1))
      with (t := t) as [E _]; [| | | apply memories | exact E].
    + intro s. now apply the_columns_of_the_last_gradient_sum_to_zero.
    + intros s i _. unfold by_memory, by_gradient. cbn. fold (run s). destruct look_ahead; ring.
    + intros s i _. cbn. fold (run s). ring.
  - destruct (sums_follow_a_linear_rule outputs (fun t i => bias (run t) depth i)
      (fun t i => db K depth width (B t) (values (run t)) depth i) snd 1
      (fun _ => by_memory) (fun _ => by_gradient) (fun _ => beta) (fun _ => 1))
      with (t := t) as [E _]; [| | | exact bias_memories |].
    + intro s. now apply the_last_bias_gradient_sums_to_zero.
    + intros s i _. unfold by_memory, by_gradient. cbn. fold (run s). destruct look_ahead; ring.
    + intros s i _. cbn. fold (run s). ring.
    + rewrite pow1, Rmult_1_l in E. exact E.
Qed.

End Sums.

(** Sign descent moves each parameter by the rate against the sign of its gradient.  So does the
    first step of Adam, but for its epsilon.  It is not linear in the gradient. *)
Definition sign_descent (rate : R) : rule R unit :=
  let sign d := heaviside_of d - heaviside_of (- d) in
  Rule (fun _ _ _ d x => (fst x - rate * sign d, tt)) (fun _ _ d x => (fst x - rate * sign d, tt)).

(** Three classes, one input, one example, of the first class: from zero biases, which sum to 0, one
    step leads to the biases 1, −1, −1. *)
Theorem sign_descent_does_not_conserve_the_sum_of_the_biases_of_a_softmax g :
  let B := Batch 1 (fun _ _ => 1) (fun i _ => match i with O => 1 | _ => 0 end) in
  let run := values (step (ordinary reals g SoftmaxCrossEntropy) (sign_descent 1) 1
    (sizes [1; 3]%nat) B (plain (constant 0 0))) in
  labels_sum_to_one 3 B /\ sum 3 (fun i => bias run 1 i) = -1.
Proof.
  intros B run. split; [intros j _; cbn; ring|].
  assert (S : forall i, db (ordinary reals g SoftmaxCrossEntropy) 1 (sizes [1; 3]%nat) B
    (constant 0 0) 1 i = / 3 - label B i 0).
  { intro i. rewrite db_is_a_mean. cbn. unfold softmax_of. cbn.
    replace (0 + 0 * 1 + 0) with 0 by ring. rewrite exp_0. field. }
  unfold run. cbn [sum bias values step move_bias sign_descent fst plain constant].
  change (values (plain (constant 0 0))) with (constant 0 0). rewrite !S. cbn [label B].
  unfold heaviside_of.
  repeat match goal with |- context [Rlt_dec ?x ?y] => destruct (Rlt_dec x y) end; lra.
Qed.
