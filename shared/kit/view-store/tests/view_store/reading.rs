//! Reading items as views.

use dynamo::{CorruptItem, Item, item_bytes, number, text};
use es_core::StreamVersion;
use uuid::Uuid;
use view_store::{AttributeMap, ItemKey, Measured, View, id_in_key};

/// A view that has its own id.
#[derive(Debug, Clone, PartialEq, Eq, View)]
#[view(partition = "branch")]
struct Branch {
    version: StreamVersion,
    #[view(id)]
    id: Uuid,
    /// The number of accounts.
    #[view(opening)]
    accounts: i64,
}

fn item(pk: &str, attributes: &[(&str, i64)]) -> AttributeMap {
    let mut item = ItemKey::new(pk, "view").attributes();
    item.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), number(value))));
    item
}

#[test]
fn views_are_measured_and_items_with_only_a_checkpoint_are_left_out() {
    let id = Uuid::from_u128(7);
    let pk = format!("branch#{id}");
    let opened = item(&pk, &[("version", 3), ("accounts", 12)]);
    let only_checkpoint = item(&pk, &[("version", 3)]);
    let measured = Measured::<Branch>::views(&[opened.clone(), only_checkpoint]).unwrap();
    let entry = Branch { version: StreamVersion::new(3), id, accounts: 12 };
    assert_eq!(measured, [Measured { entry, bytes: item_bytes(&opened) }]);
    let mut corrupt = opened.clone();
    corrupt.insert("accounts".to_owned(), text("twelve"));
    let error = Measured::<Branch>::views(&[opened, corrupt]).unwrap_err();
    assert_eq!(error, CorruptItem { item: pk, attribute: "accounts" });
}

#[test]
fn the_id_in_a_key_follows_the_partition() {
    let id = Uuid::from_u128(7);
    let found = |pk: &str| id_in_key(Item(&item(pk, &[])), "branch").ok();
    assert_eq!(found(&format!("branch#{id}")), Some(id));
    for pk in [
        format!("account#{id}"),
        format!("branch{id}"),
        format!("branches#{id}"),
        format!("branch#{id}#1"),
        "branch#".to_owned(),
    ] {
        let corrupt = id_in_key(Item(&item(&pk, &[])), "branch").unwrap_err();
        assert_eq!(corrupt, CorruptItem { item: pk, attribute: "pk" });
    }
}
