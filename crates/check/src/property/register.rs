//! How a property is registered: its name and its statement once, beside the function that checks
//! it. All lists of properties are made from `list.rs`, which names each.

use super::Class;

/// Makes of a property a documented function and, in a module of the same name, a [`Property`].
///
/// [`Property`]: super::Property
macro_rules! property {
    (
        $(#[$document:meta])*
        name: $name:ident $(<$number:ident>)?,
        statement: $statement:literal,
        witness: $witness:literal,
        $(class: $class:ident,)?
        check: $check:ident,
    ) => {
        #[doc = concat!("Checks that ", $statement, ".")]
        ///
        $(#[$document])*
        #[deny(dead_code, reason = "a new property is listed by `cargo run -p xtask -- bless`")]
        #[allow(unreachable_pub, reason = "reachable where it is listed")]
        pub fn $name$(<$number: init_symmetry_network::Trainable + From<f32> + Into<f64>>)?(
            subject: &dyn $crate::subject::Subject$(<$number>)?,
            config: &$crate::property::Config,
        ) -> $crate::property::Outcome {
            let subject = &$crate::property::shaped::Shaped(subject);
            $check(&$name::PROPERTY, subject, config)
        }

        #[doc(hidden)]
        #[allow(unreachable_pub, reason = "reachable where it is listed")]
        pub mod $name {
            const NAME: [u8; stringify!($name).len()] =
                $crate::property::register::with_dashes(stringify!($name));

            pub const PROPERTY: $crate::property::Property = $crate::property::Property {
                name: $crate::property::register::as_text(&NAME),
                statement: $statement,
                witness: $witness,
                class: $crate::property::register::class_of(&[
                    $($crate::property::Class::$class)?
                ]),
                check: |property, subject, config| {
                    let subject = &$crate::property::shaped::Shaped(subject);
                    super::$check(property, subject, config)
                },
            };
        }
    };
}

/// The class that a property names, or correctness.
pub(super) const fn class_of(named: &[Class]) -> Class {
    match named {
        [class, ..] => *class,
        [] => Class::Correctness,
    }
}

/// The bytes of a function's name, with dashes.
pub(super) const fn with_dashes<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let mut dashed = [b'-'; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        if name.as_bytes()[at] != b'_' {
            dashed[at] = name.as_bytes()[at];
        }
        at += 1;
    }
    dashed
}

pub(super) const fn as_text(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "", // a name in this language is UTF-8
    }
}
