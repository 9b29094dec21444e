//! The page of several partitions is the beginning of their sorted entries, wherever the reading of each stopped.

use es_core::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Merge, Piece, Positioned, Unread};
use crate::Position;

/// An account, which its number says everything of.
struct Account(u8);

impl Positioned for Account {
    fn position(&self) -> Position {
        let time = Timestamp::from_micros(self.0.into()).unwrap();
        Position { time, id: Uuid::from_u128(self.0.into()) }
    }
}

/// The next `size` accounts of `partition` behind `unread`, newest first, as a `Query` gives them.
fn piece(partition: &[u8], unread: Unread, size: usize) -> Piece<Account> {
    let behind = |position: Position| u8::try_from(position.id.as_u128()).unwrap();
    let rest = partition.iter().rev().filter(|number| unread.behind().is_none_or(|at| **number < behind(at)));
    let entries: Vec<_> = rest.take(size).map(|number| Account(*number)).collect();
    let unread = match entries.last() {
        Some(last) if entries.len() == size => Unread::Behind(last.position()),
        _ => Unread::Nothing,
    };
    Piece { entries, unread }
}

/// Four partitions that share some of the numbers 0 to 59, each sorted.
fn partitions() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let owners = prop::collection::vec(prop::option::of(0..4_usize), 0..60);
    owners.prop_map(|owners| {
        let mut partitions = vec![Vec::new(); 4];
        for (number, owner) in (0..).zip(owners) {
            if let Some(owner) = owner {
                partitions[owner].push(number);
            }
        }
        partitions
    })
}

proptest! {
    #[test]
    fn a_page_is_the_beginning_of_the_list_however_far_the_reading_went(
        partitions in partitions(),
        limit in 1..20_usize,
        sizes in prop::collection::vec(1..8_usize, 4),
        rounds in 1..5,
    ) {
        let mut merge = Merge::new(partitions.len(), limit + 1);
        for _ in 0..rounds {
            for (index, unread) in merge.wanting() {
                merge.take(index, piece(&partitions[index], unread, sizes[index]));
            }
        }
        let is_known = merge.wanting().is_empty();
        let (page, next) = merge.page(limit);
        let found: Vec<_> = page.iter().map(|account| u128::from(account.0)).collect();

        let mut all: Vec<u128> = partitions.concat().into_iter().map(u128::from).collect();
        all.sort_unstable();
        all.reverse();
        prop_assert!(found.len() <= limit);
        prop_assert_eq!(&found[..], &all[..found.len()]);
        let rest = &all[found.len()..];
        match next {
            Some(next) => {
                let behind: Vec<_> = all.iter().copied().filter(|at| *at < next.id.as_u128()).collect();
                prop_assert_eq!(&behind[..], rest, "nothing is passed over and nothing comes again");
            }
            None => prop_assert!(rest.is_empty()),
        }
        if is_known {
            prop_assert_eq!(found.len(), limit.min(all.len()), "the page is full");
            prop_assert_eq!(next.is_some(), !rest.is_empty(), "there is a next page if there is anything on it");
        }
    }
}
