//! The form in which snapshots store the state of an aggregate.

use es_core::Decider;
use serde_json::Value;

/// Asserts that a snapshot with the schema number `schema` stores the states of `D` after each of `events` as `expected`.
///
/// Snapshots with the number are in event tables. If the shape of the state changes under the same number, a function
/// cannot read them, or reads them wrongly. Let `events` lead to every variant and every field of the state.
pub fn assert_stored_states<D: Decider>(
    schema: u32,
    events: impl IntoIterator<Item = D::Event>,
    expected: &[Value],
) {
    let mut state = D::State::default();
    let mut found = Vec::new();
    for event in events {
        state = D::evolve(state, &event);
        let stored = serde_json::to_value(&state).unwrap();
        let read: D::State = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(
            serde_json::to_value(&read).unwrap(),
            stored,
            "the state must be the same after it is stored"
        );
        found.push(stored);
    }
    let (category, found) = (D::CATEGORY, Value::from(found));
    assert_eq!(
        D::SNAPSHOT.schema,
        schema,
        "the schema number of the state of {category:?} has changed: write the number and these states in this test: \
         {found}"
    );
    assert_eq!(
        found,
        Value::from(expected.to_vec()),
        "the state of {category:?} has another shape than the snapshots with schema number {schema}: raise the number in \
         SNAPSHOT, and write the new number and the states on the left in this test"
    );
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use es_core::{Category, Decider, DomainEvent, SnapshotPolicy};
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::assert_stored_states;

    /// A lamp, whose state has the schema number `SCHEMA`.
    struct Lamp<const SCHEMA: u32>;

    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    struct State {
        lit: bool,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
    #[serde(tag = "type", content = "data")]
    enum Event {
        Switched { lit: bool },
    }

    impl<const SCHEMA: u32> Decider for Lamp<SCHEMA> {
        const CATEGORY: Category = Category::new("lamp");
        const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(SCHEMA);

        type Command = bool;
        type Event = Event;
        type State = State;
        type Error = ();

        fn decide(_: &State, lit: bool) -> Result<Vec<Event>, ()> {
            Ok(vec![Event::Switched { lit }])
        }

        fn evolve(_: State, event: &Event) -> State {
            let Event::Switched { lit } = event;
            State { lit: *lit }
        }
    }

    #[test]
    fn a_changed_shape_needs_a_new_number() {
        let events = || [Event::Switched { lit: true }];
        assert_stored_states::<Lamp<1>>(1, events(), &[json!({"lit": true})]);
        let message = |check: fn()| *catch_unwind(check).unwrap_err().downcast::<String>().unwrap();
        let changed = message(|| {
            assert_stored_states::<Lamp<1>>(1, [Event::Switched { lit: true }], &[json!({"on": true})]);
        });
        assert!(changed.contains("raise the number in SNAPSHOT"), "{changed}");
        let raised = message(|| {
            assert_stored_states::<Lamp<2>>(1, [Event::Switched { lit: true }], &[json!({"lit": true})]);
        });
        assert!(raised.contains("write the number and these states"), "{raised}");
    }
}
