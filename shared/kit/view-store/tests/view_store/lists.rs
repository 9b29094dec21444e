//! Several sorted partitions are read as one list, page by page.

use std::sync::Mutex;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamo::{PK, SK};
use es_core::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;
use view_store::{
    ItemKey, KeyRange, Measured, MergedReading, PageLimit, Piece, Position, Positioned, ReadError,
    SortedPartition, Unread,
};

use crate::account::{Accounts, at};

/// A line in the statement of an account. Its number determines everything else.
struct Line(u8);

impl Positioned for Line {
    fn position(&self) -> Position {
        Position { time: at(i64::from(self.0 / 2)), id: Uuid::from_u128(self.0.into()) }
    }
}

/// The size of a line: 1 to 5 bytes.
fn bytes(line: u8) -> usize {
    usize::from(line % 5) + 1
}

/// How many of the `lines` fit on a page of `limit`, counted one by one.
fn fitting(lines: &[u8], limit: PageLimit) -> usize {
    let fits = |count: &usize| {
        lines[..*count].iter().map(|line| bytes(*line)).sum::<usize>() <= limit.bytes() || *count == 1
    };
    (0..=lines.len().min(limit.get().into())).rev().find(fits).unwrap()
}

/// The next lines of a partition in `range`, newest first, as a `Query` for `size` items returns them.
fn piece(partition: &[u8], range: &KeyRange, size: usize) -> Piece<Line> {
    let newest_first = partition.iter().rev().map(|number| Line(*number));
    let in_range = |line: &Line| (&range.low..=&range.high).contains(&&line.position().to_string());
    let measured = |line: Line| Measured { bytes: bytes(line.0), entry: line };
    let entries: Vec<_> = newest_first.filter(in_range).take(size).map(measured).collect();
    let last = entries.last().filter(|_| entries.len() == size);
    let unread = last.map_or(Unread::Nothing, |last| Unread::Behind(last.entry.position()));
    Piece { entries, unread }
}

proptest! {
    #[test]
    fn pages_together_are_the_list_whatever_the_size_of_each_read(
        owners in prop::collection::vec(prop::option::of(0..4_usize), 0..60),
        (from, to) in (prop::option::of(0..30_i64), prop::option::of(0..30_i64)),
        (limit, page_bytes) in (1..20_u8, prop_oneof![1..40_usize, Just(PageLimit::MAX_BYTES)]),
        sizes in prop::collection::vec(1..8_usize, 4),
    ) {
        let partition = |owner| (0..60).zip(&owners).filter(move |(_, of)| **of == Some(owner)).map(|(line, _)| line);
        let sources: Vec<(usize, Vec<u8>)> = (0..4).map(|owner| (sizes[owner], partition(owner).collect())).collect();
        let (from, to) = (from.map(at), to.map(at));
        let is_meant = |time: Timestamp| from.is_none_or(|from| from <= time) && to.is_none_or(|to| time < to);
        let mut expected: Vec<u8> = sources.iter().flat_map(|(_, lines)| lines.clone()).collect();
        expected.retain(|line| is_meant(Line(*line).position().time));
        expected.sort_unstable_by(|one, other| other.cmp(one));

        // Eight rounds of three lines of each partition are more than any page of this test needs.
        let is_known = sizes.iter().all(|size| *size >= 3);
        let limit = PageLimit::try_from(limit).unwrap().with_bytes(page_bytes);
        let mut reading = MergedReading { sources, from, to, start: None, wanted: usize::from(limit.get()) + 1 };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut found = Vec::new();
        for _ in 0..100 {
            let read = async |(size, lines): &(usize, Vec<u8>), range: &KeyRange, _| Ok(piece(lines, range, *size));
            let page = runtime.block_on(reading.page(limit, |_, _| Some(0), read));
            let (lines, next) = page.unwrap();
            let left = &expected[found.len()..];
            let most = fitting(left, limit);
            prop_assert!(lines.len() <= most, "a page must fit into its limits");
            if is_known {
                prop_assert_eq!(lines.len(), most, "every page but the last must be full");
                prop_assert!(next.is_some() || left.len() == most, "a page that leaves entries out needs a cursor");
                let may_be_full = page_bytes < PageLimit::MAX_BYTES;
                prop_assert!(may_be_full || next.is_some() == (left.len() > most), "only the last page has no cursor");
            }
            found.extend(lines.iter().map(|line| line.0));
            reading.start = next;
            if next.is_none() {
                break;
            }
        }
        prop_assert_eq!(found, expected, "every entry must be returned exactly once");
    }
}

/// One reading of a page. The lines have a size of 1 byte each, and `size` of them are read at a time.
struct Reading {
    sources: Vec<Vec<u8>>,
    size: usize,
    wanted: usize,
    page_bytes: usize,
}

impl Reading {
    /// The sources in the order in which they are read, the lines of the page, and whether there is a next page.
    async fn run(self) -> (Vec<usize>, Vec<u8>, bool) {
        let limit = PageLimit::try_from(50).unwrap().with_bytes(self.page_bytes);
        let sources: Vec<_> = self.sources.into_iter().enumerate().collect();
        let reading = MergedReading { sources, from: None, to: None, start: None, wanted: self.wanted };
        let read = Mutex::new(Vec::new());
        let next_piece = async |(source, lines): &(usize, Vec<u8>), range: &KeyRange, size| {
            read.lock().unwrap().push(*source);
            Ok(piece(lines, range, size))
        };
        let (lines, next) = reading.page(limit, |_, _| Some(self.size), next_piece).await.unwrap();
        (read.into_inner().unwrap(), lines.iter().map(|line| line.0).collect(), next.is_some())
    }
}

/// `piece` gives every fifth line a size of 1 byte.
#[tokio::test]
async fn partitions_are_read_only_until_the_page_is_known() {
    let lines = |range: std::ops::Range<u8>| range.map(|line| line * 5).collect::<Vec<_>>();
    let large = PageLimit::MAX_BYTES;
    // The three newest lines are all that is wanted, so one read is enough.
    let one = Reading { sources: vec![lines(0..10)], size: 3, wanted: 3, page_bytes: large };
    assert_eq!(one.run().await, (vec![0], vec![45, 40, 35], true));
    // A page of 2 bytes is full after the third line.
    let full = Reading { sources: vec![lines(0..10)], size: 3, wanted: 50, page_bytes: 2 };
    assert_eq!(full.run().await, (vec![0], vec![45, 40], true));
    // Three lines of 3 bytes just fit, so the next line decides whether there is another page.
    for (count, has_next) in [(10, true), (3, false)] {
        let sources = vec![lines(10 - count..10)];
        let just_full = Reading { sources, size: 3, wanted: 50, page_bytes: 3 };
        assert_eq!(just_full.run().await, (vec![0, 0], vec![45, 40, 35], has_next), "{count} lines");
    }
    // The third line may be in the rest of the first source, and cannot be in the rest of the second.
    let two = Reading { sources: vec![lines(6..10), lines(0..2)], size: 2, wanted: 3, page_bytes: large };
    assert_eq!(two.run().await, (vec![0, 1, 0], vec![45, 40, 35, 30], true));
    // A page ends after eight rounds.
    let long = Reading { sources: vec![lines(0..10)], size: 1, wanted: 50, page_bytes: large };
    assert_eq!(long.run().await, (vec![0; 8], vec![45, 40, 35, 30, 25, 20, 15, 10], true));
}

#[tokio::test]
async fn a_partition_is_read_newest_first_within_its_range() {
    let accounts = Accounts::new().await;
    let (index, key) = (None, "owner#1".to_owned());
    let partition = SortedPartition { index, partition_attribute: PK, sort_attribute: SK, key };
    let put = |number| {
        let key = ItemKey::new(&partition.key, Line(number).position().to_string());
        let put = PutRequest::builder().set_item(Some(key.attributes())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    accounts.views.table.call().write_items((0..12).map(put).collect()).await.unwrap();
    accounts.db.recorder().clear();
    let page = async |from, to| {
        let sources = vec![partition.clone()];
        let reading =
            MergedReading { sources, from: Some(at(from)), to: Some(at(to)), start: None, wanted: 9 };
        let read = async |partition: &SortedPartition, range: &KeyRange, size| {
            let query = partition.query(&accounts.views.table, range, size);
            let answer = accounts.views.table.call().send(query.send()).await?;
            let line = |item| {
                let line = Line(u8::try_from(partition.position(item)?.id.as_u128()).unwrap());
                Ok(Measured::from_item(line, item))
            };
            let entries = answer.items().iter().map(line).collect::<Result<_, ReadError>>()?;
            Ok(Piece { entries, unread: partition.unread(answer.last_evaluated_key())? })
        };
        let (lines, next) =
            reading.page(PageLimit::try_from(9).unwrap(), |_, _| Some(3), read).await.unwrap();
        assert_eq!(next, None);
        lines.iter().map(|line| line.0).collect::<Vec<_>>()
    };
    assert_eq!(page(2, 4).await, [7, 6, 5, 4]);
    assert_eq!(accounts.db.recorder().requests(), ["Query"; 2]);
    assert_eq!(page(4, 2).await, [0; 0]);
    assert_eq!(accounts.db.recorder().requests(), ["Query"; 2], "an empty range must not send a request");
}
