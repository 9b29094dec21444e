//! Comparing the generation that was built with the other.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use view_store::{Difference, DynamoParity, ItemKey, ParityCursor, ReadError};

/// How often what differs is looked at again.
const LOOKS: u32 = 4;

/// How many differing items are gathered before they are looked at again.
const GATHERED: usize = 500;

/// How many differences a report lists.
const LISTED: usize = 20;

/// How long before the deadline no further page is begun, so that the last looks fit in.
const RESERVE: Duration = Duration::from_secs(20);

/// A comparison, with what it works on.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The two generations.
    pub parity: DynamoParity,
    /// How long it waits before it looks again at what differs.
    pub pause: Duration,
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompareReport {
    /// The verdict.
    pub state: CompareState,
    /// Items and counters that were compared so far; an item that both generations have counts twice.
    pub compared: u64,
    /// Items and counters that differed so far, however often they were looked at.
    pub different: u64,
    /// The first of those that were found this time.
    pub differences: Vec<Difference>,
    /// Where to go on, as `from` of the next invocation, when the time was up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Continuation>,
}

/// Where a comparison goes on, and what it came to before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continuation {
    /// The place.
    pub at: ParityCursor,
    /// Items that were compared before.
    pub compared: u64,
    /// Items that differed before.
    pub different: u64,
}

/// The verdict of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareState {
    /// Everything was compared, and is the same.
    Equal,
    /// Everything was compared, and something is not the same.
    Different,
    /// The time was up before the end.
    Unfinished,
}

/// What has been found so far.
#[derive(Default)]
struct Findings {
    compared: u64,
    different: u64,
    listed: Vec<Difference>,
    open: Vec<ItemKey>,
}

impl Comparison {
    /// A pause far longer than the moment between the writes of the two generations.
    pub const PAUSE: Duration = Duration::from_secs(2);

    /// Compares both generations from `from` on, or from the beginning, until the end or `deadline`.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn run(
        &self,
        from: Option<Continuation>,
        deadline: Instant,
    ) -> Result<CompareReport, ReadError> {
        let beginning = || Continuation { at: ParityCursor::beginning(), compared: 0, different: 0 };
        let Continuation { at, compared, different } = from.unwrap_or_else(beginning);
        let mut findings = Findings { compared, different, ..Findings::default() };
        let mut next = Some(at);
        while let Some(cursor) = next.take() {
            if Instant::now() + RESERVE >= deadline {
                next = Some(cursor);
                break;
            }
            let page = self.parity.page(&cursor).await?;
            findings.compared += page.compared;
            findings.open.extend(page.differing);
            if findings.open.len() >= GATHERED {
                self.look_again(&mut findings).await?;
            }
            next = page.next;
        }
        self.look_again(&mut findings).await?;
        if next.is_none() {
            self.counters(&mut findings).await?;
        }
        Ok(findings.report(next))
    }

    /// Looks at the open items until they are the same, or different for long enough.
    async fn look_again(&self, findings: &mut Findings) -> Result<(), ReadError> {
        let mut open = std::mem::take(&mut findings.open);
        let mut differences = Vec::new();
        for look in 0..LOOKS {
            if open.is_empty() {
                return Ok(());
            }
            if look > 0 {
                sleep(self.pause).await;
            }
            differences = self.parity.differences(&open).await?;
            open = differences.iter().map(|difference| difference.key().clone()).collect();
        }
        findings.add(differences);
        Ok(())
    }

    /// Looks at the counters until their sums are the same, or different for long enough.
    async fn counters(&self, findings: &mut Findings) -> Result<(), ReadError> {
        for look in 1..=LOOKS {
            let (compared, differences) = self.parity.counters().await?;
            if differences.is_empty() || look == LOOKS {
                findings.compared += compared;
                findings.add(differences);
                return Ok(());
            }
            sleep(self.pause).await;
        }
        Ok(())
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
        let Self { compared, different, listed, .. } = self;
        let next = next.map(|at| Continuation { at, compared, different });
        CompareReport { state, compared, different, differences: listed, next }
    }
}
