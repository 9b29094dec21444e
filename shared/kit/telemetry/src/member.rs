//! One member of a log line.

use serde::Serialize;

/// Appends a member to `line`, after a comma. The name is escaped too, because the fields of a dependency may have any
/// name. Writing to memory cannot fail, and every value in this crate can be serialized to JSON.
pub(crate) fn append_member<T: Serialize + ?Sized>(line: &mut Vec<u8>, name: &str, value: &T) {
    line.push(b',');
    serde_json::to_writer(&mut *line, name).ok();
    line.push(b':');
    serde_json::to_writer(line, value).ok();
}
