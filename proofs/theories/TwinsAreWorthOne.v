(** A layer of n twins, trained at rate α, computes at every step what one unit computes whose
    outgoing weights are n times theirs, trained at α/n on its row and bias and at n·α on its
    outgoing weights.  The same of several such layers at once: α times the number of units worth
    one below, over that number of the weight's own layer.  Over the reals: addition of n equal
    terms is multiplication by n, which rounding does not respect. *)

From Coq Require Import Reals List Arith Lia Lra.
From InitSymmetry Require Import Network Training Arithmetic Twins RealArithmetic Splitting.
Local Open Scope R_scope.

Section Merge.
Variables (g : activation) (c : loss) (depth : nat) (width : nat -> nat) (p : parameters R).
Let K := ordinary reals g c.

(** The layers whose units are all twins, and are replaced by one. *)
Variable merged : nat -> bool.
Hypothesis merged_layers_are_hidden : forall l, merged l = true -> (1 <= l < depth)%nat.
Hypothesis some_unit : forall l, merged l = true -> (0 < width l)%nat.
Hypothesis all_twins :
  forall l i, merged l = true -> (i < width l)%nat -> twins width l 0 i p.

Definition width_of_one (l : nat) : nat := if merged l then 1%nat else width l.

(** How many units the one is worth. *)
Definition worth (l : nat) : R := if merged l then INR (width l) else 1.

Definition one_unit : parameters R :=
  Parameters (fun l i k => worth (pred l) * weight p l i k) (bias p).

Definition rates_of_one (rate : R) : rule R unit :=
  descend reals (fun l _ _ => worth (pred l) * rate / worth l) (fun l _ => rate / worth l).

Let one_for (l u : nat) : nat := if merged l then 0%nat else u.

Lemma a_unit_is_worth_something l : worth l <> 0.
Proof.
  unfold worth. destruct (merged l) eqn:M; [|lra]. apply not_0_INR. specialize (some_unit l M). lia.
Qed.

Lemma twins_are_copies_of_one_unit :
  split depth width width_of_one one_for (fun l _ => / worth l) p one_unit.
Proof.
  assert (outer : forall l, (l = 0 \/ l = depth)%nat -> merged l = false).
  { intros l E. destruct (merged l) eqn:M; [|reflexivity].
    specialize (merged_layers_are_hidden l M). lia. }
  constructor.
  - intros l u _ Hu. unfold one_for, width_of_one. now destruct (merged l); [lia|].
  - intros l k _ Hk. unfold shares_of, one_for, width_of_one, worth in *.
    destruct (merged l) eqn:M.
    + rewrite (sum_ext _ _ (fun _ => / INR (width l))).
      * rewrite sum_of_equals. apply Rinv_r, not_0_INR. specialize (some_unit l M). lia.
      * intros u _. now replace k with 0%nat by lia.
    + rewrite (sum_single _ k); [rewrite Nat.eqb_refl; apply Rinv_1 | exact Hk |].
      intros u _ other. now destruct (Nat.eqb_spec u k).
  - intro u. unfold one_for. now rewrite outer by auto.
  - intro u. unfold one_for, worth. rewrite outer by auto. split; [reflexivity | apply Rinv_1].
  - intros l u k inside Hu Hk. cbn [one_unit weight].
    rewrite <- Rmult_assoc, Rinv_l, Rmult_1_l by apply a_unit_is_worth_something.
    transitivity (weight p l (one_for l u) k).
    + unfold one_for. destruct (merged l) eqn:M; [|reflexivity].
      destruct (all_twins l u M Hu) as (rows & _ & _). symmetry. now apply rows.
    + assert (H : (one_for l u < width l)%nat) by (unfold one_for; destruct (merged l); lia).
      revert H. generalize (one_for l u) as v. intros v Hv. unfold one_for.
      destruct (merged (pred l)) eqn:M; [|reflexivity].
      destruct (all_twins (pred l) k M Hk) as (_ & _ & columns).
      replace (S (pred l)) with l in columns by lia. symmetry. now apply columns.
  - intros l u inside Hu. cbn [one_unit bias]. unfold one_for.
    destruct (merged l) eqn:M; [|reflexivity].
    destruct (all_twins l u M Hu) as (_ & biases & _). now symmetry.
Qed.

Theorem n_twins_are_worth_one_unit rate (B : nat -> batch R) :
  (1 <= depth)%nat ->
  let P t := values
    (train (fun _ => K) (fun _ => gradient_descent reals rate) depth width B (plain p) t) in
  let Q t := values
    (train (fun _ => K) (fun _ => rates_of_one rate) depth width_of_one B (plain one_unit) t) in
  forall t X i j, (i < width depth)%nat ->
    z K width X (P t) depth i j = z K width_of_one X (Q t) depth i j.
Proof.
  intros some P Q t X i j Hi. unfold K.
  apply (a_split_network_computes_the_same g c depth width width_of_one X one_for
    (fun l _ => / worth l)); [| exact some | exact Hi].
  apply training_with_rates_that_make_up_for_the_shares_keeps_a_network_split.
  - intros l u k _ _ _. field. split; apply a_unit_is_worth_something.
  - reflexivity.
  - exact twins_are_copies_of_one_unit.
Qed.

End Merge.
