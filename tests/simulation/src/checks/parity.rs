//! The comparison of both generations says what is so here: that they are the same.

use super::Violation;
use crate::operator::Operator;

pub(super) async fn is_told(operator: &Operator) -> Result<(), Violation> {
    match operator.compare().await {
        Some(differences) if differences.is_empty() => Ok(()),
        found => Err(format!("the comparison of the generations finds {found:?}")),
    }
}
