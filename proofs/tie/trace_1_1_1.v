(* init-symmetry prove --rocq: one step, shape 1-1-1, 1 examples, Tanh, SigmoidCrossEntropy, 42 nodes *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Weight 1 0 0.
Definition n2 := Zero.
Definition n3 := Mul n1 n0.
Definition n4 := Add n2 n3.
Definition n5 := Bias 1 0.
Definition n6 := Add n4 n5.
Definition n7 := TanhOf n6.
Definition n8 := Weight 2 0 0.
Definition n9 := Mul n8 n7.
Definition n10 := Add n2 n9.
Definition n11 := Bias 2 0.
Definition n12 := Add n10 n11.
Definition n13 := SigmoidOf n12.
Definition n14 := Label 0 0.
Definition n15 := Sub n13 n14.
Definition n16 := Mul n8 n15.
Definition n17 := Add n2 n16.
Definition n18 := One.
Definition n19 := Mul n7 n7.
Definition n20 := Sub n18 n19.
Definition n21 := Mul n17 n20.
Definition n22 := OfNat 1.
Definition n23 := Rate.
Definition n24 := Mul n21 n0.
Definition n25 := Add n2 n24.
Definition n26 := Div n25 n22.
Definition n27 := Mul n23 n26.
Definition n28 := Sub n1 n27.
Definition n29 := Add n2 n21.
Definition n30 := Div n29 n22.
Definition n31 := Mul n23 n30.
Definition n32 := Sub n5 n31.
Definition n33 := Mul n15 n7.
Definition n34 := Add n2 n33.
Definition n35 := Div n34 n22.
Definition n36 := Mul n23 n35.
Definition n37 := Sub n8 n36.
Definition n38 := Add n2 n15.
Definition n39 := Div n38 n22.
Definition n40 := Mul n23 n39.
Definition n41 := Sub n11 n40.

Definition trace :=
  [([[n28]], [n32]);
   ([[n37]], [n41])].

Theorem trace_is_model_step : trace = symbolic_step [1; 1; 1] Tanh SigmoidCrossEntropy 1.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
