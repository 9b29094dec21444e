//! The whole path of an account through the kit on DynamoDB: decided, appended, projected, queried and rebuilt.

use std::num::NonZeroU16;
use std::time::Duration;

use es_core::{
    Category, Decider, EventReader, Execution, ExecutionError, Expectation, Projection, Recorded, Segment,
    SnapshotPolicy, StreamVersion, execute,
};
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{Registered, RegistryEntry, Stores, WrittenTables};
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{Change, DynamoParity, Fold, FoldedView, ParityCursor, QueryTable, View, Views};

use crate::account::{AccountEvent, BalanceProjection, account, commit};

/// The rules of an account: the first deposit opens the account, and a deposit of 0 is refused.
enum Account {}

impl Decider for Account {
    const CATEGORY: Category = BalanceProjection::CATEGORY;
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = u64;
    type Event = AccountEvent;
    type State = Option<u64>;
    type Error = &'static str;

    fn decide(balance: &Option<u64>, cents: u64) -> Result<Vec<AccountEvent>, &'static str> {
        let deposited = AccountEvent::Deposited { cents };
        match balance {
            _ if cents == 0 => Err("nothing to deposit"),
            Some(_) => Ok(vec![deposited]),
            None => Ok(vec![AccountEvent::Opened {}, deposited]),
        }
    }

    fn evolve(balance: Option<u64>, event: &AccountEvent) -> Option<u64> {
        match event {
            AccountEvent::Opened {} => Some(0),
            AccountEvent::Deposited { cents } => balance.map(|balance| balance + cents),
            AccountEvent::Renamed {} => balance,
        }
    }
}

/// The view of an account: its balance and all its deposits.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "account")]
pub(crate) struct AccountView {
    version: StreamVersion,
    /// The sum of the deposits.
    #[view(opening)]
    pub(crate) balance: i64,
    /// The deposits, oldest first.
    deposits: Vec<u64>,
}

/// Projects the events of an account to a change of its view.
pub(crate) enum AccountProjection {}

impl Projection for AccountProjection {
    const NAME: &'static str = "account-projection";
    const CATEGORY: Category = Account::CATEGORY;

    type Event = AccountEvent;
    type Change = Change<AccountView>;

    fn project(change: Change<AccountView>, recorded: &Recorded<AccountEvent>) -> Change<AccountView> {
        match &recorded.event {
            AccountEvent::Opened {} => {
                change.set(AccountView::BALANCE, &0).set(AccountView::DEPOSITS, &Vec::new())
            }
            AccountEvent::Deposited { cents } => change
                .add(AccountView::BALANCE, i64::try_from(*cents).unwrap())
                .append(AccountView::DEPOSITS, cents),
            AccountEvent::Renamed {} => change,
        }
    }
}

/// The two latest deposits of an account. The view is folded, because its next state depends on its current state.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "latest")]
struct LatestDeposits {
    version: StreamVersion,
    /// The deposits, oldest first.
    #[view(opening)]
    deposits: Vec<u64>,
}

impl FoldedView for LatestDeposits {
    type Event = AccountEvent;

    fn fold(before: Option<Self>, recorded: &Recorded<AccountEvent>) -> Option<Self> {
        match recorded.event {
            AccountEvent::Opened {} => Some(Self { version: recorded.version, deposits: Vec::new() }),
            AccountEvent::Deposited { cents } => before.map(|mut view| {
                view.deposits.push(cents);
                view.deposits.drain(..view.deposits.len().saturating_sub(2));
                view
            }),
            AccountEvent::Renamed {} => before,
        }
    }
}

/// Projects the events of an account to its latest deposits.
enum LatestProjection {}

impl Projection for LatestProjection {
    const NAME: &'static str = "latest-projection";
    const CATEGORY: Category = Account::CATEGORY;

    type Event = AccountEvent;
    type Change = Fold<LatestDeposits>;

    fn project(change: Fold<LatestDeposits>, recorded: &Recorded<AccountEvent>) -> Fold<LatestDeposits> {
        change.and(recorded)
    }
}

fn deposit(number: u128, request: u64, cents: u64) -> Execution<u64> {
    let metadata = commit(number, request, Vec::new()).metadata;
    Execution { stream: account(number), command: cents, expectation: Expectation::Any, metadata }
}

/// Both projections as a registry lists them.
fn all<Entry: RegistryEntry>() -> [Entry; 2] {
    [Entry::of_projection::<AccountProjection>(), Entry::of_projection::<LatestProjection>()]
}

#[tokio::test]
async fn an_account_is_decided_appended_projected_queried_and_rebuilt() {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let (live, built) = (db.query_table().await, db.query_table().await);
    let deadline = Instant::now() + Duration::from_mins(1);
    let projectors = |name: &String| {
        let (name, timeline) = (name.clone(), kinesis::EVENT_TABLE.to_owned());
        let table = QueryTable { client: db.client(), name, timeline };
        let stores = Stores {
            events: events.clone(),
            tables: WrittenTables::only(table),
            clock: StoppedClock::shared(),
        };
        all::<Registered<_>>().map(|projection| (projection.connect)(&stores))
    };

    for (request, (number, cents)) in (1..).zip([(1, 500), (2, 900), (1, 700), (1, 50)]) {
        execute::<Account, _>(&events, deposit(number, request, cents)).await.unwrap();
    }
    let again = execute::<Account, _>(&events, deposit(1, 4, 50)).await.unwrap();
    assert_eq!((again.state, again.version.get(), again.replayed), (Some(1_250), 4, true));
    let refused = execute::<Account, _>(&events, deposit(1, 5, 0)).await.unwrap_err();
    assert!(matches!(refused, ExecutionError::Refused("nothing to deposit")), "{refused:?}");

    let letters = InMemoryDeadLetters::default();
    let stream = account(1);
    let commits = events.commits_after(&stream, StreamVersion::NONE, NonZeroU16::MAX).await.unwrap();
    // The first commit has a batch of its own, and the other commits are delivered twice. The changes of the second and
    // third batch therefore start from an existing view.
    for batch in [&commits[..1], &commits[1..], &commits[1..]] {
        for projector in projectors(&live) {
            let (response, _) = projector.project(&kinesis::commits(batch), &letters, deadline).await;
            assert_eq!(response, BatchResponse::default());
        }
    }
    let commits = events.commits_after(&account(2), StreamVersion::NONE, NonZeroU16::MAX).await.unwrap();
    for projector in projectors(&live) {
        let (_, counters) = projector.project(&kinesis::commits(&commits), &letters, deadline).await;
        assert_eq!(counters.applied, 1);
    }
    let (balances, latest) =
        (Views::<AccountView>::new(db.client(), &live), Views::<LatestDeposits>::new(db.client(), &live));
    let version = StreamVersion::new(4);
    let expected = AccountView { version, balance: 1_250, deposits: vec![500, 700, 50] };
    assert_eq!(balances.get(&stream).await.unwrap(), Some(expected));
    let expected = LatestDeposits { version, deposits: vec![700, 50] };
    assert_eq!(latest.get(&stream).await.unwrap(), Some(expected));

    let everything = events.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX).await.unwrap();
    for projector in projectors(&built) {
        let replayed = projector.replay(&everything.commits, deadline).await;
        assert_eq!((replayed.applied, replayed.stopped), (4, Vec::new()));
    }
    let parity = DynamoParity::new(db.client(), built, live, Vec::new());
    let (mut next, mut compared) = (ParityCursor::beginning(), 0);
    while let ParityCursor::Items { generation, after } = next {
        let page = parity.page(generation, after.as_ref()).await.unwrap();
        assert_eq!(page.differing, []);
        (next, compared) = (page.next, compared + page.compared);
    }
    assert_eq!(compared, 8, "each of the four views is compared from both generations");
}
