#!/bin/sh
# Says what the program of the issuers says, for the tests of the harness.
echo ready
while :; do sleep 0.05; done
