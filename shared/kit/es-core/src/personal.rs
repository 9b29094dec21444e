//! Personal data. The types of stored events say which of their fields are personal, of which kind and why.

use crate::Timestamp;

/// How a value is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalKind {
    /// The id under which the identity provider knows a person: a pseudonym.
    Subject,
    /// A text that a person writes. It may contain anything.
    FreeText,
    /// A value under which another system finds a person or a person's request.
    Reference,
    /// A value that is computed from personal values. A short original can be guessed and confirmed.
    Derived,
}

impl PersonalKind {
    /// The name of the kind, as in `#[personal(…)]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::FreeText => "free_text",
            Self::Reference => "reference",
            Self::Derived => "derived",
        }
    }
}

/// A personal field of a stored type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonalField {
    /// The path of the field: the names of the event and of the members, such as `Opened.entries[].name`. `[]`
    /// stands for every element of a list. The path is empty for the value itself.
    pub path: String,
    /// How the field is personal.
    pub kind: PersonalKind,
    /// Why the field is personal.
    pub reason: &'static str,
}

impl PersonalField {
    /// The personal member `name` of a type.
    #[must_use]
    pub fn new(name: &str, kind: PersonalKind, reason: &'static str) -> Self {
        Self { path: name.to_owned(), kind, reason }
    }

    /// The personal `fields` of a member's type, as fields of the type with the member `name`.
    #[must_use]
    pub fn within(name: &str, fields: Vec<Self>) -> Vec<Self> {
        let path = |inner: &str| match inner {
            "" => name.to_owned(),
            list if list.starts_with('[') => format!("{name}{list}"),
            member => format!("{name}.{member}"),
        };
        fields.into_iter().map(|field| Self { path: path(&field.path), ..field }).collect()
    }
}

/// A type that says which of its fields are personal. Derive it for the data of an event;
/// [`#[derive(DomainEvent)]`](crate::DomainEvent) implements it for the enum of the events:
///
/// ```
/// use es_core::{DomainEvent, PersonalFields};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[serde(tag = "type", content = "data")]
/// enum AccountEvent {
///     Opened(Opened),
///     Closed {},
/// }
///
/// #[derive(Serialize, Deserialize, PersonalFields)]
/// struct Opened {
///     #[personal(subject = "the identity provider knows the owner by it")]
///     owner: String,
///     #[personal(no)]
///     currency: String,
///     cents: i64,
/// }
///
/// let fields = AccountEvent::personal_fields();
/// assert_eq!(fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), ["Opened.owner"]);
/// ```
///
/// Numbers, truth values and times need no attribute. They are not personal unless an attribute says so. A field of any
/// other type, such as a text, does not compile without a declaration:
///
/// ```compile_fail
/// #[derive(es_core::PersonalFields)]
/// struct Opened {
///     owner: String,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether it is personal",
    label = "declare this field",
    note = "mark the field with #[personal(no)], or with its kind and a reason, such as #[personal(free_text = \"a \
            customer writes it\")]; for a struct of yours, derive PersonalFields"
)]
pub trait PersonalFields {
    /// The personal fields, in the sequence of their declaration.
    fn personal_fields() -> Vec<PersonalField>;
}

macro_rules! not_personal {
    ($($plain:ty),*) => {$(
        impl PersonalFields for $plain {
            fn personal_fields() -> Vec<PersonalField> {
                Vec::new()
            }
        }
    )*};
}

not_personal!(bool, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, Timestamp);

impl<T: PersonalFields> PersonalFields for Option<T> {
    fn personal_fields() -> Vec<PersonalField> {
        T::personal_fields()
    }
}

impl<T: PersonalFields> PersonalFields for Vec<T> {
    fn personal_fields() -> Vec<PersonalField> {
        PersonalField::within("[]", T::personal_fields())
    }
}
