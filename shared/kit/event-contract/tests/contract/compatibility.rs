//! Each kind of change, and whether it breaks a consumer.

use event_contract::{Change, ChangeKind, changes};
use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::sample::select;
use serde_json::{Value, json};

/// The schema of a payment, with nested objects and an enum.
fn payment() -> Value {
    json!({
        "type": "object",
        "required": ["payer", "parts"],
        "properties": {
            "payer": {"type": "string", "description": "Who paid."},
            "note": {"type": "string"},
            "currency": {"type": "string", "enum": ["CHF", "EUR"]},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
            "rates": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
        "$defs": {
            "Part": {
                "type": "object",
                "required": ["cents"],
                "properties": {
                    "cents": {"type": "integer", "format": "int64", "minimum": 0},
                    "part": {"$ref": "#/$defs/Part"},
                    "means": {"oneOf": [{"const": "cash"}, {"const": "card"}]},
                },
            },
        },
    })
}

/// The payment with `value` at `pointer`; null removes the member.
fn with(pointer: &str, value: Value) -> Value {
    let mut schema = payment();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = schema.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        assert!(parent.remove(name).is_some(), "{pointer}");
    } else {
        parent.insert(name.to_owned(), value);
    }
    schema
}

fn found(old: &Value, new: &Value) -> Vec<(String, ChangeKind)> {
    changes(old, new).into_iter().map(|change| (change.path, change.kind)).collect()
}

#[test]
fn each_change_is_named_with_its_field() {
    use ChangeKind::{
        BecameOptional, BecameRequired, FieldRemoved, KeywordChanged, OptionalFieldAdded, RequiredFieldAdded,
        TypeChanged, ValuesChanged,
    };
    let keyword = |name: &str| KeywordChanged(name.to_owned());
    let integer = || json!({"type": "integer"});
    for (pointer, value, path, kind, reverse) in [
        ("/properties/place", integer(), "place", OptionalFieldAdded, FieldRemoved),
        ("/$defs/Part/properties/place", integer(), "parts[].place", OptionalFieldAdded, FieldRemoved),
        ("/properties/note", Value::Null, "note", FieldRemoved, OptionalFieldAdded),
        ("/properties/payer", Value::Null, "payer", FieldRemoved, RequiredFieldAdded),
        ("/$defs/Part/properties/cents", Value::Null, "parts[].cents", FieldRemoved, RequiredFieldAdded),
        ("/required", json!(["parts"]), "payer", BecameOptional, BecameRequired),
        ("/$defs/Part/required", json!([]), "parts[].cents", BecameOptional, BecameRequired),
        ("/properties/payer", integer(), "payer", TypeChanged, TypeChanged),
        ("/$defs/Part/properties/cents/type", json!("string"), "parts[].cents", TypeChanged, TypeChanged),
        ("/properties/note/type", json!(["string", "null"]), "note", TypeChanged, TypeChanged),
        ("/properties/parts/items", integer(), "parts[]", TypeChanged, TypeChanged),
        (
            "/properties/rates/additionalProperties",
            json!({"type": "string"}),
            "rates.*",
            TypeChanged,
            TypeChanged,
        ),
        ("/properties/rates/additionalProperties", json!(true), "rates.*", TypeChanged, TypeChanged),
        ("/properties/currency/enum", json!(["CHF", "EUR", "USD"]), "currency", ValuesChanged, ValuesChanged),
        ("/properties/currency/enum", json!(["CHF"]), "currency", ValuesChanged, ValuesChanged),
        ("/properties/currency/enum", Value::Null, "currency", ValuesChanged, ValuesChanged),
        (
            "/$defs/Part/properties/means/oneOf",
            json!([{"const": "cash"}]),
            "parts[].means",
            ValuesChanged,
            ValuesChanged,
        ),
        (
            "/$defs/Part/properties/means/oneOf/1/const",
            json!("bank"),
            "parts[].means",
            ValuesChanged,
            ValuesChanged,
        ),
        (
            "/$defs/Part/properties/cents/format",
            json!("int32"),
            "parts[].cents",
            keyword("format"),
            keyword("format"),
        ),
        (
            "/$defs/Part/properties/cents/minimum",
            json!(1),
            "parts[].cents",
            keyword("minimum"),
            keyword("minimum"),
        ),
        ("/properties/note/maxLength", json!(10), "note", keyword("maxLength"), keyword("maxLength")),
    ] {
        let changed = with(pointer, value);
        for (old, new, kind) in [(&payment(), &changed, kind), (&changed, &payment(), reverse)] {
            let expected = Change { path: path.to_owned(), kind };
            assert_eq!(expected.breaks(), expected.kind != OptionalFieldAdded);
            assert_eq!(changes(old, new), [expected], "{pointer}");
        }
        assert_eq!(found(&changed, &changed), [], "{pointer}");
    }
}

#[test]
fn a_renamed_field_is_removed_and_added() {
    let mut renamed = with("/properties/customer", json!({"type": "string"}));
    renamed["properties"].as_object_mut().unwrap().remove("payer");
    renamed["required"] = json!(["customer", "parts"]);
    let expected = [
        ("customer".to_owned(), ChangeKind::RequiredFieldAdded),
        ("payer".to_owned(), ChangeKind::FieldRemoved),
    ];
    assert_eq!(found(&payment(), &renamed), expected);
}

#[test]
fn words_and_sequences_are_not_compared() {
    for (pointer, value) in [
        ("/properties/payer/description", json!("The one who paid.")),
        ("/title", json!("Payment")),
        ("/required", json!(["parts", "payer"])),
        ("/properties/currency/enum", json!(["EUR", "CHF"])),
        ("/properties/payer/x-personal", json!("name")),
        ("/$defs/Part/properties/means/oneOf/0/description", json!("Coins and notes.")),
        ("/$defs/Unused", json!({"type": "string"})),
    ] {
        assert_eq!(found(&payment(), &with(pointer, value)), [], "{pointer}");
    }
}

/// The names of three fields. A generated schema has any of them.
const NAMES: [&str; 3] = ["one", "two", "three"];

/// A schema of an object, flat or with an object in each field.
fn any_schema() -> impl Strategy<Value = Value> {
    let leaf =
        select(vec![json!({"type": "string"}), json!({"type": "integer"}), json!({"enum": ["a", "b"]})]);
    let object = |field: proptest::strategy::BoxedStrategy<Value>| {
        proptest::collection::vec((field, any::<bool>(), any::<bool>()), NAMES.len()).prop_map(|fields| {
            let named = NAMES.iter().zip(fields).filter(|(_, (_, is_there, _))| *is_there);
            let mut schema = json!({"type": "object", "required": [], "properties": {}});
            for (name, (field, _, required)) in named {
                schema["properties"][name] = field;
                if required && let Some(names) = schema["required"].as_array_mut() {
                    names.push(json!(name));
                }
            }
            schema
        })
    };
    let leaf = leaf.boxed();
    let flat = object(leaf.clone()).boxed();
    proptest::prop_oneof![flat.clone(), object(proptest::prop_oneof![leaf, flat].boxed())]
}

/// An instance of `schema`: all fields, or only the required ones.
fn instance(schema: &Value, full: bool) -> Value {
    match (schema["type"].as_str(), schema["properties"].as_object()) {
        (_, Some(fields)) => {
            let required = schema["required"].as_array().unwrap();
            let present = fields.iter().filter(|(name, _)| full || required.contains(&json!(name)));
            present.map(|(name, field)| (name.clone(), instance(field, full))).collect()
        }
        (Some("string"), _) => json!("text"),
        (Some("integer"), _) => json!(1),
        _ => json!("a"),
    }
}

proptest! {
    /// If no change breaks a consumer, each of the two schemas accepts the events of the other one.
    #[test]
    fn consumers_read_events_of_both_schemas_unless_a_change_breaks(
        (old, new) in any_schema().prop_flat_map(|old| {
            let other = proptest::prop_oneof![Just(old.clone()), any_schema()];
            (Just(old), other)
        }),
    ) {
        let breaks = changes(&old, &new).iter().any(Change::breaks);
        for (schema, other) in [(&old, &new), (&new, &old)] {
            let reads = [true, false].iter().all(|full| jsonschema::is_valid(schema, &instance(other, *full)));
            proptest::prop_assert!(breaks || reads, "{schema} does not accept the events of {other}");
        }
        if old == new {
            proptest::prop_assert!(!breaks);
        }
    }
}
