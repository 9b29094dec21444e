//! Strict JSON: repeated members, arrays in place of objects, spellings of whole numbers, and the texts of errors.

use std::collections::BTreeMap;

use es_core::{JsonDocument, RequestHash, StrictValue};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parcel {
    pieces: u8,
    #[serde(default)]
    label: Option<Label>,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    text: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Letter,
    Box,
    Tube,
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, (String, String)> {
    let document = JsonDocument::parse(text).and_then(|document| document.read());
    document.map_err(|error| (error.field.clone(), error.to_string()))
}

fn refused<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> (String, String) {
    read::<T>(text).expect_err(text)
}

#[test]
fn a_repeated_member_is_refused_at_any_depth() {
    for (text, field) in [
        (r#"{"a":1,"a":1}"#, "a"),
        (r#"{"a":1,"\u0061":2}"#, "a"),
        (r#"{"a":{"b":[0,{"c":1,"d":2,"c":3}]}}"#, "a.b[1].c"),
        (r#"[[],[{"":1,"":2}]]"#, "[1][0].\"\""),
        (
            r#"{"$serde_json::private::RawValue":1,"$serde_json::private::RawValue":2}"#,
            "$serde_json::private::RawValue",
        ),
    ] {
        let expected = (field.to_owned(), "repeated member; send the member once".to_owned());
        assert_eq!(refused::<Value>(text), expected, "{text}");
    }
    assert!(read::<StrictValue>(r#"{"a":{"a":1},"b":{"a":1},"A":1}"#).is_ok());
}

#[test]
fn a_part_of_a_document_is_kept_as_it_was_sent() {
    let text = r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#;
    let [StrictValue(part)] = read::<[StrictValue; 1]>(&format!("[{text}]")).expect("an array of one value");
    assert_eq!(part, json!({"$serde_json::private::RawValue": "{\"a\":1,\"a\":2}"}));
}

#[test]
fn an_object_is_written_as_an_object_and_an_enum_as_a_string() {
    let parcel = Parcel { pieces: 2, label: Some(Label { text: "x".to_owned() }), kind: Some(Kind::Box) };
    assert_eq!(read(r#"{"pieces":2,"label":{"text":"x"},"kind":"box"}"#), Ok(parcel));
    let without_label = Parcel { pieces: 2, label: None, kind: None };
    assert_eq!(read(r#"{"pieces":2,"label":null}"#), Ok(without_label));
    for (text, field, detail) in [
        (r#"[2,["x"],"box"]"#, "", "expected an object"),
        (r#"{"pieces":2,"label":["x"]}"#, "label", "expected an object"),
        (r#"{"pieces":2,"kind":{"box":null}}"#, "kind", "expected a string"),
        (r#"{"pieces":2,"kind":["box"]}"#, "kind", "expected a string"),
        (r#"{"pieces":2,"kind":"barrel"}"#, "kind", "expected one of `letter`, `box`, `tube`"),
        (r#"{"pieces":"2"}"#, "pieces", "expected a whole number from 0 to 255"),
        (r#"{"pieces":256}"#, "pieces", "expected a whole number from 0 to 255"),
        (r#"{"pieces":2.5}"#, "pieces", "expected a whole number from 0 to 255"),
        (r#"{"pieces":null}"#, "pieces", "expected a whole number from 0 to 255"),
        (r#"{"pieces":2,"secret":1}"#, "secret", "expected one of `pieces`, `label`, `kind`"),
        (r#"{"pieces":2,"label":{}}"#, "label.text", "missing field `text`"),
        ("{} secret", "", "trailing characters at line 1 column 4"),
    ] {
        assert_eq!(refused::<Parcel>(text), (field.to_owned(), detail.to_owned()), "{text}");
    }
    assert_eq!(
        refused::<Vec<(u8, bool)>>("[[1,2]]"),
        ("[0][1]".to_owned(), "expected true or false".to_owned())
    );
    assert_eq!(
        refused::<Vec<(u8, bool)>>("[[1]]"),
        ("[0]".to_owned(), "expected an array of length 2".to_owned())
    );
    assert_eq!(refused::<BTreeMap<String, u8>>("[1]"), (String::new(), "expected an object".to_owned()));
}

#[test]
fn a_whole_number_may_have_any_spelling() {
    for text in ["1000", "1000.0", "1e3", "1E+3", "100000e-2", "0.01e5"] {
        assert_eq!(read(&format!("[\"7\",{text},2]")), Ok(("7".to_owned(), 1000_u16, 2_u8)), "{text}");
    }
    assert_eq!(read("[-0,-0.0]"), Ok([0_u8, 0]));
    assert_eq!(read("9007199254740993.0"), Ok(9_007_199_254_740_993_i64));
    assert_eq!(read("1.5"), Ok(1.5_f64));
    assert_eq!(read("3"), Ok(3.0_f64));
    assert!(read::<i64>("9223372036854775808").is_err());
}

/// Otherwise the number would become whole as soon as it is written and read again.
#[test]
fn a_fraction_that_would_be_rounded_to_a_whole_number_is_refused() {
    for number in ["9007199254740990.9", "0.99999999999999999999", "-4503599627370497.75", "1e-400"] {
        let expected = ("[1].n".to_owned(), "must have fewer digits".to_owned());
        assert_eq!(refused::<Value>(&format!("[1,{{\"n\":{number}}}]")), expected, "{number}");
    }
}

#[test]
fn the_hash_of_a_request_ignores_the_spelling_of_whole_numbers() {
    let hash =
        |text: &str| RequestHash::from_request("POST /", JsonDocument::parse(text).expect(text).value());
    assert_eq!(hash(r#"{"a":1,"b":[1000]}"#), hash(r#"{ "b": [1e3], "a": 1.0 }"#));
    assert_ne!(hash("1"), hash("1.5"));
    // The hash is stored with every commit, so it must stay the same for a plain body.
    let stored = "f7d12532f57a71064800673170dabb9f01f9a0d8993d2fa2d46524af955ad1df";
    assert_eq!(hash(r#"{"user_id":"u","items":[{"quantity":2,"price":-1.5}],"x":null}"#).as_str(), stored);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|eighths| json!(f64::from(eighths) / 8.0)),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,3}", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

/// The value with every float that is a whole number replaced by the integer.
fn with_integers(value: Value) -> Value {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "the test's floats are small")]
        Value::Number(number) if number.is_f64() && number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
            json!(number.as_f64().unwrap_or_default() as i64)
        }
        Value::Array(values) => values.into_iter().map(with_integers).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, with_integers(value))).collect())
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn every_document_is_read_as_serde_json_reads_it_except_for_whole_floats(value in any_json()) {
        let document = JsonDocument::parse(&value.to_string()).expect("JSON");
        let expected = with_integers(value);
        prop_assert_eq!(document.value(), &expected);
        prop_assert_eq!(JsonDocument::parse(&document.value().to_string()).expect("JSON"), document);
    }

    #[test]
    fn a_text_is_read_if_and_only_if_serde_json_reads_it_without_repeated_members(text in r#"[\[\]{}:,"a1.e\- ]{0,12}"#) {
        let strict = JsonDocument::parse(&text);
        let lenient = serde_json::from_str::<Value>(&text);
        match (strict, lenient) {
            (Ok(_), Err(error)) => prop_assert!(false, "{error}"),
            (Err(error), Ok(_)) => prop_assert!(error.to_string().contains("member") || error.to_string().contains("digits")),
            _ => {}
        }
    }
}
