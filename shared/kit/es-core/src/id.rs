//! Typed ids for aggregates whose id is a UUID.

/// Defines a type for the id of an aggregate, which is a UUID: `struct AccountId of Account, in "<uuid>"`.
///
/// `Account` is the aggregate's [`Decider`](crate::Decider). The UUID in quotes is the namespace for derived ids.
/// Choose a random UUID and never change it.
///
/// The type reads and writes the canonical form of a UUID ([`canonical_uuid`](crate::canonical_uuid)). `derived`
/// returns the id of an aggregate that a command creates. `stream` returns the stream that holds the aggregate.
#[macro_export]
macro_rules! aggregate_id {
    ($(#[$attribute:meta])* $visibility:vis struct $id:ident of $aggregate:ty, in $namespace:literal) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility struct $id($crate::uuid::Uuid);

        impl $id {
            /// The id of the aggregate that `caller` creates under `key`. A repeated request derives the same id, so it
            /// finds the aggregate that the first request created.
            #[must_use]
            $visibility fn derived(caller: &str, key: &$crate::IdempotencyKey) -> Self {
                const NAMESPACE: $crate::uuid::Uuid = $crate::uuid::uuid!($namespace);
                // An idempotency key never contains the separator NUL, so two different pairs never make the same name.
                Self($crate::uuid::Uuid::new_v5(&NAMESPACE, format!("{caller}\0{key}").as_bytes()))
            }

            /// The stream that holds the aggregate.
            #[must_use]
            $visibility const fn stream(self) -> $crate::StreamId {
                $crate::StreamId::new(<$aggregate as $crate::Decider>::CATEGORY, self.0)
            }
        }

        impl ::std::str::FromStr for $id {
            type Err = $crate::InvalidUuid;

            /// Accepts the canonical form only.
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                $crate::canonical_uuid(text).map(Self)
            }
        }

        impl ::std::fmt::Display for $id {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
    };
}
