#!/bin/sh
# Keeps the contract of `countersign dev --listen A --data DIR --directory FILE` for the tests of the
# harness, and breaks it in the way that FILE names.
data=$5 fault=$7
case $fault in
ends-badly) status=3 ;;
*) status=0 ;;
esac
trap 'exit $status' TERM
touch "$data/ca.pem"
echo "{\"baseUrl\":\"https://localhost:1\",\"caFile\":\"$data/ca.pem\"}" >"$data/dev.json"
case $fault in
chatty) echo listening ;;
*) echo "ready https://localhost:1" ;;
esac
while :; do sleep 0.05; done
