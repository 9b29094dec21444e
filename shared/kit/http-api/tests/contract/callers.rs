//! The caller of a request, and what a caller may do.

use crate::support::{RequestBuilder, post};
use http_api::Problem;
use serde_json::json;

fn refusal(sent: RequestBuilder) -> Problem {
    sent.request().caller().expect_err("the request must have no caller").problem
}

#[test]
fn a_request_without_a_subject_is_unauthenticated() {
    assert_eq!(refusal(post().anonymous()), Problem::Unauthenticated);
    for claims in [json!({}), json!({"sub": ""}), json!({"scope": "things:admin", "client_id": "c"})] {
        assert_eq!(refusal(post().claims(&claims)), Problem::Unauthenticated, "{claims}");
    }
    assert_eq!(Problem::Unauthenticated.status(), 401);
}

#[test]
fn no_metadata_is_made_for_an_anonymous_request() {
    let request = post().anonymous().request();
    assert_eq!(
        request.metadata().expect_err("an anonymous request has no metadata").problem,
        Problem::Unauthenticated
    );
}

#[test]
fn a_customer_may_act_only_for_itself() {
    let customer = post().subject("user-9").request().caller().expect("the request has a caller");
    assert_eq!((customer.subject(), customer.is_admin()), ("user-9", false));
    assert!(customer.may_act_for("user-9"));
    assert!(!customer.may_see(None));
    for other in ["user-8", "user-90", "USER-9", ""] {
        assert!(!customer.may_act_for(other), "{other}");
    }
}

#[test]
fn a_customer_lists_its_own_records_and_an_admin_those_of_any_owner() {
    let customer = post().subject("user-9").request().caller().expect("the request has a caller");
    let claims = json!({"sub": "operator", "scope": "things:admin"});
    let admin = post().claims(&claims).request().caller().expect("the request has a caller");
    let user = |name: &str| Some(name.to_owned());
    for owner in [None, user("user-9")] {
        assert_eq!(customer.listed_owner(owner).expect("the own records are allowed"), user("user-9"));
    }
    for other in ["user-8", ""] {
        assert_eq!(customer.listed_owner(user(other)).expect_err(other).problem, Problem::NotYours);
    }
    for owner in [None, user("user-8")] {
        assert_eq!(admin.listed_owner(owner.clone()).expect("an admin may list any owner"), owner);
    }
}

#[test]
fn a_caller_with_the_admin_scope_is_an_admin() {
    let is_admin = |name: &str, scopes: &str| {
        let claims = json!({"sub": "user-9", name: scopes});
        let caller = post().claims(&claims).request().caller().expect("the request has a caller");
        assert_eq!(caller.may_act_for("user-8"), caller.is_admin());
        assert_eq!(caller.may_see(None), caller.is_admin());
        let forbidden = Problem::Forbidden { scope: "things:admin" };
        assert_eq!(forbidden.to_string(), "The request requires the scope things:admin");
        match post().claims(&claims).request().admin() {
            Ok(admin) => assert_eq!((admin, caller.is_admin()), (caller.clone(), true)),
            Err(refused) => assert_eq!((refused.problem, caller.is_admin()), (forbidden, false)),
        }
        caller.is_admin()
    };
    for scopes in ["things:admin", "things:read things:admin", "[things:write things:admin]"] {
        assert!(is_admin("scope", scopes) && is_admin("scp", scopes), "{scopes}");
    }
    for scopes in ["", "things:administer", "my-things:admin", "things:read", "[]", "Things:Admin", "admin"] {
        assert!(!is_admin("scope", scopes), "{scopes}");
    }
    assert!(!is_admin("roles", "things:admin"));
}
