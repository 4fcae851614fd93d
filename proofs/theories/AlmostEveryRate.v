(** Theorem R: from a fixed start, two weights that differ at the start differ after t steps for
    every learning rate outside a thin set.

    The weights after t steps are functions of the rate, built by the operations of the network
    from constants and the rate; at rate 0 they are the start.  So if a class of functions is
    closed under those operations and its members' zero sets are thin unless they vanish at 0,
    the rates at which two given weights meet at step t form a thin set.  Here the class and the
    word thin are parameters.  For polynomial activations the class is the polynomials and thin
    means finite: that instance is complete.  For sigmoid and tanh the class is the real-analytic
    functions and thin means countable: that they are closed under composition and have isolated
    zeros is not in the libraries, and is quoted on paper in README.md. *)

From Coq Require Import Reals List Arith Lia Lra.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic Folds RealArithmetic Polynomials.
Local Open Scope R_scope.

(** The real network with any activation [f], slope [f'] (of z and a) and residual. *)
Definition smooth_network (f : R -> R) (f' : R -> R -> R) (miss : R -> list R -> R -> R) : kernel R :=
  Kernel
    (fun _ _ _ w x b => inner reals w x + b)
    (fun _ _ _ => f)
    (fun _ _ => miss)
    (fun _ _ _ => inner reals)
    (fun _ _ _ back z a => back * f' z a)
    (fun _ _ _ d x => mean reals (inner reals d x) (length d))
    (fun _ _ d => mean reals (total reals d) (length d)).

Theorem the_ordinary_network_is_a_smooth_network g c :
  ordinary reals g c = smooth_network (act reals g) (slope reals g) (residual reals c).
Proof. reflexivity. Qed.

Section AnyClass.
Variable P : (R -> R) -> Prop.
Hypothesis P_ext : forall f g, (forall x, f x = g x) -> P f -> P g.
Hypothesis P_constant : forall c, P (fun _ => c).
Hypothesis P_variable : P (fun x => x).
Hypothesis P_plus : forall f g, P f -> P g -> P (fun x => f x + g x).
Hypothesis P_times : forall f g, P f -> P g -> P (fun x => f x * g x).

Variables (f : R -> R) (f' : R -> R -> R) (miss : R -> list R -> R -> R).
Hypothesis P_activation : forall u, P u -> P (fun x => f (u x)).
Hypothesis P_slope : forall u v, P u -> P v -> P (fun x => f' (u x) (v x)).
Hypothesis P_residual : forall n (u : R -> R) (v : R -> nat -> R) y,
  P u -> (forall k, P (fun x => v x k)) -> P (fun x => miss (u x) (vector n (v x)) y).

Variables (depth : nat) (width : nat -> nat) (B : batch R) (start : parameters R).
Let K := smooth_network f f' miss.

Lemma P_inner n (u v : R -> nat -> R) :
  (forall k, P (fun x => u x k)) -> (forall k, P (fun x => v x k)) ->
  P (fun x => inner reals (vector n (u x)) (vector n (v x))).
Proof.
  intros U V. induction n as [|n IH]; [exact (P_constant 0)|].
  apply P_ext with (f := fun x => inner reals (vector n (u x)) (vector n (v x)) + u x n * v x n).
  - intro x. now rewrite a_longer_product.
  - apply P_plus; [exact IH|]. now apply (P_times (fun x => u x n) (fun x => v x n)).
Qed.

Lemma P_total n (u : R -> nat -> R) :
  (forall k, P (fun x => u x k)) -> P (fun x => total reals (vector n (u x))).
Proof.
  intros U. induction n as [|n IH]; [exact (P_constant 0)|].
  apply P_ext with (f := fun x => total reals (vector n (u x)) + u x n).
  - intro x. now rewrite a_longer_sum.
  - now apply P_plus.
Qed.

Lemma P_mean u m : P u -> P (fun x => mean reals (u x) m).
Proof. intro U. apply (P_times u (fun _ => / INR m)); [exact U | apply P_constant]. Qed.

Section OnePass.
Variable p : R -> parameters R.
Hypothesis P_weight : forall l i k, P (fun x => weight (p x) l i k).
Hypothesis P_bias : forall l i, P (fun x => bias (p x) l i).

Lemma P_a l : forall i j, P (fun x => a K width B (p x) l i j).
Proof.
  induction l as [|l IH]; intros i j; [exact (P_constant (input B i j))|].
  cbn. apply P_activation. apply P_plus; [|apply P_bias].
  apply P_inner; intro k; [apply P_weight | apply IH].
Qed.

Lemma P_z l i j : P (fun x => z K width B (p x) l i j).
Proof.
  unfold z. cbn. apply P_plus; [|apply P_bias].
  apply P_inner; intro k; [apply P_weight | apply P_a].
Qed.

Lemma P_delta s : forall i j, P (fun x => delta K depth width B (p x) s i j).
Proof.
  induction s as [|s IH]; intros i j; unfold K; cbn [delta smooth_network]; fold K.
  - apply (P_residual _ _ (fun x i => z K width B (p x) depth i j)); [|intro k]; apply P_z.
  - cbn [pull backflow K smooth_network].
    apply (P_times
      (fun x => inner reals (vector _ (fun k => weight (p x) _ k i)) (vector _ (fun k => delta K depth width B (p x) s k j)))
      (fun x => f' (z K width B (p x) _ i j) (a K width B (p x) _ i j))).
    + apply P_inner; intro k; [apply P_weight | apply IH].
    + apply P_slope; [apply P_z | apply P_a].
Qed.

Lemma P_dW l i k : P (fun x => dW K depth width B (p x) l i k).
Proof.
  unfold dW. cbn [weight_slope K smooth_network].
  apply P_ext with (f := fun x => mean reals (inner reals
    (vector (examples B) (fun j => dz K depth width B (p x) l i j))
    (vector (examples B) (fun j => a K width B (p x) (pred l) k j))) (examples B)).
  - intro x. now rewrite the_length_of_a_vector.
  - apply P_mean, P_inner; intro j; [apply P_delta | apply P_a].
Qed.

Lemma P_db l i : P (fun x => db K depth width B (p x) l i).
Proof.
  unfold db. cbn [bias_slope K smooth_network].
  apply P_ext with (f := fun x => mean reals (total reals
    (vector (examples B) (fun j => dz K depth width B (p x) l i j))) (examples B)).
  - intro x. now rewrite the_length_of_a_vector.
  - apply P_mean, P_total; intro j; apply P_delta.
Qed.

End OnePass.

Lemma P_minus u v : P u -> P v -> P (fun x => u x - v x).
Proof.
  intros U V. apply P_ext with (f := fun x => u x + -1 * v x); [intro; ring|].
  apply P_plus; [exact U|]. now apply (P_times (fun _ => -1) v).
Qed.

Definition after (rate : R) (t : nat) : parameters R :=
  values (train (fun _ => K) (fun _ => gradient_descent reals rate) depth width (fun _ => B)
    (plain start) t).

Lemma parameters_are_in_the_class_as_functions_of_the_rate t :
  (forall l i k, P (fun rate => weight (after rate t) l i k)) /\
  (forall l i, P (fun rate => bias (after rate t) l i)).
Proof.
  induction t as [|t [W b]]; [split; intros; [exact (P_constant (weight start l i k)) | exact (P_constant (bias start l i))]|].
  split; intros.
  - apply (P_minus (fun rate => weight (after rate t) l i k)
      (fun rate => rate * dW K depth width B (after rate t) l i k)); [apply W|].
    apply (P_times (fun rate => rate)); [apply P_variable | now apply P_dW].
  - apply (P_minus (fun rate => bias (after rate t) l i)
      (fun rate => rate * db K depth width B (after rate t) l i)); [apply b|].
    apply (P_times (fun rate => rate)); [apply P_variable | now apply P_db].
Qed.

Lemma at_rate_zero_nothing_moves t :
  (forall l i k, weight (after 0 t) l i k = weight start l i k) /\
  (forall l i, bias (after 0 t) l i = bias start l i).
Proof.
  induction t as [|t [W b]]; [split; reflexivity|].
  split; intros; unfold after; cbn [train]; unfold gradient_descent at 1;
    rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent;
    fold (gradient_descent reals 0); cbn [sub mul reals]; fold (after 0 t);
    rewrite Rmult_0_l, Rminus_0_r; auto.
Qed.

Variable thin : (R -> Prop) -> Prop.
Hypothesis zeros_are_thin : forall u, P u -> u 0 <> 0 -> thin (fun x => u x = 0).

Theorem rates_at_which_two_weights_meet_are_thin l i k l' i' k' :
  weight start l i k <> weight start l' i' k' ->
  forall t, thin (fun rate => weight (after rate t) l i k - weight (after rate t) l' i' k' = 0).
Proof.
  intros apart t. apply zeros_are_thin.
  - destruct (parameters_are_in_the_class_as_functions_of_the_rate t) as [W _].
    apply (P_minus (fun rate => weight (after rate t) l i k)
      (fun rate => weight (after rate t) l' i' k')); apply W.
  - destruct (at_rate_zero_nothing_moves t) as [W _]. rewrite !W. lra.
Qed.

End AnyClass.

(** The complete instance: polynomial activation [evaluate q], slope [evaluate q'] (whatever
    polynomial the backward pass uses), squared error on the identity. *)
Theorem distinct_rows_stay_distinct_for_all_but_finitely_many_rates q q' depth width B start i k h :
  weight start 1 i h <> weight start 1 k h ->
  forall t, exists bad : list R, forall rate, ~ In rate bad ->
    let K := smooth_network (evaluate q) (fun z _ => evaluate q' z) (fun z _ y => z - y) in
    let run := values (train (fun _ => K) (fun _ => gradient_descent reals rate) depth width
                 (fun _ => B) (plain start) t) in
    weight run 1 i h <> weight run 1 k h.
Proof.
  intros apart t.
  destruct (rates_at_which_two_weights_meet_are_thin polynomial polynomial_ext
    a_constant_is_a_polynomial the_variable_is_a_polynomial a_sum_of_polynomials
    a_product_of_polynomials (evaluate q) (fun z _ => evaluate q' z) (fun z _ y => z - y)
    (a_polynomial_of_a_polynomial q) (fun u _ U _ => a_polynomial_of_a_polynomial q' u U)
    (fun _ u _ y U _ => a_sum_of_polynomials u (fun _ => - y) U (a_constant_is_a_polynomial (- y)))
    depth width B start
    (fun zero_set => exists bad : list R, forall rate, zero_set rate -> In rate bad)
    (fun u U N => a_polynomial_that_is_not_zero_has_finitely_many_zeros u 0 U N)
    1%nat i h 1%nat k h apart t) as [bad covered].
  exists bad. intros rate out K run meet. apply out, covered.
  unfold run, K in meet. unfold after. rewrite meet. ring.
Qed.

(** In particular deep linear networks, with the ordinary kernel. *)
Theorem rows_of_a_linear_network_stay_distinct_for_all_but_finitely_many_rates
    depth width B start i k h :
  weight start 1 i h <> weight start 1 k h ->
  forall t, exists bad : list R, forall rate, ~ In rate bad ->
    let run := trained reals Identity IdentitySquaredError rate depth width B start t in
    weight run 1 i h <> weight run 1 k h.
Proof.
  intros apart t.
  destruct (rates_at_which_two_weights_meet_are_thin polynomial polynomial_ext
    a_constant_is_a_polynomial the_variable_is_a_polynomial a_sum_of_polynomials
    a_product_of_polynomials (act reals Identity) (slope reals Identity)
    (residual reals IdentitySquaredError)
    (fun u U => U) (fun u _ U _ => a_constant_is_a_polynomial 1)
    (fun _ u _ y U _ => a_sum_of_polynomials u (fun _ => - y) U (a_constant_is_a_polynomial (- y)))
    depth width B start
    (fun zero_set => exists bad : list R, forall rate, zero_set rate -> In rate bad)
    (fun u U N => a_polynomial_that_is_not_zero_has_finitely_many_zeros u 0 U N)
    1%nat i h 1%nat k h apart t) as [bad covered].
  exists bad. intros rate out run meet. apply out, covered.
  unfold run, trained in meet. unfold after. rewrite <- the_ordinary_network_is_a_smooth_network.
  rewrite meet. ring.
Qed.
