//! Updates of items: setting, adding, appending and removing attributes under a condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use es_core::StreamVersion;

use crate::{AttributeMap, DynamoError, TIMELINE, Table, number, text};

/// The expressions of an update with their names and values. The name of an attribute may only have letters, digits and
/// `_`, because the placeholders contain the name. The placeholder of a new value begins with `:value_`, and that of a
/// required value with `:required_`, so an attribute may have any such name.
#[derive(Debug, Clone, Default)]
pub struct UpdateExpression {
    set: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: AttributeMap,
}

impl UpdateExpression {
    /// Sets the attribute `name` to `value`.
    #[must_use]
    pub fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.set.push(format!("#{name} = :value_{name}"));
        self.with(name, value)
    }

    /// Adds `amount` to the number attribute `name`. A missing number counts as 0.
    #[must_use]
    pub fn add(mut self, name: &str, amount: impl Into<i128>) -> Self {
        self.add.push(format!("#{name} :value_{name}"));
        self.with(name, number(amount.into()))
    }

    /// Appends `values` to the list attribute `name`. A missing list counts as empty.
    #[must_use]
    pub fn append(mut self, name: &str, values: Vec<AttributeValue>) -> Self {
        self.set.push(format!("#{name} = list_append(if_not_exists(#{name}, :empty_list), :value_{name})"));
        self.values.insert(":empty_list".to_owned(), AttributeValue::L(Vec::new()));
        self.with(name, AttributeValue::L(values))
    }

    /// Removes the attribute `name`.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        self.remove.push(format!("#{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self
    }

    /// Requires that the number attribute `name` is `number` before the update. A missing number counts as 0.
    #[must_use]
    pub fn require_number(mut self, name: &str, number: u64) -> Self {
        let placeholder = format!(":required_{name}");
        let is_equal = format!("#{name} = {placeholder}");
        self.conditions.push(match number {
            0 => format!("(attribute_not_exists(#{name}) OR {is_equal})"),
            _ => is_equal,
        });
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(placeholder, crate::number(number));
        self
    }

    /// Requires that the attribute `name` is `value` before the update.
    #[must_use]
    pub fn require(mut self, name: &str, value: AttributeValue) -> Self {
        let placeholder = format!(":required_{name}");
        self.conditions.push(format!("#{name} = {placeholder}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(placeholder, value);
        self
    }

    /// Moves the checkpoint in the attribute `name` from `after` to `to`, on the condition that it is at `after`. A
    /// missing item counts as version 0.
    ///
    /// If the checkpoints of `table` have a timeline, the item gets the timeline, on the condition that the item is on
    /// the same timeline or names none.
    #[must_use]
    pub fn move_checkpoint(
        mut self,
        table: &Table,
        name: &str,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Self {
        self.conditions.push(if after == StreamVersion::NONE {
            "attribute_not_exists(pk)".to_owned()
        } else {
            self.values.insert(":checkpoint".to_owned(), number(after));
            format!("#{name} = :checkpoint")
        });
        let moved = self.set(name, number(to));
        match &table.timeline {
            Some(timeline) => moved.on_timeline(timeline),
            None => moved,
        }
    }

    fn on_timeline(mut self, timeline: &str) -> Self {
        self.conditions
            .push(format!("(attribute_not_exists(#{TIMELINE}) OR #{TIMELINE} = :value_{TIMELINE})"));
        self.set(TIMELINE, text(timeline))
    }

    fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.names.insert(format!("#{name}"), name.to_owned());
        self.values.insert(format!(":value_{name}"), value);
        self
    }

    fn text(&self) -> String {
        let clauses = [("SET", &self.set), ("ADD", &self.add), ("REMOVE", &self.remove)].into_iter();
        let clauses = clauses.filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(clause, parts)| format!("{clause} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }

    fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// The request that updates the item of `table` under `key`.
    #[must_use]
    pub fn request(self, table: &Table, key: AttributeMap) -> UpdateItemFluentBuilder {
        let request = table.update_item().set_key(Some(key)).update_expression(self.text());
        request
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
    }

    /// The update of the item of `table` under `key`, as an action of a transaction.
    ///
    /// # Errors
    /// [`DynamoError::Unavailable`] if the SDK refuses to build the update.
    pub fn action(self, table: &Table, key: AttributeMap) -> Result<TransactWriteItem, DynamoError> {
        let update = Update::builder()
            .table_name(table.name())
            .set_key(Some(key))
            .update_expression(self.text())
            .set_condition_expression(self.condition())
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
