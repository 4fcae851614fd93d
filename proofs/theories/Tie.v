(** Comparing a printed trace of the shipped code with the model's symbolic step, entry by entry,
    so that a rejected trace names the entries that differ. *)

From Coq Require Import List Arith Bool.
Import ListNotations.
From InitSymmetry Require Import Network Training Arithmetic FreeTerms.

Scheme Equality for term.

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
  intros _. now apply internal_term_dec_bl.
Qed.

Theorem outcomes_without_differences_are_equal x y : differences x y = [] -> x = y.
Proof.
  apply comparing_lists_is_sound. clear x y. intros l [W b] [W' b'] H.
  apply app_eq_nil in H. cbn [fst snd] in H. destruct H as [HW Hb]. f_equal.
  - revert HW. apply comparing_lists_is_sound. intros i r r'.
    apply comparing_lists_is_sound. intros k s s'. apply comparing_terms_is_sound.
  - revert Hb. apply comparing_lists_is_sound. intros i s s'. apply comparing_terms_is_sound.
Qed.
