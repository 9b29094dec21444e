//! Changes of views. A change sets, adds, appends and removes without knowing the view's current state.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{
    MAX_PARTITION_KEY_BYTES, MAX_SORT_KEY_BYTES, UpdateExpression, attribute_value, check_size, number, text,
    value_bytes,
};
use es_core::Unwritable;
use serde::Serialize;

/// The maximum size of a change. An item has at most 400 KB with all its attributes.
const MAX_CHANGE_BYTES: usize = 300 * 1_024;

/// An attribute of the items of the view `V` with a value of the type `T`. The `T` of a string is `str`.
///
/// `#[derive(View)]` defines one constant for each field. Attributes that are keys of indexes are defined by hand.
pub struct Field<V, T: ?Sized> {
    name: &'static str,
    form: Form,
    of: PhantomData<fn(&T) -> V>,
}

impl<V, T: ?Sized> Clone for Field<V, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, T: ?Sized> Copy for Field<V, T> {}

/// How a value is stored.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// As a DynamoDB value of the matching type.
    Native,
    /// As a string that holds JSON.
    Json,
    /// As the string of an index key with at most this many bytes.
    Key(usize),
}

impl<V, T: ?Sized> Field<V, T> {
    /// The attribute `name`. The name may only have letters, digits and `_`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self::in_form(name, Form::Native)
    }

    /// The attribute `name`, which is a string that holds the value's JSON.
    #[must_use]
    pub const fn json(name: &'static str) -> Self {
        Self::in_form(name, Form::Json)
    }

    const fn in_form(name: &'static str, form: Form) -> Self {
        Self { name, form, of: PhantomData }
    }
}

impl<V> Field<V, str> {
    /// The attribute `name`, which is the partition key of an index and has 1 to 2,048 bytes.
    #[must_use]
    pub const fn partition_key(name: &'static str) -> Self {
        Self::in_form(name, Form::Key(MAX_PARTITION_KEY_BYTES))
    }

    /// The attribute `name`, which is the sort key of an index and has 1 to 1,024 bytes.
    #[must_use]
    pub const fn sort_key(name: &'static str) -> Self {
        Self::in_form(name, Form::Key(MAX_SORT_KEY_BYTES))
    }
}

/// What a change does to one attribute.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Set(AttributeValue),
    Add(i128),
    Append(Vec<AttributeValue>),
    Remove,
}

/// A change of a view `V`. Attributes that the change does not name keep their values. One change can hold the effects
/// of several events in order: [`set`](Self::set) replaces an earlier effect on the same attribute, while
/// [`add`](Self::add) and [`append`](Self::append) extend it.
///
/// A change may be impossible to store, for example if a key is too long for its index. Such a change is refused when
/// it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<V> {
    steps: BTreeMap<&'static str, Step>,
    unwritable: Option<Unwritable>,
    of: PhantomData<fn() -> V>,
}

impl<V> Default for Change<V> {
    fn default() -> Self {
        Self { steps: BTreeMap::new(), unwritable: None, of: PhantomData }
    }
}

impl<V> Change<V> {
    /// Sets `field` to `value`.
    #[must_use]
    pub fn set<T: Serialize + ?Sized>(mut self, field: Field<V, T>, value: &T) -> Self {
        match field.value(value) {
            Ok(value) => {
                self.steps.insert(field.name, Step::Set(value));
                self
            }
            Err(unwritable) => self.refused(unwritable),
        }
    }

    /// Sets `field` to `value`, or removes the attribute if there is no value.
    #[must_use]
    pub fn set_or_remove<T: Serialize + ?Sized>(mut self, field: Field<V, T>, value: Option<&T>) -> Self {
        if let Some(value) = value {
            return self.set(field, value);
        }
        self.steps.insert(field.name, Step::Remove);
        self
    }

    /// Adds `amount`, which may be negative, to the number in `field`. A missing number counts as 0.
    #[must_use]
    pub fn add(mut self, field: Field<V, i64>, amount: i64) -> Self {
        let step = self.steps.entry(field.name).or_insert(Step::Add(0));
        *step = match std::mem::replace(step, Step::Remove) {
            Step::Add(sum) => Step::Add(sum + i128::from(amount)),
            Step::Set(AttributeValue::N(digits)) => {
                Step::Set(number(digits.parse().unwrap_or(0_i128) + i128::from(amount)))
            }
            Step::Set(_) | Step::Append(_) | Step::Remove => Step::Set(number(amount)),
        };
        self
    }

    /// Appends `value` to the list in `field`. A missing list counts as empty.
    #[must_use]
    pub fn append<T: Serialize>(mut self, field: Field<V, Vec<T>>, value: &T) -> Self {
        let Some(value) = attribute_value(value).filter(|_| matches!(field.form, Form::Native)) else {
            return self.refused(Unwritable::NotStorable { attribute: field.name });
        };
        match self.steps.entry(field.name).or_insert_with(|| Step::Append(Vec::new())) {
            Step::Append(values) | Step::Set(AttributeValue::L(values)) => values.push(value),
            step => *step = Step::Set(AttributeValue::L(vec![value])),
        }
        self
    }

    /// Keeps the first reason why the change cannot be stored.
    fn refused(mut self, unwritable: Unwritable) -> Self {
        self.unwritable.get_or_insert(unwritable);
        self
    }

    /// The update expression of the change.
    pub(crate) fn expression(&self) -> Result<UpdateExpression, Unwritable> {
        if let Some(unwritable) = &self.unwritable {
            return Err(unwritable.clone());
        }
        let bytes = self.steps.iter().map(|(name, step)| name.len() + step.bytes()).sum();
        check_size("the change", bytes, MAX_CHANGE_BYTES)?;
        Ok(self.steps.iter().fold(UpdateExpression::default(), |expression, (name, step)| match step {
            Step::Set(value) => expression.set(name, value.clone()),
            Step::Add(amount) => expression.add(name, *amount),
            Step::Append(values) => expression.append(name, values.clone()),
            Step::Remove => expression.remove(name),
        }))
    }
}

impl<V, T: Serialize + ?Sized> Field<V, T> {
    fn value(&self, value: &T) -> Result<AttributeValue, Unwritable> {
        let stored = match self.form {
            Form::Json => serde_json::to_string(value).ok().map(text),
            Form::Native | Form::Key(_) => attribute_value(value),
        };
        let stored = stored.ok_or(Unwritable::NotStorable { attribute: self.name })?;
        if let Form::Key(limit) = self.form {
            // DynamoDB refuses an item whose index key is empty.
            if value_bytes(&stored) == 0 {
                return Err(Unwritable::NotStorable { attribute: self.name });
            }
            check_size(self.name, value_bytes(&stored), limit)?;
        }
        Ok(stored)
    }
}

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Self::Set(value) => value_bytes(value),
            Self::Append(values) => values.iter().map(|value| 1 + value_bytes(value)).sum(),
            Self::Add(_) | Self::Remove => 0,
        }
    }
}
