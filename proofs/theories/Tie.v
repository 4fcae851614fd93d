(** Comparing a printed trace of the shipped code with the model's symbolic step, entry by entry,
    so that a rejected trace names the entries that differ. *)

From Coq Require Import List Arith Bool.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic FreeTerms.

(** Written out, because Coq derives no equality of a type that has lists of itself. *)
Fixpoint term_beq (x y : term) : bool :=
  match x, y with
  | Weight l i k, Weight l' i' k' => (l =? l') && (i =? i') && (k =? k')
  | Bias l i, Bias l' i' => (l =? l') && (i =? i')
  | Input i j, Input i' j' | Label i j, Label i' j' => (i =? i') && (j =? j')
  | Rate, Rate | Zero, Zero | One, One => true
  | OfNat m, OfNat m' => m =? m'
  | Add x1 x2, Add y1 y2 | Sub x1 x2, Sub y1 y2 | Mul x1 x2, Mul y1 y2 | Div x1 x2, Div y1 y2 =>
      if term_beq x1 y1 then term_beq x2 y2 else false
  | Fma x1 x2 x3, Fma y1 y2 y3 =>
      if term_beq x1 y1 then if term_beq x2 y2 then term_beq x3 y3 else false else false
  | Neg x, Neg y | SigmoidOf x, SigmoidOf y | TanhOf x, TanhOf y | SoftplusOf x, SoftplusOf y
  | ReluOf x, ReluOf y | HeavisideOf x, HeavisideOf y => term_beq x y
  | SoftmaxOf x u, SoftmaxOf y v =>
      let fix all (u v : list term) : bool :=
        match u, v with
        | [], [] => true
        | x :: u', y :: v' => if term_beq x y then all u' v' else false
        | _, _ => false
        end in
      if term_beq x y then all u v else false
  | _, _ => false
  end.

Lemma terms_that_compare_equal_are_equal : forall x y, term_beq x y = true -> x = y.
Proof.
  fix IH 1. intros x y H.
  destruct x; destruct y; try discriminate H; cbn in H; try reflexivity;
    try (repeat (apply andb_prop in H; destruct H as [H ?]); f_equal; now apply Nat.eqb_eq);
    try (f_equal; now apply IH);
    try (destruct (term_beq x1 y1) eqn:E; [|discriminate H]; f_equal; now apply IH);
    try (destruct (term_beq x1 y1) eqn:E; [|discriminate H];
         destruct (term_beq x2 y2) eqn:F; [|discriminate H]; f_equal; now apply IH).
  destruct (term_beq x y) eqn:E; [|discriminate H]. f_equal; [now apply IH|].
  revert all0 H. induction all as [|z u same]; intros [|z' v] H; try discriminate H;
    [reflexivity|].
  destruct (term_beq z z') eqn:Ez; [|discriminate H]. f_equal; [now apply IH | now apply same].
Qed.

Definition outcome := list (list (list term) * list term).

(** Layers count from 1, units and inputs from 0. *)
Inductive difference :=
| WeightDiffers (l i k : nat)
| BiasDiffers (l i : nat)
| ShapeDiffers.

Fixpoint compare {X} (same : nat -> X -> X -> list difference) (n : nat) (u v : list X)
    : list difference :=
  match u, v with
  | [], [] => []
  | x :: u', y :: v' => same n x y ++ compare same (S n) u' v'
  | _, _ => [ShapeDiffers]
  end.

Definition compare_terms (d : difference) (x y : term) : list difference :=
  if term_beq x y then [] else [d].

Definition differences : outcome -> outcome -> list difference :=
  compare (fun l x y =>
    compare (fun i => compare (fun k => compare_terms (WeightDiffers l i k)) 0) 0 (fst x) (fst y)
    ++ compare (fun i => compare_terms (BiasDiffers l i)) 0 (snd x) (snd y)) 1.

Lemma comparing_lists_is_sound {X} (same : nat -> X -> X -> list difference) :
  (forall n x y, same n x y = [] -> x = y) ->
  forall u v n, compare same n u v = [] -> u = v.
Proof.
  intros sound. induction u as [|x u IH]; intros [|y v] n H; try discriminate; auto.
  apply app_eq_nil in H. destruct H as [H1 H2]. f_equal; eauto.
Qed.

Lemma comparing_terms_is_sound d x y : compare_terms d x y = [] -> x = y.
Proof.
  unfold compare_terms. destruct (term_beq x y) eqn:E; [|discriminate].
  intros _. now apply terms_that_compare_equal_are_equal.
Qed.

Theorem outcomes_without_differences_are_equal x y : differences x y = [] -> x = y.
Proof.
  apply comparing_lists_is_sound. clear x y. intros l [W b] [W' b'] H.
  apply app_eq_nil in H. cbn [fst snd] in H. destruct H as [HW Hb]. f_equal.
  - revert HW. apply comparing_lists_is_sound. intros i r r'.
    apply comparing_lists_is_sound. intros k s s'. apply comparing_terms_is_sound.
  - revert Hb. apply comparing_lists_is_sound. intros i s s'. apply comparing_terms_is_sound.
Qed.
