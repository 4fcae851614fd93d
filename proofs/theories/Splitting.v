(** Splitting: a unit may be replaced by copies of it with shares of its outgoing weights that sum
    to 1, in any number of hidden layers at once.  (Fukumizu and Amari, 2000.)

    The network computes the same.  Row and bias of a copy have its share of the unit's gradient,
    its outgoing weights the unit's gradient in full.  So a point where every gradient vanishes
    becomes a whole family of such points of the wider network, and training with rates that make
    up for the shares keeps the two networks alike. *)

From Coq Require Import Reals List Arith Bool Lia Lra.
From InitSymmetry Require Import Network Training Arithmetic RealArithmetic.
Local Open Scope R_scope.

(** The sum of the shares of the copies of unit k among the first n units. *)
Definition shares_of (of : nat -> nat) (share : nat -> R) (n k : nat) : R :=
  sum n (fun u => if of u =? k then share u else 0).

(** [p] is [q] with units split: unit u of layer l of [p] is a copy of unit [of l u] of [q], with
    the share [share l u] of its outgoing weights.  Inputs and outputs are not split. *)
Record split (depth : nat) (wide narrow : nat -> nat) (of : nat -> nat -> nat)
    (share : nat -> nat -> R) (p q : parameters R) : Prop := Split {
  copies_of_units : forall l u, (l <= depth)%nat -> (u < wide l)%nat -> (of l u < narrow l)%nat;
  shares_sum_to_one : forall l k, (l <= depth)%nat -> (k < narrow l)%nat ->
    shares_of (of l) (share l) (wide l) k = 1;
  whole_inputs : forall u, of 0%nat u = u;
  whole_outputs : forall u, of depth u = u /\ share depth u = 1;
  split_weights : forall l u k, (1 <= l <= depth)%nat -> (u < wide l)%nat ->
    (k < wide (pred l))%nat ->
    weight p l u k = share (pred l) k * weight q l (of l u) (of (pred l) k);
  copied_biases : forall l u, (1 <= l <= depth)%nat -> (u < wide l)%nat ->
    bias p l u = bias q l (of l u) }.

Lemma a_sum_in_shares (m n : nat) of share f :
  (forall u, (u < m)%nat -> (of u < n)%nat) ->
  (forall k, (k < n)%nat -> shares_of of share m k = 1) ->
  sum m (fun u => share u * f (of u)) = sum n f.
Proof.
  intros inside one. unfold shares_of in one.
  transitivity (sum m (fun u => sum n (fun k => (if of u =? k then share u else 0) * f k))).
  - apply sum_ext. intros u Hu. symmetry. rewrite (sum_single n (of u)).
    + now rewrite Nat.eqb_refl.
    + now apply inside.
    + intros k _ other. destruct (Nat.eqb_spec (of u) k); [congruence | ring].
  - rewrite sum_swap. apply sum_ext. intros k Hk. rewrite sum_scaled_right, one by exact Hk. ring.
Qed.

Lemma as_many_outputs depth wide narrow of share p q :
  split depth wide narrow of share p q -> wide depth = narrow depth.
Proof.
  intros [copies one _ whole _ _]. apply Nat.le_antisymm.
  - destruct (wide depth) as [|u] eqn:E; [lia|].
    specialize (copies depth u). rewrite E, (proj1 (whole u)) in copies. lia.
  - destruct (Nat.le_gt_cases (narrow depth) (wide depth)) as [|more]; [assumption|].
    specialize (one depth (wide depth) (Nat.le_refl _) more). unfold shares_of in one.
    rewrite sum_of_zeros in one; [lra|]. intros u Hu. rewrite (proj1 (whole u)).
    destruct (Nat.eqb_spec u (wide depth)); [lia | reflexivity].
Qed.

Section Splitting.
Variables (g : activation) (c : loss) (depth : nat) (wide narrow : nat -> nat) (B : batch R).
Variables (of : nat -> nat -> nat) (share : nat -> nat -> R) (p q : parameters R).
Let K := ordinary reals g c.
Hypothesis shared : split depth wide narrow of share p q.

Let in_shares l f : (l <= depth)%nat ->
  sum (wide l) (fun u => share l u * f (of l u)) = sum (narrow l) f.
Proof. intro. apply a_sum_in_shares; intros; now apply shared. Qed.

Lemma copies_have_the_preactivations_above l :
  (l < depth)%nat ->
  (forall u j, (u < wide l)%nat -> a K wide B p l u j = a K narrow B q l (of l u) j) ->
  forall u j, (u < wide (S l))%nat -> z K wide B p (S l) u j = z K narrow B q (S l) (of (S l) u) j.
Proof.
  intros below A u j Hu. unfold K. rewrite !z_is_a_sum. fold K. cbn [pred].
  rewrite (copied_biases _ _ _ _ _ _ _ shared) by lia. f_equal.
  rewrite <- (in_shares l (fun k => weight q (S l) (of (S l) u) k * a K narrow B q l k j)) by lia.
  apply sum_ext. intros k Hk. rewrite (split_weights _ _ _ _ _ _ _ shared), A by (cbn; lia).
  cbn [pred]. ring.
Qed.

Theorem a_copy_has_the_activations_of_its_unit l : (l <= depth)%nat ->
  forall u j, (u < wide l)%nat -> a K wide B p l u j = a K narrow B q l (of l u) j.
Proof.
  induction l as [|l IH]; intros below u j Hu.
  - cbn. now rewrite (whole_inputs _ _ _ _ _ _ _ shared).
  - rewrite !a_is_the_squashed_z by lia. cbn [squash K ordinary]. f_equal.
    apply copies_have_the_preactivations_above; [lia | | exact Hu]. intros. apply IH; lia.
Qed.

Lemma a_copy_has_the_preactivations_of_its_unit l u j :
  (1 <= l <= depth)%nat -> (u < wide l)%nat -> z K wide B p l u j = z K narrow B q l (of l u) j.
Proof.
  intros inside Hu. destruct l as [|l]; [lia|].
  apply copies_have_the_preactivations_above; [lia | | exact Hu].
  intros. apply a_copy_has_the_activations_of_its_unit; lia.
Qed.

Theorem a_split_network_computes_the_same u j : (1 <= depth)%nat -> (u < wide depth)%nat ->
  z K wide B p depth u j = z K narrow B q depth u j.
Proof.
  intros some Hu. rewrite a_copy_has_the_preactivations_of_its_unit by lia.
  now rewrite (proj1 (whole_outputs _ _ _ _ _ _ _ shared u)).
Qed.

Lemma a_copy_has_its_share_of_the_deltas_so_far_below s : forall l u j,
  (l = depth - s)%nat -> (1 <= l <= depth)%nat -> (u < wide l)%nat ->
  dz K depth wide B p l u j = share l u * dz K depth narrow B q l (of l u) j.
Proof.
  induction s as [|s IH]; intros l u j E inside Hu.
  - replace l with depth in * by lia.
    rewrite (dz_of_the_output K depth wide), (dz_of_the_output K depth narrow).
    rewrite a_copy_has_the_preactivations_of_its_unit by assumption.
    rewrite (equal_outputs_have_equal_logits K depth wide narrow B B p q) by
      (exact (as_many_outputs _ _ _ _ _ _ _ shared) ||
       (intros; apply a_split_network_computes_the_same; lia)).
    destruct (whole_outputs _ _ _ _ _ _ _ shared u) as [-> ->]. ring.
  - destruct (Nat.eq_dec l depth); [apply IH; lia|].
    rewrite !dz_of_a_hidden_layer by lia.
    rewrite a_copy_has_the_preactivations_of_its_unit by lia.
    rewrite a_copy_has_the_activations_of_its_unit by lia.
    cbn [pull K ordinary mul reals].
    enough (D : da K depth wide B p l u j = share l u * da K depth narrow B q l (of l u) j)
      by (rewrite D; ring).
    unfold K. rewrite !da_is_a_sum. fold K.
    rewrite <- (in_shares (S l)
      (fun k => weight q (S l) k (of l u) * dz K depth narrow B q (S l) k j)) by lia.
    rewrite <- sum_scaled. apply sum_ext. intros k Hk.
    rewrite (split_weights _ _ _ _ _ _ _ shared), (IH (S l)) by (cbn; lia). cbn [pred]. ring.
Qed.

Theorem a_copy_has_its_share_of_the_deltas l u j :
  (1 <= l <= depth)%nat -> (u < wide l)%nat ->
  dz K depth wide B p l u j = share l u * dz K depth narrow B q l (of l u) j.
Proof. intros. apply (a_copy_has_its_share_of_the_deltas_so_far_below (depth - l)); lia. Qed.

(** The share is that of the unit that receives, whether or not the unit k that sends is split. *)
Theorem a_copy_has_its_share_of_the_gradient_of_row_and_bias l u :
  (1 <= l <= depth)%nat -> (u < wide l)%nat ->
  (forall k, (k < wide (pred l))%nat ->
    dW K depth wide B p l u k = share l u * dW K depth narrow B q l (of l u) (of (pred l) k)) /\
  db K depth wide B p l u = share l u * db K depth narrow B q l (of l u).
Proof.
  intros inside Hu. unfold K. split; [intros k Hk|].
  - rewrite !dW_is_a_mean. unfold Rdiv. rewrite <- Rmult_assoc, <- sum_scaled. f_equal. fold K.
    apply sum_ext. intros j _.
    rewrite a_copy_has_its_share_of_the_deltas, a_copy_has_the_activations_of_its_unit by lia. ring.
  - rewrite !db_is_a_mean. unfold Rdiv. rewrite <- Rmult_assoc, <- sum_scaled. f_equal. fold K.
    apply sum_ext. intros j _. now apply a_copy_has_its_share_of_the_deltas.
Qed.

(** Unit k of layer l sends to unit u, which is not split: an output, for example. *)
Theorem the_outgoing_weights_of_a_copy_have_the_gradient_in_full l u k :
  (l < depth)%nat -> (u < wide (S l))%nat -> (k < wide l)%nat -> share (S l) u = 1 ->
  dW K depth wide B p (S l) u k = dW K depth narrow B q (S l) (of (S l) u) (of l k).
Proof.
  intros below Hu Hk whole.
  destruct (a_copy_has_its_share_of_the_gradient_of_row_and_bias (S l) u) as [W _];
    [lia | exact Hu |].
  rewrite (W k Hk), whole. cbn [pred]. ring.
Qed.

(** Every entry of the gradient is 0. *)
Definition stationary (width : nat -> nat) (r : parameters R) : Prop :=
  forall l u, (1 <= l <= depth)%nat -> (u < width l)%nat ->
    (forall k, (k < width (pred l))%nat -> dW K depth width B r l u k = 0) /\
    db K depth width B r l u = 0.

Theorem splitting_keeps_stationary_points_stationary : stationary narrow q -> stationary wide p.
Proof.
  intros still l u inside Hu.
  destruct (a_copy_has_its_share_of_the_gradient_of_row_and_bias l u inside Hu) as [W b].
  destruct (still l (of l u)) as [W0 b0]; [exact inside | apply shared; lia |].
  split; [intros k Hk|].
  - rewrite W, W0 by (assumption || (apply shared; lia)). ring.
  - rewrite b, b0. ring.
Qed.

End Splitting.

(** Training the wide network with rates [wr], [br] is training the narrow one with rates [wr'],
    [br'] that make up for the shares. *)
Section Training.
Variables (g : activation) (c : loss) (depth : nat) (wide narrow : nat -> nat).
Variables (of : nat -> nat -> nat) (share : nat -> nat -> R).
Variables (wr wr' : nat -> nat -> nat -> R) (br br' : nat -> nat -> R).
Let K := ordinary reals g c.
Let alike := split depth wide narrow of share.
Hypothesis weight_rates_make_up : forall l u k,
  (1 <= l <= depth)%nat -> (u < wide l)%nat -> (k < wide (pred l))%nat ->
  wr l u k * share l u = share (pred l) k * wr' l (of l u) (of (pred l) k).
Hypothesis bias_rates_make_up : forall l u, (1 <= l <= depth)%nat -> (u < wide l)%nat ->
  br l u * share l u = br' l (of l u).

Theorem training_with_rates_that_make_up_for_the_shares_keeps_a_network_split
    (B : nat -> batch R) (p q : parameters R) :
  alike p q ->
  let P t := values
    (train (fun _ => K) (fun _ => descend reals wr br) depth wide B (plain p) t) in
  let Q t := values
    (train (fun _ => K) (fun _ => descend reals wr' br') depth narrow B (plain q) t) in
  forall t, alike (P t) (Q t).
Proof.
  intros start P Q t. unfold P, Q.
  induction t as [|t IH]; cbn [train]; [now rewrite !a_plain_start_has_its_own_values|].
  fold (P t) (Q t) in IH.
  constructor; try apply IH; intros l u; [intro k|]; intros inside Hu;
    rewrite ?a_weight_after_one_descent, ?a_bias_after_one_descent; fold (P t) (Q t);
    destruct (a_copy_has_its_share_of_the_gradient_of_row_and_bias g c depth wide narrow (B t)
      of share (P t) (Q t) IH l u inside Hu) as [dW db]; cbn [sub mul reals].
  - intro Hk. unfold K in *.
    rewrite dW, <- Rmult_assoc, weight_rates_make_up by assumption.
    rewrite (split_weights _ _ _ _ _ _ _ IH) by assumption. ring.
  - unfold K in *. rewrite db, <- Rmult_assoc, bias_rates_make_up by assumption.
    now rewrite (copied_biases _ _ _ _ _ _ _ IH) by assumption.
Qed.

End Training.

(** Unit i of layer l, which has n units, becomes units i and n with shares s and 1 − s. *)
Section InTwo.
Variables (depth l i : nat) (width : nat -> nat) (s : R) (q : parameters R).

Definition one_unit_more (m : nat) : nat := if m =? l then S (width m) else width m.

Definition unit_copied (m u : nat) : nat := if (m =? l) && (u =? width l) then i else u.

Definition share_in_two (m u : nat) : R :=
  if m =? l then if u =? i then s else if u =? width l then 1 - s else 1 else 1.

Definition split_in_two : parameters R :=
  Parameters
    (fun m u k => share_in_two (pred m) k * weight q m (unit_copied m u) (unit_copied (pred m) k))
    (fun m u => bias q m (unit_copied m u)).

Theorem every_hidden_unit_can_be_split_in_two_with_any_shares :
  (1 <= l < depth)%nat -> (i < width l)%nat ->
  split depth one_unit_more width unit_copied share_in_two split_in_two q.
Proof.
  intros hidden Hi. constructor; [| | | | reflexivity | reflexivity].
  - intros m u _ Hu. unfold one_unit_more, unit_copied in *.
    destruct (Nat.eqb_spec m l) as [->|]; cbn [andb]; [|exact Hu].
    destruct (Nat.eqb_spec u (width l)); lia.
  - intros m k _ Hk. unfold shares_of, one_unit_more, unit_copied, share_in_two.
    destruct (Nat.eqb_spec m l) as [->|]; cbn [andb].
    + cbn [sum]. rewrite Nat.eqb_refl, (sum_single _ k); [| exact Hk |].
      * destruct (Nat.eqb_spec k (width l)); [lia|]. destruct (Nat.eqb_spec (width l) i); [lia|].
        rewrite Nat.eqb_refl. destruct (Nat.eqb_spec k i) as [->|].
        -- rewrite Nat.eqb_refl. ring.
        -- destruct (Nat.eqb_spec i k); [congruence | ring].
      * intros u Hu other. destruct (Nat.eqb_spec u (width l)); [lia|].
        now destruct (Nat.eqb_spec u k).
    + rewrite (sum_single _ k); [now rewrite Nat.eqb_refl | exact Hk |].
      intros u _ other. now destruct (Nat.eqb_spec u k).
  - intro u. unfold unit_copied. destruct (Nat.eqb_spec 0 l); [lia | reflexivity].
  - intro u. unfold unit_copied, share_in_two. now destruct (Nat.eqb_spec depth l); [lia|].
Qed.

End InTwo.
