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
Definition n9 := Fma n3 n0 n8.
Definition n10 := Fma n4 n0 n8.
Definition n11 := Add n9 n5.
Definition n12 := Add n10 n6.
Definition n13 := SoftmaxOf n11 [n11; n12].
Definition n14 := SoftmaxOf n11 [n11; n12].
Definition n15 := OfNat 1.
Definition n16 := Sub n13 n1.
Definition n17 := Sub n14 n2.
Definition n18 := Fma n16 n0 n8.
Definition n19 := Fma n17 n0 n8.
Definition n20 := Add n8 n16.
Definition n21 := Add n8 n17.
Definition n22 := Div n18 n15.
Definition n23 := Div n19 n15.
Definition n24 := Div n20 n15.
Definition n25 := Div n21 n15.
Definition n26 := Mul n7 n22.
Definition n27 := Sub n3 n26.
Definition n28 := Mul n7 n23.
Definition n29 := Sub n4 n28.
Definition n30 := Mul n7 n24.
Definition n31 := Sub n5 n30.
Definition n32 := Mul n7 n25.
Definition n33 := Sub n6 n32.

Definition trace :=
  [([[n27]; [n29]], [n31; n33])].

Theorem trace_is_model_step : trace = symbolic_step [1; 2] Tanh SoftmaxCrossEntropy 1.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
