//! Opens a paper crane after each `PaperBoatLaunched`.

use domain::CallerCommand;
use domain::paper_boat::PaperBoatEvent;
use domain::paper_crane::{FoldUp, PaperCrane, PaperCraneCommand, PaperCraneId};
use reaction::{Consequence, Reaction, Received};

/// Opens a paper crane after each `PaperBoatLaunched`.
#[derive(Debug, Clone, Copy)]
pub enum PressFlower {}

impl Reaction for PressFlower {
    const NAME: &str = "press-flower";

    type Event = PaperBoatEvent;
    type Target = PaperCrane;

    fn react(event: &Received<PaperBoatEvent>) -> Option<Consequence<CallerCommand<PaperCraneCommand>>> {
        matches!(event.event, PaperBoatEvent::PaperBoatLaunched(_)).then(|| {
            let owner = Self::NAME.to_owned();
            let command = PaperCraneCommand::FoldUp { owner, body: FoldUp {} };
            let id = PaperCraneId::derived(Self::NAME, &event.key());
            Consequence::opens(id.stream(), CallerCommand::new(command, Self::NAME, true))
        })
    }
}
