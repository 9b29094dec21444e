//! Compares the generation that is not live with the live one.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use view_store::{CounterKey, CounterPosition, Difference, DynamoParity, ItemKey, ParityCursor, ReadError};

use crate::rebuild::Compared;

/// How often a differing item or counter is read again before the report lists the difference. After the report lists
/// [`LISTED`] differences, each further one is read again only once, because the generations differ in any case. If all
/// views have a new shape, the comparison would otherwise pause for hours.
///
/// Both generations receive new commits during the comparison, one a moment before the other. A view differs for such a
/// moment. A counter that many orders change may differ in half of all looks, so four looks would often miss that the
/// generations are equal.
const LOOKS: u32 = 16;

/// The time before the deadline in which no look begins, so that the report arrives in time.
const LAST_LOOK: Duration = Duration::from_secs(2);

/// How many differing items or counters are collected before they are read again.
const GATHERED: usize = 500;

/// The most differences that a report lists.
const LISTED: usize = 20;

/// The time before the deadline in which no new page of items and no new partition of counters is read. The last
/// differing items or counters are read again in that time.
const RESERVE: Duration = Duration::from_secs(20);

/// A comparison of two generations.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The two generations.
    pub parity: DynamoParity,
    /// The pause before differing items and counters are read again.
    pub pause: Duration,
}

/// The report of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompareReport {
    /// The result.
    pub state: CompareState,
    /// What is compared.
    pub began: Compared,
    /// The number of items and counters compared so far. An item that both generations have counts twice.
    pub compared: u64,
    /// The number of items and counters that have differed so far. Repeated reads of an item count once. If an invocation
    /// finds more differences than it lists, some of these may have lasted only for a moment.
    pub different: u64,
    /// The first differences that this invocation found, at most 20.
    pub differences: Vec<Difference>,
    /// The value of `from` for the next invocation. It is present if the time was up before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Continuation>,
}

/// Where a comparison continues, with the counts of the earlier invocations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuation {
    /// What is compared.
    pub began: Compared,
    /// The position in the tables.
    pub at: ParityCursor,
    /// The number of items that earlier invocations compared.
    pub compared: u64,
    /// The number of items that differed in earlier invocations.
    pub different: u64,
}

impl Continuation {
    /// The beginning of a comparison.
    #[must_use]
    pub const fn beginning(began: Compared) -> Self {
        Self { began, at: ParityCursor::beginning(), compared: 0, different: 0 }
    }
}

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareState {
    /// Everything was compared, and the generations are equal.
    Equal,
    /// Everything was compared, and the generations differ.
    Different,
    /// The time was up before the end.
    Unfinished,
}

/// The intermediate result of a comparison.
#[derive(Default)]
struct Findings {
    began: Compared,
    compared: u64,
    different: u64,
    listed: Vec<Difference>,
    /// The differing items that are not read again yet.
    items: Vec<ItemKey>,
    /// The differing counters that are not read again yet.
    counters: Vec<CounterKey>,
}

impl Comparison {
    /// The pause in production: half a second. It is longer than the time between a projection's writes to the two
    /// generations. All looks together take 8 seconds, and a projection retries failed writes within this time.
    pub const PAUSE: Duration = Duration::from_millis(500);

    /// Compares both generations, starting at `from`. Stops at the end of the counters or at `deadline`.
    ///
    /// An item or a counter counts as equal if one look finds it equal. While a counter is written, a look may read
    /// both generations at different commits. A wrong counter may then seem equal if its error happens to be the
    /// difference between these commits. Without writes, a comparison is exact.
    ///
    /// # Errors
    /// [`ReadError`] if one of the two tables cannot be read.
    pub async fn run(&self, from: Continuation, deadline: Instant) -> Result<CompareReport, ReadError> {
        let Continuation { began, at, compared, different } = from;
        let mut findings = Findings { began, compared, different, ..Findings::default() };
        let mut next = Some(at);
        while let Some(cursor) = next.take() {
            if is_late(deadline) {
                next = Some(cursor);
                break;
            }
            next = match cursor {
                ParityCursor::Items { generation, after } => {
                    let page = self.parity.page(generation, after.as_ref()).await?;
                    findings.compared += page.compared;
                    findings.items.extend(page.differing);
                    let is_last = matches!(page.next, ParityCursor::Counters { .. });
                    if is_last || findings.items.len() >= GATHERED {
                        self.look_at_items(&mut findings, deadline).await?;
                    }
                    Some(page.next)
                }
                ParityCursor::Counters { counters } => {
                    self.counters(&mut findings, counters, deadline).await?
                }
            };
        }
        self.look_at_items(&mut findings, deadline).await?;
        Ok(findings.report(next))
    }

    /// Compares the counters after the position `after`, one partition after the other. Returns the position where the
    /// comparison continues if the time is up before the end.
    async fn counters(
        &self,
        findings: &mut Findings,
        CounterPosition { mut after }: CounterPosition,
        deadline: Instant,
    ) -> Result<Option<ParityCursor>, ReadError> {
        let mut partitions = self.parity.counter_partitions(after.as_deref()).await?.into_iter().peekable();
        while let Some(partition) = partitions.next_if(|_| !is_late(deadline)) {
            let page = self.parity.counters(&partition).await?;
            findings.compared += page.compared;
            findings.counters.extend(page.differing);
            if findings.counters.len() >= GATHERED {
                self.look_at_counters(findings, deadline).await?;
            }
            after = Some(partition.name().to_owned());
        }
        self.look_at_counters(findings, deadline).await?;
        let is_end = partitions.peek().is_none();
        Ok((!is_end).then_some(ParityCursor::Counters { counters: CounterPosition { after } }))
    }

    /// Reads the differing items again until each has been equal once or the looks are used up.
    async fn look_at_items(&self, findings: &mut Findings, deadline: Instant) -> Result<(), ReadError> {
        let mut open = std::mem::take(&mut findings.items);
        let mut looks = self.looks(findings, deadline);
        let mut differences = Vec::new();
        while !open.is_empty() && looks.next().await {
            differences = self.parity.differences(&open).await?;
            open = differences.iter().map(|difference| difference.key().clone()).collect();
        }
        findings.add(differences);
        Ok(())
    }

    /// Reads the differing counters again until each has been equal once or the looks are used up.
    async fn look_at_counters(&self, findings: &mut Findings, deadline: Instant) -> Result<(), ReadError> {
        let mut open = std::mem::take(&mut findings.counters);
        let mut looks = self.looks(findings, deadline);
        let mut differences = Vec::new();
        while !open.is_empty() && looks.next().await {
            (open, differences) = self.parity.counter_differences(&open).await?.into_iter().unzip();
        }
        findings.add(differences);
        Ok(())
    }

    const fn looks(&self, findings: &Findings, deadline: Instant) -> Looks {
        let most = if findings.listed.len() < LISTED { LOOKS } else { 1 };
        Looks { most, done: 0, pause: self.pause, deadline }
    }
}

/// Whether too little time is left to read something new.
fn is_late(deadline: Instant) -> bool {
    Instant::now() + RESERVE >= deadline
}

/// The looks at differing items or counters.
struct Looks {
    most: u32,
    done: u32,
    pause: Duration,
    deadline: Instant,
}

impl Looks {
    /// Waits until the next look. Returns false after the last one. The first look takes place in any case; the others
    /// end [`LAST_LOOK`] before the deadline.
    async fn next(&mut self) -> bool {
        if self.done > 0 {
            if self.done == self.most || Instant::now() + self.pause + LAST_LOOK >= self.deadline {
                return false;
            }
            sleep(self.pause).await;
        }
        self.done += 1;
        true
    }
}

impl Findings {
    fn add(&mut self, differences: Vec<Difference>) {
        self.different += differences.len() as u64;
        self.listed.extend(differences);
        self.listed.truncate(LISTED);
    }

    fn report(self, next: Option<ParityCursor>) -> CompareReport {
        let state = match (&next, self.different) {
            (Some(_), _) => CompareState::Unfinished,
            (None, 0) => CompareState::Equal,
            (None, _) => CompareState::Different,
        };
        let Self { began, compared, different, listed, .. } = self;
        let next = next.map(|at| Continuation { began, at, compared, different });
        CompareReport { state, began, compared, different, differences: listed, next }
    }
}
