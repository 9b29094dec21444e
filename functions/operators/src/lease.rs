//! The lease of an operator: one invocation at a time changes anything.
//!
//! An invocation takes the lease with one conditional write to the operations table, and returns it with another one
//! when its work is done. If the invocation dies, the lease ends by itself after the invocation's deadline.
//!
//! | pk | attributes |
//! | --- | --- |
//! | `lease#<operator>` | `holder`, a random id of the invocation; `held_until`, the end in seconds since the epoch, 0 if returned |
//!
//! The lease saves work and keeps reports clear. It does not protect data: every write of an operator is conditional or
//! repeats what is there already, so two invocations do no harm to each other.
//! docs/decisions/82-a-lease-serialises-the-operators.md has the reasons.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use dynamo::{AttributeMap, ConditionalWrite, CorruptItem, Item, PK, Table, number, text};
use es_core::{Clock, Timestamp, WriteError};
use lambda::Error;
use serde::Serialize;
use tokio::time::Instant;
use tracing::field::Empty;
use uuid::Uuid;

const HOLDER: &str = "holder";
const HELD_UNTIL: &str = "held_until";

/// How long a lease lasts after the deadline of its invocation. Lambda ends the invocation one second after the deadline
/// ([`lambda::deadline`]). The rest of the margin covers the difference between the clocks of two machines, and requests
/// that are still on their way.
const MARGIN: Duration = Duration::from_secs(10);

/// The lease of one operator.
#[derive(Clone)]
pub struct Lease {
    table: Table,
    operator: &'static str,
    clock: Arc<dyn Clock>,
}

/// The answer of an operator that may need its lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LeasedAnswer<T> {
    /// The report of the work.
    Done(T),
    /// Nothing was done, because another invocation has the lease.
    Refused(LeaseRefusal),
}

/// Why an operator did nothing. The answer is not an error of the function: a schedule that meets a running invocation
/// must raise no alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseRefusal {
    /// What the caller can do.
    pub refused: String,
    /// The operator.
    pub operator: &'static str,
    /// When the lease of the other invocation ends at the latest.
    pub until: Timestamp,
}

/// The lease was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another invocation has the lease.
    #[error(
        "another invocation of {operator} works until {until} at the latest: wait until it ends, or call again after \
         {until}"
    )]
    Held {
        /// The operator.
        operator: &'static str,
        /// When the lease of the other invocation ends at the latest.
        until: Timestamp,
    },
    /// The item of the lease has no valid end.
    #[error(
        "the lease of {operator} cannot be read: delete the item lease#{operator} of the operations table"
    )]
    Corrupt {
        /// The operator.
        operator: &'static str,
        /// What is wrong with the item.
        source: CorruptItem,
    },
    /// The operations table failed.
    #[error("the lease of {operator} cannot be taken")]
    Write {
        /// The operator.
        operator: &'static str,
        /// The failure.
        source: WriteError,
    },
}

impl Lease {
    /// The lease of `operator` in the operations table `table`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(
        client: Client,
        table: impl Into<String>,
        operator: &'static str,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { table: Table::new(client, table), operator, clock }
    }

    /// Does `work`, which ends at `deadline` at the latest. Takes the lease before it if the work `needs_lease`, and returns
    /// the lease after it.
    ///
    /// # Errors
    /// [`LeaseError`] if the lease can be neither taken nor refused, and the error of `work`.
    pub async fn run<T, E: Into<Error>>(
        &self,
        needs_lease: bool,
        deadline: Instant,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<LeasedAnswer<T>, Error> {
        if !needs_lease {
            return work.await.map(LeasedAnswer::Done).map_err(Into::into);
        }
        let holder = match self.take(deadline).await {
            Ok(holder) => holder,
            Err(error @ LeaseError::Held { operator, until }) => {
                let refused = error.to_string();
                tracing::info!(operator, %until, "nothing was done, because another invocation has the lease");
                return Ok(LeasedAnswer::Refused(LeaseRefusal { refused, operator, until }));
            }
            Err(error) => return Err(error.into()),
        };
        let done = work.await;
        self.give_back(&holder).await;
        done.map(LeasedAnswer::Done).map_err(Into::into)
    }

    /// Takes the lease until `deadline` has passed everywhere. Returns the id of the holder.
    async fn take(&self, deadline: Instant) -> Result<String, LeaseError> {
        let operator = self.operator;
        let holder = Uuid::from_u128(fastrand::u128(..)).to_string();
        let now = seconds(self.clock.now());
        let left = deadline.saturating_duration_since(Instant::now()) + MARGIN;
        let until = now.saturating_add(left.as_secs()).saturating_add(1);
        let taken = self.put(
            &holder,
            until,
            "attribute_not_exists(pk) OR held_until < :now OR holder = :holder",
            Some(now),
        );
        match taken.await.map_err(|source| LeaseError::Write { operator, source })? {
            ConditionalWrite::Written => Ok(holder),
            ConditionalWrite::Refused(found) => {
                let until = held_until(&found.unwrap_or_default());
                Err(match until {
                    Ok(until) => LeaseError::Held { operator, until },
                    Err(source) => LeaseError::Corrupt { operator, source },
                })
            }
        }
    }

    /// Returns the lease, unless another invocation has taken it since. If the table fails, the lease ends by itself.
    async fn give_back(&self, holder: &str) {
        let operator = self.operator;
        match self.put(holder, 0, "holder = :holder", None).await {
            Ok(ConditionalWrite::Written) => {}
            Ok(ConditionalWrite::Refused(_)) => {
                tracing::warn!(operator, "the lease ended before the work was done");
            }
            Err(error) => {
                let error = &error as &(dyn std::error::Error + 'static);
                tracing::warn!(error, operator, "the lease is not returned and ends by itself");
            }
        }
    }

    /// Writes the lease under `condition`. The SDK may repeat the write after a lost answer, so a condition must accept
    /// the own `holder`.
    #[tracing::instrument(name = "operations.put_lease", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(
        &self,
        holder: &str,
        until: u64,
        condition: &str,
        now: Option<u64>,
    ) -> Result<ConditionalWrite, WriteError> {
        let item = AttributeMap::from([
            (PK.to_owned(), text(format!("lease#{}", self.operator))),
            (HOLDER.to_owned(), text(holder)),
            (HELD_UNTIL.to_owned(), number(until)),
        ]);
        let put = self.table.put_item().set_item(Some(item)).condition_expression(condition);
        let put = put.expression_attribute_values(":holder", text(holder));
        let put = now.into_iter().fold(put, |put, now| put.expression_attribute_values(":now", number(now)));
        Ok(self.table.call().put_if(put).await?)
    }
}

/// Whole seconds since the epoch.
fn seconds(time: Timestamp) -> u64 {
    time.micros().unsigned_abs() / 1_000_000
}

fn held_until(item: &AttributeMap) -> Result<Timestamp, CorruptItem> {
    let seconds: i64 = Item(item).number(HELD_UNTIL)?;
    Ok(Timestamp::from_micros(seconds.saturating_mul(1_000_000)).unwrap_or(Timestamp::MAX))
}
