//! Any order, repetition and batching of the deliveries ends in the same index.

use proptest::prelude::*;
use uuid::Uuid;

use crate::costs::FIRST_SECOND;
use crate::orders::{confirmed, created, delivered, life, shipped};
use crate::world::World;

/// Batches of indexes of the four commits of a life, each commit at least once.
fn batches() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let again = prop::collection::vec(0..4_usize, 0..6);
    let all = again.prop_map(|again| (0..4).chain(again).collect::<Vec<_>>()).prop_shuffle();
    (all, 1..5_usize).prop_map(|(all, size)| all.chunks(size).map(<[_]>::to_vec).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_delivery_ends_in_the_same_index(batches in batches()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let order = life(1, &[created(), confirmed(), shipped(), delivered()]);
            let world = World::with(&order).await;
            for batch in batches {
                world.deliver(batch.iter().map(|index| &order[*index])).await;
            }
            world.prefixes(Uuid::from_u128(1), FIRST_SECOND).await
        });
        prop_assert_eq!(found, ["1", "ada", "cof", "dhl", "jjd", "ket", "sku"]);
    }
}
