//! Reorders and duplicates change records between the table and the stream.
//!
//! `DynamoDB`'s guide documents both for its Kinesis streams ("Using Kinesis Data Streams to capture changes to
//! `DynamoDB`"): records "might appear in a different order than when the item changes occurred", and "might appear
//! more than once".

use super::{Chaos, Fault};

/// Maximum number of held records. A full buffer delays and duplicates no further record.
const HELD: usize = 1_000;

/// The records that a bridge puts into the stream later than the change order requires.
pub struct Disorder<T> {
    chaos: Chaos,
    /// Position of each held change in the outbox, and its record, in arrival order.
    held: Vec<(i64, T)>,
}

impl<T: Clone> Disorder<T> {
    /// Creates an empty buffer.
    #[must_use]
    pub fn new(chaos: Chaos) -> Self {
        Self { chaos, held: Vec::new() }
    }

    /// Returns the record to put into the stream now, or `None` if the buffer holds it back. A duplicated record is
    /// returned now and held for a second put.
    pub fn pass(&mut self, position: i64, entry: T) -> Option<T> {
        if self.held.len() >= HELD {
            return Some(entry);
        }
        if self.chaos.injects(Fault::Reorder) {
            self.held.push((position, entry));
            return None;
        }
        if self.chaos.injects(Fault::Duplicates) {
            self.held.push((position, entry.clone()));
        }
        Some(entry)
    }

    /// Stops injecting faults. Records already held stay held.
    pub fn stop_faults(&mut self) {
        self.chaos = Chaos::default();
    }

    /// Number of held records.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The first `count` held records.
    #[must_use]
    pub fn first(&self, count: usize) -> Vec<T> {
        self.held.iter().take(count).map(|(_, entry)| entry.clone()).collect()
    }

    /// Drops the first `count` held records after they were put into the stream.
    pub fn forget(&mut self, count: usize) {
        self.held.drain(..count.min(self.held.len()));
    }

    /// The outbox position up to which every change is in the stream, if the bridge has read all changes up to
    /// `position` and has put the first `put` held records into the stream.
    #[must_use]
    pub fn complete_to(&self, position: i64, put: usize) -> i64 {
        let earliest = self.held.iter().skip(put).map(|(held, _)| held - 1).min();
        earliest.map_or(position, |earliest| earliest.min(position))
    }
}

#[cfg(test)]
mod tests {
    use super::{Chaos, Disorder, HELD};

    #[test]
    fn held_records_are_not_counted_as_published() {
        let mut disorder = Disorder::new(Chaos::new(&"reorder=1".parse().unwrap()));
        assert_eq!(disorder.pass(5, "a"), None);
        assert_eq!(disorder.pass(9, "b"), None);
        assert_eq!((disorder.held(), disorder.complete_to(9, 0), disorder.complete_to(9, 1)), (2, 4, 8));
        assert_eq!(disorder.first(1), ["a"]);
        disorder.forget(2);
        assert_eq!((disorder.held(), disorder.complete_to(9, 0)), (0, 9));
    }

    #[test]
    fn a_duplicated_record_is_put_now_and_again_later() {
        let mut disorder = Disorder::new(Chaos::new(&"duplicates=1".parse().unwrap()));
        assert_eq!(disorder.pass(5, "a"), Some("a"));
        assert_eq!(disorder.first(1), ["a"]);
    }

    #[test]
    fn a_full_buffer_holds_no_further_record() {
        let mut disorder = Disorder::new(Chaos::new(&"reorder=1".parse().unwrap()));
        let passed = (0_i64..).take(HELD + 5).filter_map(|position| disorder.pass(position, "a")).count();
        assert_eq!((disorder.held(), passed), (HELD, 5));
        disorder.forget(1);
        assert_eq!(disorder.pass(2_000, "a"), None);
    }

    #[test]
    fn without_faults_no_record_is_held() {
        let mut disorder = Disorder::new(Chaos::default());
        assert_eq!(disorder.pass(5, "a"), Some("a"));
        assert_eq!(disorder.held(), 0);
    }
}
