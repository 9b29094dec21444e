//! An account on its whole way through the kit: decided, appended, projected, queried and rebuilt, over DynamoDB.

use std::num::NonZeroU16;
use std::time::Duration;

use dynamo::{Item, Table, number};
use es_core::{
    Applied, Category, Decider, EventReader, Execution, ExecutionError, Expectation, Projection, Recorded,
    Segment, SnapshotPolicy, StreamId, StreamVersion, ViewWriter, WriteError, execute,
};
use event_store::DynamoEventStore;
use event_stream::BatchResponse;
use projection::{QueryTable, Stores, ViewProjection, over};
use testing::dynamodb::LocalDynamoDb;
use testing::{InMemoryDeadLetters, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::{DynamoParity, ItemKey, ParityCursor, ViewUpdate, read_view, write_view};

use crate::account::{AccountEvent, BalanceProjection, account, commit};

/// The rules of an account: it opens with its first deposit, and nobody deposits nothing.
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
        }
    }
}

/// From the events of an account to its latest deposit.
enum LatestDeposit {}

impl Projection for LatestDeposit {
    const NAME: &'static str = "latest-deposit";
    const CATEGORY: Category = Account::CATEGORY;

    type Event = AccountEvent;
    type Change = Option<u64>;

    fn project(change: Option<u64>, recorded: &Recorded<AccountEvent>) -> Option<u64> {
        match recorded.event {
            AccountEvent::Opened {} => change,
            AccountEvent::Deposited { cents } => Some(cents),
        }
    }
}

impl ViewProjection for LatestDeposit {
    type Writer<R: EventReader + 'static> = Views;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Views {
        Views(Table::new(table.client, table.name))
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(view_key(stream))
    }
}

struct Views(Table);

impl ViewWriter<Option<u64>> for Views {
    async fn apply(
        &self,
        stream: &StreamId,
        latest: &Option<u64>,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let attributes = latest.iter().map(|cents| ("latest", number(*cents))).collect();
        write_view(&self.0, ViewUpdate { stream, key: view_key(stream), attributes, after, to }).await
    }
}

fn view_key(stream: &StreamId) -> ItemKey {
    ItemKey::new(format!("account#{}", stream.uuid()), "view")
}

fn deposit(number: u128, request: u64, cents: u64) -> Execution<u64> {
    let metadata = commit(number, request, Vec::new()).metadata;
    Execution { stream: account(number), command: cents, expectation: Expectation::Any, metadata }
}

#[tokio::test]
async fn an_account_is_decided_appended_projected_queried_and_rebuilt() {
    let db = LocalDynamoDb::start().await;
    let events = DynamoEventStore::new(db.client(), db.event_table().await);
    let (live, built) = (db.query_table().await, db.query_table().await);
    let deadline = Instant::now() + Duration::from_mins(1);
    let projector = |name: &String| {
        let table = QueryTable { client: db.client(), name: name.clone() };
        let stores = Stores { events: events.clone(), tables: (table, None), clock: StoppedClock::shared() };
        over::<LatestDeposit, _>(&stores)
    };

    for (request, (number, cents)) in (1..).zip([(1, 500), (2, 900), (1, 700)]) {
        execute::<Account, _>(&events, deposit(number, request, cents)).await.unwrap();
    }
    let again = execute::<Account, _>(&events, deposit(1, 3, 700)).await.unwrap();
    assert_eq!((again.state, again.version.get(), again.replayed), (Some(1_200), 3, true));
    let refused = execute::<Account, _>(&events, deposit(1, 4, 0)).await.unwrap_err();
    assert!(matches!(refused, ExecutionError::Refused("nothing to deposit")), "{refused:?}");

    let mut commits = events.commits_after(&account(1), StreamVersion::NONE, NonZeroU16::MAX).await.unwrap();
    commits.extend(events.commits_after(&account(2), StreamVersion::NONE, NonZeroU16::MAX).await.unwrap());
    let letters = InMemoryDeadLetters::default();
    let (response, counters) =
        projector(&live).project(&kinesis::commits(&commits), &letters, deadline).await;
    assert_eq!((response, counters.applied), (BatchResponse::default(), 3));
    let table = Table::new(db.client(), &live);
    let view = read_view(&table, &account(1), view_key(&account(1))).await.unwrap().unwrap();
    assert_eq!((Item(&view).number("latest"), Item(&view).number("version")), (Ok(700), Ok(3)));

    let all = events.load_all(Segment { index: 0, total: 1 }, None, NonZeroU16::MAX).await.unwrap();
    let replayed = projector(&built).replay(&all.commits, deadline).await;
    assert_eq!((replayed.applied, replayed.left), (3, Vec::new()));
    let parity = DynamoParity::new(db.client(), built, live, Vec::new());
    let (mut next, mut compared) = (Some(ParityCursor::beginning()), 0);
    while let Some(cursor) = next {
        let page = parity.page(&cursor).await.unwrap();
        assert_eq!(page.differing, []);
        (next, compared) = (page.next, compared + page.compared);
    }
    assert_eq!(compared, 4, "two views, each seen from both generations");
}
