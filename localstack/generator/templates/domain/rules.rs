//! Tests the paper crane: given the events so far, when a command is executed, then these events or this refusal
//! follow.
#![cfg(test)]

use domain::CallerCommand;
use domain::paper_crane::{
    FoldUp, PaperCrane, PaperCraneCommand, PaperCraneError, PaperCraneEvent, PaperCraneFoldedUp,
};
use es_core::{StoredEvent, decode, encode};
use serde_json::json;
use testing::{assert_stored_states, given};

const OWNER: &str = "user-0042";

fn fold_up() -> CallerCommand<PaperCraneCommand> {
    sent_by(OWNER, PaperCraneCommand::FoldUp { owner: OWNER.to_owned(), body: FoldUp {} })
}

fn folded_up() -> PaperCraneEvent {
    PaperCraneEvent::PaperCraneFoldedUp(PaperCraneFoldedUp { owner: OWNER.to_owned() })
}

fn sent_by(caller: &str, command: PaperCraneCommand) -> CallerCommand<PaperCraneCommand> {
    CallerCommand::new(command, caller, false)
}

#[test]
fn fold_up_opens_a_paper_crane_once() {
    given::<PaperCrane>([]).when(fold_up()).then([folded_up()]);
    given::<PaperCrane>([folded_up()]).when(fold_up()).then_refused(PaperCraneError::AlreadyExists);
}

#[test]
fn the_first_event_is_stored_under_its_name() {
    let stored = encode(&folded_up()).expect("a stored event");
    let expected = json!({"type": "PaperCraneFoldedUp", "data": {"owner": OWNER}});
    assert_eq!(serde_json::to_value(&stored).expect("JSON"), expected);
    let read: StoredEvent = serde_json::from_value(expected).expect("a stored event");
    assert_eq!(decode::<PaperCraneEvent>(&read).expect("an event"), folded_up());
}

/// Raise the schema number when the state changes, unless no event table has a snapshot of it.
#[test]
fn a_state_has_the_shape_of_its_schema_number() {
    let folded_up_state = json!({"status": "folded-up", "owner": OWNER});
    assert_stored_states::<PaperCrane>(1, [folded_up()], &[folded_up_state]);
}
// [test]

#[test]
fn unfold_wing_needs_a_paper_crane_of_the_caller() {
    use domain::paper_crane::{PaperCraneWingUnfolded, UnfoldWing};

    let unfold_wing = || PaperCraneCommand::UnfoldWing(UnfoldWing {});
    let wing_unfolded = PaperCraneEvent::PaperCraneWingUnfolded(PaperCraneWingUnfolded {});
    given::<PaperCrane>([folded_up()]).when(sent_by(OWNER, unfold_wing())).then([wing_unfolded]);
    given::<PaperCrane>([folded_up()])
        .when(sent_by("user-0815", unfold_wing()))
        .then_refused(PaperCraneError::NotYours);
    given::<PaperCrane>([]).when(sent_by(OWNER, unfold_wing())).then_refused(PaperCraneError::NotFound);
}
// [end]
