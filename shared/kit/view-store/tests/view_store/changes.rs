//! The effect of a change on a view is the same however its steps are divided among writes.

use std::collections::BTreeMap;

use dynamo::check_size;
use es_core::{StreamVersion, Unwritable, ViewWriter, WriteError};
use proptest::prelude::*;
use view_store::{Change, Field};

use crate::account::{AccountView, Accounts, Deposit, stream};

/// One step of a change.
#[derive(Debug, Clone)]
enum Step {
    Balance(i64),
    Add(i64),
    Owner(Option<String>),
    Purposes(Vec<String>),
    Deposits(Vec<Deposit>),
    Deposited(Deposit),
}

impl Step {
    fn on(&self, change: Change<AccountView>) -> Change<AccountView> {
        match self {
            Self::Balance(cents) => change.set(AccountView::BALANCE, cents),
            Self::Add(cents) => change.add(AccountView::BALANCE, *cents),
            Self::Owner(owner) => change.set_or_remove(AccountView::OWNER, owner.as_deref()),
            Self::Purposes(purposes) => change.set(AccountView::PURPOSES, purposes),
            Self::Deposits(deposits) => change.set(AccountView::DEPOSITS, deposits),
            Self::Deposited(deposit) => change.append(AccountView::DEPOSITS, deposit),
        }
    }

    fn on_view(&self, view: &mut AccountView) {
        match self.clone() {
            Self::Balance(cents) => view.balance = cents,
            Self::Add(cents) => view.balance += cents,
            Self::Owner(owner) => view.owner = owner,
            Self::Purposes(purposes) => view.purposes = purposes,
            Self::Deposits(deposits) => view.deposits = deposits,
            Self::Deposited(deposit) => view.deposits.push(deposit),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let cents = -1_000_000_000_000_000_i64..1_000_000_000_000_000;
    let owner = prop::option::of("[a-z日 \"]{0,5}");
    let deposit = (cents.clone(), owner.clone()).prop_map(|(cents, by)| Deposit { cents, by });
    prop_oneof![
        cents.clone().prop_map(Step::Balance),
        cents.prop_map(Step::Add),
        owner.prop_map(Step::Owner),
        prop::collection::vec("[a-z日\"]{0,5}", 0..3).prop_map(Step::Purposes),
        prop::collection::vec(deposit.clone(), 0..3).prop_map(Step::Deposits),
        deposit.prop_map(Step::Deposited),
    ]
}

fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
}

/// The change of a view's first write, and the view after it.
fn opened() -> (Change<AccountView>, AccountView) {
    let change = Change::default()
        .set(AccountView::BALANCE, &0)
        .set(AccountView::DEPOSITS, &Vec::new())
        .set(AccountView::PURPOSES, &Vec::new());
    let version = StreamVersion::new(1);
    (change, AccountView { version, balance: 0, owner: None, deposits: Vec::new(), purposes: Vec::new() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn steps_have_the_same_effect_in_one_write_as_in_many(
        writes in prop::collection::vec(prop::collection::vec(step(), 0..5), 0..5)
    ) {
        run(async {
            let accounts = Accounts::new().await;
            let (mut change, mut expected) = opened();
            let mut version = StreamVersion::NONE;
            for steps in std::iter::once(&Vec::new()).chain(&writes) {
                change = steps.iter().fold(change, |change, step| step.on(change));
                for step in steps {
                    step.on_view(&mut expected);
                }
                expected.version = version.next();
                accounts.views.apply(&stream(1), &change, version, version.next()).await.unwrap();
                assert_eq!(accounts.views.get(&stream(1)).await.unwrap().as_ref(), Some(&expected));
                (version, change) = (version.next(), Change::default());
            }
        });
    }
}

/// DynamoDB adds numbers with 38 digits. It stores a sum that is too large for an `i64`, and only the reader fails.
#[tokio::test]
async fn a_sum_too_large_for_an_i64_is_stored_and_only_reading_it_fails() {
    let accounts = Accounts::new().await;
    let (change, _) = opened();
    let change = change.add(AccountView::BALANCE, i64::MAX).add(AccountView::BALANCE, i64::MAX);
    accounts.views.apply(&stream(1), &change, StreamVersion::NONE, StreamVersion::new(1)).await.unwrap();
    assert!(accounts.views.get(&stream(1)).await.is_err());
    let back = Change::default().add(AccountView::BALANCE, -i64::MAX);
    let (after, to) = (StreamVersion::new(1), StreamVersion::new(2));
    accounts.views.apply(&stream(1), &back, after, to).await.unwrap();
    assert_eq!(accounts.read(1).await.unwrap(), Some((2, i64::MAX)));
}

#[tokio::test]
async fn a_change_that_can_never_be_stored_sends_no_request_and_reports_the_first_reason() {
    let partition_key = |bytes: usize| {
        let key = Field::<AccountView, str>::partition_key("owner_key");
        Change::default().set(key, &"k".repeat(bytes))
    };
    let sort_key = |bytes: usize| {
        let key = Field::<AccountView, str>::sort_key("sort_key");
        Change::default().set(key, &"k".repeat(bytes))
    };
    let map: BTreeMap<(u8, u8), u8> = [((1, 2), 3)].into();
    let no_form = Change::default().set(Field::<AccountView, _>::new("pairs"), &map);
    let no_list = Change::default().append(Field::<AccountView, Vec<i64>>::json("numbers"), &1);
    let large = Change::default().set(AccountView::PURPOSES, &vec!["p".repeat(400 * 1_024)]);
    // The attribute's name has 8 bytes, and each deposit 15 more than its text.
    let long = |bytes: usize| Deposit { cents: 1, by: Some("b".repeat(bytes)) };
    let appended = Change::default()
        .append(AccountView::DEPOSITS, &long(200_000))
        .append(AccountView::DEPOSITS, &long(200_000));
    let too_large = |attribute, bytes, limit| check_size(attribute, bytes, limit).unwrap_err();
    let cases = [
        (partition_key(2_049), too_large("owner_key", 2_049, 2_048)),
        (sort_key(1_025), too_large("sort_key", 1_025, 1_024)),
        (partition_key(0), Unwritable::NotStorable { attribute: "owner_key" }),
        (sort_key(0), Unwritable::NotStorable { attribute: "sort_key" }),
        (no_form, Unwritable::NotStorable { attribute: "pairs" }),
        (no_list, Unwritable::NotStorable { attribute: "numbers" }),
        (large, too_large("the change", 409_612, 307_200)),
        (appended, too_large("the change", 400_038, 307_200)),
        (
            partition_key(2_049).set(Field::sort_key("sort_key"), &"k".repeat(1_025)),
            too_large("owner_key", 2_049, 2_048),
        ),
    ];
    let accounts = Accounts::new().await;
    for (change, expected) in cases {
        let refused =
            accounts.views.apply(&stream(1), &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        let Err(WriteError::Unwritable(found)) = refused else { panic!("{expected} was not refused") };
        assert_eq!(found, expected);
    }
    assert!(accounts.db.recorder().requests().is_empty());
}

#[tokio::test]
async fn a_change_that_makes_the_item_too_large_can_never_be_written() {
    let accounts = Accounts::new().await;
    let change = || {
        let deposit = Deposit { cents: 1, by: Some("b".repeat(250_000)) };
        Change::default().append(AccountView::DEPOSITS, &deposit)
    };
    let (one, two) = (StreamVersion::new(1), StreamVersion::new(2));
    accounts.views.apply(&stream(1), &change(), StreamVersion::NONE, one).await.unwrap();
    let refused = accounts.views.apply(&stream(1), &change(), one, two).await;
    assert!(matches!(refused, Err(WriteError::Unwritable(Unwritable::Invalid { .. }))), "{refused:?}");
}
