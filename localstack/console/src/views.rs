//! Reads the views that projections store for a stream.

use std::cmp::Reverse;

use dynoxide::Database;
use serde::Serialize;
use serde_json::{Map, Value};
use stack_template::Template;

use super::headline::Headline;
use super::item::{ConsoleError, category_of, number, plain, query, text};

/// Maximum number of views that the page shows per stream and table.
const SHOWN: usize = 20;

/// The view of a stream that one projection stores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct View {
    /// Name of the view's table.
    table: String,
    /// Sort key of the view, which distinguishes the views of one stream.
    name: String,
    /// Version of the stream that the view reflects.
    pub(super) version: u64,
    /// All attributes of the item.
    attributes: Map<String, Value>,
}

/// Reads the views of all streams.
pub(super) struct Views {
    database: Database,
    tables: Vec<String>,
}

impl Views {
    /// The views in those tables of the template that have no change stream.
    pub(super) fn new(template: &Template, database: &Database) -> Self {
        let tables = template.tables.iter().filter(|table| table.change_stream.is_none());
        Self { database: database.clone(), tables: tables.map(|table| table.name.clone()).collect() }
    }

    /// The views of a stream.
    ///
    /// # Errors
    /// [`ConsoleError::Table`] when a table cannot be read.
    pub(super) fn of_stream(&self, stream: &str) -> Result<Vec<View>, ConsoleError> {
        let Some(pk) = partition_of(stream) else { return Ok(Vec::new()) };
        let mut views = Vec::new();
        for table in &self.tables {
            let items = query(&self.database, table, &pk, Some("attribute_exists(version)"), SHOWN)?;
            views.extend(items.iter().filter_map(|item| view(table, item)));
        }
        views.sort_by_key(|view: &View| Reverse(view.version));
        Ok(views)
    }
}

/// The headline in a stream's views; the view with the highest version decides first.
pub(super) fn headline(views: &[View]) -> Headline {
    let headlines = views.iter().map(|view| Headline::from_attributes(&view.attributes));
    headlines.fold(Headline::default(), Headline::or)
}

fn view(table: &str, item: &Value) -> Option<View> {
    let (table, name) = (table.to_owned(), text(item, "sk")?.to_owned());
    Some(View { table, name, version: number(item, "version")?, attributes: plain(item) })
}

/// Converts `<category>-<uuid>` to `<category>#<uuid>`.
fn partition_of(stream: &str) -> Option<String> {
    let category = category_of(stream)?;
    Some(format!("{category}#{}", stream.get(category.len() + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::partition_of;

    #[test]
    fn the_partition_of_views_has_the_category_and_uuid_of_the_stream() {
        let uuid = "0198a3c2-7f60-7c10-8a52-1d4e5f607182";
        assert_eq!(partition_of(&format!("gift-card-{uuid}")), Some(format!("gift-card#{uuid}")));
        for stream in ["", "order", uuid, "ääääääääääääääääääääääääääääää"] {
            assert_eq!(partition_of(stream), None, "{stream}");
        }
    }
}
