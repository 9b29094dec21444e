//! The callers of commands. Customers may change their own aggregates; admins may change all.

/// The caller of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The customer with this id.
    Customer(String),
    /// An operator of the shop.
    Admin,
}

/// A command and its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerCommand<C> {
    /// The caller.
    pub by: Actor,
    /// The command.
    pub command: C,
}

impl Actor {
    /// Whether the caller may change an aggregate of the customer `owner`.
    #[must_use]
    pub fn may_act_for(&self, owner: &str) -> bool {
        match self {
            Self::Customer(id) => id == owner,
            Self::Admin => true,
        }
    }
}

impl<C> CallerCommand<C> {
    /// Combines `command` with its caller. `subject` is the customer's id and is ignored for an admin.
    #[must_use]
    pub fn new(command: C, subject: &str, is_admin: bool) -> Self {
        let by = if is_admin { Actor::Admin } else { Actor::Customer(subject.to_owned()) };
        Self { by, command }
    }
}
