//! The progress of a rebuild: it is planned once, advances from its checkpoint, and restarts as a whole.

use std::num::NonZeroU32;

use es_core::{ScanCursor, StreamVersion};
use view_store::{DynamoProgress, RebuildProgress, SegmentProgress};

use crate::account::{Accounts, stream};

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

async fn progress() -> DynamoProgress {
    let accounts = Accounts::new().await;
    DynamoProgress::new(accounts.db.client(), accounts.views.table.name())
}

fn cursor() -> ScanCursor {
    let (first, last) = (StreamVersion::new(1), StreamVersion::new(3));
    ScanCursor { stream: stream(1), first, last }
}

#[tokio::test]
async fn an_existing_plan_is_not_replaced() {
    let progress = progress().await;
    assert_eq!(progress.segments().await.unwrap(), []);
    progress.plan(TWO).await.unwrap();
    progress.plan(NonZeroU32::MIN).await.unwrap();
    let segments = progress.segments().await.unwrap();
    assert_eq!(segments.len(), 2);
    let begun = RebuildProgress { run: 1, segments: 2, ..RebuildProgress::default() };
    assert_eq!((RebuildProgress::from_segments(&segments), begun.is_finished()), (begun, false));
}

#[tokio::test]
async fn a_segment_advances_only_from_its_checkpoint() {
    let progress = progress().await;
    progress.plan(TWO).await.unwrap();
    let beginning = progress.segments().await.unwrap();
    let first = beginning[1].after_page(Some(cursor()), 10, 1);
    let second = first.after_page(None, 5, 0);
    assert!(
        !progress.advance(&first, &second).await.unwrap(),
        "the segment has not started, so it is not at `first`"
    );
    assert!(progress.advance(&beginning[1], &first).await.unwrap());
    assert!(!progress.advance(&beginning[1], &first).await.unwrap(), "the segment has already advanced");
    assert_eq!(progress.segments().await.unwrap(), [beginning[0].clone(), first.clone()]);
    assert!(progress.advance(&first, &second).await.unwrap());
    let summary = RebuildProgress::from_segments(&progress.segments().await.unwrap());
    assert_eq!(summary, RebuildProgress { run: 1, segments: 2, finished: 1, commits: 15, held: 1 });
}

#[tokio::test]
async fn a_restart_starts_every_segment_again_in_a_new_run() {
    let progress = progress().await;
    progress.plan(TWO).await.unwrap();
    let before = progress.segments().await.unwrap();
    let finished = before[0].after_page(None, 5, 0);
    progress.advance(&before[0], &finished).await.unwrap();
    progress.restart(NonZeroU32::MIN).await.unwrap();
    let again = progress.segments().await.unwrap();
    assert_eq!(again, [SegmentProgress::beginning(again[0].segment, 2)]);
    assert!(progress.advance(&again[0], &again[0].after_page(None, 1, 0)).await.unwrap());
    assert!(RebuildProgress::from_segments(&progress.segments().await.unwrap()).is_finished());
    assert!(
        !progress.advance(&before[0], &finished).await.unwrap(),
        "a checkpoint of an earlier run must be refused"
    );
}
