//! The identity of an aggregate whose id is a UUID.

/// Defines the identity of an aggregate as a UUID of its own type: `struct AccountId of Account, in "<uuid>"`.
///
/// `Account` is the aggregate's [`Decider`](crate::Decider). The UUID in quotes is the namespace of the ids that a command
/// derives; take a random one and never change it.
///
/// The type reads and writes the canonical form of a UUID ([`canonical_uuid`](crate::canonical_uuid)). `derived` gives the
/// id of an aggregate that a command creates, `stream` the stream that holds the aggregate.
#[macro_export]
macro_rules! aggregate_id {
    ($(#[$attribute:meta])* $visibility:vis struct $id:ident of $aggregate:ty, in $namespace:literal) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility struct $id($crate::uuid::Uuid);

        impl $id {
            /// The id of the aggregate that `caller` creates under `key`. Every repeat of the request gets the same id
            /// and so meets the aggregate that the first request created.
            #[must_use]
            $visibility fn derived(caller: &str, key: &$crate::IdempotencyKey) -> Self {
                const NAMESPACE: $crate::uuid::Uuid = $crate::uuid::uuid!($namespace);
                // A key never holds the separator, so no two pairs make the same name.
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

            /// Reads the canonical form alone.
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
