//! Change records on their way to the stream, some of them put twice or behind later ones.
//!
//! `DynamoDB`'s guide says both of its Kinesis streams ("Using Kinesis Data Streams to capture changes to `DynamoDB`"):
//! records "might appear in a different order than when the item changes occurred", and "might appear more than once".

use super::{Chaos, Fault};

/// What a bridge holds back.
pub struct Disorder<T> {
    chaos: Chaos,
    /// Where each change stands in the outbox, and its record, as they came.
    held: Vec<(i64, T)>,
}

impl<T: Clone> Disorder<T> {
    /// Nothing is held back yet.
    #[must_use]
    pub fn new(chaos: Chaos) -> Self {
        Self { chaos, held: Vec::new() }
    }

    /// What of the change at `position` is to be put now; what is held back comes later, and a copy then, too.
    pub fn pass(&mut self, position: i64, entry: T) -> Option<T> {
        if self.chaos.strikes(Fault::Reorder) {
            self.held.push((position, entry));
            return None;
        }
        if self.chaos.strikes(Fault::Duplicates) {
            self.held.push((position, entry.clone()));
        }
        Some(entry)
    }

    /// From now on every record passes; the records held back stay held back.
    pub fn calm(&mut self) {
        self.chaos = Chaos::default();
    }

    /// How many records are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The first `count` of them.
    #[must_use]
    pub fn first(&self, count: usize) -> Vec<T> {
        self.held.iter().take(count).map(|(_, entry)| entry.clone()).collect()
    }

    /// Forgets the first `count`, which are in the stream.
    pub fn forget(&mut self, count: usize) {
        self.held.drain(..count.min(self.held.len()));
    }

    /// Up to where every change is in the stream, when all up to `position` were read and the first `put` of what is
    /// held back are in the stream, too.
    #[must_use]
    pub fn complete_to(&self, position: i64, put: usize) -> i64 {
        let earliest = self.held.iter().skip(put).map(|(held, _)| held - 1).min();
        earliest.map_or(position, |earliest| earliest.min(position))
    }
}

#[cfg(test)]
mod tests {
    use super::{Chaos, Disorder};

    #[test]
    fn what_is_held_back_is_not_counted_as_done() {
        let mut disorder = Disorder::new(Chaos::new(&"reorder=1".parse().unwrap()));
        assert_eq!(disorder.pass(5, "a"), None);
        assert_eq!(disorder.pass(9, "b"), None);
        assert_eq!((disorder.held(), disorder.complete_to(9, 0), disorder.complete_to(9, 1)), (2, 4, 8));
        assert_eq!(disorder.first(1), ["a"]);
        disorder.forget(2);
        assert_eq!((disorder.held(), disorder.complete_to(9, 0)), (0, 9));
    }

    #[test]
    fn a_duplicate_is_put_now_and_later() {
        let mut disorder = Disorder::new(Chaos::new(&"duplicates=1".parse().unwrap()));
        assert_eq!(disorder.pass(5, "a"), Some("a"));
        assert_eq!(disorder.first(1), ["a"]);
    }

    #[test]
    fn without_faults_everything_passes() {
        let mut disorder = Disorder::new(Chaos::default());
        assert_eq!(disorder.pass(5, "a"), Some("a"));
        assert_eq!(disorder.held(), 0);
    }
}
