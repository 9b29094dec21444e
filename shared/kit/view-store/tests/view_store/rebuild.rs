//! The progress of a rebuild: a run is planned once and advances from its checkpoint, and a later run starts again.

use std::num::NonZeroU32;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{ScanCursor, StreamVersion};
use view_store::{DynamoProgress, PageCounts, RebuildProgress, SegmentProgress};

use crate::account::{Accounts, stream};

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

async fn progress() -> DynamoProgress {
    let accounts = Accounts::new().await;
    DynamoProgress::new(accounts.db.client(), accounts.views.table.name())
}

fn cursor() -> ScanCursor {
    let (first, last) = (StreamVersion::new(1), StreamVersion::new(3));
    ScanCursor::InStream { stream: stream(1), first, last }
}

const fn counts(commits: u64, held: u64, unreadable: u64) -> PageCounts {
    PageCounts { commits, held, unreadable }
}

#[tokio::test]
async fn an_existing_plan_is_not_replaced() {
    let progress = progress().await;
    assert_eq!((progress.segments().await.unwrap(), progress.last_run().await.unwrap()), (Vec::new(), 0));
    progress.plan(TWO, 1).await.unwrap();
    progress.plan(NonZeroU32::MIN, 1).await.unwrap();
    let segments = progress.segments().await.unwrap();
    assert_eq!(segments.len(), 2);
    let begun = RebuildProgress { run: 1, segments: 2, ..RebuildProgress::default() };
    assert_eq!((RebuildProgress::from_segments(&segments), begun.is_finished()), (begun, false));
    assert!(!RebuildProgress::default().is_finished(), "a rebuild without a plan has not finished");
}

#[tokio::test]
async fn a_segment_advances_only_from_its_checkpoint() {
    let progress = progress().await;
    progress.plan(TWO, 1).await.unwrap();
    let beginning = progress.segments().await.unwrap();
    let first = beginning[1].after_page(Some(cursor()), counts(10, 1, 2));
    let second = first.after_page(None, counts(5, 0, 1));
    assert!(
        !progress.advance(&first, &second).await.unwrap(),
        "the segment has not started, so it is not at `first`"
    );
    assert!(progress.advance(&beginning[1], &first).await.unwrap());
    assert!(!progress.advance(&beginning[1], &first).await.unwrap(), "the segment has already advanced");
    assert_eq!(progress.segments().await.unwrap(), [beginning[0].clone(), first.clone()]);
    assert!(progress.advance(&first, &second).await.unwrap());
    let summary = RebuildProgress::from_segments(&progress.segments().await.unwrap());
    assert_eq!(summary, RebuildProgress { run: 1, segments: 2, finished: 1, counts: counts(15, 1, 3) });
}

#[tokio::test]
async fn a_later_run_starts_every_segment_again() {
    let progress = progress().await;
    progress.plan(TWO, 1).await.unwrap();
    let before = progress.segments().await.unwrap();
    let finished = before[0].after_page(None, counts(5, 0, 0));
    progress.advance(&before[0], &finished).await.unwrap();
    progress.plan(NonZeroU32::MIN, 2).await.unwrap();
    assert_eq!(progress.last_run().await.unwrap(), 2);
    let again = progress.segments().await.unwrap();
    assert_eq!(again, [SegmentProgress::beginning(again[0].segment, 2)]);
    assert!(progress.advance(&again[0], &again[0].after_page(None, counts(1, 0, 0))).await.unwrap());
    assert!(RebuildProgress::from_segments(&progress.segments().await.unwrap()).is_finished());
    assert!(
        !progress.advance(&before[0], &finished).await.unwrap(),
        "a checkpoint of an earlier run must be refused"
    );
}

#[tokio::test]
async fn a_checkpoint_without_a_count_of_unreadable_items_has_none() {
    let accounts = Accounts::new().await;
    let (client, table) = (accounts.db.client(), accounts.views.table.name().to_owned());
    let progress = DynamoProgress::new(client.clone(), &table);
    progress.plan(NonZeroU32::MIN, 1).await.unwrap();
    let beginning = progress.segments().await.unwrap().remove(0);
    let first = beginning.after_page(Some(cursor()), counts(10, 1, 2));
    assert!(progress.advance(&beginning, &first).await.unwrap());
    assert_eq!(progress.segments().await.unwrap(), [first]);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let update = client.update_item().table_name(&table).update_expression("REMOVE unreadable");
    update.key("pk", text("rebuild")).key("sk", text("segment#0000000")).send().await.unwrap();
    let stored = progress.segments().await.unwrap().remove(0);
    assert_eq!(stored.counts, counts(10, 1, 0));
    assert!(progress.advance(&stored, &stored.after_page(None, counts(1, 0, 1))).await.unwrap());
    assert_eq!(progress.segments().await.unwrap()[0].counts, counts(11, 1, 1));
}
