//! How much a run measures.

/// The sizes and the numbers of repetitions of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// The rounds of each timing. In a round, all contenders take turns.
    pub(crate) rounds: usize,
    /// The commands of one contender in one round.
    pub(crate) commands: u32,
    /// The events of the long history.
    pub(crate) history: i64,
    /// The numbers of orders that are read.
    pub(crate) orders: &'static [usize],
    /// The numbers of stored streams.
    pub(crate) streams: &'static [usize],
}

/// The plan of the page.
pub(crate) const FULL: Plan = Plan {
    rounds: 9,
    commands: 40,
    history: 10_000,
    orders: &[500, 2_500, 100_000],
    streams: &[1_000, 10_000, 100_000, 1_000_000],
};

/// A plan that only shows that everything runs. Its numbers mean nothing.
pub(crate) const QUICK: Plan =
    Plan { rounds: 2, commands: 5, history: 100, orders: &[500], streams: &[1_000] };

/// A number with commas between its thousands, as the rows of the tables have it.
pub(crate) fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = {
        let first = digits.len() % 3;
        let (head, rest) = digits.split_at(first);
        let head = (!head.is_empty()).then_some(head);
        head.into_iter().chain((0..rest.len()).step_by(3).map(|at| &rest[at..at + 3])).collect()
    };
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::with_commas;

    #[test]
    fn thousands_have_commas() {
        assert_eq!([7, 500, 2_500, 1_000_000].map(with_commas), ["7", "500", "2,500", "1,000,000"]);
    }
}
