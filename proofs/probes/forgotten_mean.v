(* A trace of 2-2-1 with two examples: bias gradients are sums, not means. *)
(* expected: BiasDiffers 1 0; BiasDiffers 1 1; BiasDiffers 2 0 *)
From Coq Require Import List.
Import ListNotations.
From InitSymmetry Require Import Arithmetic FreeTerms Tie.

Definition n0 := Input 0 0.
Definition n1 := Input 0 1.
Definition n2 := Input 1 0.
Definition n3 := Input 1 1.
Definition n4 := Weight 1 0 0.
Definition n5 := Weight 1 0 1.
Definition n6 := Zero.
Definition n7 := Fma n4 n0 n6.
Definition n8 := Fma n5 n2 n7.
Definition n9 := Bias 1 0.
Definition n10 := Add n8 n9.
Definition n11 := TanhOf n10.
Definition n12 := Fma n4 n1 n6.
Definition n13 := Fma n5 n3 n12.
Definition n14 := Add n13 n9.
Definition n15 := TanhOf n14.
Definition n16 := Weight 1 1 0.
Definition n17 := Weight 1 1 1.
Definition n18 := Fma n16 n0 n6.
Definition n19 := Fma n17 n2 n18.
Definition n20 := Bias 1 1.
Definition n21 := Add n19 n20.
Definition n22 := TanhOf n21.
Definition n23 := Fma n16 n1 n6.
Definition n24 := Fma n17 n3 n23.
Definition n25 := Add n24 n20.
Definition n26 := TanhOf n25.
Definition n27 := Weight 2 0 0.
Definition n28 := Weight 2 0 1.
Definition n29 := Fma n27 n11 n6.
Definition n30 := Fma n28 n22 n29.
Definition n31 := Bias 2 0.
Definition n32 := Add n30 n31.
Definition n33 := Fma n27 n15 n6.
Definition n34 := Fma n28 n26 n33.
Definition n35 := Add n34 n31.
Definition n36 := SigmoidOf n32.
Definition n37 := Label 0 0.
Definition n38 := Sub n36 n37.
Definition n39 := SigmoidOf n35.
Definition n40 := Label 0 1.
Definition n41 := Sub n39 n40.
Definition n42 := Fma n27 n38 n6.
Definition n43 := One.
Definition n44 := Mul n11 n11.
Definition n45 := Sub n43 n44.
Definition n46 := Mul n42 n45.
Definition n47 := Fma n27 n41 n6.
Definition n48 := Mul n15 n15.
Definition n49 := Sub n43 n48.
Definition n50 := Mul n47 n49.
Definition n51 := Fma n28 n38 n6.
Definition n52 := Mul n22 n22.
Definition n53 := Sub n43 n52.
Definition n54 := Mul n51 n53.
Definition n55 := Fma n28 n41 n6.
Definition n56 := Mul n26 n26.
Definition n57 := Sub n43 n56.
Definition n58 := Mul n55 n57.
Definition n59 := OfNat 2.
Definition n60 := Rate.
Definition n61 := Fma n46 n0 n6.
Definition n62 := Fma n50 n1 n61.
Definition n63 := Div n62 n59.
Definition n64 := Mul n60 n63.
Definition n65 := Sub n4 n64.
Definition n66 := Fma n46 n2 n6.
Definition n67 := Fma n50 n3 n66.
Definition n68 := Div n67 n59.
Definition n69 := Mul n60 n68.
Definition n70 := Sub n5 n69.
Definition n71 := Fma n54 n0 n6.
Definition n72 := Fma n58 n1 n71.
Definition n73 := Div n72 n59.
Definition n74 := Mul n60 n73.
Definition n75 := Sub n16 n74.
Definition n76 := Fma n54 n2 n6.
Definition n77 := Fma n58 n3 n76.
Definition n78 := Div n77 n59.
Definition n79 := Mul n60 n78.
Definition n80 := Sub n17 n79.
Definition n81 := Add n6 n46.
Definition n82 := Add n81 n50.
Definition n83 := Mul n60 n82.
Definition n84 := Sub n9 n83.
Definition n85 := Add n6 n54.
Definition n86 := Add n85 n58.
Definition n87 := Mul n60 n86.
Definition n88 := Sub n20 n87.
Definition n89 := Fma n38 n11 n6.
Definition n90 := Fma n41 n15 n89.
Definition n91 := Div n90 n59.
Definition n92 := Mul n60 n91.
Definition n93 := Sub n27 n92.
Definition n94 := Fma n38 n22 n6.
Definition n95 := Fma n41 n26 n94.
Definition n96 := Div n95 n59.
Definition n97 := Mul n60 n96.
Definition n98 := Sub n28 n97.
Definition n99 := Add n6 n38.
Definition n100 := Add n99 n41.
Definition n101 := Mul n60 n100.
Definition n102 := Sub n31 n101.

Definition trace :=
  [([[n65; n70]; [n75; n80]], [n84; n88]);
   ([[n93; n98]], [n102])].

Theorem trace_is_model_step : trace = symbolic_step [2; 2; 1] Tanh SigmoidCrossEntropy 2.
Proof. apply outcomes_without_differences_are_equal. vm_compute. reflexivity. Qed.
