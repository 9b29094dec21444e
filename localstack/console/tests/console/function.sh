#!/bin/sh
# A function that fails on an event with a record of the partition key "bad", and succeeds otherwise.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
headers=$(mktemp)
while event=$(curl --silent --dump-header "$headers" "$api/next"); do
  id=$(tr -d '\r' <"$headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  case $event in
    *'"partitionKey":"bad"'*) curl --silent --data '{"errorMessage": "the record is bad"}' "$api/$id/error" ;;
    *) curl --silent --data '{}' "$api/$id/response" ;;
  esac
done
