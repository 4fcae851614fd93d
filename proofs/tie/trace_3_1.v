(* init-symmetry prove --rocq: one step, shape 3-1, 3 examples, Identity, IdentitySquaredError, 76 nodes *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Input 0 1.
Definition n2 := Input 0 2.
Definition n3 := Input 1 0.
Definition n4 := Input 1 1.
Definition n5 := Input 1 2.
Definition n6 := Input 2 0.
Definition n7 := Input 2 1.
Definition n8 := Input 2 2.
Definition n9 := Label 0 0.
Definition n10 := Label 0 1.
Definition n11 := Label 0 2.
Definition n12 := Weight 1 0 0.
Definition n13 := Weight 1 0 1.
Definition n14 := Weight 1 0 2.
Definition n15 := Bias 1 0.
Definition n16 := Rate.
Definition n17 := Zero.
Definition n18 := Mul n12 n0.
Definition n19 := Add n17 n18.
Definition n20 := Mul n13 n3.
Definition n21 := Add n19 n20.
Definition n22 := Mul n14 n6.
Definition n23 := Add n21 n22.
Definition n24 := Mul n12 n1.
Definition n25 := Add n17 n24.
Definition n26 := Mul n13 n4.
Definition n27 := Add n25 n26.
Definition n28 := Mul n14 n7.
Definition n29 := Add n27 n28.
Definition n30 := Mul n12 n2.
Definition n31 := Add n17 n30.
Definition n32 := Mul n13 n5.
Definition n33 := Add n31 n32.
Definition n34 := Mul n14 n8.
Definition n35 := Add n33 n34.
Definition n36 := Add n23 n15.
Definition n37 := Add n29 n15.
Definition n38 := Add n35 n15.
Definition n39 := OfNat 3.
Definition n40 := Sub n36 n9.
Definition n41 := Sub n37 n10.
Definition n42 := Sub n38 n11.
Definition n43 := Mul n40 n0.
Definition n44 := Add n17 n43.
Definition n45 := Mul n41 n1.
Definition n46 := Add n44 n45.
Definition n47 := Mul n42 n2.
Definition n48 := Add n46 n47.
Definition n49 := Mul n40 n3.
Definition n50 := Add n17 n49.
Definition n51 := Mul n41 n4.
Definition n52 := Add n50 n51.
Definition n53 := Mul n42 n5.
Definition n54 := Add n52 n53.
Definition n55 := Mul n40 n6.
Definition n56 := Add n17 n55.
Definition n57 := Mul n41 n7.
Definition n58 := Add n56 n57.
Definition n59 := Mul n42 n8.
Definition n60 := Add n58 n59.
Definition n61 := Add n17 n40.
Definition n62 := Add n61 n41.
Definition n63 := Add n62 n42.
Definition n64 := Div n48 n39.
Definition n65 := Div n54 n39.
Definition n66 := Div n60 n39.
Definition n67 := Div n63 n39.
Definition n68 := Mul n16 n64.
Definition n69 := Sub n12 n68.
Definition n70 := Mul n16 n65.
Definition n71 := Sub n13 n70.
Definition n72 := Mul n16 n66.
Definition n73 := Sub n14 n72.
Definition n74 := Mul n16 n67.
Definition n75 := Sub n15 n74.

Definition trace :=
  [([[n69; n71; n73]], [n75])].

Theorem trace_is_model_step : trace = symbolic_step [3; 1] Identity IdentitySquaredError 3.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
