#!/usr/bin/env bash
# Plain curl against a running Countersign: the ways people write the token request by hand.
# Needs bash, curl and python3 (to read JSON).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dev=${COUNTERSIGN_DEV_JSON:?is not set: start \`countersign dev\` and point it at dev.json}
scenarios=$here/../scenarios.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# json FILE EXPRESSION: the value of a Python expression over the document `d`.
json() {
  python3 -c 'import json, sys
d = json.load(open(sys.argv[1], encoding="utf-8"))
named = lambda rows, name: next(r for r in rows if r["displayName"] == name)
row = lambda rows, name: next(r for r in rows if r["scenario"] == name)
print(eval(sys.argv[2]))' "$1" "$2"
}

form_encoded() {
  python3 -c 'import sys, urllib.parse; print(urllib.parse.quote_plus(sys.argv[1]))' "$1"
}

base=$(json "$dev" 'd["baseUrl"]')
ca=$(json "$dev" 'd["caFile"]')
tenant=$(json "$dev" 'named(d["tenants"], "Contoso")["id"]')
client_id=$(json "$dev" 'named(d["clients"], "Daemon")["appId"]')
secret=$(json "$dev" 'named(d["clients"], "Daemon")["clientSecret"]')
orders_v1=$(json "$scenarios" 'd["grants"][0]["resource"]')
orders_v2=$(json "$scenarios" 'd["grants"][1]["resource"]')

v1=$base/$tenant/oauth2/token
v2=$base/$tenant/oauth2/v2.0/token

# request ARGUMENT...: status in $work/status, headers in $work/headers, body in $work/body.
request() {
  curl --silent --show-error --max-time 10 --cacert "$ca" \
    --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}' "$@" \
    >"$work/status"
}

expect() { # WHAT GOT WANTED
  [[ $2 == "$3" ]] || { echo "$1 is '$2', not '$3'" >&2; return 1; }
}

# The members of an answer with their JSON types: numbers are text in v1.0.
members() {
  json "$work/body" '" ".join(f"{k}:{type(v).__name__}" for k, v in sorted(d.items()))'
}

claim() { # NAME
  json "$work/body" 'json.loads(__import__("base64").urlsafe_b64decode(
    d["access_token"].split(".")[1] + "==")).get("'"$1"'")'
}

expect_token() { # VERSION-OF-TOKEN AUDIENCE
  expect status "$(<"$work/status")" 200
  expect token_type "$(json "$work/body" 'd["token_type"]')" Bearer
  expect ver "$(claim ver)" "$1"
  expect aud "$(claim aud)" "$2"
  expect tid "$(claim tid)" "$tenant"
  expect roles "$(claim roles)" "['Orders.Read']"
}

expect_v1_answer() {
  expect members "$(members)" "access_token:str expires_in:str expires_on:str ext_expires_in:str \
not_before:str resource:str token_type:str"
}

expect_v2_answer() {
  expect members "$(members)" "access_token:str expires_in:int ext_expires_in:int token_type:str"
}

audience_v2=$(json "$scenarios" 'd["grants"][1]["audience"]')

body_v2() {
  request "$v2" --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "scope=$orders_v2/.default"
  expect_v2_answer
  expect_token 2.0 "$audience_v2"
}

body_v1() {
  request "$v1?api-version=1.0" --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "resource=$orders_v1"
  expect_v1_answer
  expect_token 1.0 "$orders_v1"
  expect resource "$(json "$work/body" 'd["resource"]')" "$orders_v1"
  expect expires_on "$(json "$work/body" 'd["expires_on"]')" "$(claim exp)"
  expect not_before "$(json "$work/body" 'd["not_before"]')" "$(claim nbf)"
}

basic_v2() {
  request "$v2" --user "$client_id:$(form_encoded "$secret")" \
    --data-urlencode grant_type=client_credentials --data-urlencode "scope=$orders_v2/.default"
  expect_v2_answer
  expect_token 2.0 "$audience_v2"
}

basic_v1() {
  request "$v1" --user "$client_id:$(form_encoded "$secret")" \
    --data-urlencode grant_type=client_credentials --data-urlencode "resource=$orders_v1"
  expect_v1_answer
  expect_token 1.0 "$orders_v1"
}

basic_reserved_characters() {
  local id password
  id=$(json "$dev" 'named(d["clients"], "Auditor")["appId"]')
  password=$(json "$dev" 'named(d["clients"], "Auditor")["clientSecret"]')
  request "$v2" --user "$id:$(form_encoded "$password")" \
    --data-urlencode grant_type=client_credentials \
    --data-urlencode scope=https://locked.contoso.example/.default
  expect_v2_answer
  expect roles "$(claim roles)" "['Vault.Open']"
}

multipart_v1() {
  request "$v1" --form grant_type=client_credentials --form "client_id=$client_id" \
    --form-string "client_secret=$secret" --form "resource=$orders_v1"
  expect_v1_answer
  expect_token 1.0 "$orders_v1"
}

charset() {
  request "$v2" --header 'Content-Type: application/x-www-form-urlencoded; charset=utf-8' \
    --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "scope=$orders_v2/.default"
  expect_token 2.0 "$audience_v2"
}

v1_endpoint_v2_token() {
  request "$v1" --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "resource=$orders_v2"
  expect_v1_answer
  expect_token 2.0 "$audience_v2"
}

v2_endpoint_v1_token() {
  request "$v2" --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "scope=$orders_v1/.default"
  expect_v2_answer
  expect_token 1.0 "$orders_v1"
}

header() { # NAME
  sed -n "s/^$1: *\(.*\)\r\$/\1/Ip" "$work/headers"
}

headers() {
  local id=5b0e27d1-65fc-4a6b-a1d2-0b6f43f0c9aa
  request "$v2" --header "client-request-id: $id" --header 'return-client-request-id: true' \
    --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$client_id" --data-urlencode "client_secret=$secret" \
    --data-urlencode "scope=$orders_v2/.default"
  expect content-type "$(header content-type)" 'application/json; charset=utf-8'
  expect cache-control "$(header cache-control)" 'no-store, no-cache'
  expect pragma "$(header pragma)" no-cache
  expect client-request-id "$(header client-request-id)" "$id"
}

# field LIST SCENARIO MEMBER: a member of a row, empty where the row has none.
field() {
  json "$scenarios" "row(d[\"$1\"], \"$2\").get(\"$3\", \"\")"
}

refusal() { # SCENARIO
  local client id password
  client=$(field refusals "$1" client)
  id=$(json "$dev" "named(d[\"clients\"], \"$client\")[\"appId\"]")
  password=$(field refusals "$1" secret)
  request "$v2" --data-urlencode grant_type=client_credentials \
    --data-urlencode "client_id=$id" --data-urlencode "client_secret=${password:-$secret}" \
    --data-urlencode "scope=$(field refusals "$1" resource)/.default"
  expect_refusal refusals "$1"
}

expect_refusal() { # LIST SCENARIO
  local code
  code=$(field "$1" "$2" code)
  expect status "$(<"$work/status")" "$(field "$1" "$2" status)"
  expect error "$(json "$work/body" 'd["error"]')" "$(field "$1" "$2" error)"
  expect error_codes "$(json "$work/body" 'd["error_codes"]')" "[$code]"
  expect prefix "$(json "$work/body" 'd["error_description"].split(" ")[0]')" "AADSTS$code:"
  expect trace_id "$(json "$work/body" 'd["trace_id"]')" "$(header x-ms-request-id)"
}

# Signs in as a workload does by hand: with the token file that its platform mounts.
request_with_token_file() { # LIST SCENARIO
  local client owner id token_file beside
  client=$(field "$1" "$2" client)
  owner=$(field "$1" "$2" proofOf)
  id=$(json "$dev" "named(d[\"clients\"], \"$client\")[\"appId\"]")
  token_file=$(json "$dev" "named(d[\"clients\"], \"${owner:-$client}\")[\"federated\"][\"tokenFile\"]")
  # A token of an issuer beside the server, which lies beside dev.json.
  beside=$(field "$1" "$2" tokenFile)
  [[ -z $beside ]] || token_file=$(dirname "$dev")/$beside
  request "$v2" --data-urlencode grant_type=client_credentials --data-urlencode "client_id=$id" \
    --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
    --data-urlencode "client_assertion@$token_file" \
    --data-urlencode "scope=$(field "$1" "$2" resource)/.default"
}

federated_grant() { # SCENARIO
  local version acr=azpacr
  version=$(field assertionGrants "$1" version)
  [[ $version == 2.0 ]] || acr=appidacr
  request_with_token_file assertionGrants "$1"
  expect_v2_answer
  expect_token "$version" "$(field assertionGrants "$1" audience)"
  expect "$acr" "$(claim "$acr")" 2
}

federated_refusal() { # SCENARIO
  request_with_token_file assertionRefusals "$1"
  expect_refusal assertionRefusals "$1"
}

# federated LIST: the scenarios of the list whose proof is a federated token.
federated() {
  json "$scenarios" '"\n".join(r["scenario"] for r in d["'"$1"'"] if r["proof"] == "federated")'
}

passed=0
failed=0

scenario() { # NAME FUNCTION [ARGUMENT...]
  local name=$1 result=pass
  shift
  # A subshell of its own, because `set -e` is off inside a function that is a condition.
  set +e
  (set -e; "$@")
  [[ $? == 0 ]] || result=fail
  set -e
  if [[ $result == pass ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  echo "$result  $name"
  record "$name" "$result"
}

record() { # NAME RESULT
  [[ -n ${COUNTERSIGN_INTEROP_RESULTS:-} ]] || return 0
  printf '{"client":"curl","version":"any","language":"Shell","scenario":"%s","result":"%s"}\n' \
    "$1" "$2" >>"$COUNTERSIGN_INTEROP_RESULTS"
}

scenario 'secret in the body, v2.0' body_v2
scenario 'secret in the body, v1.0' body_v1
scenario 'HTTP Basic, v2.0' basic_v2
scenario 'HTTP Basic, v1.0' basic_v1
scenario 'HTTP Basic, secret with reserved characters' basic_reserved_characters
scenario 'multipart, v1.0' multipart_v1
scenario 'form with a charset' charset
scenario 'v1.0 endpoint, v2.0 token' v1_endpoint_v2_token
scenario 'v2.0 endpoint, v1.0 token' v2_endpoint_v1_token
scenario 'headers of the answer' headers
while read -r name; do
  scenario "$name" refusal "$name"
done < <(json "$scenarios" '"\n".join(r["scenario"] for r in d["refusals"])')
while read -r name; do
  scenario "$name" federated_grant "$name"
done < <(federated assertionGrants)
while read -r name; do
  scenario "$name" federated_refusal "$name"
done < <(federated assertionRefusals)

echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
