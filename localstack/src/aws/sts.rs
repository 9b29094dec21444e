//! STS: `GetCallerIdentity`, which every caller may call (STS API reference, "`GetCallerIdentity`").

use axum::http::StatusCode;
use axum::response::Response;
use stack_base::account::{ACCOUNT, PARTITION};
use uuid::Uuid;

use super::caller::CallingFunction;
use super::protocol::{Call, Protocol, xml};

/// The answer to a call of `GetCallerIdentity`; `None` for other calls. A developer is the account's root user.
pub(super) fn answer(call: &Call, caller: Option<&CallingFunction>) -> Option<Response> {
    if call.protocol != Protocol::Query || call.operation != "GetCallerIdentity" {
        return None;
    }
    let (arn, user) = match caller {
        Some(CallingFunction { role, function, .. }) => (
            format!("arn:{PARTITION}:sts::{ACCOUNT}:assumed-role/{role}/{function}"),
            format!("AROA{}:{function}", role.to_uppercase()),
        ),
        None => (format!("arn:{PARTITION}:iam::{ACCOUNT}:root"), ACCOUNT.to_owned()),
    };
    let document = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>{arn}</Arn><UserId>{user}</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        Uuid::new_v4()
    );
    Some(xml(StatusCode::OK, &document))
}
