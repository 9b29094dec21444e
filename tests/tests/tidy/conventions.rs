//! Reads the attribute names of OpenTelemetry from the source of `opentelemetry-semantic-conventions`.

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::MetadataCommand;

/// The project's own attributes.
pub(crate) const OWN: [&str; 8] = [
    "cqrs.side",
    "cqrs.operation",
    "cqrs.source",
    "cqrs.destination",
    "cqrs.event_type",
    "cqrs.aggregate_id",
    "cqrs.aggregate_version",
    "items_count",
];

/// All attributes of the semantic conventions that are not deprecated.
pub(crate) fn current() -> BTreeSet<String> {
    let metadata =
        MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).exec();
    let packages = metadata.expect("cargo metadata").packages;
    let package = packages.iter().find(|package| *package.name == "opentelemetry-semantic-conventions");
    let manifest = package.expect("the semantic conventions").manifest_path.as_std_path();
    let source = fs::read_to_string(manifest.with_file_name("src").join("attribute.rs")).expect("a source");
    let (mut names, mut deprecated, mut constant) = (BTreeSet::new(), false, false);
    for line in source.lines() {
        deprecated |= line.starts_with("#[deprecated");
        constant |= line.starts_with("pub const ");
        let value = line.rsplit_once(" = ").map_or(line.trim(), |(_, value)| value);
        let name = value.strip_prefix('"').and_then(|value| value.strip_suffix("\";"));
        if let Some(name) = name.filter(|_| constant) {
            if !deprecated {
                names.insert(name.to_owned());
            }
            (deprecated, constant) = (false, false);
        }
    }
    names
}
