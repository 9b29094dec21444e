//! Checks that every name one resource uses of another is in the template.

use super::error::TemplateError;
use super::model::Template;

/// Refuses a change stream, mapping or failure queue that names a resource which is not there.
///
/// # Errors
/// [`TemplateError::Property`] naming the resource that refers to it.
pub(crate) fn check(template: &Template) -> Result<(), TemplateError> {
    let has_stream = |name: &str| template.streams.iter().any(|stream| stream.name == name);
    for table in &template.tables {
        if let Some(change) = table.change_stream.as_ref().filter(|change| !has_stream(&change.stream)) {
            return Err(missing(&table.logical_id, "KinesisStreamSpecification", "stream", &change.stream));
        }
    }
    for mapping in &template.mappings {
        if !has_stream(&mapping.stream) {
            return Err(missing(&mapping.id, "Stream", "stream", &mapping.stream));
        }
        if !template.functions.iter().any(|function| function.name == mapping.function) {
            return Err(missing(&mapping.id, "FunctionName", "function", &mapping.function));
        }
        let is_queue = |name: &&String| template.queues.iter().any(|queue| queue.name == **name);
        if let Some(queue) = mapping.on_failure_queue.as_ref().filter(|name| !is_queue(name)) {
            return Err(missing(&mapping.id, "DestinationConfig.OnFailure", "queue", queue));
        }
    }
    Ok(())
}

fn missing(resource: &str, property: &str, kind: &str, name: &str) -> TemplateError {
    TemplateError::Property {
        resource: resource.to_owned(),
        property: property.to_owned(),
        problem: format!("{kind} {name} is not in this template"),
    }
}
