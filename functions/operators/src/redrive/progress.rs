//! How far the event table is read for a message whose records the stream no longer retains.

use std::collections::BTreeSet;

use es_core::{ScanCursor, StreamId};
use serde::{Deserialize, Serialize};

/// The most streams with a dead letter that a message remembers. They take about 25 KB, so a list of 100 such messages
/// fits into the response of a function, which has at most 6 MB.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas".
const REMEMBERED: usize = 500;

/// How far the event table is read for a message. The message stores the progress for the next attempt.
///
/// Unknown members are ignored. Earlier releases stored a cursor under other names (`pass` and `after`, or `stream`,
/// `first` and `last`). The views may lack commits before such a cursor, so the pass over the table starts anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RereadProgress {
    /// The position in the event table up to which the views have every commit; `None` at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projected_to: Option<ScanCursor>,
    /// The streams that became dead letters, at most 500. They do not become dead letters again.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub set_aside: BTreeSet<StreamId>,
}

impl RereadProgress {
    /// Stores that `stream` has a dead letter, unless the message remembers too many streams already.
    pub(crate) fn remember(&mut self, stream: StreamId) {
        if self.set_aside.len() < REMEMBERED {
            self.set_aside.insert(stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use es_core::{Category, StreamId};
    use uuid::Uuid;

    use super::{REMEMBERED, RereadProgress};

    #[test]
    fn a_message_remembers_the_first_five_hundred_streams() {
        let stream = |number: usize| StreamId::new(Category::new("order"), Uuid::from_u128(number as u128));
        let mut progress = RereadProgress::default();
        for number in 0..=REMEMBERED {
            progress.remember(stream(number));
        }
        assert_eq!(progress.set_aside, (0..500).map(stream).collect());
    }
}
