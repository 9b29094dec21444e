//! The permissions that calls of Lambda's REST API need (service authorization reference, "Actions, resources, and
//! condition keys for AWS Lambda").

use axum::http::Method;
use stack_base::account::{ACCOUNT, PARTITION, REGION, function_arn, name_of_function};

use super::needs::Need;

/// The permission of a call. An operation without a resource needs the action on `*`.
pub(super) fn of_call(method: &Method, path: &str) -> Need {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    let (action, resource) = match parts.as_slice() {
        ["functions", function, "invocations"] => ("InvokeFunction", function_arn(&name(function))),
        ["functions", function, "configuration"] => {
            ("GetFunctionConfiguration", function_arn(&name(function)))
        }
        ["functions", function] => ("GetFunction", function_arn(&name(function))),
        ["event-source-mappings", uuid] => {
            let action =
                if method == Method::PUT { "UpdateEventSourceMapping" } else { "GetEventSourceMapping" };
            (action, format!("arn:{PARTITION}:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}"))
        }
        ["event-source-mappings"] => ("ListEventSourceMappings", "*".to_owned()),
        _ => ("ListFunctions", "*".to_owned()),
    };
    Need::new("lambda", action, resource)
}

/// The name of the function in a path, in which colons may be encoded.
fn name(text: &str) -> String {
    name_of_function(&text.replace("%3A", ":").replace("%3a", ":")).to_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::of_call;

    #[test]
    fn each_operation_needs_its_own_permission() {
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let mapping = "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:id";
        for (method, path, action, resource) in [
            (Method::POST, "functions/f/invocations", "InvokeFunction", function),
            (Method::POST, "functions/f:$LATEST/invocations", "InvokeFunction", function),
            (
                Method::POST,
                "functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations",
                "InvokeFunction",
                function,
            ),
            (Method::GET, "functions/f", "GetFunction", function),
            (Method::GET, "functions/f/configuration", "GetFunctionConfiguration", function),
            (Method::GET, "functions/", "ListFunctions", "*"),
            (Method::GET, "event-source-mappings/", "ListEventSourceMappings", "*"),
            (Method::GET, "event-source-mappings/id", "GetEventSourceMapping", mapping),
            (Method::PUT, "event-source-mappings/id", "UpdateEventSourceMapping", mapping),
        ] {
            let need = of_call(&method, &format!("/2015-03-31/{path}"));
            assert_eq!(
                (need.action, need.resource.as_str()),
                (format!("lambda:{action}"), resource),
                "{path}"
            );
        }
    }
}
