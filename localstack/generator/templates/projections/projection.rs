//! Projects the events of a paper crane into the view `wing-span`.

use domain::paper_crane::{PaperCrane, PaperCraneEvent};
use es_core::{Category, Decider, Projection, Recorded};
use view_store::Change;
use views::WingSpanView;

/// Projects the events of a paper crane into the change of the view `wing-span`.
#[derive(Debug, Clone, Copy)]
pub enum WingSpanProjection {}

impl Projection for WingSpanProjection {
    const NAME: &str = "wing-span-projection";
    const CATEGORY: Category = PaperCrane::CATEGORY;

    type Event = PaperCraneEvent;
    type Change = Change<WingSpanView>;

    fn project(change: Change<WingSpanView>, recorded: &Recorded<PaperCraneEvent>) -> Change<WingSpanView> {
        let at = recorded.metadata.occurred_at;
        let change = change.set(WingSpanView::UPDATED_AT, &at);
        match &recorded.event {
            PaperCraneEvent::PaperCraneFoldedUp(folded_up) => change
                .set(WingSpanView::OWNER, &folded_up.owner)
                .set(WingSpanView::STATUS, "folded-up")
                .set(WingSpanView::CREATED_AT, &at),
            // [event]
            PaperCraneEvent::PaperCraneWingUnfolded(_) => change.set(WingSpanView::STATUS, "wing-unfolded"),
            // [end]
        }
    }
}
