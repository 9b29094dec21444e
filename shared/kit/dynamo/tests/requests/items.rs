//! Items: attributes, and sizes as DynamoDB counts them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{
    AttributeMap, Item, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, PK, attribute_value, check_size, item_bytes,
    number, text, value_bytes,
};
use es_core::Unwritable;
use serde_json::{Value, json};

fn list(values: &[AttributeValue]) -> AttributeValue {
    AttributeValue::L(values.to_vec())
}

fn map<const N: usize>(members: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(members.map(|(name, value)| (name.to_owned(), value)).into())
}

#[test]
fn a_value_becomes_an_attribute_of_its_type_and_is_read_back() {
    for (json, attribute) in [
        (json!(null), AttributeValue::Null(true)),
        (json!(true), AttributeValue::Bool(true)),
        (json!(-1.5), number("-1.5")),
        (json!("words"), text("words")),
        (json!([1, "two"]), list(&[number(1), text("two")])),
        (
            json!({ "outer": { "inner": [null] } }),
            map([("outer", map([("inner", list(&[AttributeValue::Null(true)]))]))]),
        ),
    ] {
        assert_eq!(attribute_value(&json).as_ref(), Some(&attribute));
        let item = AttributeMap::from([("value".to_owned(), attribute)]);
        assert_eq!(Item(&item).value::<Value>("value"), Ok(json));
    }
    assert_eq!(attribute_value(&f64::NAN), Some(AttributeValue::Null(true)));
    assert_eq!(attribute_value(&HashMap::from([((1, 2), 3)])), None, "a key is not a string");
    let item = AttributeMap::from([("tags".to_owned(), AttributeValue::Ss(vec!["new".to_owned()]))]);
    assert_eq!(Item(&item).value::<Value>("tags"), Err(Item(&item).corrupt("tags")), "a set is not JSON");
}

#[test]
fn the_size_of_an_item_is_that_of_its_names_and_values() {
    for (value, bytes) in [
        (text("\u{e9}t\u{e9}"), 5),
        (number(7), 2),
        (number(-12), 3),
        (number(1_234), 3),
        (AttributeValue::Bool(false), 1),
        (AttributeValue::Null(true), 1),
        (list(&[]), 3),
        (list(&[text("ab"), number(1_234)]), 10),
        (map([]), 3),
        (map([("a", text("bc")), ("de", AttributeValue::Bool(true))]), 11),
    ] {
        assert_eq!(value_bytes(&value), bytes, "{value:?}");
        let item = AttributeMap::from([("name".to_owned(), value), (PK.to_owned(), text("abc"))]);
        assert_eq!(item_bytes(&item), 4 + bytes + 5, "{item:?}");
    }
}

#[test]
fn a_size_up_to_the_limit_is_accepted() {
    assert_eq!((MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES), (409_600, 4_194_304));
    let check = |bytes| check_size("owner", bytes, 10);
    assert!(check(0).is_ok() && check(10).is_ok());
    let Err(Unwritable::TooLarge { attribute, bytes, limit }) = check(11) else {
        panic!("the attribute is too large")
    };
    assert_eq!((attribute, bytes, limit), ("owner", 11, 10));
}

#[test]
fn a_missing_or_invalid_attribute_is_named() {
    let item = AttributeMap::from([
        (PK.to_owned(), text("account-1")),
        ("opened".to_owned(), text("yesterday")),
        ("balance".to_owned(), number(-5)),
    ]);
    let item = Item(&item);
    assert_eq!(item.number::<i64>("balance"), Ok(-5));
    assert_eq!((item.optional("balance"), item.optional("owner")), (None, None));
    assert!(item.has("balance") && !item.has("owner"));
    let blamed = |attribute| Some(item.corrupt(attribute));
    assert_eq!(item.text("balance").err(), blamed("balance"));
    assert_eq!(item.number::<u64>("balance").err(), blamed("balance"));
    assert_eq!(item.parsed::<es_core::Timestamp>("opened").err(), blamed("opened"));
    assert_eq!(item.json::<Value>("opened").err(), blamed("opened"));
    assert_eq!(item.flag("closed").err(), blamed("closed"));
    assert_eq!(item.corrupt("owner").to_string(), "account-1 lacks a valid attribute owner");
}
