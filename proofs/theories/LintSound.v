(** Soundness of lint: what the tool calls twins in a file stays equal for ever.

    The tool looks for two units of a group whose exchange, along all axes of the group at once,
    changes no entry of the file.  [twins_in] is that question as a function.  Its answer is right,
    and what the exchange leaves alone training leaves alone, for every model whose gradient
    commutes with the exchange; for the layers of a network, with no such hypothesis. *)

From Coq Require Import List Arith Lia ZArith Bool.
Import ListNotations.
From InitSymmetry Require Import Network Training Twins Renumbering.

(** Entries in row-major order, as the bits of their floats. *)
Record tensor := Tensor { shape : list nat; entries : list Z }.
Definition file := list tensor.

(** On an axis of a tensor lie, from [first] on, [repeats] blocks of all units, one after the
    other, with [each] neighbouring indices a unit. *)
Record unit_axis := UnitAxis { carrier : nat; axis : nat; first : nat; repeats : nat; each : nat }.
Record unit_group := UnitGroup { units : nat; axes : list unit_axis }.

Definition swap (i k u : nat) : nat := if u =? i then k else if u =? k then i else u.

(** The index that takes the place of another on an axis that n units number. *)
Definition moved (n i k : nat) (x : unit_axis) (index : nat) : nat :=
  let place := index - first x in
  if (first x <=? index) && (place <? repeats x * n * each x) then
    let slot := place / each x in
    first x + (slot / n * n + swap i k (slot mod n)) * each x + place mod each x
  else index.

(** An entry of a file: the number of its tensor, and an index for each axis. *)
Definition spot := (nat * list nat)%type.

Definition moved_on (G : unit_group) (i k t number index : nat) : nat :=
  fold_left
    (fun index x =>
      if (carrier x =? t) && (axis x =? number) then moved (units G) i k x index else index)
    (axes G) index.

(** Exchanging units i and k along all axes of the group at once. *)
Definition exchanged (G : unit_group) (i k : nat) (x : spot) : spot :=
  (fst x, map (fun at_axis => moved_on G i k (fst x) (fst at_axis) (snd at_axis))
            (combine (seq 0 (length (snd x))) (snd x))).

Definition shape_of (f : file) (t : nat) : list nat := shape (nth t f (Tensor [] [])).

Fixpoint row_major (shape index : list nat) : nat :=
  match shape, index with
  | _ :: shape, i :: index => i * fold_right Nat.mul 1 shape + row_major shape index
  | _, _ => 0
  end.

Definition bits (f : file) (x : spot) : Z :=
  nth (row_major (shape_of f (fst x)) (snd x)) (entries (nth (fst x) f (Tensor [] []))) 0%Z.

Definition in_file (f : file) (x : spot) : Prop :=
  fst x < length f /\ Forall2 lt (snd x) (shape_of f (fst x)).

(** Every index of a shape, and every spot of a file. *)
Fixpoint indices (shape : list nat) : list (list nat) :=
  match shape with
  | [] => [[]]
  | n :: shape => flat_map (fun i => map (cons i) (indices shape)) (seq 0 n)
  end.

Definition spots (f : file) : list spot :=
  flat_map (fun t => map (pair t) (indices (shape_of f t))) (seq 0 (length f)).

Definition twins_in (f : file) (G : unit_group) (i k : nat) : bool :=
  forallb (fun x => bits f x =? bits f (exchanged G i k x))%Z (spots f).

(** The pairs of twins of a group, smaller unit first. *)
Definition twin_pairs (f : file) (G : unit_group) : list (nat * nat) :=
  filter (fun pair => twins_in f G (fst pair) (snd pair))
    (flat_map (fun i => map (pair i) (seq (S i) (units G - S i))) (seq 0 (units G))).

Lemma the_indices_of_a_shape shape index : In index (indices shape) <-> Forall2 lt index shape.
Proof.
  revert index. induction shape as [|n shape IH]; intro index; cbn.
  - split; [intros [<- | []]; constructor | inversion 1; now left].
  - rewrite in_flat_map. split.
    + intros (i & Hi & H). apply in_map_iff in H. destruct H as (rest & <- & H).
      apply in_seq in Hi. constructor; [lia | now apply IH].
    + intro all. inversion all as [|i m rest s Hi Hrest]; subst. exists i.
      split; [apply in_seq; lia | now apply in_map, IH].
Qed.

Lemma the_spots_of_a_file f x : In x (spots f) <-> in_file f x.
Proof.
  unfold spots, in_file. destruct x as [t index]. cbn [fst snd].
  rewrite in_flat_map. split.
  - intros (s & Hs & H). apply in_map_iff in H. destruct H as (other & E & H).
    injection E as -> ->. apply in_seq in Hs. split; [lia | now apply the_indices_of_a_shape].
  - intros [Ht H]. exists t. split; [apply in_seq; lia|].
    now apply in_map, the_indices_of_a_shape.
Qed.

Theorem twins_are_found_exactly_if_their_exchange_changes_nothing f G i k :
  twins_in f G i k = true <-> renumbered (in_file f) (exchanged G i k) (bits f) (bits f).
Proof.
  unfold twins_in, renumbered. rewrite forallb_forall. split.
  - intros H x Hx. apply Z.eqb_eq, H, the_spots_of_a_file, Hx.
  - intros H x Hx. apply Z.eqb_eq, H, the_spots_of_a_file, Hx.
Qed.

Theorem the_pairs_of_a_group_are_its_twins f G i k :
  In (i, k) (twin_pairs f G) <-> i < k < units G /\ twins_in f G i k = true.
Proof.
  unfold twin_pairs. rewrite filter_In, in_flat_map. cbn [fst snd]. split.
  - intros [(u & Hu & H) twin]. apply in_map_iff in H. destruct H as (v & E & Hv).
    injection E as -> ->. apply in_seq in Hu, Hv. split; [lia | exact twin].
  - intros [Hik twin]. split; [|exact twin]. exists i.
    split; [apply in_seq; lia | apply in_map, in_seq; lia].
Qed.

(** What the exchange does on an axis: each index of a unit changes places with the index of the
    other in the same block and at the same place in it. *)
Theorem each_index_of_a_unit_is_exchanged_with_its_fellow n i k x block u within :
  block < repeats x -> u < n -> within < each x ->
  moved n i k x (first x + (block * n + u) * each x + within) =
  first x + (block * n + swap i k u) * each x + within.
Proof.
  intros Hblock Hu Hwithin. unfold moved.
  replace (first x + (block * n + u) * each x + within - first x)
    with ((block * n + u) * each x + within) by lia.
  assert (inside : (block * n + u) * each x + within < repeats x * n * each x).
  { apply Nat.lt_le_trans with ((block * n + u + 1) * each x).
    - rewrite (Nat.mul_add_distr_r _ 1), Nat.mul_1_l. lia.
    - apply Nat.mul_le_mono_r, Nat.le_trans with (S block * n);
        [cbn; lia | apply Nat.mul_le_mono_r; lia]. }
  rewrite (proj2 (Nat.leb_le _ _)), (proj2 (Nat.ltb_lt _ _)) by lia. cbn [andb].
  assert (slot : ((block * n + u) * each x + within) / each x = block * n + u).
  { rewrite Nat.div_add_l, Nat.div_small; lia. }
  assert (rest : ((block * n + u) * each x + within) mod each x = within).
  { rewrite Nat.add_comm, Nat.mod_add, Nat.mod_small; lia. }
  rewrite slot, rest, Nat.div_add_l, Nat.div_small by lia.
  rewrite (Nat.add_comm (block * n) u), Nat.mod_add, Nat.mod_small by lia.
  now rewrite Nat.add_0_r.
Qed.

(** Training any model: the parameters and the memories of a file, in any arithmetic.  Of the
    model it is asked what a group declares: that the gradient does not tell its units apart. *)
Theorem what_lint_calls_twins_stays_equal_forever {T M} (f : file) (G : unit_group) (i k : nat)
    (gradient : nat -> (spot -> T) -> spot -> T) (move : nat -> spot -> T -> T * M -> T * M)
    (read : Z -> T) (memory : spot -> M) :
  let same {C} := @renumbered spot (in_file f) C (exchanged G i k) in
  (forall t p q, same p q -> same (gradient t p) (gradient t q)) ->
  (forall t x, in_file f x -> forall d c, move t x d c = move t (exchanged G i k x) d c) ->
  twins_in f G i k = true -> same memory memory ->
  forall t, let now := train_at gradient move (fun x => (read (bits f x), memory x)) t in
  same now now.
Proof.
  intros same commutes alike twin remembered t now.
  apply (what_a_map_leaves_alone_it_leaves_alone_forever (in_file f)); [assumption..|].
  apply twins_are_found_exactly_if_their_exchange_changes_nothing in twin.
  intros x Hx. now rewrite <- (twin x Hx), <- (remembered x Hx).
Qed.

(** The file W1, b1, W2, … of a network, and the group of its hidden layer l. *)
Definition is_layered (depth : nat) (width : nat -> nat) (f : file) : Prop :=
  length f = 2 * depth /\
  forall l, 1 <= l <= depth ->
    shape_of f (2 * pred l) = [width l; width (pred l)] /\
    shape_of f (2 * pred l + 1) = [width l].

Definition whole (t n : nat) : unit_axis := UnitAxis t n 0 1 1.

Definition group_of_layer (width : nat -> nat) (l : nat) : unit_group :=
  UnitGroup (width l) [whole (2 * pred l) 0; whole (2 * pred l + 1) 0; whole (2 * l) 1].

Definition parameters_in (f : file) : parameters Z :=
  Parameters (fun l i k => bits f (2 * pred l, [i; k])) (fun l i => bits f (2 * pred l + 1, [i])).

Lemma an_index_of_a_whole_axis n i k t number u :
  u < n -> moved n i k (whole t number) u = swap i k u.
Proof.
  intro Hu.
  pose proof (each_index_of_a_unit_is_exchanged_with_its_fellow n i k (whole t number) 0 u 0) as E.
  cbn [first each repeats whole] in E. rewrite !Nat.mul_1_r, !Nat.add_0_r in E.
  apply E; lia.
Qed.

(** Whether the group of layer l has axis [number] of tensor t. *)
Definition carries (l t number : nat) : bool :=
  ((t =? 2 * pred l) || (t =? 2 * pred l + 1)) && (number =? 0) || (t =? 2 * l) && (number =? 1).

Lemma an_index_of_a_layer width l i k t number u :
  1 <= l -> (carries l t number = true -> u < width l) ->
  moved_on (group_of_layer width l) i k t number u =
  if carries l t number then swap i k u else u.
Proof.
  intros Hl Hu. unfold moved_on. cbn [axes group_of_layer fold_left units].
  cbn [carrier axis whole]. rewrite !(Nat.eqb_sym _ t), !(Nat.eqb_sym _ number).
  unfold carries in *.
  destruct (Nat.eqb_spec t (2 * pred l)), (Nat.eqb_spec t (2 * pred l + 1)),
    (Nat.eqb_spec t (2 * l)), (Nat.eqb_spec number 0), (Nat.eqb_spec number 1); try lia;
    cbn [andb orb] in *; rewrite ?an_index_of_a_whole_axis by auto; reflexivity.
Qed.

Section Layers.
Variables (depth : nat) (width : nat -> nat) (f : file) (l i k : nat).
Hypothesis layered : is_layered depth width f.
Hypothesis hidden : 1 <= l < depth.
Hypothesis first_unit : i < width l.
Hypothesis second_unit : k < width l.
Let G := group_of_layer width l.

(** Where the file has a parameter. *)
Definition spot_of (x : place) : spot :=
  match x with
  | WeightAt m u h => (2 * pred m, [u; h])
  | BiasAt m u => (2 * pred m + 1, [u])
  end.

Lemma an_entry_is_in_the_file x : inside depth width x -> in_file f (spot_of x).
Proof.
  destruct layered as [count shapes]. destruct x as [m u h | m u]; cbn [inside spot_of].
  - intros (Hm & Hu & Hh). destruct (shapes m Hm) as [E _].
    split; cbn [fst snd]; [lia|]. rewrite E. auto.
  - intros (Hm & Hu). destruct (shapes m Hm) as [_ E].
    split; cbn [fst snd]; [lia|]. rewrite E. auto.
Qed.

Lemma the_file_has_no_other_entry x :
  in_file f x -> exists y, inside depth width y /\ x = spot_of y.
Proof.
  destruct layered as [count shapes]. destruct x as [t index]. intros [Ht within].
  cbn [fst snd] in *. pose proof (Nat.div_mod_eq t 2) as parts.
  pose proof (Nat.mod_upper_bound t 2) as parity. set (m := S (t / 2)).
  assert (Hm : 1 <= m <= depth) by (unfold m; lia). destruct (shapes m Hm) as [weights biases].
  assert (even_or_odd : t = 2 * pred m \/ t = 2 * pred m + 1) by (unfold m; cbn [pred]; lia).
  destruct even_or_odd as [E | E]; rewrite E in within |- *; clear E.
  - rewrite weights in within.
    inversion within as [|u n rest s Hu Hrest]; subst.
    inversion Hrest as [|h n' rest' s' Hh Hrest']; subst. inversion Hrest'; subst.
    now exists (WeightAt m u h).
  - rewrite biases in within.
    inversion within as [|u n rest s Hu Hrest]; subst. inversion Hrest; subst.
    now exists (BiasAt m u).
Qed.

Lemma the_axes_that_a_layer_has m : 1 <= m ->
  carries l (2 * pred m) 0 = (m =? l) /\ carries l (2 * pred m) 1 = (pred m =? l) /\
  carries l (2 * pred m + 1) 0 = (m =? l).
Proof.
  intro Hm. unfold carries. cbn [Nat.eqb]. rewrite !andb_true_r, !andb_false_r, !orb_false_r.
  repeat split;
    match goal with |- _ = ?e => destruct e eqn:E end;
    rewrite ?Nat.eqb_eq, ?Nat.eqb_neq in E;
    rewrite ?orb_true_iff, ?orb_false_iff, ?Nat.eqb_eq, ?Nat.eqb_neq; cbn [orb]; lia.
Qed.

Lemma exchanging_in_the_file_is_renumbering x : inside depth width x ->
  exchanged G i k (spot_of x) = spot_of (renumber (exchange l i k) x).
Proof.
  unfold G. destruct x as [m u h | m u]; cbn [inside spot_of renumber]; intro within;
    destruct (the_axes_that_a_layer_has m) as (row & column & one); try lia;
    unfold exchanged; cbn [fst snd length seq combine map];
    rewrite !an_index_of_a_layer; try lia; rewrite ?row, ?column, ?one;
    try reflexivity; intro H; apply Nat.eqb_eq in H; rewrite H in within; lia.
Qed.

Theorem in_layers_twins_are_found_exactly_if_row_bias_and_outgoing_column_agree :
  twins_in f G i k = true <-> twins width l i k (parameters_in f).
Proof.
  rewrite twins_are_found_exactly_if_their_exchange_changes_nothing.
  rewrite (twins_are_what_exchanging_two_units_leaves_alone depth) by assumption.
  assert (E : forall x, bits f (spot_of x) = entry (parameters_in f) x) by now intros [].
  split.
  - intros same x within. rewrite <- !E, <- exchanging_in_the_file_is_renumbering by exact within.
    apply same, an_entry_is_in_the_file, within.
  - intros same x Hx. destruct (the_file_has_no_other_entry x Hx) as (y & within & ->).
    rewrite exchanging_in_the_file_is_renumbering, !E by exact within. now apply same.
Qed.

End Layers.

(** A network that starts from the numbers of a file and from some memory for each of them. *)
Definition started {T M} (read : Z -> T) (p : parameters Z) (memory : parameters M)
    : parameters (T * M) :=
  Parameters (fun l i k => (read (weight p l i k), weight memory l i k))
             (fun l i => (read (bias p l i), bias memory l i)).

Theorem what_lint_calls_twins_in_a_layer_stays_twins_forever {T M} (K : nat -> kernel T)
    (U : nat -> rule T M) depth width (B : nat -> batch T) (f : file) (read : Z -> T)
    (memory : parameters M) l i k :
  is_layered depth width f -> 1 <= l < depth -> i < width l -> k < width l ->
  (forall t, uniform l i k (K t)) -> (forall t, uniform_rule l i k (U t)) ->
  twins_in f (group_of_layer width l) i k = true -> twins width l i k memory ->
  forall t, twins width l i k
    (train K U depth width B (started read (parameters_in f) memory) t).
Proof.
  intros layered hidden Hi Hk fair fair_rule twin (rows & biases & columns).
  apply (in_layers_twins_are_found_exactly_if_row_bias_and_outgoing_column_agree depth)
    in twin as (rows' & biases' & columns'); try assumption.
  apply twins_stay_twins; try assumption. unfold started.
  repeat split; cbn [weight bias]; intros; f_equal; auto; f_equal; auto.
Qed.

(** A file that the tool reads too: tests/it/lint_proof.rs compares its twins with these.  The
    entries are bits of bfloat16; 0x0000 is 0 and 0x8000 is −0. *)
Definition example_file : file := [
  Tensor [4; 3] [0x3F00; 0xBF80; 0x4000;  0x3F80; 0x3E80; 0xBF00;
                 0x3F00; 0xBF80; 0x4000;  0x3F80; 0x3E80; 0xBF00]%Z;
  Tensor [4] [0x3E80; 0x4040; 0x3E80; 0x4040]%Z;
  Tensor [2; 4] [0x3F80; 0x0000; 0x3F80; 0x8000;  0xC000; 0x3F80; 0xC000; 0x3F80]%Z;
  Tensor [3; 3] [0x3F00; 0x3E80; 0x3F80;  0x3E80; 0x3F00; 0x3F80;  0x4000; 0x4000; 0xBF80]%Z;
  Tensor [3; 3] [0x3F00; 0x3E80; 0x3F80;  0x3F00; 0x3E80; 0x3F80;  0x4000; 0x4000; 0xBF80]%Z;
  Tensor [1; 6] [0x3F80; 0x3F80; 0x4040;  0x3F80; 0x3F80; 0x4040]%Z;
  Tensor [6; 2] [0x3F00; 0x3F80;  0x3E80; 0x4000;  0x3E80; 0x4000;
                 0x3F80; 0x3F00;  0xBF80; 0x3F00;  0xBF80; 0x3F00]%Z;
  Tensor [1; 7] [0x4040;  0x3F80; 0x4000;  0x4000; 0x3F80;  0x4000; 0x3F80]%Z].

(** The hidden layer of a 3-4-2 network; a recurrent matrix, with twins of which neither rows nor
    columns are equal, and one with equal rows and no twins, both with what reads them; two gates
    of three units, and what reads two numbers of each behind one of its own. *)
Definition example_groups : list unit_group := [
  UnitGroup 4 [UnitAxis 0 0 0 1 1; UnitAxis 1 0 0 1 1; UnitAxis 2 1 0 1 1];
  UnitGroup 3 [UnitAxis 3 0 0 1 1; UnitAxis 3 1 0 1 1; UnitAxis 5 1 0 1 1];
  UnitGroup 3 [UnitAxis 4 0 0 1 1; UnitAxis 4 1 0 1 1; UnitAxis 5 1 3 1 1];
  UnitGroup 3 [UnitAxis 6 0 0 2 1; UnitAxis 7 1 1 1 2]].

Theorem the_twins_of_the_example :
  map (twin_pairs example_file) example_groups = [[(0, 2)]; [(0, 1)]; []; [(1, 2)]].
Proof. vm_compute. reflexivity. Qed.
