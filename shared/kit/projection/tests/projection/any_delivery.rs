//! Deliveries in any order and any batches, repeated or lost, result in the same balances as an ordered delivery.

use es_core::Commit;
use futures::future::join_all;
use proptest::prelude::*;

use crate::account::{World, commit, deposited, opened, renamed};

/// The commits of one account. The first commit opens the account, and each commit has one to three events.
fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let event = prop_oneof![(1..100_u64).prop_map(deposited), Just(renamed())];
    prop::collection::vec(prop::collection::vec(event, 1..4), 0..8).prop_map(|later| {
        let mut first = 1;
        let events = std::iter::once(vec![opened()]).chain(later);
        let next = |events| {
            let next = commit(1, first, events);
            first = next.last().next().get();
            next
        };
        events.map(next).collect()
    })
}

/// Batches of commit indexes. The last commit is delivered at least once, the others any number of times.
fn deliveries() -> impl Strategy<Value = (Vec<Commit>, Vec<Vec<usize>>)> {
    commits().prop_flat_map(|commits| {
        let last = commits.len() - 1;
        let all = prop::collection::vec(0..=last, 0..20);
        let all = all.prop_map(move |some| some.into_iter().chain([last]).collect::<Vec<_>>()).prop_shuffle();
        let batches =
            (all, 1..8_usize).prop_map(|(all, size)| all.chunks(size).map(<[_]>::to_vec).collect::<Vec<_>>());
        (Just(commits), batches)
    })
}

proptest! {
    #[test]
    fn any_delivery_results_in_the_same_view((commits, batches) in deliveries(), at_once in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let orderly = World::with(&[]).await;
            for commit in &commits {
                orderly.deliver([commit]).await;
            }
            let world = World::with(&commits).await;
            let deliver = async |batch: &Vec<usize>| {
                world.deliver(batch.iter().map(|index| &commits[*index])).await.applied
            };
            let mut applied = 0;
            if at_once {
                applied = join_all(batches.iter().map(deliver)).await.into_iter().sum();
            } else {
                for batch in &batches {
                    applied += deliver(batch).await;
                }
            }
            prop_assert_eq!(world.view(1), orderly.view(1));
            prop_assert_eq!(applied, commits.len() as u64, "each commit must be applied once");
            prop_assert!(world.letters.take().is_empty());
            Ok(())
        })?;
    }
}
