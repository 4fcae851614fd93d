//! What a wrapper says of itself: what the subject inside says.
//!
//! A wrapper that forgot one of these would fall back to the default of [`Subject`](super::Subject)
//! without a word, so all of them stand here, once. A declaration is left to the wrapper, which may
//! know more. No logic.

/// Within `impl Subject for Wrapper`: everything but declaration and answers, as the field says it.
macro_rules! described_as {
    ($inner:tt) => {
        fn name(&self) -> &str {
            self.$inner.name()
        }

        fn supports(&self, ability: $crate::subject::Ability) -> bool {
            self.$inner.supports(ability)
        }

        fn networks(&self) -> $crate::subject::Networks {
            self.$inner.networks()
        }

        fn precision(&self) -> $crate::subject::Precision {
            self.$inner.precision()
        }

        fn convention(&self) -> $crate::subject::Convention {
            self.$inner.convention()
        }

        fn starts(&self) -> Vec<init_symmetry_network::Scheme> {
            self.$inner.starts()
        }
    };
}

pub(crate) use described_as;
