//! The filters of the mappings, from the template.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use stack_template::Filters;

use crate::Mutation;
use crate::template::TEMPLATE;
use crate::world::{Function, World};

/// The filters of each function's mapping; `None` for a mapping without a filter.
static FILTERS: LazyLock<BTreeMap<String, Option<Filters>>> = LazyLock::new(|| {
    let filters = TEMPLATE.mappings.iter().map(|mapping| {
        let function = TEMPLATE.functions.iter().find(|function| function.name == mapping.function).unwrap();
        (function.binary.clone(), mapping.filters.clone())
    });
    filters.collect()
});

/// Whether the mapping of `function` delivers `record`. The planted bug uses the filters of another function.
pub(super) fn delivers(world: &World, function: Function, record: &Value) -> bool {
    let mut filters = &FILTERS[function.name()];
    if world.has(Mutation::FilterOfAnotherCategory) && filters.is_some() {
        filters = FILTERS.values().find(|other| other.is_some() && *other != filters).unwrap();
    }
    // A filter sees the members of `kinesis` with the data decoded. Data that is not JSON matches no pattern.
    let mut seen = record["kinesis"].clone();
    let data = STANDARD.decode(seen["data"].as_str().unwrap()).unwrap();
    seen["data"] = serde_json::from_slice(&data).unwrap_or_default();
    filters.as_ref().is_none_or(|filters| filters.accept(&seen))
}
