(** Training: any rule that changes each parameter by looking at its own gradient and its own
    memory.  Momentum, RMSProp, Adam and weight decay are such rules; so is a rate per layer.
    Kernel, batch and rule are indexed by time, so mini-batches and schedules are covered. *)

From InitSymmetry Require Import Network.

(** A cell is a parameter together with what the optimiser remembers about it. *)
Definition values {T M} (c : parameters (T * M)) : parameters T :=
  Parameters (fun l i k => fst (weight c l i k)) (fun l i => fst (bias c l i)).

Record rule (T M : Type) := Rule {
  move_weight : nat -> nat -> nat -> T -> T * M -> T * M;
  move_bias : nat -> nat -> T -> T * M -> T * M }.
Arguments Rule {T M}. Arguments move_weight {T M}. Arguments move_bias {T M}.

Definition step {T M} (K : kernel T) (U : rule T M) (depth : nat) (width : nat -> nat)
    (B : batch T) (c : parameters (T * M)) : parameters (T * M) :=
  Parameters
    (fun l i k => move_weight U l i k (dW K depth width B (values c) l i k) (weight c l i k))
    (fun l i => move_bias U l i (db K depth width B (values c) l i) (bias c l i)).

Fixpoint train {T M} (K : nat -> kernel T) (U : nat -> rule T M) (depth : nat)
    (width : nat -> nat) (B : nat -> batch T) (c : parameters (T * M)) (t : nat)
    : parameters (T * M) :=
  match t with
  | 0 => c
  | S t' => step (K t') (U t') depth width (B t') (train K U depth width B c t')
  end.

(** A start for rules that remember nothing. *)
Definition plain {T} (p : parameters T) : parameters (T * unit) :=
  Parameters (fun l i k => (weight p l i k, tt)) (fun l i => (bias p l i, tt)).

Lemma a_plain_start_has_its_own_values {T} (p : parameters T) : values (plain p) = p.
Proof. now destruct p. Qed.
