//! Tests of the refusal of calls that the stack does not serve, in each protocol, and of STS.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;

use super::{Fixture, fixture};

/// A request of a service.
struct Sent {
    service: &'static str,
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")];

async fn send(fixture: &Fixture, key: &str, sent: &Sent) -> (StatusCode, HeaderMap, Vec<u8>) {
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0",
        sent.service
    );
    let mut request =
        Request::builder().method(sent.method).uri(sent.path).header("authorization", credential);
    for (name, value) in sent.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(sent.body)).unwrap();
    let response = fixture.router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

/// The Smithy documents of AWS JSON, AWS Query, EC2 Query, REST JSON, REST XML and RPC v2 CBOR, "Operation error
/// serialization", and S3's "Error responses": where each protocol has the message.
#[tokio::test]
async fn every_protocol_gets_the_refusal_in_its_form() {
    let fixture = fixture().await;
    let sent = |service, method, path, headers, body| Sent { service, method, path, headers, body };
    let sentence = |name: &str| format!("{name} is not served by the local stack. It serves DynamoDB, ");
    let xml_of = |root: &str, name: &str| format!("{root}<Message>{}", sentence(name));
    let bad = StatusCode::BAD_REQUEST;
    for (request, status, content_type, expected) in [
        (
            sent("ssm", "POST", "/", &[("x-amz-target", "AmazonSSM.GetParameter")], "{}"),
            bad,
            "application/x-amz-json-1.0",
            format!("\"message\":\"{}", sentence("ssm GetParameter")),
        ),
        (
            sent("sns", "POST", "/", FORM, "Action=Publish&Version=2010-03-31"),
            bad,
            "text/xml",
            xml_of("<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>", "sns Publish"),
        ),
        (
            sent("ec2", "POST", "/", FORM, "Action=RunInstances&Version=2016-11-15"),
            bad,
            "text/xml",
            xml_of("<Response><Errors><Error><Code>InvalidAction</Code>", "ec2 RunInstances"),
        ),
        (
            sent("sts", "GET", "/?Action=AssumeRole&Version=2011-06-15", &[], ""),
            bad,
            "text/xml",
            sentence("sts AssumeRole"),
        ),
        (
            sent("s3", "PUT", "/bucket/%3Ca%26", &[], ""),
            StatusCode::NOT_IMPLEMENTED,
            "text/xml",
            xml_of("<Error><Code>NotImplemented</Code>", "s3 PUT /bucket/%3Ca%26"),
        ),
        (
            sent("route53", "GET", "/2013-04-01/hostedzone", &[], ""),
            bad,
            "text/xml",
            xml_of("<Code>InvalidAction</Code>", "route53 GET /2013-04-01/hostedzone"),
        ),
        (
            sent("lambda", "PATCH", "/2015-03-31/functions/f/invocations", &[], ""),
            bad,
            "application/json",
            sentence("lambda PATCH /2015-03-31/functions/f/invocations"),
        ),
        (
            sent("lambda", "POST", "/2015-03-31/functions", &[], "{}"),
            bad,
            "application/json",
            format!("{{\"message\":\"{}", sentence("lambda POST /2015-03-31/functions")),
        ),
        (
            sent(
                "monitoring",
                "POST",
                "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                &[("smithy-protocol", "rpc-v2-cbor")],
                "",
            ),
            bad,
            "application/cbor",
            sentence("monitoring PutMetricData"),
        ),
    ] {
        let (got, headers, body) = send(&fixture, "AKID", &request).await;
        let text = String::from_utf8_lossy(&body);
        assert_eq!((got, headers["content-type"].to_str().unwrap()), (status, content_type), "{text}");
        assert!(text.contains(&expected), "{text} lacks {expected}");
        assert!(headers.contains_key("x-amzn-requestid"), "{text}");
    }
}

/// Smithy, "AWS REST JSON 1.0 protocol" and "Smithy RPC v2 CBOR protocol": the code of an error.
#[tokio::test]
async fn rest_json_has_the_code_in_a_header_and_cbor_in_its_map() {
    let fixture = fixture().await;
    let path = "/2015-03-31/functions";
    let rest = Sent { service: "lambda", method: "POST", path, headers: &[], body: "" };
    let (_, headers, _) = send(&fixture, "AKID", &rest).await;
    assert_eq!(headers["x-amzn-errortype"], "UnknownOperationException");

    let (path, headers) = ("/service/Granite/operation/Put", &[("smithy-protocol", "rpc-v2-cbor")][..]);
    let cbor = Sent { service: "monitoring", method: "POST", path, headers, body: "" };
    let (_, headers, body) = send(&fixture, "AKID", &cbor).await;
    assert_eq!(headers["smithy-protocol"], "rpc-v2-cbor");
    // RFC 8949, section 3.1: a map of two (0xa2) with short texts (0x60 + length) and a text with a length of four bytes
    // (0x7a).
    let head = b"\xa2\x66__type\x7a\0\0\0\x19UnknownOperationException\x67message\x7a";
    let (start, rest) = body.split_at(head.len());
    assert_eq!(start, head);
    let (length, message) = rest.split_at(4);
    assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, message.len());
}

/// STS API reference, `GetCallerIdentity`: the root user's user id is the account, and a role's has its session's name.
#[tokio::test]
async fn the_caller_is_the_account_or_the_role_of_a_function() {
    let fixture = fixture().await;
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let identity = Sent { service: "sts", method: "POST", path: "/", headers: FORM, body };
    for (key, arn, user) in [
        ("AKID", "arn:aws:iam::000000000000:root", "000000000000"),
        ("LOCALWRITER", "arn:aws:sts::000000000000:assumed-role/WriterRole/writer", "AROAWRITERROLE:writer"),
    ] {
        let (status, _, body) = send(&fixture, key, &identity).await;
        let text = String::from_utf8(body).unwrap();
        assert_eq!(status, StatusCode::OK);
        for expected in [
            format!("<Arn>{arn}</Arn>"),
            format!("<UserId>{user}</UserId>"),
            "<Account>000000000000</Account>".to_owned(),
        ] {
            assert!(text.contains(&expected), "{text}");
        }
    }
}

/// A served service lists its operations.
#[tokio::test]
async fn an_unserved_operation_of_a_served_service_is_refused_with_its_operations() {
    let fixture = fixture().await;
    for (target, name, served) in [
        ("AmazonSQS.CreateQueue", "SQS CreateQueue", "SendMessage"),
        ("Kinesis_20131202.CreateStream", "Kinesis CreateStream", "PutRecord"),
        ("DynamoDB_20120810.CreateBackup", "DynamoDB CreateBackup", "PutItem"),
        ("DynamoDBStreams_20120810.PutItem", "DynamoDB Streams PutItem", "GetRecords"),
        ("AWSEvents.PutRule", "EventBridge PutRule", "PutEvents"),
        ("Logs_20140328.CreateLogGroup", "CloudWatch Logs CreateLogGroup", "FilterLogEvents"),
    ] {
        let (status, fault) = super::call(&fixture, "AKID", target, json!({})).await;
        let message = fault["message"].as_str().unwrap();
        assert_eq!(
            (status, &fault["__type"]),
            (StatusCode::BAD_REQUEST, &"UnknownOperationException".into())
        );
        let start = format!("{name} is not served by the local stack. Of ");
        assert!(message.starts_with(&start) && message.contains(served), "{message}");
    }
}
