(* A trace of 1-2 with one example: the second output has the softmax of the first. *)
(* expected: WeightDiffers 1 1 0; BiasDiffers 1 1 *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Label 0 0.
Definition n2 := Label 1 0.
Definition n3 := Weight 1 0 0.
Definition n4 := Weight 1 1 0.
Definition n5 := Bias 1 0.
Definition n6 := Bias 1 1.
Definition n7 := Rate.
Definition n8 := Zero.
Definition n9 := Mul n3 n0.
Definition n10 := Add n8 n9.
Definition n11 := Mul n4 n0.
Definition n12 := Add n8 n11.
Definition n13 := Add n10 n5.
Definition n14 := Add n12 n6.
Definition n15 := SoftmaxOf n13 [n13; n14].
Definition n16 := SoftmaxOf n13 [n13; n14].
Definition n17 := OfNat 1.
Definition n18 := Sub n15 n1.
Definition n19 := Sub n16 n2.
Definition n20 := Mul n18 n0.
Definition n21 := Add n8 n20.
Definition n22 := Mul n19 n0.
Definition n23 := Add n8 n22.
Definition n24 := Add n8 n18.
Definition n25 := Add n8 n19.
Definition n26 := Div n21 n17.
Definition n27 := Div n23 n17.
Definition n28 := Div n24 n17.
Definition n29 := Div n25 n17.
Definition n30 := Mul n7 n26.
Definition n31 := Sub n3 n30.
Definition n32 := Mul n7 n27.
Definition n33 := Sub n4 n32.
Definition n34 := Mul n7 n28.
Definition n35 := Sub n5 n34.
Definition n36 := Mul n7 n29.
Definition n37 := Sub n6 n36.

Definition trace :=
  [([[n31]; [n33]], [n35; n37])].

Theorem trace_is_model_step : trace = symbolic_step [1; 2] Tanh SoftmaxCrossEntropy 1.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
