//! Writes the tables of `docs/personal-data.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::personal_data::keys::Piece;
use crate::personal_data::markers::MarkedField;
use crate::personal_data::stores::{BUS, Place, TELEMETRY};

/// Everything that the tables are made from.
pub(crate) struct Contents<'a> {
    /// The fields with the places in which their markers were found.
    pub(crate) places: &'a [(&'a MarkedField, BTreeSet<Place>)],
    /// The keys with pieces of personal values.
    pub(crate) pieces: &'a BTreeMap<Place, Vec<Piece>>,
    /// The logical ids of the searched stores.
    pub(crate) searched: &'a BTreeSet<String>,
    /// The template.
    pub(crate) document: &'a Value,
}

/// `page` with the text between each `<!-- found: … -->` and `<!-- end -->` replaced by its table.
pub(crate) fn with_tables(page: &str, contents: &Contents<'_>) -> String {
    let (mut result, mut rest) = (String::new(), page);
    while let Some((before, from)) = rest.split_once("<!-- found: ") {
        let (name, old) = from.split_once(" -->\n").expect("a name");
        let (_, after) = old.split_once("<!-- end -->").expect("an end");
        let table = match name {
            "fields" => fields(contents),
            "places" => places(contents),
            "keys" => keys(contents),
            "retention" => retention(contents),
            _ => panic!("no table has the name {name}"),
        };
        result.extend([before, "<!-- found: ", name, " -->\n", &table, "<!-- end -->"]);
        rest = after;
    }
    result + rest
}

fn row<const N: usize>(cells: [&str; N]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn fields(contents: &Contents<'_>) -> String {
    let mut table = row(["field", "kind", "why"]) + &row(["---"; 3]);
    for (MarkedField { field, .. }, _) in contents.places {
        table += &row([&code(&field.path), field.kind.name(), field.reason]);
    }
    table
}

fn places(contents: &Contents<'_>) -> String {
    let mut table = row(["field", "stored in"]) + &row(["---"; 2]);
    for (MarkedField { field, .. }, places) in contents.places {
        let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for place in places {
            parts.entry(&place.store).or_default().push(code(&place.part));
        }
        // Stores with the same parts, such as the two generations of the query table, share an entry.
        let mut stores: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (store, parts) in parts {
            stores.entry(parts).or_default().push(code(store));
        }
        let entries =
            stores.iter().map(|(parts, stores)| format!("{}: {}", stores.join(" and "), parts.join(", ")));
        let mut entries: Vec<_> = entries.collect();
        entries.sort();
        table += &row([&code(&field.path), &entries.join("; ")]);
    }
    let used: BTreeSet<_> =
        contents.places.iter().flat_map(|(_, places)| places).map(|place| &place.store).collect();
    let unused = contents.searched.iter().filter(|store| !used.contains(store)).map(|store| code(store));
    let unused: Vec<_> = unused.chain(TELEMETRY.map(str::to_owned)).collect();
    let _ = writeln!(table, "\nNo personal field was found in: {}.", unused.join(", "));
    for (id, ..) in stores(contents.document) {
        assert!(contents.searched.contains(id), "search {id}: the test must start the stack with it");
    }
    table
}

fn keys(contents: &Contents<'_>) -> String {
    let mut table = row(["key", "has"]) + &row(["---"; 2]);
    for (place, pieces) in contents.pieces {
        let is_of_index = pieces.iter().all(|piece| piece.is_of_index);
        let suffix = if is_of_index { " of an index" } else { "" };
        let key = format!("{}, {}{suffix}", code(&place.store), code(&place.part));
        let has = pieces.iter().map(|piece| {
            if piece.is_whole {
                return format!("the whole {}", code(&piece.field));
            }
            format!("up to {} characters of {}", piece.length, code(&piece.field))
        });
        table += &row([&key, &has.collect::<Vec<_>>().join(", ")]);
    }
    table
}

/// The tables, streams and queues of the template by logical id, with their types and properties.
fn stores(document: &Value) -> Vec<(&str, &str, &Value)> {
    let resources = document["Resources"].as_object().into_iter().flatten();
    let stores = resources.filter_map(|(id, resource)| {
        Some((id.as_str(), resource["Type"].as_str()?, &resource["Properties"]))
    });
    let is_store =
        |kind: &str| matches!(kind, "AWS::DynamoDB::Table" | "AWS::Kinesis::Stream" | "AWS::SQS::Queue");
    stores.filter(|(_, kind, _)| is_store(kind)).collect()
}

fn retention(contents: &Contents<'_>) -> String {
    let document = contents.document;
    let default = |name: &str| document["Parameters"][name]["Default"].to_string();
    let parameter = |value: &Value| value["Ref"].as_str().map(str::to_owned);
    let mut table = row(["store", "for how long"]) + &row(["---"; 2]);
    for (id, kind, properties) in stores(document) {
        let time = match kind {
            "AWS::DynamoDB::Table" => {
                assert!(
                    properties.get("TimeToLiveSpecification").is_none(),
                    "say how long {id} keeps an item"
                );
                let backup = &properties["PointInTimeRecoverySpecification"];
                // DynamoDB Developer Guide, "Point-in-time backups for DynamoDB": the default is 35 days.
                let days = backup["RecoveryPeriodInDays"].as_u64().unwrap_or(35);
                match backup["PointInTimeRecoveryEnabled"].as_bool() {
                    Some(true) => format!("until the item is deleted; its backup for {days} days more"),
                    _ => "until the item is deleted".to_owned(),
                }
            }
            "AWS::Kinesis::Stream" => {
                let name = parameter(&properties["RetentionPeriodHours"]).expect("a parameter");
                format!("{} hours (`{name}`)", default(&name))
            }
            _ => {
                let seconds = properties["MessageRetentionPeriod"].as_u64().expect("seconds");
                format!("{} days, or until the message is deleted", seconds / 86_400)
            }
        };
        table += &row([&code(id), &time]);
    }
    let groups = document["Resources"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, resource)| resource["Type"] == "AWS::Logs::LogGroup");
    let times: BTreeSet<_> =
        groups.filter_map(|(_, group)| parameter(&group["Properties"]["RetentionInDays"])).collect();
    assert_eq!(times.len(), 1, "all log groups have one retention time: {times:?}");
    for name in times {
        // EventBridge User Guide, "Retry policy": by default, a delivery is tried for 24 hours.
        table += &row([&code(BUS), "until the targets of its rules have the entry, for at most 24 hours"]);
        table += &row(["log lines", &format!("{} days (`{name}`)", default(&name))]);
    }
    table
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
